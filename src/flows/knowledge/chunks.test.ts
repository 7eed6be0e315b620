import { describe, expect, test } from 'vitest';
import { chunksOf } from './chunks.ts';
import { markdownOfHtml } from './html.ts';

const words = (count: number, word = 'word'): string =>
  Array.from({ length: count }, (_, index) => `${word}${index}${index % 10 === 9 ? '.' : ''}`).join(' ');
const lengthOf = (text: string): number => text.split(/\s+/).length;

describe('passages of Markdown', () => {
  test('stand under all of their headings, in both ways of writing them', () => {
    const text =
      '---\ntitle: x\n---\nBefore.\n\nPrices\n======\n\n## Fillings ##\nFifty *or* **more**, see [the list](x.html).\n\n#### Gold\nNo.\n\nOther\n---\nYes.\n';
    expect(chunksOf('F', text)).toEqual([
      { source: 'F', heading: '', text: 'Before.' },
      { source: 'F', heading: 'Prices › Fillings', text: 'Fifty *or* more, see the list.' },
      { source: 'F', heading: 'Prices › Fillings › Gold', text: 'No.' },
      { source: 'F', heading: 'Prices › Other', text: 'Yes.' },
    ]);
  });

  test('are never longer than can be read, and lose no word', () => {
    const text = `# A\n${[40, 90, 20, 700, 5, 160].map((count, index) => words(count, `p${index}w`)).join('\n\n')}\n\n${'x'.repeat(9000)}`;
    const chunks = chunksOf('F', text);
    const all = chunks.map((chunk) => chunk.text);
    expect(all.filter((passage) => lengthOf(passage) > 300 || passage.length > 3000)).toEqual([]);
    expect(all.slice(0, -8).filter((passage) => lengthOf(passage) < 20)).toEqual([]);
    const joined = all.join(' ').replaceAll(/\s+/g, '');
    expect(joined).toBe(text.replace('# A', '').replaceAll(/\s+/g, ''));
  });

  test('code in fences has no headings', () => {
    expect(chunksOf('F', '# A\n```\n# not one\n```\nText.')).toEqual([
      { source: 'F', heading: 'A', text: '# not one\nText.' },
    ]);
  });

  test.each(['', '\n\n', '# Only a heading', '---\n---\n'])('there are none in %j', (text) => {
    expect(chunksOf('F', text)).toEqual([]);
  });
});

describe('web pages', () => {
  test('are read as their text, under their headings', () => {
    const html = `<!doctype html><html><head><title>T</title><style>p{}</style></head><body>
      <nav><a href=x>Home</a></nav><h1>Our <b>prices</b></h1><!-- a < b -->
      <p>Caf&eacute; &amp; &#8364;5,
      always.</p><ul><li>One<li>Two</ul><script>alert("<p>no</p>")</script>
      <table><tr><th>Size</th><td>12&nbsp;cm</td></tr></table><h2>Öffnung</h2>Immer &unknown; 3 < 4</body></html>`;
    expect(chunksOf('P', markdownOfHtml(html))).toEqual([
      { source: 'P', heading: 'Our prices', text: 'Café & €5, always.\n- One\n- Two\nSize | 12 cm |' },
      { source: 'P', heading: 'Our prices › Öffnung', text: 'Immer &unknown; 3 < 4' },
    ]);
  });

  test('that are broken or hostile take no long time', () => {
    const pages = [
      '<'.repeat(200_000),
      '<p '.repeat(60_000),
      '<!--'.repeat(50_000),
      '<script>'.repeat(20_000),
      '&#'.repeat(99_999),
    ];
    const before = performance.now();
    for (const page of pages) chunksOf('P', markdownOfHtml(page));
    expect(performance.now() - before).toBeLessThan(5000);
  });
});
