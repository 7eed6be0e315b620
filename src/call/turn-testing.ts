/**
 * A call for tests of the turn-taking core: the test tells the caller, the recogniser and the agent's reply in virtual
 * time, and reads what the core had done. Timers run out as time passes, voice activity goes on telling while there is
 * a voice, and what words are worth is answered at once, as the runtime does all three.
 */
import type { AnswerProgress, ListenExpectation } from '../flows/index.ts';
import type { ReplyInput, TimerName, TurnCommand, TurnEvent } from './turn-events.ts';
import { initialTurnState, type TurnSettings, type TurnState } from './turn-state.ts';
import { reduce } from './turn-taking.ts';

/** The defaults of a flow. */
export const SETTINGS: TurnSettings = {
  language: 'en-US',
  hearsVoice: true,
  watchdogMs: 4000,
  fillerAfterMs: 1600,
  decideMs: 1500,
  endpointMs: 2000,
  interruptByLengthMs: 600,
  drafts: { enabled: true, perTurn: 2, wastedPerCall: 20 },
  maxCallMs: 1_800_000,
};

/** How long the caller must have been silent, by what was said: the defaults of a flow. */
const WAITS = { completeMs: 0, openMs: 500, unfinishedMs: 1800, numberMs: 2200 } as const;

export const OPEN: ListenExpectation = { silenceMs: 7000, kind: 'open', endpointing: WAITS };
export const YES_NO: ListenExpectation = { ...OPEN, kind: 'yes-no' };
export const PHONE: ListenExpectation = { ...OPEN, kind: 'phone' };
export const MENU: ListenExpectation = { ...OPEN, kind: 'choice', keys: { max: 1, betweenMs: 1500 } };
export const DIGITS: ListenExpectation = {
  ...OPEN,
  kind: 'digits',
  keys: { max: 10, terminator: '#', betweenMs: 1500 },
};

/** What voice activity takes to tell an onset and an end, and how often it tells that speech goes on. */
export const ONSET_MS = 128;
export const HANGOVER_MS = 200;
const CONTINUES_MS = 96;
/** No turn is so long in ending. */
const LONGEST_WAIT_MS = 10_000;

/** An event without its time, which is the call's. */
export type Untimed<T> = T extends { atMs: number } ? Omit<T, 'atMs'> : never;

export interface ScriptedCallOptions {
  settings?: Partial<TurnSettings>;
  /** How far words answer the question asked last; `unknown` unless told. */
  progress?: (text: string) => AnswerProgress;
  /** No draft can be made: something of an earlier reply is still at work. */
  declinesDrafts?: boolean;
}

export class ScriptedCall {
  state: TurnState;
  nowMs = 0;
  /** All commands so far, with the time they were given. */
  readonly log: { atMs: number; command: TurnCommand }[] = [];
  /** What is being played just now. */
  playing = { protected: false, remainingMs: 5000 };
  readonly #due = new Map<TimerName, number>();
  readonly #progress: (text: string) => AnswerProgress;
  readonly #declinesDrafts: boolean;
  #voice: { onsetMs: number; probability: number; nextMs: number } | undefined;

  constructor({ settings, progress = () => 'unknown', declinesDrafts = false }: ScriptedCallOptions = {}) {
    this.state = initialTurnState({ ...SETTINGS, ...settings });
    this.#progress = progress;
    this.#declinesDrafts = declinesDrafts;
  }

  // ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

  /** Tells the core, now; returns what it had done, without timers and notes. */
  happens(...events: Untimed<TurnEvent>[]): TurnCommand[] {
    const begin = this.log.length;
    for (const event of events) this.#tell({ ...event, atMs: this.nowMs } as TurnEvent);
    return this.#doneSince(begin);
  }

  /** Time passes; timers run out, and a voice that sounds goes on. Returns what was done meanwhile. */
  waits(ms: number): TurnCommand[] {
    const begin = this.log.length;
    const endMs = this.nowMs + ms;
    for (let next = this.#next(); next !== undefined && next.atMs <= endMs; next = this.#next()) {
      this.nowMs = Math.max(this.nowMs, next.atMs);
      if (next.timer !== undefined) this.fires(next.timer);
      else this.#voiceGoesOn();
    }
    this.nowMs = endMs;
    return this.#doneSince(begin);
  }

  /** A timer runs out now, whenever it was due. */
  fires(name: TimerName): TurnCommand[] {
    this.#due.delete(name);
    return this.happens({ type: 'timer', name });
  }

  /** Time passes until the agent has begun a reply; returns what it answers. Fails if it never does. */
  untilAnswered(): ReplyInput | undefined {
    const sinceMs = this.nowMs;
    while (this.state.reply === undefined) {
      if (this.nowMs - sinceMs > LONGEST_WAIT_MS) throw new Error('the agent left the caller waiting');
      this.waits(20);
    }
    return withoutTimes(this.state.reply.input);
  }

