/** What every index of knowledge must do, whatever it is built on. */
import { describe, expect, test } from 'vitest';
import { chunksOf } from './chunks.ts';
import type { KnowledgeBase, KnowledgeIndex } from './index.ts';

const FAQ = `# Opening hours
We are open Monday to Friday from nine to six. On Saturdays we close at noon.

# Parking
There is a car park behind the house. The first hour costs nothing.

# Children
We treat children from the age of three. A parent stays with them.

# Emergencies
If your tooth was knocked out, keep it in milk and come at once.

# Insurance
We bill all public insurers directly. Private patients get an invoice by post.
`;
const PRICES = `# Prices
## Cleaning
A professional cleaning costs ninety euros and takes an hour.
## Whitening
Bleaching is three hundred euros for both jaws.
`;

/** A base nobody has seen before, of an FAQ and a price list. */
export function someKnowledge(id: string): KnowledgeBase {
  return { id, language: 'en-US', chunks: [...chunksOf('FAQ', FAQ), ...chunksOf('Price list', PRICES)] };
}

/** @param open gives an index; whoever calls the suite closes it. */
export function describeKnowledge(name: string, open: () => Promise<KnowledgeIndex>): void {
  const signal = new AbortController().signal;
  let count = 0;
  const opened = async (): Promise<{ index: KnowledgeIndex; base: KnowledgeBase }> => {
    const index = await open();
    const base = someKnowledge(`${name}-${++count}-${Date.now()}`);
    await index.add(base);
    return { index, base };
  };

  describe(`knowledge in ${name}`, () => {
    test.each([
      ['Where can I park my car?', 'Parking'],
      ['what are your opening hours on saturday', 'Opening hours'],
      ['How much is a cleaning?', 'Prices › Cleaning'],
      ['do you treat my child', 'Children'],
      ['bleaching', 'Prices › Whitening'],
      ["well um I've knocked out a tooth and it's bleeding", 'Emergencies'],
    ])('%s', async (text, heading) => {
      const { index, base } = await opened();
      const [best] = await index.find(base, { text, limit: 3 }, signal);
      expect(best?.heading).toBe(heading);
      expect(best?.score).toBeGreaterThan(0);
    });

    test('gives whole passages with their sources, best first, and no more than were asked for', async () => {
      const { index, base } = await opened();
      const found = await index.find(base, { text: 'euros cleaning', limit: 1 }, signal);
      expect(found).toEqual([
        {
          source: 'Price list',
          heading: 'Prices › Cleaning',
          text: 'A professional cleaning costs ninety euros and takes an hour.',
          score: expect.any(Number),
        },
      ]);
      const scores = (await index.find(base, { text: 'euros cleaning', limit: 9 }, signal)).map(
        ({ score }) => score,
      );
      expect(scores).toEqual(scores.toSorted((a, b) => b - a));
    });

    test('keeps to the sources that are asked for', async () => {
      const { index, base } = await opened();
      const query = { text: 'an hour of parking or cleaning', limit: 9 };
      const found = async (sources?: string[]): Promise<Set<string>> =>
        new Set(
          (await index.find(base, { ...query, ...(sources === undefined ? {} : { sources }) }, signal)).map(
            ({ source }) => source,
          ),
        );
      expect(await found()).toEqual(new Set(['FAQ', 'Price list']));
      expect(await found(['Price list'])).toEqual(new Set(['Price list']));
      expect(await found(['Nothing'])).toEqual(new Set());
    });

    test.each(['', '   ', '?!', 'xylophone quartz', '&|!():*\'"\\ -', "'; drop table calls; --", '\u0000'])(
      'finds nothing for %j',
      async (text) => {
        const { index, base } = await opened();
        expect(await index.find(base, { text, limit: 3 }, signal)).toEqual([]);
      },
    );

    test('parts one base from another, and knows one that was not added', async () => {
      const { index } = await opened();
      const other: KnowledgeBase = {
        id: `${name}-other-${Date.now()}`,
        language: 'de-DE',
        chunks: chunksOf('Auskunft', '# Parken\nHinter dem Haus gibt es Parkplätze.'),
      };
      const found = await index.find(other, { text: 'Wo kann ich parken?', limit: 3 }, signal);
      expect(found.map(({ source }) => source)).toEqual(['Auskunft']);
      expect(await index.find(other, { text: 'cleaning', limit: 3 }, signal)).toEqual([]);
    });

    test('may be given the same base twice, also at once', async () => {
      const { index, base } = await opened();
      await Promise.all([index.add(base), index.add({ ...base })]);
      const found = await index.find(base, { text: 'parking', limit: 9 }, signal);
      expect(found).toHaveLength(1);
    });

    test('an abort rejects', async () => {
      const { index, base } = await opened();
      const reason = new Error('too late');
      await expect(index.find(base, { text: 'parking', limit: 3 }, AbortSignal.abort(reason))).rejects.toBe(
        reason,
      );
    });
  });
}
