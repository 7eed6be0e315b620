/**
 * The ear of one call: frames go to the recogniser, to voice activity and to the energy witness, and come out as the
 * turn-taking core's events, with the call's own times.
 */
import { EnergyDetector } from '../audio/energy.ts';
import { MULAW_SILENCE } from '../audio/mulaw.ts';
import type { VoiceActivity, VoiceActivityEvent, VoiceActivityStream } from '../audio/vad/index.ts';
import type { CallFlow, SpokenFlow } from '../flows/index.ts';
import type { SpeechToText, SttEvent, SttOptions } from '../stt/index.ts';
import { FRAME_MS } from '../telephony/index.ts';
import { Listening } from './listening.ts';
import type { TurnEvent } from './turn-events.ts';

export interface HearingOptions {
  flow: CallFlow;
  recogniser: SpeechToText;
  voiceActivity: VoiceActivity;
  signal: AbortSignal;
  nowMs(): number;
  /** Of what is being played just now. */
  playing(): { protected: boolean; remainingMs: number };
  onEvent(event: TurnEvent): void;
  /** The caller begins to be heard: a sound, or the first of their words. */
  onOnset(atMs: number): void;
  onTrouble(code: string, provider: string): void;
  /** Another recogniser listens from here on; undefined: none. */
  onSwitch(from: string | undefined, to: string | undefined): void;
}

/** Words of the recogniser that come later than this after its stream's end of speech say nothing about latency. */
const SPEECH_END_TRUST_MS = 3000;
/** A sound as short as a cough is not worth asking about, should nobody have understood it. */
const LEAST_SPEECH_MS = 500;
/** How often the length of speech is told: as exact as an interruption by length should be. */
const LENGTH_EVERY_MS = 40;
/** A gap in the caller's sound that may be its end: longer than a stop consonant, shorter than any endpointer waits. */
const PAUSE_MS = 120;
/** The recogniser's onset counts where the audio had at least some energy so lately. */
const RECENT_SOUND_MS = 600;
/** So long after the last sound a recogniser has long since told the end of the turn, where it tells one. */
const QUIET_AFTER_MS = 700;

export class Hearing {
  readonly #options: HearingOptions;
  readonly #listening: Listening;
  readonly #energy = new EnergyDetector();
  readonly #voice: VoiceActivityStream;
  #hearsVoice: boolean;
  #soundSinceMs = 0;
  /** Speech that goes on, as voice activity hears it. */
  #speech: { onsetMs: number; probability: number; toldMs: number } | undefined;
  /** The pause in the caller's sound that goes on just now was told. */
  #pauseTold = false;
  #muted = false;
  #listensAs: SpokenFlow;
  /** The call's time less the carrier's. */
  #carrierClockMs = Number.POSITIVE_INFINITY;

