/**
 * Several recognisers as one: whichever of a chain listens, a call hears one stream of words. What no final has covered
 * is kept and told again to the next recogniser, faster than real time, so that no word is lost when one dies in the
 * middle of an utterance; and what a final has covered is not told again, so that none is doubled.
 *
 * A recogniser that says nothing while the caller can be heard is not yet held to be dead, for noise says nothing
 * either: another is asked about the same sound beside it, and takes over if it makes words of it first. In the same way
 * a preferred recogniser that has failed comes back: it listens beside the other for an utterance, and takes over at the
 * end of a turn once it has understood one.
 *
 * There are no timers: what is overdue is looked for with every frame, which come as long as the call lasts.
 */
import { EventQueue } from '../async/event-queue.ts';
import { EnergyDetector } from '../audio/energy.ts';
import { MULAW_SILENCE } from '../audio/mulaw.ts';
import { BYTES_PER_MS } from './audio-clock.ts';
import { CatchUp, SOFT_END_MS } from './catch-up.ts';
import { Leg, type Role, toldBefore, withoutKnown } from './fallback-leg.ts';
import { type ChainSettings, type Link, Links } from './fallback-links.ts';
import { SttError, type SttEvent, type SttOptions, type SttStream } from './index.ts';
import { KeptAudio } from './kept-audio.ts';

/** Of an utterance without any final: the audio for the next recogniser. What is older counts as it was last told. */
const MOST_KEPT_MS = 30_000;
/** Audio before a silence that brought no words is needed no more, but for its soft end. */
const QUIET_AFTER_MS = 4000;
const QUIET_KEPT_MS = 2000;
const FRAME_MS = 20;
const FRAME_BYTES = FRAME_MS * BYTES_PER_MS;
/** A stall is doubted no longer than this; what nobody made words of by then, or soon after its end, is noise. */
const LONGEST_DOUBT_MS = 20_000;
const DOUBT_AFTER_SOUND_MS = 2500;
/** So long another may take for its words, before the one after it is asked instead. */
const NEXT_OPINION_MS = 800;
/** Noise is not asked about all the time. */
const NEXT_DOUBT_MS = 15_000;
/** A recogniser that is to come back has an utterance to understand within this. */
const LONGEST_RETURN_MS = 30_000;
/**
 * So long nobody may listen before it is told: longer than two connections that are refused and one that comes up, so short
 * that whoever takes the call up is heard within two seconds.
 */
const UNHEARD_AFTER_MS = 1500;
/** Events for a consumer that lags; so many unread means that nobody reads. */
const MAX_UNREAD_EVENTS = 1000;

