/**
 * One simulated call: the real core and the real flow, everything else generated. It does what `src/call/live-call.ts`
 * does with the core's commands, and lets the rules look on.
 */
import type { LeavePlan } from '../../src/call/reply-contract.ts';
import type { ReplyInput, TurnCommand, TurnEvent } from '../../src/call/turn-events.ts';
import { turnSettings } from '../../src/call/turn-settings.ts';
import {
  askedNow,
  initialTurnState,
  isLeaving,
  type TurnSettings,
  type TurnState,
  unfinishedText,
} from '../../src/call/turn-state.ts';
import type { reduce } from '../../src/call/turn-taking.ts';
import type { AnswerProgress, CallFlow, FlowCommand } from '../../src/flows/index.ts';
import { Agenda, VirtualTimers } from './agenda.ts';
import { Caller, type CallerWorld } from './caller.ts';
import { VirtualClock } from './clock.ts';
import { type ConversationEvent, FACTS, VirtualConversation } from './conversation.ts';
import type { Coverage } from './coverage.ts';
import { Ears } from './ears.ts';
import { spurious } from './heard.ts';
import { HeardHistory } from './heard-history.ts';
import { Invariants } from './invariants.ts';
import { Moves } from './moves.ts';
import { Random, seedOf } from './random.ts';
import type { ReplyContext } from './reply.ts';
import { Faults, type Happening, type Moment, type Scenario } from './scenario.ts';
import { Speaking } from './speaking.ts';
import { Violation } from './violation.ts';

export type Reducer = typeof reduce;

export interface BrokenRule {
  rule: string;
  message: string;
  atMs: number;
}

export interface CallResult {
  /** Events given to the core. */
  events: number;
  endedAtMs: number;
  broken: BrokenRule | undefined;
}

export interface CallOptions {
  scenario: Scenario;
  flow: CallFlow;
  reduce: Reducer;
  coverage: Coverage;
  /** Hears everything that is given to the core. */
  onEvent?: (event: TurnEvent, settings: TurnSettings) => void;
}

/** More is a call that goes in circles. */
const MOST_EVENTS = 20_000;
/** The goodbye at the end of the longest call, and what else may take its time. */
const END_GRACE_MS = 30_000;
const WORDS_READY = 120;

/** Plays one call to its end. */
export function simulateCall(options: CallOptions): CallResult {
  return new SimulatedCall(options).run();
}

class SimulatedCall {
  readonly #options: CallOptions;
  readonly #clock = new VirtualClock();
  readonly #faults: Faults;
  readonly #speaking: Speaking;
  readonly #conversation: VirtualConversation;
  readonly #heard: HeardHistory;
  readonly #caller: Caller;
  readonly #random: Random;
  readonly #world: CallerWorld;
  #invariants: Invariants;
  #turn: TurnState;
  #plan: LeavePlan | undefined;
  readonly #agenda = new Agenda((event) => this.#reduce(event));
  readonly #timers: VirtualTimers;
  #events = 0;
  readonly #ears: Ears;
  readonly #moves: Moves;
  /** The line is there. */
  #isOpen = false;
  #isOver = false;
  /** When the line was there last: each time the call may last as long as any. */
  #openedAtMs = 0;