  // ── the caller, as voice activity hears them ─────────────────────────────────────────────────────────────────

  /** An onset is told, {@link ONSET_MS} after it. */
  voiceStarts(probability = 0.9): TurnCommand[] {
    this.#voice = { onsetMs: this.nowMs - ONSET_MS, probability, nextMs: this.nowMs + CONTINUES_MS };
    return this.happens({ type: 'speech-started', by: 'voice', protected: this.playing.protected });
  }

  /** Its end is told, {@link HANGOVER_MS} after it. */
  voiceStops(): TurnCommand[] {
    const { onsetMs = this.nowMs } = this.#voice ?? {};
    this.#voice = undefined;
    const endMs = this.nowMs - HANGOVER_MS;
    return this.happens({ type: 'speech-stopped', endMs, lengthMs: endMs - onsetMs });
  }

  /** The caller falls silent now; it is told {@link HANGOVER_MS} later, and that is when this returns. */
  fallsSilent(): TurnCommand[] {
    const begin = this.log.length;
    const voice = this.#voice;
    if (voice !== undefined) voice.nextMs = Number.POSITIVE_INFINITY;
    this.waits(HANGOVER_MS);
    this.voiceStops();
    return this.#doneSince(begin);
  }

  /** A whole sound, from now until its end is told. */
  sound(lengthMs: number, probability = 0.9): TurnCommand[] {
    const begin = this.log.length;
    this.waits(ONSET_MS);
    this.voiceStarts(probability);
    this.waits(lengthMs - ONSET_MS);
    this.fallsSilent();
    return this.#doneSince(begin);
  }

  #voiceGoesOn(): void {
    const voice = this.#voice;
    if (voice === undefined) return;
    voice.nextMs = this.nowMs + CONTINUES_MS;
    this.happens({
      type: 'speech-continues',
      lengthMs: this.nowMs - voice.onsetMs,
      probability: voice.probability,
      protected: this.playing.protected,
    });
  }

  // ── the recogniser ───────────────────────────────────────────────────────────────────────────────────────────

  interim(text: string): TurnCommand[] {
    return this.happens({ type: 'words', text, final: false, ...this.playing });
  }

  final(text: string): TurnCommand[] {
    return this.happens({ type: 'words', text, final: true, ...this.playing });
  }

  turnEnds(): TurnCommand[] {
    return this.happens({ type: 'turn-ended', protected: this.playing.protected });
  }

  recogniserHearsOnset(): TurnCommand[] {
    return this.happens({ type: 'speech-started', by: 'recogniser', protected: this.playing.protected });
  }

  /** Voice and recogniser agree that the turn is over, and these are its last words. */
  ends(text: string): ReplyInput | undefined {
    this.voiceStops();
    this.final(text);
    this.turnEnds();
    return this.untilAnswered();
  }

  /** A whole turn as it usually goes, until the agent begins to answer it. */
  callerSays(text: string): TurnCommand[] {
    const begin = this.log.length;
    const { hearsVoice } = this.state.settings;
    if (hearsVoice) this.voiceStarts();
    else this.recogniserHearsOnset();
    this.waits(300);
    this.interim(text);
    if (hearsVoice) this.voiceStops();
    this.waits(100);
    this.final(text);
    this.turnEnds();
    this.untilAnswered();
    return this.#doneSince(begin);
  }

  // ── the agent ────────────────────────────────────────────────────────────────────────────────────────────────

  /** The reply last asked for, or the draft. */
  get replyId(): number {
    return this.state.draft?.id ?? this.state.reply?.id ?? this.state.lastReplyId;
  }

  /** Its first words are on their way to the voice. */
  worded(): TurnCommand[] {
    return this.happens({ type: 'reply-worded', replyId: this.replyId });
  }

  /** Whoever was asked for it says nothing, and the next one is asked. */
  delayed(): TurnCommand[] {
    return this.happens({ type: 'reply-delayed', replyId: this.replyId });
  }

  audible(): TurnCommand[] {
    return this.happens({ type: 'reply-audible', replyId: this.replyId });
  }

  completes(expect: ListenExpectation = OPEN): TurnCommand[] {
    return this.happens({ type: 'reply-complete', replyId: this.replyId, expect });
  }

  leaving(): TurnCommand[] {
    return this.happens({ type: 'reply-leaving', replyId: this.replyId });
  }

  /** Everything handed to the line was played. */
  played({ more = false } = {}): TurnCommand[] {
    return this.happens({ type: 'playout-idle', replyId: this.replyId, more });
  }

  tool(callId: string, effect: 'reads' | 'writes'): TurnCommand[] {
    return this.happens({ type: 'tool-requested', replyId: this.replyId, callId, effect });
  }

  /** Says something whole, which is heard. */
  agentSpeaks(expect: ListenExpectation = OPEN): void {
    this.audible();
    this.completes(expect);
    this.played();
  }

  // ── what was done ────────────────────────────────────────────────────────────────────────────────────────────

  done<T extends TurnCommand['type']>(type: T): Extract<TurnCommand, { type: T }>[] {
    return this.log.map(({ command }) => command).filter((command) => isOf(command, type));
  }

  /** When such a command was first given, no sooner than `sinceMs`. */
  timeOf(type: TurnCommand['type'], sinceMs = 0): number {
    const found = this.log.find(({ atMs, command }) => atMs >= sinceMs && command.type === type);
    if (found === undefined) throw new Error(`never: ${type}`);
    return found.atMs;
  }

  /** The timers that run, and when they are due. */
  get armed(): ReadonlyMap<TimerName, number> {
    return this.#due;
  }

  // ── the runtime's part ───────────────────────────────────────────────────────────────────────────────────────

  #tell(first: TurnEvent): void {
    const events = [first];
    for (let event = events.shift(); event !== undefined; event = events.shift()) {
      const [state, commands] = reduce(this.state, event);
      this.state = state;
      for (const command of commands) {
        this.log.push({ atMs: this.nowMs, command });
        if (command.type === 'arm-timer') this.#due.set(command.name, this.nowMs + command.afterMs);
        if (command.type === 'disarm-timer') this.#due.delete(command.name);
        if (command.type === 'assess-words') events.push(this.#assessed(command.text));
        if (command.type === 'start-draft' && this.#declinesDrafts)
          events.push({ type: 'draft-declined', atMs: this.nowMs, replyId: command.replyId });
      }
    }
  }

  #assessed(text: string): TurnEvent {
    return { type: 'words-assessed', atMs: this.nowMs, text, progress: this.#progress(text) };
  }

  #next(): { atMs: number; timer?: TimerName } | undefined {
    const { hearsVoice } = this.state.settings;
    const due = [...this.#due].map(([timer, atMs]): { atMs: number; timer?: TimerName } => ({ atMs, timer }));
    if (this.#voice !== undefined && hearsVoice) due.push({ atMs: this.#voice.nextMs });
    return due.sort((a, b) => a.atMs - b.atMs)[0];
  }

  #doneSince(begin: number): TurnCommand[] {
    return this.log
      .slice(begin)
      .map(({ command }) => command)
      .filter((command) => !BOOKKEEPING.has(command.type));
  }
}

