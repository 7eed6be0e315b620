import { StereoRecording } from '../audio/recording.ts';
import type { LineEvent } from '../telephony/index.ts';
import type { CallEnd, MediaEnd } from './call-end.ts';
import type { CallContext } from './context.ts';
import { Drafting } from './drafting.ts';
import { Hearing } from './hearing.ts';
import { type InFlight, inFlightOf } from './in-flight.ts';
import type { HandOverTime, LiveCallOptions } from './live-call-options.ts';
import { liveContext } from './live-context.ts';
import { Reply } from './reply.ts';
import type { Departure, ReplyEvents } from './reply-contract.ts';
import { Timers } from './timers.ts';
import type { CutBy, ReplyInput, TimerName, TurnCommand, TurnEvent } from './turn-events.ts';
import { turnSettings } from './turn-settings.ts';
import { askedNow, initialTurnState, isAside, type TurnState, unfinishedText } from './turn-state.ts';
import { reduce } from './turn-taking.ts';

/** What another process would miss, besides what is played and where the flow stands. */
const TELLING = new Set<string>(['speech-started', 'speech-stopped', 'words', 'turn-ended', 'reply-audible']);

/** A call that waits for a pause to be handed over waits no longer. */
const LONGEST_SAY_MS = 15_000;

export class LiveCall {
  /** Resolves once the line is closed and everything of the call is released. */
  readonly ended: Promise<CallEnd>;
  readonly #options: LiveCallOptions;
  readonly #context: CallContext;
  readonly #timers: Timers<TimerName>;
  readonly #controller = new AbortController();
  readonly #hearing: Hearing;
  readonly #drafting: Drafting;
  readonly #recording: StereoRecording | undefined;
  readonly #resolveEnded: (end: CallEnd) => void;
  #turn: TurnState;
  #reply: Reply | undefined;
  /** How each reply that leaves wants to. */
  readonly #plans = new Map<number, Departure>();
  #plan: Departure | undefined;
  #left = false;
  #queue: TurnEvent[] = [];
  #dispatching = false;
  #callerSinceMs: number | undefined;
  #fillers = 0;
  #closeReason: MediaEnd | undefined;
  /** Another node takes the call up at the next turn. */
  #handsOver = false;
  /** That, or other media do. */
  #movesOn = false;
  /** It is handed over when nobody speaks, and then at the latest. */
  #leavesAtPauseBeforeMs: number | undefined;

