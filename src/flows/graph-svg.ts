/** A flow as a drawing: laid out by dagre, written as plain SVG without scripts, styles or fonts of its own. */
import { Graph, layout } from '@dagrejs/dagre';
import { BOX_COLOURS } from './graph-colours.ts';
import type { Arrow, Box, Picture } from './graph-picture.ts';

const FONT = 'font-family="Inter, Segoe UI, Helvetica, Arial, DejaVu Sans, sans-serif"';
const TITLE_SIZE = 14;
const TEXT_SIZE = 11;
/** Widest letters count: a text that is narrower than its box looks better than one that leaves it. */
const TITLE_CHARACTER_PX = 8.6;
const TEXT_CHARACTER_PX = 6.4;
const LINE_PX = 15;
const PADDING_PX = 12;
/** Greys that show on white and on black. */
const ARROW_COLOUR = '#7c8798';
const LABEL = { fill: '#f1f5f9', stroke: '#cbd5e1', text: '#334155' };
/** From here on the best layout takes longer than a person waits, and a good one does. */
const MANY_BOXES = 200;

/** Where a call comes in, goes out, or goes on elsewhere in the picture. */
const ROUND: ReadonlySet<string> = new Set(['entry', 'reference', 'end']);

interface Point {
  x: number;
  y: number;
}

interface Place extends Point {
  width: number;
  height: number;
}

/** A whole SVG document. */
export function svg(picture: Picture): string {
  const graph = new Graph<object, Place, Partial<Place> & { points?: Point[] }>();
  graph.setGraph({
    rankdir: 'TB',
    nodesep: 36,
    edgesep: 18,
    ranksep: 34,
    marginx: 16,
    marginy: 16,
    ranker: picture.boxes.length > MANY_BOXES ? 'tight-tree' : 'network-simplex',
  });
  for (const box of picture.boxes) graph.setNode(box.id, { x: 0, y: 0, ...sizeOf(box) });
  for (const arrow of picture.arrows)
    graph.setEdge(arrow.from, arrow.to, { ...labelSize(arrow), labelpos: 'c' } as Partial<Place>);
  layout(graph);
  const { width = 0, height = 0 } = graph.graph() as Partial<Place>;
  const arrows = picture.arrows.map((arrow) => ({ arrow, way: graph.edge(arrow.from, arrow.to) }));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${round(width)}" height="${round(height)}" viewBox="0 0 ${round(width)} ${round(height)}" role="img" ${FONT}>`,
    `<title>${escaped(picture.title)}</title>`,
    '<defs><marker id="tip" viewBox="0 0 10 10" refX="9" refY="5" markerWidth="8" markerHeight="8" orient="auto">',
    `<path d="M0 1 L10 5 L0 9 z" fill="${ARROW_COLOUR}"/></marker></defs>`,
    ...arrows.map(({ arrow, way }) =>
      arrow.from === arrow.to ? loop(graph.node(arrow.from), way.x ?? 0) : line(way.points ?? []),
    ),
    // Above every line, so that none runs through a word.
    ...arrows.map(({ arrow, way }) => label(arrow, way)),
    ...picture.boxes.map((box) => boxed(box, graph.node(box.id))),
    '</svg>',
    '',
  ].join('\n');
}

function sizeOf({ title, type, about, group }: Box): { width: number; height: number } {
  if (group === 'entry' || group === 'reference')
    return { width: title.length * TEXT_CHARACTER_PX + 28, height: 24 };
  const texts = [about, type].map((text) => text.length * TEXT_CHARACTER_PX);
  const width = Math.max(title.length * TITLE_CHARACTER_PX, ...texts) + 2 * PADDING_PX;
  return { width: Math.max(width, 90), height: (about === '' ? 2 : 3) * LINE_PX + 2 * PADDING_PX - 6 };
}

function labelSize({ labels }: Arrow): { width: number; height: number } {
  if (labels.length === 0) return { width: 0, height: 0 };
  const longest = Math.max(...labels.map((text) => text.length));
  return { width: longest * TEXT_CHARACTER_PX + 12, height: labels.length * LINE_PX + 4 };
}

