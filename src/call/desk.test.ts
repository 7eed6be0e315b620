/** Two nodes and one call: who has it, and what the other does about it. */
import pino from 'pino';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { parseFlow } from '../flows/loader.ts';
import type { CallRecord } from '../records/index.ts';
import type { Notice, Session, Sessions } from '../sessions/index.ts';
import { createMemorySessions } from '../sessions/memory.ts';
import { Voices } from '../tts/voice-links.ts';
import { Desk } from './desk.ts';
import { Prompts } from './prompts.ts';
import {
  FakeLine,
  FakeModel,
  FakePrompts,
  FakeRecogniser,
  FakeVoice,
  FakeVoiceActivity,
} from './testing-vendors.ts';

const logger = pino({ level: 'silent' });
const callSid = new FakeLine().callSid;
const flow = parseFlow(
  `
flow: test
description: A test.
start: a
numbers: ["+15550100"]
nodes:
  a: { type: menu, say: One two three four five six., options: { b: { key: 1, words: [go] } }, next: { b: c, none: c } }
  c: { type: hangup, say: Goodbye. }
`,
  { file: 'test.yaml', env: {} },
);

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** The one store of all nodes. `deaf`: the node hears no notice, as one that has stalled. */
function viewOf(store: Sessions, deaf = false): Sessions {
  const onNotice: Sessions['onNotice'] = (callId, listener, signal) =>
    store.onNotice(callId, (notice: Notice) => void (deaf || listener(notice)), signal);
  return new Proxy(store, {
    get: (target, name) => {
      if (name === 'isShared') return true;
      if (name === 'onNotice') return onNotice;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function node(store: Sessions, { deaf = false } = {}) {
  const saved: CallRecord[] = [];
  const voice = new FakeVoice();
  const voices = new Voices({ vendors: [voice] });
  const desk = new Desk({
    sessions: viewOf(store, deaf),
    records: {
      save: async (record: CallRecord) => void saved.push(record),
      find: async () => undefined,
    } as never,
    audio: { create: async () => Promise.reject(new Error('none')), open: async () => undefined } as never,
    flows: {
      flows: [flow],
      byId: () => flow,
      forNumber: () => flow,
      close: async () => {},
    },
    control: {} as never,
    logger,
    recogniser: new FakeRecogniser(),
    model: new FakeModel(),
    voices,
    prompts: new Prompts({ cache: new FakePrompts(), voices, logger }),
    voiceActivity: new FakeVoiceActivity(),
    counters: { inc: () => {} },
    onTurn: () => {},
  });
  return { desk, saved, voice };
}

const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

async function carried(
  store: Sessions,
  on: ReturnType<typeof node>,
): Promise<{ line: FakeLine; session: Session }> {
  const session = await on.desk.answer({ callSid, from: '+15550123', to: '+15550100', direction: 'inbound' });
  if (session === undefined) throw new Error('no flow answers');
  const line = new FakeLine();
  on.desk.carry(line, session);
  await pass(300);
  expect((await store.load(session.callId))?.streams).toBe(1);
  return { line, session };
}

describe('a call whose stream the carrier says is gone', () => {
  it('is taken at once from a node that has stalled; that one gives up without a word', async () => {
    const store = createMemorySessions();
    const stalled = node(store, { deaf: true });
    const other = node(store);
    const { line, session } = await carried(store, stalled);
    const resumed = other.desk.resume(callSid);
    await pass(350);
    expect(await resumed).toMatchObject({ plan: { type: 'reconnect' } });
    const next = new FakeLine();
    other.desk.carry(next, session);
    await pass(50);
    expect(other.desk.liveCalls).toBe(1);
    await pass(1200);
    expect(line.closed).toBe(true);
    expect(stalled.desk.liveCalls).toBe(0);
    expect(next.closed).toBe(false);
    const journal = await store.journal(session.callId);
    expect(journal.map(({ type }) => type)).not.toContain('ended');
    expect(journal.map(({ type }) => type).filter((type) => type.startsWith('stream'))).toEqual([
      'stream-started',
      'stream-lost',
      'stream-started',
    ]);
    expect((await store.load(session.callId))?.ended).toBe(false);
    expect(stalled.saved).toEqual([]);
    next.end('stopped');
    await pass(100);
    expect(other.saved).toMatchObject([{ outcome: 'caller-hung-up' }]);
  });

  it('is written down by a node that lives before another has it', async () => {
    const store = createMemorySessions();
    const first = node(store);
    const other = node(store);
    const { line, session } = await carried(store, first);
    const resumed = other.desk.resume(callSid);
    await pass(100);
    expect(await resumed).toBeDefined();
    expect(line.closed).toBe(true);
    const types = (await store.journal(session.callId)).map(({ type }) => type);
    expect(types).toContain('stream-ended');
    expect(types).not.toContain('stream-lost');
    expect((await store.load(session.callId))?.inFlight).toBeNull();
  });
});

describe('a call that is handed over', () => {
  it('goes from one node to the other with what was said of the reply', async () => {
    const store = createMemorySessions();
    const first = node(store);
    const other = node(store);
    const { session } = await carried(store, first);
    first.desk.handOver('now');
    await pass(100);
    expect(first.desk.liveCalls).toBe(0);
    const journal = await store.journal(session.callId);
    expect(journal.find(({ type }) => type === 'stream-ended')?.data).toMatchObject({
      reason: 'handed-over',
    });
    expect((await store.load(session.callId))?.ended).toBe(false);
    const resumed = other.desk.resume(callSid);
    await pass(10);
    expect(await resumed).toMatchObject({ plan: { type: 'reconnect' } });
    other.desk.carry(new FakeLine(), session);
    await pass(50);
    expect(other.desk.liveCalls).toBe(1);
    other.desk.handOver('now');
    await pass(100);
  });
});
