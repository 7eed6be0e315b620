/** A flow as a Mermaid flowchart, which GitHub, GitLab and many editors draw (mermaid.js.org, "Flowcharts"). */
import { BOX_COLOURS } from './graph-colours.ts';
import type { Box, BoxGroup, Picture } from './graph-picture.ts';

export function mermaid({ title, boxes, arrows }: Picture): string {
  const groups = [...new Set(boxes.map(({ group }) => group))];
  return [
    '---',
    `title: ${JSON.stringify(title)}`,
    '---',
    'flowchart TD',
    ...boxes.map((box) => `  ${box.id}${shape(box)}:::${className(box.group)}`),
    ...arrows.map(({ from, to, labels }) => {
      const label = labels.length === 0 ? '' : `|"${escaped(labels.join(', '))}"|`;
      return `  ${from} -->${label} ${to}`;
    }),
    ...groups.map((group) => `  classDef ${className(group)} ${style(group)}`),
    '',
  ].join('\n');
}

function shape({ title, type, group, about }: Box): string {
  if (group === 'entry' || group === 'reference') return `(["${escaped(title)}"])`;
  const text = `"<b>${escaped(title)}</b><br>${type}${about === '' ? '' : `<br>${escaped(about)}`}"`;
  if (group === 'end') return `([${text}])`;
  return type === 'branch' ? `{{${text}}}` : `[${text}]`;
}

/** `end` means something to Mermaid. */
function className(group: BoxGroup): string {
  return group === 'end' ? 'finish' : group;
}

function style(group: BoxGroup): string {
  const { fill, stroke, text } = BOX_COLOURS[group];
  return `fill:${fill},stroke:${stroke},color:${text}`;
}

/** Mermaid reads `#quot;` and `#35;` as the characters they stand for. */
function escaped(text: string): string {
  return text
    .replaceAll('#', '#35;')
    .replaceAll('"', '#quot;')
    .replaceAll('<', '#lt;')
    .replaceAll('>', '#gt;')
    .replaceAll('`', '#96;');
}