/** A smooth way through the points: each is a corner that is cut, from the middle of one side to that of the next. */
function line(points: readonly Point[]): string {
  const [first, ...rest] = points;
  const last = rest.pop();
  if (first === undefined || last === undefined) return '';
  const steps = rest.map((corner, index) => {
    const next = rest[index + 1];
    const end = next === undefined ? last : middle(corner, next);
    return `Q${at(corner)} ${at(end)}`;
  });
  const way = steps.length === 0 ? `L${at(last)}` : steps.join(' ');
  return drawn(`M${at(first)} ${way}`);
}

/** Out of the box at its right, round the label and back. */
function loop({ x, y, width, height }: Place, turnX: number): string {
  const right = x + width / 2;
  const start = { x: right, y: y - height / 4 };
  const end = { x: right, y: y + height / 4 };
  const curve = `C${at({ x: turnX, y: start.y - 30 })} ${at({ x: turnX, y: end.y + 30 })} ${at(end)}`;
  return drawn(`M${at(start)} ${curve}`);
}

function drawn(way: string): string {
  return `<path d="${way}" fill="none" stroke="${ARROW_COLOUR}" stroke-width="1.5" marker-end="url(#tip)"/>`;
}

function label({ labels }: Arrow, { x = 0, y = 0, width = 0, height = 0 }: Partial<Place>): string {
  if (labels.length === 0) return '';
  const top = y - height / 2;
  const texts = labels.map((text, index) =>
    words(text, { x, y: top + 13 + index * LINE_PX, size: TEXT_SIZE, colour: LABEL.text }),
  );
  const box = `<rect x="${round(x - width / 2)}" y="${round(top)}" width="${round(width)}" height="${round(height)}" rx="6" fill="${LABEL.fill}" stroke="${LABEL.stroke}"/>`;
  return `<g>${box}${texts.join('')}</g>`;
}

function boxed(box: Box, { x, y, width, height }: Place): string {
  const { fill, stroke, text } = BOX_COLOURS[box.group];
  const isRound = ROUND.has(box.group);
  const rect = `<rect x="${round(x - width / 2)}" y="${round(y - height / 2)}" width="${round(width)}" height="${round(height)}" rx="${isRound ? Math.min(height / 2, 22) : 8}" fill="${fill}" stroke="${stroke}" stroke-width="1.5"/>`;
  if (box.type === 'entry' || box.type === 'reference')
    return `<g>${rect}${words(box.title, { x, y: y + 4, size: TEXT_SIZE, colour: text })}</g>`;
  const top = y - height / 2 + PADDING_PX + 9;
  return [
    `<g><title>${escaped(`${box.title} (${box.type}) ${box.about}`.trim())}</title>`,
    rect,
    words(box.title, { x, y: top, size: TITLE_SIZE, colour: text, weight: 600 }),
    words(box.type, { x, y: top + LINE_PX, size: TEXT_SIZE, colour: '#475569', style: 'italic' }),
    box.about === '' ? '' : words(box.about, { x, y: top + 2 * LINE_PX, size: TEXT_SIZE, colour: text }),
    '</g>',
  ].join('');
}

interface Lettering extends Point {
  size: number;
  colour: string;
  weight?: number;
  style?: string;
}

function words(text: string, { x, y, size, colour, weight, style }: Lettering): string {
  const bold = weight === undefined ? '' : ` font-weight="${weight}"`;
  const slanted = style === undefined ? '' : ` font-style="${style}"`;
  return `<text x="${round(x)}" y="${round(y)}" text-anchor="middle" font-size="${size}" fill="${colour}"${bold}${slanted}>${escaped(text)}</text>`;
}

function middle(a: Point, b: Point): Point {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 };
}

function at({ x, y }: Point): string {
  return `${round(x)} ${round(y)}`;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function escaped(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
