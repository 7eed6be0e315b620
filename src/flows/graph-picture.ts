/** What a picture of a flow shows, whatever draws it: boxes with a line about each node, and arrows with their outcomes. */
import { type Target, targetsOf } from './flow.ts';
import { type FlowGraph, graphOf } from './graph.ts';
import { asMap } from './plain-data.ts';
import type { FlowFile } from './schema.ts';

/** Groups of kinds that share a colour. */
export type BoxGroup = 'talk' | 'ask' | 'model' | 'rule' | 'away' | 'end' | 'entry' | 'reference';

export interface Box {
  /** Unique, and safe in any notation. */
  readonly id: string;
  readonly title: string;
  readonly type: string;
  readonly group: BoxGroup;
  /** The beginning of what is said or done there. */
  readonly about: string;
}

export interface Arrow {
  readonly from: string;
  readonly to: string;
  /** Outcomes, with the key that chooses each: `sales (1)`. */
  readonly labels: readonly string[];
}

export interface Picture {
  readonly title: string;
  readonly boxes: readonly Box[];
  readonly arrows: readonly Arrow[];
}

const GROUPS: Readonly<Record<string, BoxGroup>> = {
  say: 'talk',
  menu: 'ask',
  collect: 'ask',
  message: 'ask',
  agent: 'model',
  branch: 'rule',
  set: 'rule',
  tool: 'rule',
  sms: 'rule',
  transfer: 'away',
  subflow: 'away',
  hangup: 'end',
  voicemail: 'end',
  return: 'end',
};

const MOST_ABOUT_CHARACTERS = 44;
/** A node that more arrows lead to is named at the end of each instead: a knot of lines tells nothing. */
const MOST_ARROWS_IN = 8;

/** Of a flow that has passed its checks. */
export function pictureOf(file: FlowFile): Picture {
  const nodes = new Map(Object.entries(file.nodes));
  const graph = graphOf(nodes, file.start, file);
  const ids = new Map([...nodes.keys()].map((name, index) => [name, `n${index}`]));
  const idOf = (name: string): string => ids.get(name) ?? name;
  const boxes = [...nodes].map(([name, node]) => ({
    id: idOf(name),
    title: name,
    type: node.type,
    group: GROUPS[node.type] ?? 'talk',
    about: aboutOf(asMap(node)),
  }));
  const entries = [{ name: 'start', to: file.start }, ...graph.entries];
  const { arrows, references } = untangled(
    arrowsOf(graph, idOf),
    new Map(boxes.map((box) => [box.id, box.title])),
  );
  return {
    title: file.flow,
    boxes: [
      ...entries.map(({ name }, index) => ({
        id: `e${index}`,
        title: name,
        type: 'entry',
        group: 'entry' as const,
        about: '',
      })),
      ...boxes,
      ...references,
    ],
    arrows: [...entries.map(({ to }, index) => ({ from: `e${index}`, to: idOf(to), labels: [] })), ...arrows],
  };
}

function untangled(
  arrows: readonly Arrow[],
  titles: ReadonlyMap<string, string>,
): { arrows: Arrow[]; references: Box[] } {
  const incoming = Map.groupBy(arrows, ({ to }) => to);
  const references: Box[] = [];
  const drawn = arrows.map((arrow) => {
    if ((incoming.get(arrow.to)?.length ?? 0) <= MOST_ARROWS_IN) return arrow;
    const id = `r${references.length}`;
    const title = `→ ${titles.get(arrow.to) ?? ''}`;
    references.push({ id, title, type: 'reference', group: 'reference', about: '' });
    return { ...arrow, to: id };
  });
  return { arrows: drawn, references };
}

/** One arrow from node to node, however many outcomes lead that way. */
function arrowsOf(graph: FlowGraph, idOf: (name: string) => string): Arrow[] {
  return [...graph.nodes].flatMap(([from, node]) => {
    const keys = new Map(
      [...targetsOf(node)].map(([outcome, target]) => [outcome, keyOf(asMap(node), outcome, target)]),
    );
    const isOnlyWay = keys.size === 1;
    const byTarget = Map.groupBy(graph.next(from), ({ to }) => to);
    return [...byTarget].map(([to, edges]) => ({
      from: idOf(from),
      to: idOf(to),
      labels: edges
        .map(({ outcome }) => `${outcome}${keys.get(outcome) ?? ''}`)
        .filter((label) => !(isOnlyWay && label === 'done')),
    }));
  });
}

function keyOf(node: Record<string, unknown>, outcome: string, { key }: Target): string {
  const own = key ?? asMap(asMap(node['options'])[outcome])['key'];
  return own === undefined ? '' : ` (${String(own)})`;
}

function aboutOf(node: Record<string, unknown>): string {
  const { say, goal, ask, to, tool, flow, text, cases, slots, outcome } = node;
  const names = Array.isArray(slots)
    ? slots.map((slot) => String(asMap(slot)['name'])).join(', ')
    : Object.keys(asMap(slots)).join(', ');
  const conditions = Object.values(asMap(cases)).join('; ');
  const found = [say, goal, ask, tool, flow, text, conditions, names, outcome, to].find(
    (each) => typeof each === 'string' && each.trim() !== '',
  );
  const plain = String(found ?? '')
    .replaceAll(/\{%.*?%\}/gs, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim();
  return plain.length > MOST_ABOUT_CHARACTERS
    ? `${plain.slice(0, MOST_ABOUT_CHARACTERS - 1).trimEnd()}…`
    : plain;
}
