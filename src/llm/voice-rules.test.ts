import { expect, it } from 'vitest';
import { VOICE_RULES } from './voice-rules.ts';

it('are the same on every call: no placeholder, no date, nothing to fill in', () => {
  expect(VOICE_RULES).not.toMatch(/\{\{|\$\{|\b20\d\d\b|undefined/);
});

it.each([
  'short sentences',
  'markdown',
  'emoji',
  'stage directions',
  'one thing at a time',
  'Never claim to be a human',
  'interrupted',
  'Do not repeat',
  'technical details',
])('speak of: %s', (subject) => {
  expect(VOICE_RULES.toLowerCase()).toContain(subject.toLowerCase());
});
