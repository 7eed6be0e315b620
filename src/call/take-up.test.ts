/** A call that comes to this process from another, with what that one had written down before it ended or died. */
import pino from 'pino';
import { expect, test } from 'vitest';
import { parseFlow } from '../flows/loader.ts';
import type { JournalEntry, Session } from '../sessions/index.ts';
import { createMemorySessions } from '../sessions/memory.ts';
import { Conversation } from './conversation.ts';
import type { InFlight } from './in-flight.ts';
import { Journal } from './journal.ts';
import { entryOf, MACHINE_ENTRY } from './resuming.ts';
import { takeUp } from './take-up.ts';

const logger = pino({ level: 'silent' });
const session: Session = {
  callId: 'c',
  callSid: 'CA1',
  direction: 'outbound',
  from: '+15550100',
  to: '+15550123',
  flowId: 'f',
  flowVersion: '1',
  createdAt: Date.now(),
  streams: 1,
  plan: { type: 'reconnect' },
  ended: false,
};

const flow = parseFlow(
  `
flow: test
description: A test.
start: a
tools:
  book: { description: Books., effect: writes, http: { method: POST, url: "http://api.test/book" } }
nodes:
  a: { type: menu, say: One two three four five., options: { book: { key: 1, words: [book] } }, next: { book: b, none: c } }
  b: { type: tool, tool: book, next: { done: c, failed: c } }
  c: { type: hangup, say: Goodbye. }
`,
  { file: 'test.yaml', env: {} },
);

function entry(type: string, agoMs: number, data: JournalEntry['data'] = {}): JournalEntry {
  return { at: Date.now() - agoMs, atMs: 0, type, data };
}

/** The call greeted: `say-1` is what it said. */
function greeted() {
  const sessions = createMemorySessions();
  const journal = new Journal({ sessions, callId: 'c', logger, now: () => 0 });
  const conversation = new Conversation(flow, journal);
  const call = { callId: 'c', direction: 'outbound', from: '', to: '', startedAt: '' } as const;
  conversation.step({ type: 'call-started', call });
  return { conversation, journal };
}

/** 100 ms a word. */
function greeting(at: number, state: { heardMs: number; sentMs: number; sounding: boolean }): InFlight {
  const words = ['One', ' two', ' three', ' four', ' five.'].map((text, i): [string, number] => [
    text,
    (i + 1) * 100,
  ]);
  return { at, reply: { ...state, parts: [{ partId: 'say-1', words }], startMs: 40, node: 'a' } };
}

function saidNext({ conversation }: ReturnType<typeof greeted>, input: ReturnType<typeof takeUp>): string[] {
  if (input.type !== 'line-resumed' && input.type !== 'go-on') return [input.type];
  return conversation
    .step(input)
    .flatMap((command) => (command.type === 'say' ? [command.text] : [command.type]));
}

test('a machine that was found before the stream came is what the call begins with', () => {
  const { journal, conversation } = greeted();
  const earlier = [entryOf(session, MACHINE_ENTRY, {})];
  expect(takeUp({ session, conversation: undefined, journal, earlier })).toEqual({
    type: 'machine-answered',
  });
  expect(takeUp({ session, conversation: undefined, journal, earlier: [] })).toEqual({
    type: 'call-started',
  });
  expect(takeUp({ session, conversation, journal, earlier })).toMatchObject({ type: 'line-resumed' });
});

test('a process that died while it spoke: the reply goes on from the first word the carrier did not play', () => {
  const call = greeted();
  const lost = entry('stream-lost', 500);
  // 150 ms were heard 200 ms before the stream was gone: the carrier played on until then.
  const inFlight = greeting(lost.at - 200, { heardMs: 150, sentMs: 480, sounding: true });
  const earlier = [entry('stream-started', 5000), lost];
  const input = takeUp({ ...call, session: { ...session, inFlight }, earlier });
  expect(saidNext(call, input)).toEqual(['four five.', 'listen']);
  expect(call.journal.entries.at(-1)).toMatchObject({
    type: 'turn',
    data: { role: 'agent', text: 'One two three', generated: 'One two three four five.', interrupted: true },
  });
});

test('the carrier plays no more than it was given', () => {
  const call = greeted();
  const lost = entry('stream-lost', 500);
  const inFlight = greeting(lost.at - 900, { heardMs: 150, sentMs: 210, sounding: true });
  const input = takeUp({
    ...call,
    session: { ...session, inFlight },
    earlier: [entry('stream-started', 5000), lost],
  });
  expect(saidNext(call, input)).toEqual(['three four five.', 'listen']);
});

test('after more than a second it is apologised for', () => {
  const call = greeted();
  const lost = entry('stream-lost', 1500);
  const inFlight = greeting(lost.at, { heardMs: 150, sentMs: 210, sounding: true });
  const input = takeUp({
    ...call,
    session: { ...session, inFlight },
    earlier: [entry('stream-started', 5000), lost],
  });
  expect(saidNext(call, input)).toEqual([
    'Sorry, the line dropped for a moment.',
    'One two three four five.',
    'listen',
  ]);
});

