/** Calls on which recognisers fail: another goes on where one stopped, and where none does the caller has keys. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../src/records/index.ts';
import type { FaultInput, Vendor } from '../../src/sandbox/faults.ts';
import type { WholeSandbox } from '../../src/sandbox/whole.ts';
import { type PostgresServer, startPostgres } from '../support/postgres.ts';
import { type PlannedCall, Programme, perform } from './programme.ts';

let postgres: PostgresServer;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(async () => {
  await postgres?.stop();
});

/** The service is given all recognisers there are. */
const environment = ({ baseUrl }: WholeSandbox): Record<string, string> => ({
  DATABASE_URL: postgres.url,
  ELEVENLABS_API_KEY: 'elevenlabs-key',
  ELEVENLABS_BASE_URL: baseUrl,
  OPENAI_TRANSCRIPTION_BASE_URL: baseUrl,
});

const WORDS = 'Could you tell me when you open in the morning, please?';

// A fault meets whoever is next at its vendor, so each call has a stage of its own.
const stages: Programme[] = [];
function onStage(plan: PlannedCall, more: Record<string, string> = {}) {
  const stage = new Programme(async () => ({
    environment: (sandbox) => ({ ...environment(sandbox), ...more }),
  }));
  stages.push(stage);
  return stage.call(plan);
}

/** The faults are armed so long into the caller's first utterance. */
function struck(faults: readonly FaultInput[], intoMs: number) {
  return onStage({
    to: 'talk',
    steps: [{ say: WORDS }, { say: 'Goodbye.' }],
    meanwhile: async (call, { sandbox }) => {
      await call.timeline.first('saying');
      await new Promise((resolve) => setTimeout(resolve, intoMs));
      for (const fault of faults) sandbox.faults.add(fault);
    },
  });
}

const outage = (vendor: Vendor): FaultInput[] => [
  { vendor, kind: 'disconnect' },
  { vendor, kind: 'refuse', times: 1000 },
];

const gone = struck(outage('deepgram'), 1200);
const bothGone = struck([...outage('deepgram'), ...outage('elevenlabs-stt')], 1200);
const deaf = onStage(
  {
    to: 'mainMenu',
    after: async ({ sandbox }) => {
      for (const vendor of ['deepgram', 'elevenlabs-stt'] as const)
        sandbox.faults.add({ vendor, kind: 'status', status: 401, times: 1000 });
      sandbox.faults.add({ vendor: 'openai-stt', kind: 'status', status: 401, times: 1000 });
    },
    steps: [{ say: 'When are you open?' }, { press: '9' }],
  },
  { SPEECH_FALLBACK: 'none' },
);
perform(...stages);

const saidBy = (record: CallRecord): string[] =>
  record.turns.flatMap(({ role, text, keys }) => (role === 'caller' ? [keys ?? text] : []));
const switches = (record: CallRecord): unknown[] =>
  record.events.flatMap(({ type, data }) => (type === 'provider-switched' ? [data] : []));

describe.each([
  ['is gone', gone, 'elevenlabs'],
  ['is gone, and so is the next', bothGone, 'openai'],
])('where the recogniser %s while the caller speaks', (_, planned, to) => {
  it('another goes on: no word is lost or doubled, and the record says so', async () => {
    const { record } = await planned();
    expect(record).toMatchObject({ outcome: 'completed', result: 'answered' });
    expect(saidBy(record)).toEqual([WORDS, 'Goodbye.']);
    expect(switches(record)[0]).toEqual({ stage: 'stt', from: 'deepgram', to });
  });
});

it('where none listens the caller is told so, and keys are understood', async () => {
  const { record } = await deaf();
  const words = record.turns.map(({ generated, text }) => generated ?? text).join(' ');
  expect(words).toContain('I cannot hear you just now.');
  expect(words).toContain('Please use the keys');
  expect(record).toMatchObject({ outcome: 'completed' });
  expect(saidBy(record)).toEqual(['9']);
});
