import { expect, test } from 'vitest';
import { describeKnowledge } from './conformance.ts';
import type { KnowledgeBase } from './index.ts';
import { createMemoryKnowledge } from './memory.ts';

const index = createMemoryKnowledge();
describeKnowledge('this process', async () => index);

const { signal } = new AbortController();

test('a language that writes no blanks is parted into words', async () => {
  const chunks = [
    { source: '案内', heading: '駐車場', text: '建物の裏に駐車場があります。' },
    { source: '案内', heading: '営業時間', text: '月曜日から金曜日まで営業しています。' },
  ];
  const base: KnowledgeBase = { id: 'ja', language: 'ja-JP', chunks };
  const found = await index.find(base, { text: '駐車場はありますか', limit: 1 }, signal);
  expect(found[0]?.heading).toBe('駐車場');
});

test('slips of recognition and accents are forgiven', async () => {
  const chunks = [
    { source: 'FAQ', heading: '', text: 'The crème brûlée is made every morning.' },
    { source: 'FAQ', heading: '', text: 'Reservations are held for a quarter of an hour.' },
  ];
  const base: KnowledgeBase = { id: 'fr', language: 'en', chunks };
  expect(await index.find(base, { text: 'creme brulee', limit: 1 }, signal)).toHaveLength(1);
  const [slip] = await index.find(base, { text: 'my reservasion', limit: 1 }, signal);
  expect(slip?.text).toContain('Reservations');
});
