import { expect, it } from 'vitest';
import type { TurnCommand, TurnEvent } from './turn-events.ts';
import { phaseOf } from './turn-state.ts';
import { DIGITS, OPEN, ScriptedCall, type Untimed, YES_NO } from './turn-testing.ts';

const CALLS = 1500;
const EVENTS_PER_CALL = 80;

it('in any order of events one side has the turn, no tool runs twice or too soon, nobody is left waiting', () => {
  let drafts = 0;
  for (let seed = 1; seed <= CALLS; seed++) drafts += randomCall(seed);
  // The orders reach what they are there to test.
  expect(drafts).toBeGreaterThan(CALLS / 20);
});

/** One call of random events in random order; what must always hold is checked after each. Returns the drafts adopted. */
function randomCall(seed: number): number {
  const random = generator(seed);
  const progress = () => (random() < 0.3 ? 'whole' : 'unknown');
  const call = new ScriptedCall({
    progress,
    declinesDrafts: random() < 0.1,
    settings: { hearsVoice: random() < 0.7 },
  });
  const witness = new Witness(seed, call);
  witness.check(() => call.happens({ type: 'line-opened', input: { type: 'call-started' } }));
  for (let i = 0; i < EVENTS_PER_CALL; i++) {
    const event = randomEvent(random, call);
    if (event.type === 'tool-requested') witness.requested(event.callId, event.effect === 'writes');
    witness.check(() => {
      if (event.type === 'timer') call.fires(event.name);
      else call.happens(event);
    });
    call.nowMs += Math.floor(random() * 400);
  }
  witness.check(() => call.happens({ type: 'line-closed' }));
  witness.closed();
  return call.done('adopt-draft').length;
}

/** Holds the core to its promises. */
class Witness {
  readonly #seed: number;
  readonly #call: ScriptedCall;
  readonly #tools = new Map<string, { writes: boolean }>();
  #reply: number | undefined;
  #draft: number | undefined;
  #lastId = 0;
  #paused = false;
  #left = false;
  #seen = 0;

  constructor(seed: number, call: ScriptedCall) {
    this.#seed = seed;
    this.#call = call;
  }

  requested(callId: string, writes: boolean): void {
    this.#tools.set(callId, { writes });
  }

  check(happens: () => void): void {
    happens();
    for (; this.#seen < this.#call.log.length; this.#seen++) {
      const command = this.#call.log[this.#seen]?.command;
      if (command !== undefined) this.#checkCommand(command);
    }
    this.#checkWaiting();
  }

  closed(): void {
    this.#must(this.#call.armed.size === 0, 'a timer is left');
    this.#must(this.#call.log.at(-1)?.command.type === 'close', 'the call is not closed');
    this.#must(this.#reply === undefined && this.#draft === undefined, 'a reply is left');
    this.#must(this.#tools.size === 0, 'a tool was never answered');
    const { wasted } = this.#call.state.drafts;
    this.#must(this.#call.done('drop-draft').length === wasted, 'a wasted draft was not counted');
  }

  #checkCommand(command: TurnCommand): void {
    switch (command.type) {
      case 'start-reply':
        this.#must(this.#draft === undefined, 'a reply starts beside a draft');
        this.#newId(command.replyId);
        return this.#begins(command.replyId);
      case 'start-draft':
        this.#must(this.#reply === undefined && this.#draft === undefined, 'a draft starts beside another');
        this.#newId(command.replyId);
        this.#draft = command.replyId;
        return;
      case 'adopt-draft':
        this.#must(this.#draft === command.replyId, 'adopts what is no draft');
        this.#draft = undefined;
        return this.#begins(command.replyId);
      case 'drop-draft':
        this.#must(this.#draft === command.replyId, 'drops what is no draft');
        this.#draft = undefined;
        // What it asked for goes with it.
        return this.#tools.clear();
      case 'cancel-reply':
      case 'finish-reply':
        this.#must(this.#reply === command.replyId, 'ends a reply that is not the current one');
        this.#reply = undefined;
        this.#paused = false;
        return;
      case 'run-tool':
      case 'drop-tool':
        return this.#answered(command);
      case 'pause-line':
        this.#must(this.#reply !== undefined && !this.#paused, 'pauses what does not play');
        this.#paused = true;
        return;
      case 'resume-line':
        this.#must(this.#paused, 'resumes what was not paused');
        this.#paused = false;
        return;
      case 'leave':
        this.#left = true;
        return;
      default:
        return;
    }
  }

  #newId(id: number): void {
    this.#must(id > this.#lastId, 'an id is used again');
    this.#lastId = id;
  }

  #begins(id: number): void {
    this.#must(this.#reply === undefined, 'a reply starts over another');
    this.#reply = id;
    this.#paused = false;
  }

  #answered({ type, replyId, callId }: Extract<TurnCommand, { callId: string }>): void {
    const tool = this.#tools.get(callId);
    this.#must(tool !== undefined, 'a tool is answered twice');
    this.#tools.delete(callId);
    if (type === 'drop-tool') return;
    const mayRun = replyId === this.#reply || (replyId === this.#draft && tool?.writes === false);
    this.#must(mayRun, 'a tool runs for a reply that is not to be heard');
    this.#must(!this.#paused, 'a tool runs before the onset is decided');
  }

  /** Whoever has the turn, time alone brings the call on. */
  #checkWaiting(): void {
    const { state, armed } = this.#call;
    if (state.draft === undefined) this.#draft = undefined;
    const { reply } = state;
    const isOver = this.#left || state.ended || reply?.state === 'leaving';
    if (isOver) return;
    this.#must(armed.has('max-call'), 'the call may last for ever');
    if (reply === undefined) {
      const isAwaited = (['silence', 'endpoint', 'keys', 'unheard', 'decide'] as const).some((name) =>
        armed.has(name),
      );
      this.#must(isAwaited, 'nothing is waited for');
    } else {
      if (reply.paused) this.#must(armed.has('decide'), 'the agent has yielded for good');
      if (phaseOf(state) === 'thinking') this.#must(armed.has('watchdog'), 'nobody watches the silence');
    }
  }

  /** As `expect`, a hundred times faster: it is asked a million times. */
  #must(holds: boolean, otherwise: string): void {
    if (holds) return;
    const last = this.#call.log.slice(-12).map(({ atMs, command }) => `${atMs} ${JSON.stringify(command)}`);
    throw new Error(`seed ${this.#seed}: ${otherwise}\n${last.join('\n')}`);
  }
}

