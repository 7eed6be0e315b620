/** Colours of boxes by what a node does: pale, with dark text on them, so that they read on light and dark pages. */
import type { BoxGroup } from './graph-picture.ts';

export const BOX_COLOURS: Readonly<Record<BoxGroup, { fill: string; stroke: string; text: string }>> = {
  entry: { fill: '#64748b', stroke: '#475569', text: '#ffffff' },
  reference: { fill: '#f8fafc', stroke: '#94a3b8', text: '#0f172a' },
  talk: { fill: '#e2e8f0', stroke: '#94a3b8', text: '#0f172a' },
  ask: { fill: '#dbeafe', stroke: '#60a5fa', text: '#0f172a' },
  model: { fill: '#ede9fe', stroke: '#a78bfa', text: '#0f172a' },
  rule: { fill: '#fef3c7', stroke: '#f59e0b', text: '#0f172a' },
  away: { fill: '#d1fae5', stroke: '#34d399', text: '#0f172a' },
  end: { fill: '#fee2e2', stroke: '#f87171', text: '#0f172a' },
};
