import { expect, test } from 'vitest';
import { CARRIER_TEXTS, ENGLISH_BY_CARRIER } from './carrier-texts.ts';
import { checkFlow } from './loader.ts';

const check = (head: string) =>
  checkFlow(
    `flow: probe
description: A probe.
start: a
${head}
nodes:
  a: { type: hangup, say: Bye. }
`,
    { file: 'probe.yaml' },
  );

const reception = (head: string) => check(head).compiled?.settings.reception;
const messages = (head: string) =>
  check(head)
    .problems.map(({ message }) => message)
    .join('\n');

test('without a word in the flow, callers are told in its language', () => {
  const { fallback, when_busy: busy } = ENGLISH_BY_CARRIER;
  expect(reception('')).toEqual({ fallback, whenBusy: { ...busy, do: 'wait', mostWaitMs: 120_000 } });
  for (const [language, texts] of Object.entries(CARRIER_TEXTS)) {
    expect(reception(`language: ${language}`)).toMatchObject({
      fallback: texts.fallback,
      whenBusy: texts.when_busy,
    });
  }
});

test('a flow says what happens', () => {
  const head = `
fallback: { say: Our system is down., transfer: "+15550123", timeout_sec: 12 }
when_busy: { do: transfer, to: "+15550124", say: One moment., most_wait_sec: 20 }`;
  expect(reception(head)).toMatchObject({
    fallback: { say: 'Our system is down.', transfer: { to: '+15550123', timeoutSec: 12 } },
    whenBusy: { do: 'transfer', say: 'One moment.', mostWaitMs: 20_000, transfer: { to: '+15550124' } },
  });
});

test('a slip is told in words', () => {
  expect(messages('when_busy: { do: transfer }')).toContain('"when_busy" has no "to"');
  expect(messages('when_busy: { do: queue }')).toContain('must be wait, elsewhere, transfer or apologise');
  expect(messages('fallback: { transfer: 5550123 }')).toContain('E.164');
  expect(messages('fallback: { say: "Hello {{ slots.name }}" }')).toContain('a template cannot stand here');
});
