/**
 * One call while its media stream is open: events from the line, the recogniser, the reply and the timers go into the
 * turn-taking core one at a time; its commands are carried out here. Nothing of it outlives `close`.
 */
import type { Logger } from 'pino';
import { EnergyDetector } from '../audio/energy.ts';
import { StereoRecording } from '../audio/recording.ts';
import type { CallFlow, ListenExpectation } from '../flows/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import type { AudioSink, TurnLatency } from '../records/index.ts';
import type { Session } from '../sessions/index.ts';
import type { SpeechToText, SttEvent } from '../stt/index.ts';
import type { Line, LineCloseReason, LineEvent } from '../telephony/index.ts';
import type { TextToSpeech } from '../tts/index.ts';
import type { CallEnd } from './call-end.ts';
import type { CallContext } from './context.ts';
import type { Conversation } from './conversation.ts';
import { type Fillers, voiceOptions } from './fillers.ts';
import type { Journal } from './journal.ts';
import { Listening } from './listening.ts';
import { type LeavePlan, Reply } from './reply.ts';
import { Timers } from './timers.ts';
import type { ReplyInput, TimerName, TurnCommand, TurnEvent } from './turn-events.ts';
import { initialTurnState, type TurnState, unfinishedText } from './turn-state.ts';
import { reduce } from './turn-taking.ts';

/** What every call of the process uses. */
export interface CallServices {
  recogniser: SpeechToText;
  model: LanguageModel;
  /** In order of preference. */
  voices: readonly TextToSpeech[];
  fillers: Fillers;
  counters: { inc(name: string, labels?: Record<string, string>): void };
  /** One agent turn has ended, and this is what each of its stages took. */
  onTurn(latency: TurnLatency): void;
}

export interface LiveCallOptions extends CallServices {
  line: Line;
  session: Session;
  flow: CallFlow;
  conversation: Conversation;
  journal: Journal;
  sink: AudioSink | undefined;
  logger: Logger;
  /** Milliseconds since the call's media started; runs on while the line is away. */
  nowMs(): number;
  input: ReplyInput;
  /** The flow has moved: worth a checkpoint. */
  onMoved(): void;
  /** The last reply was played. The line is closed by whoever acts on the plan. */
  onLeave(plan: LeavePlan): void;
}

/** Words of the recogniser that come later than this after its stream's end of speech say nothing about latency. */
const SPEECH_END_TRUST_MS = 3000;

/** A sound as short as a cough is not worth asking about, should nobody have understood it. */
const LEAST_SPEECH_MS = 500;

export class LiveCall {
  /** Resolves once the line is closed and everything of the call is released. */
  readonly ended: Promise<CallEnd>;
  readonly #options: LiveCallOptions;
  readonly #context: CallContext;
  readonly #timers: Timers<TimerName>;
  readonly #controller = new AbortController();
  readonly #listening: Listening;
  readonly #energy = new EnergyDetector();
  readonly #recording: StereoRecording | undefined;
  readonly #resolveEnded: (end: CallEnd) => void;
  #turn: TurnState;
  #reply: Reply | undefined;
  #plan: LeavePlan | undefined;
  #left = false;
  #queue: TurnEvent[] = [];
  #dispatching = false;
  #callerSinceMs: number | undefined;
  #soundSinceMs = 0;
  /** The call's time less the carrier's. */
  #carrierClockMs = Number.POSITIVE_INFINITY;
  #closeReason: LineCloseReason | undefined;