  constructor(options: CallOptions) {
    const { scenario, flow } = options;
    this.#options = options;
    this.#faults = new Faults(scenario.faults);
    this.#timers = new VirtualTimers(this.#clock, this.#faults, (name) =>
      this.#dispatch({ type: 'timer', atMs: this.#clock.nowMs, name }),
    );
    const random = (part: number): Random => new Random(seedOf(scenario.seed, scenario.index, part));
    this.#random = random(1);
    const context: ReplyContext = {
      clock: this.#clock,
      faults: this.#faults,
      random: { model: random(2), voice: random(3), tool: random(4) },
      facts: FACTS,
      model: scenario.model,
      ready: (text) => scenario.isWarm && text.length < WORDS_READY,
      lastExpectation: () => askedNow(this.#turn),
      soon: (run) => this.#agenda.soon(run),
    };
    this.#heard = new HeardHistory();
    this.#conversation = new VirtualConversation(flow, (event, commands, isDraft) =>
      this.#onStep(event, commands, isDraft),
    );
    this.#speaking = new Speaking({
      context,
      conversation: this.#conversation,
      heard: this.#heard,
      coverage: options.coverage,
      fillers: flow.settings.turnTaking.fillers,
      invariants: () => this.#invariants,
      dispatch: (event) => this.#dispatch(event),
    });
    this.#moves = this.#makeMoves();
    this.#ears = this.#makeEars(scenario.hearsVoice);
    this.#turn = initialTurnState(turnSettings(flow.settings, this.#ears.hearsVoice));
    this.#world = this.#makeWorld();
    this.#caller = new Caller(this.#world, scenario);
    this.#invariants = this.#newInvariants();
  }

  run(): CallResult {
    const { scenario } = this.#options;
    try {
      for (const happening of scenario.happenings)
        this.#clock.at(happening.atMs, () => this.#happens(happening));
      this.#open({ type: 'call-started' });
      while (!this.#isOver && this.#clock.next()) {
        const latestMs = this.#openedAtMs + this.#turn.settings.maxCallMs + END_GRACE_MS;
        if (this.#clock.nowMs > latestMs || this.#events > MOST_EVENTS)
          throw new Violation(
            'call-ends',
            `it goes on after ${Math.round(this.#clock.nowMs)} ms and ${this.#events} events`,
          );
      }
      if (!this.#isOver) throw new Violation('call-ends', 'nothing happens any more, and it is not over');
      this.#afterwards();
      return this.#result(undefined);
    } catch (error) {
      if (!(error instanceof Violation)) throw error;
      const { rule, message } = error;
      return this.#result({ rule, message, atMs: Math.round(this.#clock.nowMs) });
    }
  }

  #result(broken: BrokenRule | undefined): CallResult {
    return { events: this.#events, endedAtMs: this.#clock.nowMs, broken };
  }

  /** Late events of a call that is over change nothing. */
  #afterwards(): void {
    this.#ears.hear({ type: 'words', text: 'hello', final: true });
    this.#dispatch({ type: 'timer', atMs: this.#clock.nowMs, name: 'silence' });
    this.#dispatch({ type: 'line-closed', atMs: this.#clock.nowMs });
    this.#heard.checkEnd(this.#conversation.state, this.#conversation.stillToSay);
  }

  // ── the line ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #open(input: ReplyInput): void {
    this.#isOpen = true;
    this.#openedAtMs = this.#clock.nowMs;
    this.#moves.opened();
    this.#turn = initialTurnState(turnSettings(this.#options.flow.settings, this.#ears.hearsVoice));
    this.#invariants = this.#newInvariants();
    const asked = this.#options.flow.expectation(this.#conversation.state);
    const again = asked === undefined ? {} : { asked };
    this.#dispatch({ type: 'line-opened', atMs: this.#clock.nowMs, input, ...again });
    this.#ears.opened();
  }

  #newInvariants(): Invariants {
    const clock = this.#clock;
    const call = this;
    const lateMs = this.#options.scenario.faults.reduce(
      (sum, { on, ms }) => sum + (on === 'timer' ? ms : 0),
      0,
    );
    return new Invariants(
      {
        get nowMs() {
          return clock.nowMs;
        },
        get reply() {
          return call.#speaking.reply;
        },
        get draft() {
          return call.#speaking.draft;
        },
        get callerQuietMs() {
          return call.#caller.quietMs;
        },
        get expectation() {
          return call.#options.flow.expectation(call.#conversation.state);
        },
        progress: (text) => this.#progress(text),
      },
      lateMs,
      this.#turn,
    );
  }

  #makeWorld(): CallerWorld {
    const call = this;
    return {
      clock: this.#clock,
      faults: this.#faults,
      get hearsVoice() {
        return call.#ears.hearsVoice;
      },
      get moment(): Moment {
        return call.#moment();
      },
      get asked() {
        return call.#turn.expect;
      },
      get hasAudio() {
        return !call.#moves.isRelayed;
      },
      hears: (event) => this.#ears.hear(event),
      carrierStops: () => this.#carrierStops(),
      hangUp: () => this.#lineCloses(),
    };
  }

  #makeEars(hasVoice: boolean): Ears {
    const call = this;
    const world = {
      clock: this.#clock,
      get isRelayed() {
        return call.#moves.isRelayed;
      },
      get takesEvents() {
        return call.#isOpen || call.#isOver;
      },
      get playing() {
        return call.#speaking.playing;
      },
      dispatch: (event: TurnEvent) => this.#dispatch(event),
    };
    return new Ears(world, hasVoice);
  }

  #makeMoves(): Moves {
    const call = this;
    return new Moves({
      random: this.#random,
      get reply() {
        return call.#speaking.reply;
      },
      get isLeaving() {
        return isLeaving(call.#turn.reply);
      },
      get isSpoken() {
        return call.#turn.reply?.audible === true || call.#caller.isSounding;
      },
      soon: (run) => this.#agenda.soon(run),
      after: (ms, run) => this.#clock.after(ms, run),
      lineCloses: () => this.#lineCloses(),
    });
  }

  #moment(): Moment {
    if (!this.#isOpen) return 'anything';
    if (this.#speaking.reply === undefined) return 'listening';
    return this.#speaking.reply.playout.isSounding ? 'speaking' : 'thinking';
  }

  #lineCloses(): void {
    if (this.#isOpen) this.#dispatch({ type: 'line-closed', atMs: this.#clock.nowMs });
  }

  #happens({ what, seed }: Happening): void {
    if (!this.#isOpen || this.#isOver) return;
    this.#options.coverage.count(`happens: ${what}`);
    switch (what) {
      case 'line-closed':
        return this.#lineCloses();
      case 'line-dropped':
        return this.#moves.drop();
      case 'ear-lost':
      case 'ear-back':
        if (this.#ears.voiceChanges(what === 'ear-back')) this.#options.coverage.count('hearing changed');
        return;
      case 'recognition-lost':
        return this.#ears.lost();
      case 'recognition-back':
        return this.#ears.back();
      case 'machine-answered':
        return this.#dispatch({ type: 'machine-answered', atMs: this.#clock.nowMs });
      case 'recogniser-switched':
        return this.#ears.fallBehind(new Random(seed).between(200, 2500));
      case 'speech-down':
        return this.#speechLost(seed % 2 === 0 ? 'at-pause' : 'now');
      case 'speech-up':
        this.#moves.speechBack();
        return this.#ears.back();
      case 'node-drains':
        return this.#moves.drain();
      case 'spurious':
        return this.#ears.hear(spurious(new Random(seed)));
    }
  }

  /** Mostly it is the recognisers that are gone: what is being said can be said to its end. */
  #speechLost(when: 'now' | 'at-pause'): void {
    if (this.#moves.speechLost(when) && when === 'at-pause') this.#ears.lost(true);
  }

  #carrierStops(): void {
    const { reply } = this.#speaking;
    if (this.#isOpen && reply !== undefined && !reply.isProtected) reply.playout.stopped();
  }

  // ── the core ─────────────────────────────────────────────────────────────────────────────────────────────────────

  #dispatch(event: TurnEvent): void {
    if (!this.#agenda.add(event)) return;
    this.#caller.look();
    if (this.#isOpen) this.#moves.look();
  }

  #reduce(event: TurnEvent): void {
    this.#events++;
    const { reduce, onEvent, coverage } = this.#options;
    const before = this.#turn;
    onEvent?.(event, before.settings);
    this.#invariants.given(event, before);
    const [after, commands] = reduce(before, event);
    this.#turn = after;
    this.#invariants.decided(event, before, commands);
    for (const command of commands) {
      this.#invariants.command(command, event);
      coverage.command(command, event);
      this.#execute(command);
    }
    this.#invariants.done(event, before, after);
  }

  #execute(command: TurnCommand): void {
    switch (command.type) {
      case 'start-reply':
        this.#moves.turnTaken(command.input);
        return this.#speaking.start(command.replyId, command.input);
      case 'cancel-reply':
        return this.#speaking.cancel(command.rollback);
      case 'finish-reply':
        return this.#speaking.finish();
      case 'start-draft':
        return this.#speaking.startDraft(command.replyId, command.input);
      case 'adopt-draft':
        this.#moves.turnTaken(command.input);
        return this.#speaking.adoptDraft();
      case 'drop-draft':
        return this.#speaking.dropDraft();
      case 'assess-words':
        return this.#assess(command.text);
      case 'pause-line':
        return this.#speaking.reply?.pause();
      case 'resume-line':
        return this.#speaking.resume();
      case 'run-tool':
        return this.#speaking.permit(command.replyId, command.callId, true);
      case 'drop-tool':
        return this.#speaking.permit(command.replyId, command.callId, false);
      case 'say-filler':
        return this.#speaking.sayFiller();
      case 'arm-timer':
        return this.#timers.arm(command.name, command.afterMs);
      case 'disarm-timer':
        return this.#timers.disarm(command.name);
      case 'leave':
        return this.#leave();
      case 'close':
        return this.#close(command.overReply);
      case 'note-words':
        if (!command.overheard) return;
        this.#heard.overheard(this.#speaking.reply);
        this.#conversation.step({ type: 'caller-overheard', text: command.text });
        return;
      case 'note-endpoint':
        return;
    }
  }

  #assess(text: string): void {
    this.#dispatch({ type: 'words-assessed', atMs: this.#clock.nowMs, text, progress: this.#progress(text) });
  }

  #progress(text: string): AnswerProgress {
    return this.#options.flow.answerProgress(this.#conversation.state, text);
  }

  #onStep(event: ConversationEvent, commands: readonly FlowCommand[], isDraft: boolean): void {
    const { coverage } = this.#options;
    if (!isDraft) coverage.step(event, commands);
    if (event.type === 'go-on') this.#heard.checkGoOn(commands);
  }

  // ── the end ──────────────────────────────────────────────────────────────────────────────────────────────────────

  #leave(): void {
    this.#plan = this.#speaking.plan;
    this.#options.coverage.count(
      this.#plan.type === 'transfer' ? 'transfers' : `hang-ups: ${this.#plan.reason}`,
    );
    this.#speaking.finish();
    this.#clock.after(this.#random.between(5, 150), () => this.#lineCloses());
  }

  #close(overReply: boolean): void {
    const text = unfinishedText(this.#turn);
    const plan = this.#plan;
    const lostSpeech = this.#caller.isSounding && this.#world.hasAudio && !overReply;
    if (text !== '' && plan === undefined) this.#keepUnfinished(text, lostSpeech);
    this.#timers.clear();
    this.#isOpen = false;
    const next = this.#moves.next(plan, lostSpeech);
    if (next !== undefined) return this.#comesBack(next.input, next.afterMs);
    this.#isOver = true;
    this.#caller.stop();
  }

  /** What was understood counts as said; a piece of a sentence is asked for again. */
  #keepUnfinished(text: string, isPiece: boolean): void {
    if (isPiece) {
      this.#heard.overheard(undefined);
      this.#conversation.step({ type: 'caller-overheard', text });
    } else {
      this.#conversation.keepSaid(text);
      this.#heard.kept();
    }
  }

  #comesBack(input: ReplyInput, afterMs: number): void {
    this.#plan = undefined;
    const where = this.#moves.isRelayNext ? ' on a relay' : '';
    this.#options.coverage.count(`lines that came back: ${input.type}${where}`);
    this.#clock.after(afterMs, () => this.#open(input));
  }
}
