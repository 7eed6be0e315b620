/**
 * The line of a call over a relay. Audio that stands for words comes in, and the words go to the carrier, a passage at a
 * time; what was played of it is estimated by the clock, and put right by all the carrier tells: what it has spoken, that
 * it fell silent, how far it was when the caller interrupted.
 */
import {
  BYTES_PER_MS,
  type Line,
  type LineEvent,
  type RelayEvent,
  type RelayLine,
} from '../telephony/index.ts';
import type { RelayEar } from './ear.ts';
import { MarkerReader, type Passage, type RelayScript } from './script.ts';

/** From a text to the first sound of it. */
const SYNTHESIS_MS = 300;
/** After an interruption nothing is said before it is decided what of it: the ear's word takes a turn of the event loop. */
const HOLD_MS = 150;

/** From the carrier's falling silent to its telling why. */
const INTERRUPTION_TOLD_MS = 100;

/** Audio with a mark after it. */
interface Piece {
  readonly mark: string;
  readonly lengthMs: number;
  dueAtMs: number;
}

export class RelayAudioLine implements Line {
  readonly #relay: RelayLine;
  readonly #script: RelayScript;
  readonly #ear: RelayEar;
  readonly #markers = new MarkerReader();
  #listener: ((event: LineEvent) => void) | undefined;
  /** Handed over since the last `clear`, in bytes; and where each word of it begins. */
  #bytes = 0;
  #places: { word: number; atByte: number }[] = [];
  #pieces: Piece[] = [];
  #lastMark: string | undefined;
  /** The passage at the carrier now, from this word on. */
  #sent: { passage: Passage; fromWord: number } | undefined;
  #lettersSent = 0;
  #lettersSpoken = 0;
  #playsUntilMs = 0;
  #holdsUntilMs = 0;
  #held: (() => void)[] = [];
  #dueTimer: NodeJS.Timeout | undefined;
  #holdTimer: NodeJS.Timeout | undefined;
  #silentTimer: NodeJS.Timeout | undefined;
  /** The carrier has told which words it has spoken. */
  #tellsWords = false;
  #soon: NodeJS.Immediate | undefined;
  /** The caller has interrupted, and their words are to come. */
  #wasInterrupted = false;
  #isClosed = false;

