import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Records } from '../../records/index.ts';
import { createRecords } from '../../records/records.ts';
import { describeKnowledge, someKnowledge } from './conformance.ts';
import { createStoredKnowledge } from './stored.ts';

const { signal } = new AbortController();
let records: Records;
beforeAll(async () => {
  records = await createRecords({ memory: true }, pino({ level: 'silent' }));
}, 60_000);
afterAll(() => records.close());

describeKnowledge('PGlite', async () => createStoredKnowledge(records));

test('languages are stemmed as they are, where the database can', async () => {
  const index = createStoredKnowledge(records);
  const passage = (text: string) => ({ source: 'F', heading: '', text });
  const cases: [string, string, string][] = [
    ['de-DE', 'Wir reparieren Waschmaschinen.', 'eine Waschmaschine'],
    ['es-ES', 'Abrimos los domingos.', 'domingo'],
    ['nb-NO', 'Vi har billetter til alle.', 'billett'],
    ['ga-IE', 'Tá siopa againn.', 'siopa'],
    ['ja-JP', '建物の裏に駐車場があります。', '駐車場はどこですか'],
  ];
  for (const [language, text, asked] of cases) {
    const base = { id: language, language, chunks: [passage(text)] };
    expect(await index.find(base, { text: asked, limit: 1 }, signal), language).toHaveLength(1);
  }
});

test('a store that is away leaves the index of this process', async () => {
  const away = {
    keepKnowledge: () => Promise.reject(new Error('away')),
    searchKnowledge: () => Promise.reject(new Error('away')),
  };
  const index = createStoredKnowledge(away);
  const found = await index.find(someKnowledge('away'), { text: 'parking', limit: 3 }, signal);
  expect(found[0]?.heading).toBe('Parking');
});