  constructor(options: HearingOptions) {
    this.#options = options;
    const { flow, recogniser, voiceActivity, signal } = options;
    this.#listensAs = flow;
    this.#listening = new Listening({
      recogniser,
      options: recognitionOf(flow),
      signal,
      onEvent: (event, toCallMs) => this.#onHeard(event, toCallMs),
    });
    this.#hearsVoice = voiceActivity.available;
    this.#voice = voiceActivity.open(flow.settings.turnTaking.voiceActivity, (event) => this.#onVoice(event));
  }

  /** Listens until the signal aborts. */
  run(): void {
    void this.#listening.run();
    const close = (): void => this.#voice.close();
    if (this.#options.signal.aborted) close();
    else this.#options.signal.addEventListener('abort', close, { once: true });
  }

  /** Milliseconds of audio given to recognisers. */
  get recognisedMs(): number {
    return this.#listening.recognisedMs;
  }

  /** The caller is audible just now, not a moment ago: what was said before that has its answer. */
  get isSounding(): boolean {
    return this.#energy.isSounding && this.#options.nowMs() - this.#energy.lastLoudAtMs < PAUSE_MS;
  }

  /** While muted nobody hears the caller: neither the recogniser nor what tells speech from silence. */
  mute(muted: boolean): void {
    if (muted === this.#muted) return;
    this.#muted = muted;
    this.#listening.mute(muted);
  }

  /** From here on the recogniser expects what the flow is spoken in. */
  listenAs(flow: SpokenFlow): void {
    if (flow === this.#listensAs) return;
    const options = recognitionOf(flow);
    // Nodes with a voice of their own are listened to as all others are.
    const isSame = JSON.stringify(options) === JSON.stringify(recognitionOf(this.#listensAs));
    this.#listensAs = flow;
    if (!isSame) this.#listening.reopen(options);
  }

  /** Takes the next frame, stamped by the carrier; returns when it began, in the call's time. */
  frame(frame: Uint8Array, carrierMs: number): number {
    const audio = this.#muted ? new Uint8Array(frame.length).fill(MULAW_SILENCE) : frame;
    // The frame that was delayed least tells best how the carrier's clock stands to ours.
    this.#carrierClockMs = Math.min(this.#carrierClockMs, this.#options.nowMs() - carrierMs);
    const atMs = carrierMs + this.#carrierClockMs;
    const change = this.#energy.push(audio, atMs);
    this.#listening.write(audio, atMs, atMs - this.#energy.lastLoudAtMs > QUIET_AFTER_MS);
    this.#voice.write(audio, atMs);
    if (change === 'started') this.#soundSinceMs = atMs;
    this.#checkVoice(atMs);
    this.#tellSound(atMs);
    if (!this.#hearsVoice) this.#tellEnergy(change, atMs);
    return atMs;
  }

  /**
   * What voice activity hears as speech is timed by its energy: that ends when the sound does, a model and its hangover
   * later.
   */
  #tellSound(atMs: number): void {
    const { onEvent, playing, nowMs } = this.#options;
    const endMs = atMs + FRAME_MS;
    if (this.#energy.isLoud) {
      this.#pauseTold = false;
      const speech = this.#speech;
      if (speech === undefined || endMs - speech.toldMs < LENGTH_EVERY_MS) return;
      speech.toldMs = endMs;
      const { onsetMs, probability } = speech;
      const told = { lengthMs: endMs - onsetMs, probability, protected: playing().protected };
      return onEvent({ type: 'speech-continues', atMs: nowMs(), ...told });
    }
    const isPause = this.#energy.isSounding && endMs - this.#energy.lastLoudAtMs >= PAUSE_MS;
    if (!isPause || this.#pauseTold) return;
    this.#pauseTold = true;
    onEvent({ type: 'speech-paused', atMs: nowMs() });
  }

  /** Voice activity may be lost in mid-call, and come back. */
  #checkVoice(atMs: number): void {
    const { available } = this.#options.voiceActivity;
    if (available === this.#hearsVoice) return;
    this.#hearsVoice = available;
    this.#speech = undefined;
    this.#options.onEvent({ type: 'hearing-changed', atMs, hearsVoice: available });
  }

  /** Without voice activity, energy is the witness of speech that the recogniser made nothing of. */
  #tellEnergy(change: 'started' | 'stopped' | undefined, atMs: number): void {
    if (change === 'started') return this.#options.onEvent({ type: 'voice-started', atMs });
    if (change === 'stopped' && this.#energy.lastLoudAtMs - this.#soundSinceMs > LEAST_SPEECH_MS)
      this.#options.onEvent({ type: 'voice-stopped', atMs });
  }

  #onVoice(event: VoiceActivityEvent): void {
    const { onEvent, onOnset, nowMs, playing } = this.#options;
    const atMs = nowMs();
    switch (event.type) {
      case 'speech-started':
        onOnset(event.onsetMs);
        this.#speech = { onsetMs: event.onsetMs, probability: event.probability, toldMs: 0 };
        return onEvent({ type: 'speech-started', atMs, by: 'voice', protected: playing().protected });
      case 'speech-continues':
        if (this.#speech !== undefined) this.#speech.probability = event.probability;
        return;
      case 'speech-stopped':
        this.#speech = undefined;
        return onEvent({
          type: 'speech-stopped',
          atMs,
          endMs: Math.min(this.#speechEnd(event.endMs), atMs),
          lengthMs: event.endMs - event.onsetMs,
        });
    }
  }

  #onHeard(event: SttEvent, toCallMs: (streamMs: number) => number): void {
    const { onEvent, onOnset, nowMs, playing } = this.#options;
    const atMs = nowMs();
    switch (event.type) {
      case 'speech-started':
        if (!this.#isPlausible(atMs)) return;
        onOnset(atMs);
        return onEvent({ type: 'speech-started', atMs, by: 'recogniser', protected: playing().protected });
      case 'interim':
      case 'final': {
        const [first] = event.words;
        onOnset(first === undefined ? atMs : toCallMs(first.startMs));
        const { text } = event;
        return onEvent({ type: 'words', atMs, text, final: event.type === 'final', ...playing() });
      }
      case 'turn-ended': {
        const told = event.speechEndMs === undefined ? undefined : toCallMs(event.speechEndMs);
        const speechEndMs = this.#speechEnd(told);
        return onEvent({ type: 'turn-ended', atMs, speechEndMs, protected: playing().protected });
      }
      case 'turn-likely':
      case 'turn-resumed':
      case 'recognition-caught-up':
        return onEvent({ type: event.type, atMs });
      case 'recognition-behind':
        return onEvent({ type: event.type, atMs, untold: event.untold });
      case 'provider-failed':
        return this.#options.onTrouble(event.code, event.provider);
      case 'provider-switched':
        return this.#switched(event.from, event.to);
    }
  }

  #switched(from: string | undefined, to: string | undefined): void {
    const { onSwitch, onEvent, nowMs } = this.#options;
    onSwitch(from, to);
    if (to === undefined) onEvent({ type: 'recognition-lost', atMs: nowMs() });
    else if (from === undefined) onEvent({ type: 'recognition-back', atMs: nowMs() });
  }

  /** A second opinion on an onset that voice activity has not heard: there must have been a sound at least. */
  #isPlausible(nowMs: number): boolean {
    if (!this.#hearsVoice) return true;
    return this.#energy.isSounding || nowMs - this.#energy.lastLoudAtMs < RECENT_SOUND_MS;
  }

  /** The end of the caller's energy where it is plausible, else as told. */
  #speechEnd(toldMs: number | undefined): number {
    const energyEndMs = this.#energy.lastLoudAtMs;
    const nowMs = this.#options.nowMs();
    const isPlausible = energyEndMs > 0 && energyEndMs <= nowMs && nowMs - energyEndMs < SPEECH_END_TRUST_MS;
    return isPlausible ? energyEndMs : Math.min(toldMs ?? nowMs, nowMs);
  }
}

function recognitionOf({ settings }: SpokenFlow): Omit<SttOptions, 'signal'> {
  const { language, recognition, providers } = settings;
  return { language, ...recognition, ...(providers.stt === undefined ? {} : { providers: providers.stt }) };
}