export class ChainStream implements SttStream {
  readonly #settings: ChainSettings;
  readonly #options: SttOptions;
  readonly #links: Links;
  readonly #events = new EventQueue<SttEvent>({
    capacity: MAX_UNREAD_EVENTS,
    onAbandoned: () => this.close(),
  });
  readonly #onAbort = () => this.close();
  /** What no final has covered. */
  readonly #kept = new KeptAudio(MOST_KEPT_MS);
  readonly #energy = new EnergyDetector();
  #closed = false;
  #muted = false;
  #writtenMs = 0;
  #active: Leg | undefined;
  /** Listens beside the active one. */
  #second: Leg | undefined;
  /** Who was told to listen last; undefined: it was told that nobody does. */
  #told: string | undefined;
  /** When the last one that listened was lost; undefined while one listens. */
  #nobodySinceMs: number | undefined;
  /** Finals cover the audio up to here. */
  #coveredMs = 0;
  /** As it was last told, and not yet final. */
  #interim: Extract<SttEvent, { type: 'interim' }> | undefined;
  /** Words were told, and no end of their turn. */
  #inTurn = false;
  #finalizeAsked = false;
  readonly #catchUp = new CatchUp();
  #toldBehind: 'no' | 'told' | 'untold' = 'no';
  /** When there was a sound of the caller's that brought no sign from the active recogniser yet. */
  #unansweredSinceMs: number | undefined;
  /** About the present doubt. */
  #asked: Link[] = [];
  #nextDoubtMs = Number.NEGATIVE_INFINITY;

  constructor(links: readonly Link[], options: SttOptions, settings: ChainSettings) {
    this.#settings = settings;
    this.#options = options;
    this.#links = new Links(links, settings.health);
    this.#told = links[0]?.recogniser.provider;
    this.#nobodySinceMs = settings.nowMs();
    options.signal.addEventListener('abort', this.#onAbort, { once: true });
    if (options.signal.aborted) this.close();
    else this.#listenAgain();
  }

  [Symbol.asyncIterator](): AsyncIterator<SttEvent, undefined> {
    return this.#events[Symbol.asyncIterator]();
  }

  write(audio: Uint8Array): void {
    if (this.#closed) return;
    this.#active?.write(audio);
    this.#second?.write(audio);
    const heard = this.#muted ? new Uint8Array(audio.length).fill(MULAW_SILENCE) : audio;
    this.#kept.push(heard, this.#writtenMs);
    for (let at = 0; at < heard.length; at += FRAME_BYTES) {
      const frame = heard.subarray(at, at + FRAME_BYTES);
      this.#energy.push(frame, this.#writtenMs);
      this.#writtenMs += frame.length / BYTES_PER_MS;
      if (this.#energy.isLoud && this.#energy.isSounding) this.#unansweredSinceMs ??= this.#settings.nowMs();
    }
    this.#look();
  }

  finalize(): void {
    this.#finalizeAsked = true;
    this.#active?.finalize();
    this.#second?.finalize();
  }

  mute(muted: boolean): void {
    this.#muted = muted;
    this.#active?.mute(muted);
    this.#second?.mute(muted);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#options.signal.removeEventListener('abort', this.#onAbort);
    for (const leg of [this.#active, this.#second]) {
      leg?.close();
      leg?.use.abandoned();
    }
    this.#events.end();
  }

  // ── who listens ──────────────────────────────────────────────────────────────────────────────────────────────

  /** Whatever is overdue by now. */
  #look(): void {
    const nowMs = this.#settings.nowMs();
    for (const leg of [this.#active, this.#second]) {
      if (leg === undefined || leg.signed || nowMs - leg.openedAtMs < this.#settings.connectMs) continue;
      const error = new SttError('stt-timeout', leg.provider, 'it does not begin to listen', {
        retryable: true,
      });
      leg.close();
      this.#onEnd(leg, error);
    }
    this.#tellIfNobody(nowMs);
    this.#tellIfBehind();
    if (this.#active === undefined) return this.#listenAgain();
    if (this.#second !== undefined) this.#reconsider(this.#second, nowMs);
    const { stallMs } = this.#settings;
    const isDoubtful = this.#unansweredSinceMs !== undefined && nowMs - this.#unansweredSinceMs >= stallMs;
    if (isDoubtful) this.#doubt(this.#active, nowMs);
    else this.#forgetSilence();
    this.#considerReturn(this.#active, nowMs);
  }

  /** Opens the best recogniser that may be used, and has it hear what none has understood. */
  #listenAgain(): void {
    const nowMs = this.#settings.nowMs();
    const next = this.#links.begin(nowMs);
    if (next === undefined) return this.#tellIfNobody(nowMs);
    this.#active = this.#open(next, 'active');
    this.#takeOver(this.#active);
  }

  #open({ link, use }: { link: Link; use: Leg['use'] }, role: Role): Leg {
    const beganMs = role === 'return' ? this.#writtenMs : (this.#kept.beganMs ?? this.#writtenMs);
    const leg = new Leg({
      link,
      use,
      role,
      beganMs,
      openedAtMs: this.#settings.nowMs(),
      options: this.#options,
      onEvent: (from, event) => this.#onEvent(from, event),
      onSign: (from) => this.#onSign(from),
      onEnd: (from, error) => this.#onEnd(from, error),
    });
    leg.mute(this.#muted);
    if (role !== 'return') for (const audio of this.#kept.audio()) leg.write(audio);
    return leg;
  }

  /** It is the one that is listened to from here on. */
  #takeOver(leg: Leg): void {
    leg.role = 'active';
    this.#active = leg;
    if (this.#second === leg) this.#second = undefined;
    // Of an utterance so long that its beginning is not kept: its first words stand as they were told.
    const gone = toldBefore(this.#interim, leg.beganMs);
    if (gone !== undefined && leg.beganMs > this.#coveredMs) this.#tell(gone);
    leg.takesOverAtMs = this.#coveredMs;
    const isOwed = !leg.proven && this.#energy.lastLoudAtMs > this.#coveredMs + SOFT_END_MS;
    this.#unansweredSinceMs = isOwed ? this.#settings.nowMs() : undefined;
    if (this.#finalizeAsked) leg.finalize();
    if (leg.signed) this.#isListening(leg);
  }

  #tellIfNobody(nowMs: number): void {
    if (this.#nobodySinceMs === undefined) return;
    const isLong = nowMs - this.#nobodySinceMs >= UNHEARD_AFTER_MS;
    if (isLong || this.#links.exhausted) this.#tellOf(undefined);
  }

  #tellOf(provider: string | undefined): void {
    if (provider === this.#told) return;
    const from = this.#told;
    this.#told = provider;
    this.#settings.logger.warn({ stage: 'stt', from, to: provider }, 'recogniser switched');
    this.#push({
      type: 'provider-switched',
      ...(from === undefined ? {} : { from }),
      ...(provider === undefined ? {} : { to: provider }),
    });
  }

  #isListening(leg: Leg): void {
    this.#nobodySinceMs = undefined;
    this.#catchUp.listens(this.#settings.nowMs(), this.#reached);
    this.#tellOf(leg.provider);
  }

  get #reached() {
    return { lastLoudAtMs: this.#energy.lastLoudAtMs, coveredMs: this.#coveredMs };
  }

  /** Whether what was said by now is still to be told, for whoever would take the words so far for all of them. */
  #tellIfBehind(): void {
    const reached = this.#reached;
    const isBehind = this.#catchUp.isBehind(this.#settings.nowMs(), reached);
    const untold = this.#catchUp.isUntold(reached);
    const how = isBehind ? (untold ? 'untold' : 'told') : 'no';
    if (how === this.#toldBehind) return;
    this.#toldBehind = how;
    this.#push(isBehind ? { type: 'recognition-behind', untold } : { type: 'recognition-caught-up' });
  }

  #onSign(leg: Leg): void {
    const isFirst = !leg.signed;
    leg.signed = true;
    if (leg !== this.#active) return;
    this.#isListening(leg);
    // It has only come to listen; what it has heard by then is still to be answered.
    if (isFirst) return;
    this.#unansweredSinceMs = undefined;
    // It lives after all.
    if (this.#second?.role === 'doubt') this.#dismiss(this.#second);
  }

  #onEnd(leg: Leg, error: SttError): void {
    if (this.#closed) return;
    this.#failed(leg, error);
    const second = this.#second;
    if (leg === second) {
      this.#second = undefined;
      return;
    }
    this.#active = undefined;
    this.#nobodySinceMs ??= this.#settings.nowMs();
    this.#catchUp.lost();
    this.#tellIfBehind();
    if (second?.role === 'doubt') return this.#takeOver(second);
    // It has not heard what the other left; it, or a better one, begins with that.
    if (second !== undefined) this.#dismiss(second);
    this.#listenAgain();
  }

  #failed(leg: Leg, error: SttError): void {
    leg.use.failed(error.retryAfterMs);
    // What went well at first counts as such; the end of it is another thing to know.
    if (leg.proven) this.#settings.health.use('stt', leg.provider)?.failed();
    this.#links.failed(leg.link, error, this.#settings.nowMs());
    this.#push({ type: 'provider-failed', provider: leg.provider, code: error.code });
  }

  #dismiss(leg: Leg): void {
    leg.close();
    leg.use.abandoned();
    if (this.#second === leg) this.#second = undefined;
  }

  // ── a stall ──────────────────────────────────────────────────────────────────────────────────────────────────

  /** The caller is heard, and the recogniser says nothing: does another make words of it? */
  #doubt(active: Leg, nowMs: number): void {
    if (nowMs < this.#nextDoubtMs) return;
    const second = this.#second?.role === 'doubt' ? this.#second : undefined;
    if (second !== undefined && nowMs - second.openedAtMs < NEXT_OPINION_MS) return;
    if (second === undefined) this.#asked = [active.link];
    const other =
      this.#links.begin(nowMs, { not: this.#asked }) ??
      (second === undefined ? this.#links.begin(nowMs) : undefined);
    if (other === undefined) return;
    this.#asked.push(other.link);
    if (this.#second !== undefined) this.#dismiss(this.#second);
    this.#second = this.#open(other, 'doubt');
  }

  /** How much longer a second one listens. */
  #reconsider(second: Leg, nowMs: number): void {
    const ageMs = nowMs - second.openedAtMs;
    if (second.role === 'doubt') {
      const quietMs = this.#writtenMs - this.#energy.lastLoudAtMs;
      const isNoise = quietMs >= DOUBT_AFTER_SOUND_MS && ageMs >= DOUBT_AFTER_SOUND_MS;
      if (!isNoise && ageMs < LONGEST_DOUBT_MS) return;
      this.#unansweredSinceMs = undefined;
      this.#nextDoubtMs = nowMs + NEXT_DOUBT_MS;
    } else if (ageMs < LONGEST_RETURN_MS) {
      return;
    } else {
      this.#links.rests(second.link, nowMs);
    }
    this.#dismiss(second);
  }

  // ── the way back ─────────────────────────────────────────────────────────────────────────────────────────────

  get #isBetweenTurns(): boolean {
    return !this.#inTurn && this.#interim === undefined && !this.#energy.isSounding;
  }

  /** A better recogniser than the active one is listened to beside it, and takes over when it has understood something. */
  #considerReturn(active: Leg, nowMs: number): void {
    if (active.link.index === 0 || !this.#isBetweenTurns) return;
    const second = this.#second;
    if (second === undefined) {
      const better = this.#links.begin(nowMs, { below: active.link.index });
      if (better !== undefined) this.#second = this.#open(better, 'return');
    } else if (second.role === 'return' && second.proven && !second.pending) {
      active.close();
      active.use.abandoned();
      this.#links.recovered(second.link);
      this.#takeOver(second);
    }
  }

  // ── what is heard ────────────────────────────────────────────────────────────────────────────────────────────

  #onEvent(leg: Leg, event: SttEvent): void {
    if (this.#closed) return;
    const hasWords = (event.type === 'interim' || event.type === 'final') && event.text !== '';
    if (hasWords) {
      leg.proven = true;
      leg.use.succeeded();
    }
    if (event.type === 'interim' || event.type === 'final')
      leg.pending = event.type === 'interim' && hasWords;
    if (leg === this.#second) {
      leg.signed = true;
      if (leg.role === 'return' || !hasWords) return;
      this.#replaceStalled(leg);
    } else {
      this.#onSign(leg);
    }
    const news = withoutKnown(event, leg.takesOverAtMs);
    if (news !== undefined) this.#tell(news);
  }

  /** Another has made words of what the active one is silent about. */
  #replaceStalled(second: Leg): void {
    const active = this.#active;
    if (active !== undefined) {
      active.close();
      this.#failed(
        active,
        new SttError('stt-stalled', active.provider, 'it says nothing', { retryable: true }),
      );
    }
    this.#catchUp.lost();
    this.#takeOver(second);
  }

  #tell(event: SttEvent): void {
    if (event.type === 'interim') {
      this.#interim = event.text === '' ? undefined : event;
      if (event.text !== '') this.#inTurn = true;
    }
    if (event.type === 'final') {
      this.#interim = undefined;
      this.#inTurn = true;
      this.#finalizeAsked = false;
      this.#covered(event.words.at(-1)?.endMs ?? 0);
    }
    if (event.type === 'turn-ended') {
      this.#inTurn = false;
      this.#finalizeAsked = false;
    }
    this.#push(event);
    this.#catchUp.told(event, this.#energy.lastLoudAtMs);
    this.#tellIfBehind();
  }

  #covered(untilMs: number): void {
    this.#coveredMs = Math.max(this.#coveredMs, untilMs);
    // Whole frames are handed over.
    this.#kept.covered(Math.floor(untilMs / FRAME_MS) * FRAME_MS);
  }

  /** Where nothing was said there is nothing to tell another. */
  #forgetSilence(): void {
    const quietMs = this.#writtenMs - this.#energy.lastLoudAtMs;
    if (quietMs < QUIET_AFTER_MS || this.#interim !== undefined || this.#unansweredSinceMs !== undefined)
      return;
    this.#inTurn = false;
    const keptMs = this.#writtenMs - (this.#kept.beganMs ?? this.#writtenMs);
    // Now and then, for what is left is moved.
    if (keptMs >= 2 * QUIET_KEPT_MS) this.#kept.covered(this.#writtenMs - QUIET_KEPT_MS);
  }

  #push(event: SttEvent): void {
    if (this.#events.push(event)) return;
    this.#events.fail(
      new SttError('stt-overflow', this.#told ?? 'none', 'nobody reads what was recognised', {
        retryable: false,
      }),
    );
    this.close();
  }
}