  constructor(options: LiveCallOptions) {
    this.#options = options;
    const { promise, resolve } = Promise.withResolvers<CallEnd>();
    this.ended = promise;
    this.#resolveEnded = resolve;
    this.#recording = options.sink === undefined ? undefined : new StereoRecording(options.sink);
    const { timing, recognition, language } = options.flow.settings;
    this.#turn = initialTurnState({
      watchdogMs: timing.watchdogMs,
      maxCallMs: timing.maxCallMs,
      decideMs: timing.bargeInDecideMs,
      // The recogniser's own utterance end comes first where it works.
      endpointMs: recognition.utteranceEndMs + 1000,
    });
    this.#timers = new Timers((name) => this.#dispatch({ type: 'timer', atMs: this.#nowMs(), name }));
    this.#context = this.#makeContext();
    this.#listening = new Listening({
      recogniser: options.recogniser,
      options: { language, ...recognition },
      signal: this.#controller.signal,
      nowMs: () => this.#nowMs(),
      onEvent: (event, toCallMs) => this.#onHeard(event, toCallMs),
      onTrouble: (code, provider) => this.#context.trouble('stt', code, provider),
    });
  }

  get callId(): string {
    return this.#options.session.callId;
  }

  /** Takes the line; the agent speaks first. */
  start(): void {
    const { line, journal, input } = this.#options;
    journal.add('stream-started', { streamId: line.streamId, startedAt: Date.now() });
    void this.#listening.run();
    this.#dispatch({ type: 'line-opened', atMs: this.#nowMs(), input });
    line.listen((event) => this.#onLine(event));
  }

  /** Ends the media from this side; `reason` is what the line's end then counts as. Idempotent. */
  hangUp(reason: LineCloseReason): void {
    this.#closeReason ??= reason;
    this.#options.line.close();
  }

  #nowMs(): number {
    return this.#options.nowMs();
  }

  #makeContext(): CallContext {
    const { flow, session, conversation, journal, logger, line, model, voices, counters } = this.#options;
    const recording = (): StereoRecording | undefined => this.#recording;
    const turn = (): TurnState => this.#turn;
    return {
      flow,
      conversation,
      journal,
      logger,
      model,
      voices,
      facts: {
        callId: session.callId,
        direction: session.direction,
        from: session.from,
        to: session.to,
        startedAt: new Date(session.createdAt).toISOString(),
      },
      line: {
        play: (audio, mark) => {
          recording()?.agentSent(audio);
          return line.play(audio, mark);
        },
        clear: () => {
          recording()?.agentCleared();
          line.clear();
        },
      },
      voiceOptions: voiceOptions(flow),
      signal: this.#controller.signal,
      get lastExpectation(): ListenExpectation {
        return turn().expect;
      },
      nowMs: () => this.#nowMs(),
      trouble: (stage, code, provider) => {
        counters.inc('callwright_provider_errors_total', { stage, provider, code });
        logger.warn({ stage, code, provider }, 'provider trouble');
        journal.add('trouble', { stage, code });
      },
      turnMeasured: (latency) => this.#options.onTurn(latency),
    };
  }

  // ── what happens ─────────────────────────────────────────────────────────────────────────────────────────────

  #onLine(event: LineEvent): void {
    switch (event.type) {
      case 'frame':
        return this.#onFrame(event.audio, event.atMs);
      case 'key':
        this.#callerSinceMs ??= this.#nowMs();
        return this.#dispatch({
          type: 'key',
          atMs: this.#nowMs(),
          digit: event.digit,
          protected: this.#isProtected(),
        });
      case 'played':
        return this.#reply?.playout.played(event.mark);
      case 'closed':
        this.#closeReason ??= event.reason;
        return this.#dispatch({ type: 'line-closed', atMs: this.#nowMs() });
    }
  }

  #onFrame(audio: Uint8Array, carrierMs: number): void {
    // The frame that was delayed least tells best how the carrier's clock stands to ours.
    this.#carrierClockMs = Math.min(this.#carrierClockMs, this.#nowMs() - carrierMs);
    const atMs = carrierMs + this.#carrierClockMs;
    this.#listening.write(audio, atMs);
    this.#recording?.callerFrame(audio, atMs);
    const change = this.#energy.push(audio, atMs);
    if (change === 'started') {
      this.#soundSinceMs = atMs;
      this.#dispatch({ type: 'voice-started', atMs });
    } else if (change === 'stopped' && this.#energy.lastLoudAtMs - this.#soundSinceMs > LEAST_SPEECH_MS) {
      this.#dispatch({ type: 'voice-stopped', atMs });
    }
  }

  #onHeard(event: SttEvent, toCallMs: (streamMs: number) => number): void {
    const atMs = this.#nowMs();
    const isProtected = this.#isProtected();
    switch (event.type) {
      case 'speech-started':
        this.#noteOnset(atMs);
        return this.#dispatch({ type: 'speech-started', atMs, protected: isProtected });
      case 'interim':
      case 'final': {
        const [first] = event.words;
        this.#noteOnset(first === undefined ? atMs : toCallMs(first.startMs));
        const final = event.type === 'final';
        return this.#dispatch({ type: 'words', atMs, text: event.text, final, protected: isProtected });
      }
      case 'turn-ended': {
        const speechEndMs = this.#speechEnd(
          event.speechEndMs === undefined ? undefined : toCallMs(event.speechEndMs),
        );
        return this.#dispatch({ type: 'turn-ended', atMs, speechEndMs, protected: isProtected });
      }
      case 'turn-likely':
      case 'turn-resumed':
        // Drafts are not made yet; the turn's real end follows.
        return;
    }
  }

  /** Until there are words, each new onset is the turn's beginning: the one before was a noise. */
  #noteOnset(atMs: number): void {
    const { heard, reply } = this.#turn;
    const isFirst = heard.finals.length === 0 && heard.interim === '';
    // Over a reply that nobody has heard yet the caller may be going on with the turn before.
    const goesOn = reply !== undefined && !reply.audible && this.#callerSinceMs !== undefined;
    if (isFirst && !goesOn) this.#callerSinceMs = atMs;
  }

  /** The end of the caller's energy where it is plausible, else the recogniser's word time. */
  #speechEnd(wordEndMs: number | undefined): number {
    const energyEndMs = this.#energy.lastLoudAtMs;
    const nowMs = this.#nowMs();
    if (energyEndMs > 0 && energyEndMs <= nowMs && nowMs - energyEndMs < SPEECH_END_TRUST_MS)
      return energyEndMs;
    return Math.min(wordEndMs ?? nowMs, nowMs);
  }

  #isProtected(): boolean {
    return this.#reply?.isProtected ?? false;
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
        for (const command of commands) this.#execute(command, next);
      }
    } finally {
      this.#dispatching = false;
    }
  }

  // ── what is done ─────────────────────────────────────────────────────────────────────────────────────────────

  #execute(command: TurnCommand, cause: TurnEvent): void {
    switch (command.type) {
      case 'start-reply':
        return this.#startReply(command.replyId, command.input);
      case 'cancel-reply':
        return this.#cancelReply(command.rollback, cause);
      case 'finish-reply':
        return this.#finishReply();
      case 'pause-line':
        return this.#reply?.pause();
      case 'resume-line':
        return this.#reply?.resume();
      case 'run-tool':
        return this.#reply?.permit(command.callId, true);
      case 'drop-tool':
        return this.#reply?.permit(command.callId, false);
      case 'say-filler':
        return this.#sayFiller();
      case 'arm-timer':
        return this.#timers.arm(command.name, command.afterMs);
      case 'disarm-timer':
        return this.#timers.disarm(command.name);
      case 'leave':
        return this.#leave();
      case 'close':
        return this.#close();
    }
  }

  #startReply(id: number, input: ReplyInput): void {
    const sinceMs = this.#callerSinceMs ?? this.#nowMs();
    this.#reply = new Reply(this.#context, id, input, sinceMs, {
      audible: () => {
        this.#callerSinceMs = undefined;
        this.#dispatch({ type: 'reply-audible', atMs: this.#nowMs(), replyId: id });
      },
      idle: (more) => this.#dispatch({ type: 'playout-idle', atMs: this.#nowMs(), replyId: id, more }),
      complete: (expect) =>
        this.#dispatch({ type: 'reply-complete', atMs: this.#nowMs(), replyId: id, expect }),
      leaving: (plan) => {
        this.#plan = plan;
        this.#dispatch({ type: 'reply-leaving', atMs: this.#nowMs(), replyId: id });
      },
      toolRequested: (callId, effect) =>
        this.#dispatch({ type: 'tool-requested', atMs: this.#nowMs(), replyId: id, callId, effect }),
    });
    this.#reply.start();
  }

  #cancelReply(rollback: boolean, cause: TurnEvent): void {
    const reply = this.#reply;
    if (reply === undefined) return;
    this.#reply = undefined;
    reply.cancel(rollback);
    if (!rollback && (cause.type === 'words' || cause.type === 'key')) {
      const by = cause.type === 'key' ? 'keys' : 'words';
      this.#options.journal.add('barge-in', {
        replyId: reply.id,
        heardMs: Math.round(reply.playout.heardMs()),
        by,
      });
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
    const { fillers, flow, counters } = this.#options;
    counters.inc('callwright_watchdog_fillers_total');
    const filler = fillers.get(flow);
    if (filler !== undefined) this.#reply?.interject(filler.text, filler.audio);
  }

  #leave(): void {
    this.#finishReply();
    const plan = this.#plan ?? { type: 'hang-up', reason: 'error' };
    this.#plan = plan;
    this.#left = true;
    this.#options.onLeave(plan);
  }

  #close(): void {
    const { journal, line } = this.#options;
    const reason = this.#closeReason ?? 'closed-here';
    const text = unfinishedText(this.#turn);
    if (text !== '' && !this.#left) this.#keepUnfinished(text);
    this.#controller.abort();
    this.#timers.close();
    this.#recording?.flush();
    line.close();
    journal.add('recognised', { lengthMs: Math.round(this.#listening.recognisedMs) });
    const lostSpeech = text === '' && (this.#turn.callerSpeaking || this.#energy.isSounding);
    journal.add('stream-ended', { streamId: line.streamId, reason, lostSpeech });
    this.#resolveEnded({ reason, plan: this.#left ? this.#plan : undefined });
  }

  /** The line went while the caller was speaking: what was understood so far counts as said, for the time it comes back. */
  #keepUnfinished(text: string): void {
    const { conversation, journal } = this.#options;
    const endMs = Math.round(this.#nowMs());
    const startMs = Math.round(Math.min(this.#callerSinceMs ?? endMs, endMs));
    journal.add('turn', {
      role: 'caller',
      text,
      startMs,
      endMs,
      interrupted: false,
      node: conversation.node,
    });
    conversation.step({ type: 'caller-said', text });
  }
}