  constructor(options: LiveCallOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<CallEnd>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#recording = options.sink === undefined ? undefined : new StereoRecording(options.sink);
    this.#turn = initialTurnState(turnSettings(options.flow.settings, options.voiceActivity.available));
    this.#timers = new Timers((name) => this.#dispatch({ type: 'timer', atMs: this.#nowMs(), name }));
    this.#context = liveContext(options, {
      recording: this.#recording,
      signal: this.#controller.signal,
      lastExpectation: () => askedNow(this.#turn),
    });
    this.#drafting = new Drafting(this.#context);
    this.#hearing = new Hearing({
      ...options,
      signal: this.#controller.signal,
      nowMs: () => this.#nowMs(),
      playing: () => ({
        protected: this.#reply?.isProtected ?? false,
        remainingMs: this.#reply?.playout.remainingMs ?? 0,
      }),
      onEvent: (event) => this.#dispatch(this.#movesOn ? movingOn(event) : event),
      onOnset: (atMs) => this.#noteOnset(atMs),
      onTrouble: (code, provider) => this.#context.trouble('stt', code, provider),
      onSwitch: (from, to) => this.#context.switched('stt', from, to),
    });
  }

  /** Takes the line; the agent speaks first. What a flow begins with is said to no machine. */
  start(): void {
    const { line, journal, input, flow, conversation } = this.#options;
    const asked = flow.expectation(conversation.state);
    const call = this.#context.facts;
    if (input.type === 'machine-answered') conversation.step({ type: 'call-started', call });
    journal.add('stream-started', { streamId: line.streamId, startedAt: Date.now() });
    this.#hearing.run();
    const again = asked === undefined ? {} : { asked };
    this.#dispatch({ type: 'line-opened', atMs: this.#nowMs(), input, ...again });
    line.listen((event) => this.#onLine(event));
  }

  /** Ends the media from this side; `reason` is what the line's end then counts as. Idempotent. */
  hangUp(reason: MediaEnd): void {
    this.#closeReason ??= reason;
    this.#options.line.close();
  }

  /** It will be handed over, so that the caller need not be told of what is better elsewhere. */
  prepareHandOver(): void {
    this.#movesOn = true;
  }

  /** Ends the media so that another node, or other media, go on with the call. */
  handOver(when: HandOverTime): void {
    this.#handsOver = true;
    if (when === 'at-turn') return;
    if (when === 'at-pause') {
      this.#leavesAtPauseBeforeMs = this.#nowMs() + LONGEST_SAY_MS;
      return this.#leaveAtPause();
    }
    const settled = this.#reply?.toolsSettled() ?? Promise.resolve();
    void settled.then(() => this.hangUp('handed-over'));
  }

  /** Asked with every event and every frame. */
  #leaveAtPause(): void {
    const beforeMs = this.#leavesAtPauseBeforeMs;
    if (beforeMs === undefined) return;
    const isSaying = this.#reply !== undefined && this.#turn.reply?.audible === true;
    if ((isSaying || this.#hearing.isSounding) && this.#nowMs() < beforeMs) return;
    this.#leavesAtPauseBeforeMs = undefined;
    this.handOver('now');
  }

  /** Says goodbye and ends the call, as when its time is up. */
  sayGoodbye(): void {
    this.#dispatch({ type: 'timer', atMs: this.#nowMs(), name: 'max-call' });
  }

  /** What another process would need to go on from here. */
  get inFlight(): InFlight {
    return inFlightOf(this.#reply, {
      text: unfinishedText(this.#turn),
      startMs: this.#callerSinceMs ?? this.#nowMs(),
      sounding: this.#missesSpeech,
      isAside: isAside(this.#turn),
      isPrivate: this.#options.conversation.isPrivate,
      keepable: (text) => this.#options.conversation.keepable(text),
    });
  }

  /** The caller is saying, or has said, what no recogniser has told yet. */
  get #missesSpeech(): boolean {
    return this.#hearing.isSounding || this.#turn.missesWords;
  }

  /** An answering machine has the line. Told again, nothing changes. */
  machineAnswered(): void {
    this.#dispatch({ type: 'machine-answered', atMs: this.#nowMs() });
  }

  #nowMs(): number {
    return this.#options.nowMs();
  }

  // ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

  #onLine(event: LineEvent): void {
    switch (event.type) {
      case 'frame': {
        const atMs = this.#hearing.frame(event.audio, event.atMs);
        this.#leaveAtPause();
        return this.#recording?.callerFrame(event.audio, atMs);
      }
      case 'key':
        this.#callerSinceMs ??= this.#nowMs();
        return this.#dispatch({
          type: 'key',
          atMs: this.#nowMs(),
          digit: event.digit,
          protected: this.#reply?.isProtected ?? false,
        });
      case 'played':
        return this.#reply?.playout.played(event.mark);
      case 'stopped':
        return this.#reply?.playout.stopped(event.mark, event.unheardBytes);
      case 'closed':
        this.#closeReason ??= event.reason;
        return this.#dispatch({ type: 'line-closed', atMs: this.#nowMs() });
    }
  }

  /** Until there are words, each new onset is the turn's beginning: the one before was a noise. */
  #noteOnset(atMs: number): void {
    const { reply } = this.#turn;
    const isFirst = unfinishedText(this.#turn) === '';
    // Over a reply that nobody has heard yet the caller may be going on with the turn before.
    const goesOn = reply !== undefined && !reply.audible && this.#callerSinceMs !== undefined;
    if (isFirst && !goesOn) this.#callerSinceMs = atMs;
  }

  /** One event at a time: what a command causes waits until its own event is done with. */
  #dispatch(event: TurnEvent): void {
    this.#queue.push(event);
    if (this.#dispatching) return;
    this.#dispatching = true;
    try {
      for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
        const [state, commands] = reduce(this.#turn, next);
        this.#turn = state;
        for (const command of commands) this.#execute(command);
        this.#followQuestion();
        // Whose words are only guessed yet speaks on, and would be asked to say it again.
        if (next.type === 'words' && !next.final) this.#options.onProgress();
        else if (TELLING.has(next.type)) this.#options.onMoved();
      }
    } finally {
      this.#dispatching = false;
    }
  }

  /** What is asked in private is not recorded, nor heard where only keys answer it; another language is listened to. */
  #followQuestion(): void {
    const { private: isPrivate = false, keysOnly = false, as } = askedNow(this.#turn);
    this.#hearing.listenAs(this.#options.flow.spoken(as));
    this.#hearing.mute(isPrivate && keysOnly);
    this.#recording?.muteCaller(isPrivate);
  }

  // ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────

  #execute(command: TurnCommand): void {
    switch (command.type) {
      case 'start-reply':
        return this.#startReply(command.replyId, command.input);
      case 'cancel-reply':
        return this.#cancelReply(command.rollback, command.by);
      case 'finish-reply':
        return this.#finishReply();
      case 'start-draft':
        return this.#startDraft(command.replyId, command.input);
      case 'adopt-draft':
        return this.#adoptDraft(command.input);
      case 'drop-draft':
        return this.#drafting.drop(command.reason);
      case 'assess-words':
        return this.#assess(command.text);
      case 'note-endpoint':
        return this.#noteEndpoint(command);
      case 'note-words':
        return this.#noteWords(command.text, command.overheard);
      case 'pause-line':
        return this.#reply?.pause();
      case 'resume-line':
        return this.#reply?.resume();
      case 'run-tool':
        return this.#replyOf(command.replyId)?.permit(command.callId, true);
      case 'drop-tool':
        return this.#replyOf(command.replyId)?.permit(command.callId, false);
      case 'say-filler':
        return this.#sayFiller();
      case 'arm-timer':
        return this.#timers.arm(command.name, command.afterMs);
      case 'disarm-timer':
        return this.#timers.disarm(command.name);
      case 'leave':
        return this.#leave();
      case 'close':
        return this.#close(command.overReply);
    }
  }

  #replyOf(id: number): Reply | undefined {
    return this.#reply?.id === id ? this.#reply : this.#drafting.replyOf(id);
  }

  #startReply(id: number, input: ReplyInput): void {
    const callerStartMs = this.#callerSinceMs ?? this.#nowMs();
    this.#reply = new Reply(this.#context, { id, input, callerStartMs, isDraft: false }, this.#events(id));
    this.#reply.start();
    this.#handOverAtTurn(input);
  }

  #startDraft(id: number, input: ReplyInput): void {
    const callerStartMs = this.#callerSinceMs ?? this.#nowMs();
    const started = this.#drafting.start({ id, input, callerStartMs, isDraft: true }, this.#events(id));
    if (!started) this.#dispatch({ type: 'draft-declined', atMs: this.#nowMs(), replyId: id });
  }

  #adoptDraft(input: ReplyInput): void {
    this.#reply = this.#drafting.adopt();
    this.#reply?.adopt(input, this.#callerSinceMs ?? this.#nowMs());
    this.#handOverAtTurn(input);
  }

  /** By the next turn of the event loop the flow knows what was said. A call that is about to end ends here. */
  #handOverAtTurn({ type }: ReplyInput): void {
    if (!this.#handsOver || (type !== 'speech' && type !== 'keys')) return;
    setImmediate(() => {
      if (!this.#plans.has(this.#reply?.id ?? 0)) this.handOver('now');
    });
  }

  #events(id: number): ReplyEvents {
    const at = (): { atMs: number; replyId: number } => ({ atMs: this.#nowMs(), replyId: id });
    return {
      worded: () => this.#dispatch({ type: 'reply-worded', ...at() }),
      delayed: () => this.#dispatch({ type: 'reply-delayed', ...at() }),
      audible: () => {
        this.#callerSinceMs = undefined;
        this.#dispatch({ type: 'reply-audible', ...at() });
      },
      idle: (more) => this.#dispatch({ type: 'playout-idle', ...at(), more }),
      complete: (expect) => this.#dispatch({ type: 'reply-complete', ...at(), expect }),
      leaving: (plan) => {
        this.#plans.set(id, plan);
        this.#dispatch({ type: 'reply-leaving', ...at() });
      },
      toolRequested: (callId, effect) => this.#dispatch({ type: 'tool-requested', ...at(), callId, effect }),
    };
  }

  /** Words that were no turn. What was said over a notice is in the transcript, and the flow knows it. */
  #noteWords(text: string, overheard: boolean): void {
    const { journal, conversation } = this.#options;
    if (!overheard) return journal.add('back-channel', { text: conversation.keepable(text) });
    this.#journalSaid(text);
    conversation.step({ type: 'caller-overheard', text });
  }

  #noteEndpoint({ reason, score, waitMs, progress }: Extract<TurnCommand, { type: 'note-endpoint' }>): void {
    this.#options.journal.add('endpoint', { reason, score, waitMs, progress });
  }

  #assess(text: string): void {
    const { flow, conversation } = this.#options;
    const progress = flow.answerProgress(conversation.state, text);
    this.#dispatch({ type: 'words-assessed', atMs: this.#nowMs(), text, progress });
  }

  #cancelReply(rollback: boolean, by: CutBy): void {
    const reply = this.#reply;
    if (reply === undefined) return;
    this.#reply = undefined;
    reply.cancel(rollback);
    if (!rollback && by !== 'end') {
      const heardMs = Math.round(reply.playout.heardMs());
      this.#options.journal.add('barge-in', { replyId: reply.id, heardMs, by });
      this.#options.counters.inc('callwright_barge_ins_total', { by });
    }
    this.#options.onMoved();
  }

  #finishReply(): void {
    this.#reply?.finish();
    this.#reply = undefined;
    this.#options.onMoved();
  }

  #sayFiller(): void {
    const { prompts, flow, counters } = this.#options;
    counters.inc('callwright_watchdog_fillers_total');
    const filler = prompts.filler(flow.spoken(askedNow(this.#turn).as), this.#fillers++);
    if (filler !== undefined) this.#reply?.interject(filler.text, filler.prompt);
  }

  #leave(): void {
    const plan = this.#plans.get(this.#reply?.id ?? 0) ?? { type: 'hang-up', reason: 'error' };
    this.#finishReply();
    if (plan.type === 'say') this.#options.journal.add('speech-moved', { to: 'carrier' });
    this.#plan = plan;
    this.#left = true;
    this.#options.onLeave(plan);
  }

  /** `overReply`: whoever speaks over the agent is not asked to say it again, the agent goes on. */
  #close(overReply: boolean): void {
    const { journal, line } = this.#options;
    const reason = this.#closeReason ?? 'closed-here';
    const text = unfinishedText(this.#turn);
    const lostSpeech = overReply ? this.#turn.behindSinceMs !== undefined : this.#missesSpeech;
    if (text !== '' && !this.#left) this.#keepUnfinished(text, lostSpeech);
    this.#controller.abort();
    this.#timers.close();
    this.#recording?.flush();
    line.close();
    journal.add('recognised', { lengthMs: Math.round(this.#hearing.recognisedMs) });
    journal.add('stream-ended', { streamId: line.streamId, reason, lostSpeech });
    this.#resolveEnded({ reason, plan: this.#left ? this.#plan : undefined });
  }

  /**
   * The line went before the caller's turn was answered: what was understood counts as said, for the time it comes back.
   * In the middle of a sentence it is only a piece, and they will be asked to say it again.
   */
  #keepUnfinished(text: string, isPiece: boolean): void {
    this.#journalSaid(text);
    if (isPiece) this.#options.conversation.step({ type: 'caller-overheard', text });
    else this.#options.conversation.keepSaid(text);
  }

  /** Words that no reply answers, in the transcript. */
  #journalSaid(text: string): void {
    const { conversation, journal } = this.#options;
    const endMs = Math.round(this.#nowMs());
    const startMs = Math.round(Math.min(this.#callerSinceMs ?? endMs, endMs));
    const kept = { text: conversation.keepable(text), node: conversation.node };
    journal.add('turn', { role: 'caller', ...kept, startMs, endMs, interrupted: false });
  }
}

/** The loss of the recogniser, on a call that is about to go on where one listens. */
function movingOn(event: TurnEvent): TurnEvent {
  return event.type === 'recognition-lost' ? { ...event, movesOn: true } : event;
}
