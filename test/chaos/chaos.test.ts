/** A few cases of the chaos suite, the ones that everything else stands on; `npm run chaos` tries them all. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { allCases, selectCases } from './cases.ts';
import type { Verdict } from './judge.ts';
import { runCases } from './run.ts';

/** One of each stage, spread over the moments. */
const NAMES = [
  'stt/disconnect/listening',
  'stt/503/listening',
  'stt/malformed/speaking',
  'llm/503/thinking',
  'tts/disconnect/speaking',
  'redis/stop/speaking',
  'postgres/stop/speaking',
  'process/SIGKILL/speaking',
  'process/SIGKILL/tool',
];
const TIMEOUT_MS = 900_000;
/** The goals are for a machine with nothing else to do; here it only matters that calls go on. */
const LONGEST_SILENCE_MS = 15_000;

describe('calls that something befalls', () => {
  const giveUp = new AbortController();
  const all = new Map<string, PromiseWithResolvers<Verdict>>(
    NAMES.map((name) => [name, Promise.withResolvers<Verdict>()]),
  );
  let running: Promise<unknown> = Promise.resolve();
  beforeAll(() => {
    const cases = allCases()
      .filter(({ name }) => all.has(name))
      .map((each) => ({ ...each, longestSilenceMs: LONGEST_SILENCE_MS }));
    running = runCases({
      cases,
      worlds: 2,
      onVerdict: (verdict) => all.get(verdict.name)?.resolve(verdict),
      onNote: () => undefined,
      signal: giveUp.signal,
    }).catch((error: unknown) => {
      for (const { reject } of all.values()) reject(error);
    });
    for (const { promise } of all.values()) promise.catch(() => undefined); // told by the tests
  });
  afterAll(async () => {
    giveUp.abort();
    await running;
  }, TIMEOUT_MS);

  it.each(NAMES)(
    '%s: the call comes to its proper end, with nothing lost',
    { timeout: TIMEOUT_MS },
    async (name) => {
      const verdict = await all.get(name)?.promise;
      expect(verdict).toMatchObject({ problems: [], struck: true });
    },
  );
});

it('there is a case for every fault of every stage at every moment, and a seed draws the same ones', () => {
  const names = allCases().map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  for (const name of NAMES) expect(names).toContain(name);
  const drawn = () => selectCases({ only: ['stt', 'redis/stop'], count: 7, seed: 3 }).map(({ name }) => name);
  expect(drawn()).toEqual(drawn());
  expect(drawn().every((name) => /^(stt|redis\/stop)\//.test(name))).toBe(true);
  expect(new Set(drawn()).size).toBe(7);
});
