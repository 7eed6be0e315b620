import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { circles, graphOf, reachedNodes } from './graph.ts';
import { mermaid } from './graph-mermaid.ts';
import { pictureOf } from './graph-picture.ts';
import { svg } from './graph-svg.ts';
import { checkFlow } from './loader.ts';
import type { FlowFile } from './schema.ts';

const env = { BOOKING_URL: 'http://booking.test' };

function compiled(text: string): FlowFile {
  const { compiled: flow, problems } = checkFlow(text, { file: 'f', env });
  if (flow === undefined) throw new Error(JSON.stringify(problems));
  return flow.file;
}

const flow = (nodes: string, more = ''): FlowFile =>
  compiled(`flow: test\ndescription: A test.\nstart: a\n${more}nodes:\n${nodes}`);

describe('a flow as a graph', () => {
  const { nodes, start } = flow(
    [
      '  a: { type: menu, say: Choose., options: { b: {}, c: {} }, next: { b: b, c: c, none: a } }',
      '  b: { type: menu, say: Choose., options: { c: {} }, next: { c: c, none: d } }',
      '  c: { type: collect, slots: [{ name: x, type: text, ask: What? }], next: { done: b, failed: d } }',
      '  d: { type: hangup }',
      '  e: { type: hangup }',
      '',
    ].join('\n'),
  );
  const graph = graphOf(new Map(Object.entries(nodes)), start, {});

  test('knows its ways, both ways', () => {
    expect(graph.next('b')).toEqual([
      { from: 'b', outcome: 'c', to: 'c' },
      { from: 'b', outcome: 'none', to: 'd' },
    ]);
    expect(graph.before('d').map(({ from, outcome }) => `${from}.${outcome}`)).toEqual([
      'b.none',
      'c.failed',
    ]);
  });

  test('knows what can be come to', () => {
    expect([...reachedNodes(graph)].sort()).toEqual(['a', 'b', 'c', 'd']);
  });

  test('knows where one can go round', () => {
    expect(circles(graph, () => true)).toEqual(expect.arrayContaining([['a'], ['b', 'c']]));
    expect(circles(graph, (name) => name !== 'b')).toEqual([['a']]);
  });

  test('comes in by handlers and voicemail too', () => {
    const entered = graphOf(new Map(Object.entries(nodes)), 'd', {
      handlers: { person: { to: 'e' }, repeat: { action: 'repeat' } },
      voicemail: 'c',
    });
    expect(entered.entries).toEqual([
      { name: 'handler person', to: 'e' },
      { name: 'voicemail', to: 'c' },
    ]);
    expect([...reachedNodes(entered)].sort()).toEqual(['b', 'c', 'd', 'e']);
  });
});

describe('a picture of a flow', () => {
  test('shows every node and every way of the shipped flows', async () => {
    const text = await readFile(new URL('../../flows/main-menu.yaml', import.meta.url), 'utf8');
    const file = compiled(text);
    const picture = pictureOf(file);
    const titles = picture.boxes.map(({ title }) => title);
    expect(titles).toEqual(['start', ...Object.keys(file.nodes)]);
    for (const drawn of [mermaid(picture), svg(picture)]) {
      expect(Object.keys(file.nodes).filter((name) => !drawn.includes(name))).toEqual([]);
      expect(drawn).toContain('person (0)');
    }
  });

  test('keeps what it is written in from being broken by what is said', () => {
    const picture = pictureOf(
      flow('  a: { type: say, say: "Say \\"<b>\\" & #1; `x`", next: end }\n  end: { type: hangup }\n'),
    );
    expect(mermaid(picture)).toContain('"<b>a</b><br>say<br>Say #quot;#lt;b#gt;#quot; & #35;1; #96;x#96;"');
    // `end` is a word of Mermaid's.
    expect(mermaid(picture)).toContain('<b>end</b>');
    expect(mermaid(picture)).not.toMatch(/:::end|classDef end/);
    expect(svg(picture)).toContain('Say &quot;&lt;b&gt;&quot; &amp; #1; `x`');
  });

  test('draws a way back to the same node, and names a node that very many ways lead to', () => {
    const many = Array.from(
      { length: 10 },
      (_, index) =>
        `  n${index}: { type: menu, say: Choose., options: { on: {} }, next: { on: n${index === 9 ? 0 : index + 1}, none: bye } }\n`,
    );
    const picture = pictureOf(
      flow(
        `  a: { type: menu, say: Choose., options: { on: {} }, next: { on: n0, none: a } }\n${many.join('')}  bye: { type: hangup }\n`,
      ),
    );
    const references = picture.boxes.filter(({ type }) => type === 'reference');
    expect(references.map(({ title }) => title)).toEqual(Array.from({ length: 10 }, () => '→ bye'));
    expect(picture.arrows).toContainEqual({ from: 'n0', to: 'n0', labels: ['none'] });
    expect(svg(picture)).not.toMatch(/NaN|undefined/);
  });
});
