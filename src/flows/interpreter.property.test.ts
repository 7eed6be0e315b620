/** Whatever happens, in whatever order: nothing is thrown, and a model is only ever shown a conversation it accepts. */
import { describe, expect, test } from 'vitest';
import type { FlowCommand, FlowEvent, FlowState, Message } from './index.ts';
import { flowOf } from './test-call.ts';

const SEQUENCES = 5000;
const MOST_EVENTS = 25;
const NOW = '2026-11-20T15:00:00.000Z';
const START: FlowEvent = {
  type: 'call-started',
  call: { callId: 'c', direction: 'inbound', from: '+14155550123', to: '+15550100', startedAt: NOW },
  now: NOW,
};

const flow = flowOf(`
tools:
  look: { description: Looks., effect: reads, input: { n: { type: integer } }, http: { url: "http://x.test" }, say_while: Looking. }
  book: { description: Books., effect: writes, http: { method: POST, url: "http://x.test" } }
nodes:
  a:
    type: menu
    say: Choose.
    options: { talk: { key: 1 }, form: { key: 2 } }
    next: { talk: talk, form: form, none: desk }
  talk:
    type: agent
    goal: Talk to {{ slots.who }}.
    tools: [look, book]
    next: { done: a, form: { to: form, key: "3" }, failed: form }
  form:
    type: collect
    slots:
      - { name: who, type: name, ask: Who?, confirm: "{{ slots.who }}?" }
      - { name: day, type: date, ask: When? }
      - { name: many, type: number, ask: How many? }
    next: { done: thanks, failed: talk }
  thanks: { type: say, say: "Thanks {{ slots.who }}, {{ tools.look }}.", next: talk }
  desk: { type: transfer, say: Hold on., to: "+15550199", next: bye }
  bye: { type: hangup, say: Bye. }
`);

/** The same numbers for the same seed (mulberry32). */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const SAID = [
  'talk',
  'the form',
  'Anna Miller',
  'yes',
  'no',
  "no, it's Bob",
  'tomorrow',
  'seven',
  'bananas',
  '',
  'next Tuesday at three, for two',
];
const HEARD = ['', 'Choose.', 'some of it'];

class Caller {
  readonly #next: () => number;
  #parts: string[] = ['unknown', 'model-99'];
  #requests: string[] = ['model-99'];
  #tools: string[] = ['none'];
  #calls = 0;

  constructor(seed: number) {
    this.#next = random(seed);
  }

  saw(commands: readonly FlowCommand[]): void {
    for (const command of commands) {
      if (command.type === 'say') this.#parts.push(command.partId);
      if (command.type === 'run-tool') this.#tools.push(command.callId);
      if (command.type !== 'ask-model') continue;
      this.#parts.push(command.requestId);
      this.#requests.push(command.requestId);
    }
  }