let toolCount = 0;

const SAID = [
  'yes',
  'okay',
  'uh-huh',
  'wait',
  'Do you open on Sundays?',
  'I would like to',
  'word',
  'one moment',
  '',
];

function randomEvent(random: () => number, call: ScriptedCall): Untimed<TurnEvent> {
  const pick = <T>(of: readonly T[], otherwise: T): T => of[Math.floor(random() * of.length)] ?? otherwise;
  const replyId = random() < 0.85 ? call.replyId : call.replyId - 1;
  const playing = { protected: random() < 0.1, remainingMs: random() * 4000 };
  const lengthMs = random() * 1500;
  // A draft would seldom live to its adoption.
  if (call.state.draft !== undefined && random() < 0.2) return { type: 'turn-ended', protected: false };
  const events: (() => Untimed<TurnEvent>)[] = [
    () => ({
      type: 'speech-started',
      by: pick(['voice', 'recogniser'], 'voice'),
      protected: playing.protected,
    }),
    () => ({ type: 'speech-continues', lengthMs, probability: random(), protected: playing.protected }),
    () => ({ type: 'speech-stopped', endMs: call.nowMs - 200, lengthMs }),
    () => ({ type: 'words', text: pick(SAID, ''), final: random() < 0.5, ...playing }),
    () => ({ type: 'words', text: pick(SAID, ''), final: random() < 0.5, ...playing }),
    () => ({ type: 'turn-likely' }),
    () => ({ type: random() < 0.3 ? 'turn-resumed' : 'turn-likely' }),
    () => ({ type: 'turn-ended', protected: playing.protected }),
    () => ({ type: 'key', digit: pick(['1', '#'], '1'), protected: playing.protected }),
    () =>
      random() < 0.2 ? { type: 'hearing-changed', hearsVoice: random() < 0.5 } : { type: 'voice-started' },
    () => ({ type: 'voice-stopped' }),
    () => ({ type: random() < 0.5 ? 'reply-worded' : 'reply-audible', replyId }),
    () => (random() < 0.2 ? { type: 'reply-delayed', replyId } : { type: 'voice-stopped' }),
    () => ({
      type: 'tool-requested',
      replyId,
      callId: `t${++toolCount}`,
      effect: random() < 0.5 ? 'reads' : 'writes',
    }),
    () => ({ type: 'reply-complete', replyId, expect: pick([OPEN, YES_NO, DIGITS], OPEN) }),
    () => ({ type: 'playout-idle', replyId, more: random() < 0.3 }),
    () => (random() < 0.05 ? { type: 'machine-answered' } : { type: 'voice-stopped' }),
    () => (random() < 0.1 ? { type: 'reply-leaving', replyId } : { type: 'voice-stopped' }),
    () => randomTimer(random, call),
    () => randomTimer(random, call),
  ];
  return pick(events, () => ({ type: 'voice-started' }))();
}

function randomTimer(random: () => number, call: ScriptedCall): Untimed<TurnEvent> {
  const names = [...call.armed.keys()];
  const name = names[Math.floor(random() * names.length)];
  return name === undefined ? { type: 'voice-started' } : { type: 'timer', name };
}

/** Mulberry32: small, seeded, good enough to shuffle events. */
function generator(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