  constructor(relay: RelayLine, script: RelayScript, ear: RelayEar) {
    this.#relay = relay;
    this.#script = script;
    this.#ear = ear;
    script.listen((passage) => this.#onLast(passage));
  }

  get streamId(): string {
    return this.#relay.streamId;
  }

  get callSid(): string {
    return this.#relay.callSid;
  }

  get parameters(): Readonly<Record<string, string>> {
    return this.#relay.parameters;
  }

  /** Text is little, and the relay itself is bounded. */
  get bufferedBytes(): number {
    return 0;
  }

  listen(listener: (event: LineEvent) => void): void {
    this.#listener = listener;
    this.#relay.listen((event) => this.#onRelay(event));
  }

  play(audio: Uint8Array, mark?: string): boolean {
    if (this.#isClosed) return false;
    const nowMs = performance.now();
    if (this.#playsUntilMs <= nowMs && this.#pieces.length === 0) this.#forget();
    for (const { word, atByte } of this.#markers.read(audio)) {
      this.#places.push({ word, atByte: this.#bytes + atByte });
      this.#speakFrom(word);
    }
    this.#bytes += audio.length;
    const lengthMs = audio.length / BYTES_PER_MS;
    const beginsAtMs =
      this.#playsUntilMs > nowMs ? this.#playsUntilMs : Math.max(nowMs, this.#holdsUntilMs) + SYNTHESIS_MS;
    this.#playsUntilMs = beginsAtMs + lengthMs;
    if (mark !== undefined) {
      this.#pieces.push({ mark, lengthMs, dueAtMs: this.#playsUntilMs });
      this.#lastMark = mark;
    }
    this.#schedule();
    return true;
  }

  /** What is with the carrier it will say, unless the caller has silenced it: a relay cannot take text back. */
  clear(): void {
    this.#forget();
    this.#markers.reset();
    this.#pieces = [];
    this.#playsUntilMs = 0;
    this.#stopTelling();
    clearTimeout(this.#silentTimer);
    clearTimeout(this.#dueTimer);
  }

  /** All of it was heard, or never will be. */
  #forget(): void {
    this.#bytes = 0;
    this.#places = [];
    this.#lastMark = undefined;
    this.#sent = undefined;
    this.#lettersSent = 0;
    this.#lettersSpoken = 0;
  }

  close(): void {
    this.#relay.end();
  }

  // ── to the carrier ───────────────────────────────────────────────────────────────────────────────────────────

  /** The passage of this word, from this word on, unless it is on its way already. */
  #speakFrom(word: number): void {
    const passage = this.#script.passageOf(word);
    const isSent = this.#sent?.passage === passage && word >= (this.#sent?.fromWord ?? 0);
    if (passage === undefined || isSent) return;
    this.#sent = { passage, fromWord: word };
    const text = this.#script.textOf(word, passage.endWord);
    this.#lettersSent += letters(text);
    this.#tell(() => this.#relay.say(text, passage));
  }

  #onLast(passage: Passage): void {
    if (this.#sent?.passage === passage) this.#tell(() => this.#relay.say('', passage));
  }

  /** In the next turn of the event loop, by when it may be unsaid again; or once it is clear what of it is to be said. */
  #tell(send: () => void): void {
    this.#held.push(send);
    if (this.#held.length > 1) return;
    const leftMs = this.#holdsUntilMs - performance.now();
    if (leftMs > 0) this.#holdTimer = setTimeout(() => this.#tellHeld(), leftMs);
    else this.#soon = setImmediate(() => this.#tellHeld());
  }

  #tellHeld(): void {
    for (const each of this.#held.splice(0)) each();
  }

  #stopTelling(): void {
    this.#held = [];
    clearTimeout(this.#holdTimer);
    clearImmediate(this.#soon);
  }

  // ── from the carrier ─────────────────────────────────────────────────────────────────────────────────────────

  #onRelay(event: RelayEvent): void {
    switch (event.type) {
      case 'key':
        this.#ear.pressed();
        return this.#emit({ type: 'key', digit: event.digit });
      case 'said':
        return this.#onSaid(event.text, event.isLast);
      case 'interrupted':
        return this.#onInterrupted(event.heard);
      case 'spoken':
        this.#lettersSpoken += letters(event.text);
        this.#tellsWords = true;
        return;
      case 'speaking':
        if (event.who === 'agent') return this.#onAgent(event.isSpeaking);
        if (!event.isSpeaking) this.#ear.fellSilent();
        // Over the agent it may be a noise: the carrier tells when it yields.
        else if (!this.#isPlaying || this.#wasInterrupted) this.#ear.speaks(true);
        return;
      case 'closed':
        this.#isClosed = true;
        clearTimeout(this.#dueTimer);
        this.#stopTelling();
        clearTimeout(this.#silentTimer);
        void this.#ear.close();
        return this.#emit({ type: 'closed', reason: event.reason });
    }
  }

  #onSaid(text: string, isLast: boolean): void {
    // The carrier yields to whoever speaks over it, and tells: without that it had said everything it was given.
    if (!this.#wasInterrupted) this.#settle(Number.POSITIVE_INFINITY);
    if (!isLast) return this.#ear.speaks(true);
    this.#wasInterrupted = false;
    this.#ear.said(text);
  }

  /** Silent between two passages, at the end, or because of an interruption, which may be told a moment later. */
  #onAgent(isSpeaking: boolean): void {
    clearTimeout(this.#silentTimer);
    if (isSpeaking) return;
    this.#silentTimer = setTimeout(() => {
      const isAll = !this.#tellsWords || this.#lettersSpoken >= this.#lettersSent;
      if (isAll && this.#held.length === 0) this.#settle(Number.POSITIVE_INFINITY);
    }, INTERRUPTION_TOLD_MS);
  }

  /** Stops what is played where the carrier says it has stopped. One that is about words long gone changes nothing. */
  #onInterrupted(heard: string): void {
    const next = this.#wordAfter(heard);
    if (next === undefined) return;
    this.#wasInterrupted = true;
    this.#settle(next);
    const mark = this.#lastMark;
    const atByte = this.#places.find(({ word }) => word >= next)?.atByte ?? this.#bytes;
    const unheardBytes = Math.max(0, this.#bytes - atByte);
    this.#holdsUntilMs = performance.now() + HOLD_MS;
    this.clear();
    if (mark !== undefined) this.#emit({ type: 'stopped', mark, unheardBytes });
    this.#ear.speaks(false);
  }

  /** The first word that was not heard, if what was heard is of what the carrier was given. */
  #wordAfter(heard: string): number | undefined {
    const { passage } = this.#sent ?? {};
    const first = this.#places[0]?.word;
    if (passage === undefined || first === undefined) return undefined;
    const said = wordsOf(this.#script.textOf(first, passage.endWord)).map(bare);
    const told = wordsOf(heard).map(bare);
    if (told.length === 0) return first;
    // Carriers tell it from the beginning of what they were given, or of what they had not said before.
    const starts = new Set([0, passage.firstWord - first]);
    for (const start of starts) {
      const count = countHeard(said, told, start);
      if (count !== undefined) return first + start + count;
    }
    const tail = told.slice(-TELLING_WORDS);
    for (let start = said.length - tail.length; start >= 0; start--) {
      const count = countHeard(said, tail, start);
      if (count !== undefined) return first + start + count;
    }
    return undefined;
  }

  // ── what was played ──────────────────────────────────────────────────────────────────────────────────────────

  get #isPlaying(): boolean {
    return this.#pieces.length > 0;
  }

  #schedule(): void {
    clearTimeout(this.#dueTimer);
    const [first] = this.#pieces;
    if (first === undefined) return;
    const inMs = Math.max(0, first.dueAtMs - performance.now());
    this.#dueTimer = setTimeout(() => {
      this.#played();
      this.#schedule();
    }, inMs);
  }

  /** What the carrier was given was played up to this word; each piece that is told of brings more of the passage. */
  #settle(beforeWord: number): void {
    const end = Math.min(beforeWord, this.#sent?.passage.endWord ?? 0);
    while (this.#pieces.length > 0 && (this.#places.at(-1)?.word ?? end) < end) this.#played();
    this.#catchUp();
    this.#schedule();
  }

  /** What is left begins now, where the clock was behind the carrier. */
  #catchUp(): void {
    const nowMs = performance.now();
    const [first] = this.#pieces;
    const lateMs = (first === undefined ? this.#playsUntilMs : first.dueAtMs - first.lengthMs) - nowMs;
    if (lateMs <= 0) return;
    for (const piece of this.#pieces) piece.dueAtMs -= lateMs;
    this.#playsUntilMs -= lateMs;
  }

  #played(): void {
    const piece = this.#pieces.shift();
    if (piece !== undefined) this.#emit({ type: 'played', mark: piece.mark });
  }

  #emit(event: LineEvent): void {
    this.#listener?.(event);
  }
}

/** So many words in a row are not said twice within one passage. */
const TELLING_WORDS = 3;

/** How many of these words were heard, if they are what was said from here on; the last may be cut in half. */
function countHeard(said: readonly string[], told: readonly string[], start: number): number | undefined {
  const last = told.length - 1;
  for (const [index, word] of told.entries()) {
    const spoken = said[start + index];
    if (spoken === word) continue;
    return index === last && word !== '' && spoken?.startsWith(word) ? last : undefined;
  }
  return told.length;
}

function wordsOf(text: string): string[] {
  return text.match(/\S+/g) ?? [];
}

function bare(word: string): string {
  return word.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

function letters(text: string): number {
  return bare(text).length;
}