test('what was written down by the process before it died is not written twice', () => {
  const call = greeted();
  const lost = entry('stream-lost', 500);
  const answers = {
    role: 'caller',
    text: 'Hello',
    startMs: 7,
    endMs: 30,
    interrupted: false,
    node: 'a',
  } as const;
  const inFlight = greeting(lost.at, { heardMs: 500, sentMs: 500, sounding: true });
  if (inFlight.reply !== undefined) inFlight.reply.answers = answers;
  const turns = [entry('turn', 600, answers), entry('turn', 600, { role: 'agent', startMs: 40 })];
  const earlier = [entry('stream-started', 5000), ...turns, lost];
  takeUp({ ...call, session: { ...session, inFlight }, earlier });
  expect(call.journal.entries.filter(({ type }) => type === 'turn')).toEqual([]);
});

test('the words of a turn that was not over count as said', () => {
  const call = greeted();
  const inFlight: InFlight = {
    at: Date.now(),
    caller: { text: 'Book it please', startMs: 900, sounding: false },
  };
  const earlier = [entry('stream-started', 5000), entry('stream-lost', 500)];
  const input = takeUp({ ...call, session: { ...session, inFlight }, earlier });
  expect(call.journal.entries.filter(({ type }) => type === 'turn')).toMatchObject([
    { data: { role: 'caller', text: 'Book it please', startMs: 900 } },
  ]);
  expect(call.conversation.node).toBe('b');
  expect(saidNext(call, input)).toEqual(['run-tool']);
});

test('a caller who was in the middle of a sentence is asked to say it again, and the piece answers nothing', () => {
  const call = greeted();
  const { node } = call.conversation;
  const inFlight: InFlight = { at: Date.now(), caller: { text: 'Book it', startMs: 900, sounding: true } };
  const earlier = [entry('stream-started', 5000), entry('stream-lost', 500)];
  expect(takeUp({ ...call, session: { ...session, inFlight }, earlier })).toEqual({ type: 'unheard' });
  expect(call.journal.entries.filter(({ type }) => type === 'turn')).toMatchObject([
    { data: { role: 'caller', text: 'Book it' } },
  ]);
  expect(call.conversation.node).toBe(node);
});

test('a caller who was speaking, and of whom nothing was caught, is asked to say it again', () => {
  const call = greeted();
  const inFlight: InFlight = { at: Date.now(), caller: { text: '', startMs: 900, sounding: true } };
  const earlier = [entry('stream-started', 5000), entry('stream-lost', 500)];
  expect(takeUp({ ...call, session: { ...session, inFlight }, earlier })).toEqual({ type: 'unheard' });
});

test('what was said over the agent is no turn: the agent goes on where it was', () => {
  const call = greeted();
  const lost = entry('stream-lost', 500);
  const reply = greeting(lost.at - 200, { heardMs: 150, sentMs: 480, sounding: true });
  const caller = { text: 'I need something else', startMs: 900, sounding: true, isAside: true };
  const inFlight: InFlight = { ...reply, caller };
  const earlier = [entry('stream-started', 5000), lost];
  const input = takeUp({ ...call, session: { ...session, inFlight }, earlier });
  expect(saidNext(call, input)).toEqual(['four five.', 'listen']);
});

test('a call that was handed over in order goes on in silence', () => {
  const call = greeted();
  call.conversation.step({
    type: 'reply-heard',
    parts: [{ partId: 'say-1', heard: 'One two three four five.', complete: true }],
  });
  const end = entry('stream-ended', 1300, { reason: 'handed-over', lostSpeech: false });
  const input = takeUp({
    ...call,
    session: { ...session, inFlight: null },
    earlier: [entry('stream-started', 5000), end],
  });
  expect(saidNext(call, input)).toEqual(['listen']);
});

test('only the end of the last stream says how long the line was gone', () => {
  const call = greeted();
  const old = entry('stream-ended', 60_000, { reason: 'disconnected', lostSpeech: true });
  const earlier = [old, entry('stream-started', 50_000), entry('stream-lost', 300)];
  const input = takeUp({ ...call, session, earlier });
  expect(input.type === 'line-resumed' && input.lostMs).toBeLessThan(1000);
});

test.each([
  ['sent and not answered', ['tool-started'], { wasSent: true }],
  ['never sent', [], { wasSent: false }],
  [
    'answered',
    ['tool-started', 'tool-finished'],
    { wasSent: true, answer: { result: { id: 7 }, isError: false } },
  ],
])('a tool that was %s is told of as that', (_, types, fate) => {
  const call = greeted();
  call.conversation.step({ type: 'caller-said', text: 'book' });
  const callId = call.conversation.awaitedTool;
  const data = { callId, result: '{"id":7}', isError: false };
  const earlier = [
    entry('stream-started', 5000),
    ...types.map((type) => entry(type, 700, data)),
    entry('stream-lost', 300),
  ];
  expect(takeUp({ ...call, session, earlier })).toMatchObject({
    type: 'line-resumed',
    tool: { callId, ...fate },
  });
});

test('while the carrier spoke nothing was lost, however long it took', () => {
  const call = greeted();
  call.conversation.step({
    type: 'reply-heard',
    parts: [{ partId: 'say-1', heard: 'One two three four five.', complete: true }],
  });
  const earlier = [
    entry('stream-started', 30_000),
    entry('speech-moved', 20_000, { to: 'carrier' }),
    entry('stream-ended', 20_000, { reason: 'handed-over', lostSpeech: false }),
  ];
  const input = takeUp({ ...call, session, earlier });
  expect(input).toEqual({ type: 'go-on' });
  expect(saidNext(call, input)).toEqual(['listen']);
});