  event(): FlowEvent {
    const now = NOW;
    const requestId = this.#recent(this.#requests);
    const kinds: (() => FlowEvent)[] = [
      () => ({ type: 'caller-said', text: this.#pick(SAID), now }),
      () => ({ type: 'caller-pressed', digits: this.#pick(['1', '2', '3', '9', '42']), now }),
      () => ({ type: 'caller-silent', count: this.#pick([1, 1, 1, 2, 3]), now }),
      () => ({ type: 'model-replied', requestId, ...this.#reply(), now }),
      () => ({ type: 'model-replied', requestId, ...this.#reply(), now }),
      () => ({ type: 'model-replied', requestId, ...this.#reply(), now }),
      () => ({ type: 'model-failed', requestId, code: 'llm-stalled', spoken: this.#pick(['', 'Well']), now }),
      () => this.#toolFinished(),
      () => this.#toolFinished(),
      () => ({
        type: 'reply-heard',
        parts: [0, 1].map(() => ({
          partId: this.#recent(this.#parts),
          heard: this.#pick(HEARD),
          complete: false,
        })),
      }),
      () => ({ type: 'transfer-failed', status: 'busy', now }),
      () => ({ type: 'line-resumed', lostMs: this.#pick([100, 5000]), now }),
      () => (this.#next() < 0.05 ? { type: 'time-up', now } : { type: 'caller-said', text: 'talk', now }),
      () => (this.#next() < 0.05 ? START : { type: 'caller-said', text: 'yes', now }),
    ];
    return this.#pick(kinds)();
  }

  #toolFinished(): FlowEvent {
    const result = this.#pick<unknown>(['ok', { free: [1] }, null, undefined]);
    return {
      type: 'tool-finished',
      callId: this.#recent(this.#tools),
      result,
      isError: this.#next() < 0.3,
      now: NOW,
    };
  }

  #reply(): Pick<Extract<FlowEvent, { type: 'model-replied' }>, 'text' | 'toolCalls' | 'stopReason'> {
    const calls = this.#pick([0, 0, 1, 2, 3]);
    const toolCalls = Array.from({ length: calls }, () => ({ id: `t${++this.#calls}`, ...this.#call() }));
    return {
      text: this.#pick(['', 'Fine.', 'Which day?']),
      toolCalls,
      stopReason: calls > 0 ? 'tool-calls' : this.#pick(['end', 'refusal', 'max-tokens']),
    };
  }

  #call(): { name: string; input: Record<string, unknown> } {
    return this.#pick([
      { name: 'look', input: { n: 1 } },
      { name: 'look', input: { n: 'one' } },
      { name: 'book', input: {} },
      { name: 'dance', input: {} },
      { name: 'finish_step', input: { outcome: 'done' } },
      { name: 'finish_step', input: { outcome: 'nowhere' } },
      { name: 'finish_step', input: {} },
      { name: 'record_answer', input: { who: 'Anna', day: '2026-11-24', many: 3 } },
      { name: 'record_answer', input: { who: 17, day: 'someday', many: null } },
    ]);
  }

  #pick<T>(from: readonly T[]): T {
    return from[Math.floor(this.#next() * from.length)] as T; // the index is within
  }

  /** Mostly the last one, sometimes one that is long gone. */
  #recent(from: readonly string[]): string {
    return this.#next() < 0.8 ? (from.at(-1) ?? '') : this.#pick(from);
  }
}

/** Why a model would refuse these messages; undefined where it would not. */
function fault(messages: readonly Message[]): string | undefined {
  if (messages[0]?.role !== 'user') return 'does not begin with the caller';
  if (messages.at(-1)?.role === 'assistant') return 'ends with the agent';
  let owed: string[] = [];
  let last: Message | undefined;
  for (const message of messages) {
    if (message.role === 'tool') {
      if (!owed.includes(message.callId)) return `a result nobody asked for: ${message.callId}`;
      owed = owed.filter((id) => id !== message.callId);
    } else {
      if (owed.length > 0) return `no result for ${owed.join()}`;
      if (message.role === last?.role) return `two in a row: ${message.role}`;
      if (message.role === 'assistant') {
        if (message.text === '' && message.toolCalls.length === 0) return 'an empty answer';
        owed = message.toolCalls.map(({ id }) => id);
      }
    }
    last = message;
  }
  return owed.length > 0 ? `no result for ${owed.join()}` : undefined;
}

/** The agent either listens, waits for an answer, or leaves; never nothing. */
function endsWell(commands: readonly FlowCommand[]): boolean {
  const last = commands.filter(({ type }) => type !== 'note').at(-1);
  return last === undefined || last.type !== 'say';
}

describe('any sequence of events', () => {
  test(`${SEQUENCES} of them`, () => {
    const reached = new Set<string>();
    for (let seed = 1; seed <= SEQUENCES; seed++) {
      const caller = new Caller(seed);
      let state: FlowState = flow.initialState();
      for (let index = 0; index < MOST_EVENTS; index++) {
        const event = index === 0 ? START : caller.event();
        const { state: next, commands } = flow.step(state, event);
        for (const command of commands) {
          reached.add(command.type);
          if (command.type !== 'ask-model') continue;
          const wrong = fault(command.request.messages);
          if (wrong !== undefined) throw new Error(`seed ${seed}, event ${index}: ${wrong}`);
        }
        if (!endsWell(commands))
          throw new Error(`seed ${seed}, event ${index}: nothing follows ${JSON.stringify(commands.at(-1))}`);
        if (seed % 50 === 0) {
          const copy = flow.restoreState(JSON.parse(JSON.stringify(state)));
          expect(flow.step(copy, event)).toEqual({ state: next, commands });
        }
        caller.saw(commands);
        state = next;
      }
    }
    expect([...reached].sort()).toEqual([
      'ask-model',
      'hang-up',
      'listen',
      'note',
      'run-tool',
      'say',
      'transfer',
    ]);
  }, 60_000);
});