const BOOKKEEPING: ReadonlySet<TurnCommand['type']> = new Set([
  'arm-timer',
  'disarm-timer',
  'assess-words',
  'note-endpoint',
]);

function isOf<T extends TurnCommand['type']>(
  command: TurnCommand,
  type: T,
): command is Extract<TurnCommand, { type: T }> {
  return command.type === type;
}

/** A call whose greeting was heard, and which now waits for the caller. */
export function greeted(expect: ListenExpectation = OPEN, options?: ScriptedCallOptions): ScriptedCall {
  const call = new ScriptedCall(options);
  call.happens({ type: 'line-opened', input: { type: 'call-started' } });
  call.waits(300);
  call.agentSpeaks(expect);
  call.waits(1000);
  return call;
}

/** A call in which the agent is saying something, and is heard. */
export function agentSpeaking(options?: ScriptedCallOptions): ScriptedCall {
  const call = greeted(OPEN, options);
  call.callerSays('Are you open on Sundays?');
  call.waits(400);
  call.audible();
  call.waits(1000);
  return call;
}

/** The caller has said it and still sounds, and the recogniser thinks that this was all. */
export function likelyOver(text: string, options?: ScriptedCallOptions): ScriptedCall {
  const call = greeted(OPEN, options);
  call.voiceStarts();
  call.waits(600);
  call.interim(text);
  call.happens({ type: 'turn-likely' });
  return call;
}

/** What the agent began to answer, drafts that were adopted included; without the time of the speech's end. */
export function answers(commands: readonly TurnCommand[]): ReplyInput[] {
  return commands
    .filter((command) => command.type === 'start-reply' || command.type === 'adopt-draft')
    .map(({ input }) => withoutTimes(input));
}

function withoutTimes(input: ReplyInput): ReplyInput {
  if (input.type !== 'speech' && input.type !== 'looking-up') return input;
  return { type: input.type, text: input.text };
}

/** The names of commands, for tests of their order. */
export function names(commands: readonly TurnCommand[]): string[] {
  return commands.map((command) => command.type);
}
