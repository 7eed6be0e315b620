/** All vendors of speech fail: calls go on over the carrier's own recognition and voice, and come back. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { CallRecord } from '../../src/records/index.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { Stage } from './harness.ts';

const ALWAYS = 1_000_000;
/** A trial shows the end of the outage by then, even after one in vain. */
const TRIALS_MS = 12_000;
const INTO_SPEECH_MS = 600;

interface Played {
  call: SandboxCall;
  record: CallRecord;
  end: Awaited<SandboxCall['ended']>;
}

let stage: Stage;
let moved: Played;
let begun: Played;

async function played(call: SandboxCall): Promise<Played> {
  const end = await call.ended;
  return { call, end, record: await stage.record(call.sid) };
}

beforeAll(async () => {
  stage = await Stage.start();
  const first = stage.call({
    to: 'form',
    steps: [
      { say: 'Three tickets, please.' },
      // The recogniser goes in the middle of it, and they are asked to say it again.
      { say: 'Three tickets, please.' },
      { silence: true },
      { say: 'I beg your pardon?', when: { afterMs: TRIALS_MS } },
      { say: 'Yes, I will.' },
    ],
  });
  await first.timeline.first('saying');
  await sleep(INTO_SPEECH_MS);
  stage.sandbox.faults.add({ vendor: 'deepgram', kind: 'refuse', times: ALWAYS });
  stage.sandbox.faults.add({ vendor: 'cartesia', kind: 'refuse', times: ALWAYS });
  stage.sandbox.faults.add({ vendor: 'deepgram', kind: 'disconnect' });
  await first.timeline.first('relay-opened');
  const second = stage.call({
    to: 'practice',
    steps: [
      { press: '1', when: { agentSpokeMs: 600 } },
      { say: 'When do you open?', when: { agentSpokeMs: 300 } },
      { say: 'No, goodbye.' },
    ],
  });
  await second.timeline.first('relay-opened');
  stage.sandbox.faults.clear();
  [moved, begun] = await Promise.all([played(first), played(second)]);
}, 180_000);
afterAll(() => stage?.[Symbol.asyncDispose]());

/** What went to the carrier to be spoken. */
function relayed({ call }: Played): string {
  return call.timeline
    .ofType('relay-received')
    .map(({ message }) => message['token'] ?? '')
    .join('');
}

describe('a call in the middle of which nobody hears or speaks any more', () => {
  it('goes on over the relay, comes back once somebody does, and ends as its flow wants', () => {
    const opened = moved.call.events.filter(
      ({ type }) => type === 'stream-opened' || type === 'relay-opened',
    );
    expect(opened.map(({ type }) => type)).toEqual(['stream-opened', 'relay-opened', 'stream-opened']);
    expect(moved.call.timeline.ofType('relay-ended')).toMatchObject([{ status: 'ended' }]);
    expect(moved.end).toEqual({ status: 'completed', reason: 'hangup-verb' });
    expect(relayed(moved)).toContain('Could you say it again?');
    expect(relayed(moved)).not.toContain('Goodbye');
    expect(moved.call.timeline.ofType('said').at(-1)?.atMs).toBeGreaterThan(opened[2]?.atMs ?? 0);
  });

  it('has one record, with all that was said, once, and when it was moved', () => {
    const { record } = moved;
    expect(record).toMatchObject({
      outcome: 'completed',
      result: 'ordered',
      slots: { tickets: 3, pickup: true },
      path: ['order', 'thanks'],
    });
    const said = record.turns.filter(({ role }) => role === 'caller').map(({ text }) => text);
    // What was understood before the recogniser went, where that was anything, and all of it.
    expect(said.slice(-3)).toEqual(['Three tickets, please.', 'I beg your pardon?', 'Yes, I will.']);
    expect(said.slice(0, -3).join('')).toMatch(/^(Three( tickets,?)?)?$/);
    expect(record.turns.at(-1)).toMatchObject({ role: 'agent', text: 'Thank you. Goodbye.' });
    const moves = record.events.filter(({ type }) => type === 'speech-moved');
    expect(moves.map(({ data }) => data['to'])).toEqual(['relay', 'vendors']);
    expect(record.usage.relayedMs).toBeGreaterThan(1000);
  });
});

describe('a call that comes while nobody hears or speaks', () => {
  it('begins on the relay, and nothing of it is asked of the vendors meanwhile', () => {
    const [first] = begun.call.timeline.ofType('twiml');
    expect(first?.document).toContain('<ConversationRelay');
    expect(begun.end).toEqual({ status: 'completed', reason: 'hangup-verb' });
  });

  it('hears keys, and its history has what was heard of what they interrupted', () => {
    const { record } = begun;
    const [greeting, key] = record.turns;
    expect(key).toMatchObject({ role: 'caller', keys: '1' });
    expect(greeting).toMatchObject({ role: 'agent', interrupted: true });
    expect(greeting?.generated).toBe('Welcome to the practice. For appointments, press 1.');
    expect(greeting?.generated?.startsWith(greeting.text)).toBe(true);
    expect(record.turns.map(({ text }) => text)).toContain('When do you open?');
    expect(record.outcome).toBe('completed');
  });
});

it('nothing that was said is in the log, nor is any secret', () => {
  for (const word of ['tickets', 'goodbye', ...stage.secrets])
    expect(stage.log.toLowerCase()).not.toContain(word);
});
