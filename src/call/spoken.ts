/**
 * What was said against what was heard. A reply's text goes to one or more voice streams (runs) piece by piece; each
 * piece belongs to a part (a prompt, or a model's answer). The voices tell when each word sounds; the playout tells how
 * far the caller has heard. Put together: the words of each part that were really heard.
 */
import type { SpokenAs } from '../flows/index.ts';

/** One part and what became of it. */
export interface HeardPart {
  partId: string;
  /** All that was given to the voice. */
  said: string;
  /** The words that were played to their end. */
  heard: string;
  complete: boolean;
}

/** A word as it is written, with the white space before it, and as the voice says it: perhaps in several words. */
export interface SpokenToken {
  written: string;
  spoken: string;
}

/**
 * How a text is spoken after what was said before it, and in which manner where it is not the flow's own. The `written`
 * of all tokens, put together, is the text.
 */
export type SpokenFormOf = (text: string, before: string, as?: SpokenAs) => readonly SpokenToken[];

/** As much of what was said before as may bear on how the next words are spoken ("your code is"). */
const BEFORE_TOKENS = 12;

interface Token {
  readonly partId: string;
  /** As written, white space included, so that texts can be put together again as they were. */
  readonly text: string;
  /** In the run's own audio; undefined until the voice has told, or the run is over and the rest is estimated. */
  time: { startMs: number; endMs: number } | undefined;
}

/** How far ahead a word of the voice is looked for among the words of the text (voices split and join words). */
const LOOK_AHEAD = 3;

/** One reply. */
export class SpokenText {
  readonly #runs: SpokenRun[] = [];
  readonly #form: SpokenFormOf;

  constructor(form: SpokenFormOf = asWritten) {
    this.#form = form;
  }

  /** A new voice stream begins. `isProtected`: what it says must not be interrupted. `after`: whose text it takes over. */
  beginRun(
    isProtected: boolean,
    { after, as }: { after?: SpokenRun; as?: SpokenAs | undefined } = {},
  ): SpokenRun {
    const run = new SpokenRun(isProtected, (text, before) => this.#form(text, before, as), after?.space);
    const index = after === undefined ? this.#runs.length : this.#runs.indexOf(after) + 1;
    this.#runs.splice(index, 0, run);
    return run;
  }

  /** Something begins that is heard before all that has no audio yet. Never protected. */
  beginInterjection(): SpokenRun {
    const run = new SpokenRun(false, this.#form);
    this.#runs.splice(this.#runs.findLastIndex(({ hasAudio }) => hasAudio) + 1, 0, run);
    return run;
  }

  /** Every part in the order it was said, given how much of the reply's audio was heard. */
  parts(heardMs: number): HeardPart[] {
    const parts = new Map<string, { said: string; heard: string; open: boolean }>();
    for (const run of this.#runs) {
      for (const { partId, text, heard } of run.heard(heardMs)) {
        const part = parts.get(partId) ?? { said: '', heard: '', open: true };
        part.said += text;
        part.open &&= heard;
        if (part.open) part.heard += text;
        parts.set(partId, part);
      }
    }
    return [...parts].map(([partId, part]) => ({
      partId,
      said: part.said.trim(),
      heard: part.heard.trim(),
      complete: part.open,
    }));
  }

  /** All words by their parts, each with its end in the reply's audio; null where that is not known yet. */
  words(): { partId: string; words: [text: string, endMs: number | null][] }[] {
    const parts = new Map<string, [string, number | null][]>();
    for (const run of this.#runs) {
      for (const { partId, text, endMs } of run.ends()) {
        const words = parts.get(partId) ?? [];
        words.push([text, endMs]);
        parts.set(partId, words);
      }
    }
    return [...parts].map(([partId, words]) => ({ partId, words }));
  }

  /** Start of the first word of which less than half was heard, at most `heardMs`: where to go on after a pause. */
  resumeMs(heardMs: number): number {
    return Math.min(heardMs, ...this.#runs.map((run) => run.startOfUnheard(heardMs) ?? heardMs));
  }

  /** Whether something that must not be interrupted is still to be heard. */
  isProtectedAt(heardMs: number): boolean {
    return this.#runs.some((run) => run.isProtected && !run.isOver(heardMs));
  }
}

/** One voice stream's share of a reply. Times given here count from the first byte of that stream's audio. */
export class SpokenRun {
  readonly isProtected: boolean;
  readonly #form: SpokenFormOf;
  #tokens: Token[] = [];
  /** The words the voice says, in order, each with the token it belongs to. */
  #words: { token: number; text: string }[] = [];
  #space = '';
  /** First word the voice has not told a time for. */
  #next = 0;
  /** When the token that is being told began. */
  #begunMs: number | undefined;
  /** Where the run's audio lies in the reply's audio, piece by piece: other runs' audio may come between. */
  readonly #spans: { runStartMs: number; replyStartMs: number; lengthMs: number }[] = [];
  #lengthMs = 0;
  #done = false;

  /** `space`: what stands before its first word. */
  constructor(isProtected: boolean, form: SpokenFormOf = asWritten, space = '') {
    this.isProtected = isProtected;
    this.#form = form;
    this.#space = space;
  }

  /** The white space after the text so far, which is said with what follows. */
  get space(): string {
    return this.#space;
  }

  get hasAudio(): boolean {
    return this.#spans.length > 0;
  }

  /** All of it, as written. */
  get text(): string {
    return this.#tokens.map(({ text }) => text).join('');
  }

  /** Text of a part; returns what the voice is to be given for it. */
  say(partId: string, text: string): string {
    const whole = this.#seam(partId, text) + text;
    this.#space = /\s*$/.exec(whole)?.[0] ?? '';
    const before = this.#tokens
      .slice(-BEFORE_TOKENS)
      .map((token) => token.text)
      .join('');
    const tokens = this.#form(whole.trimEnd(), before);
    for (const { written, spoken } of tokens) {
      const token = this.#tokens.length;
      this.#tokens.push({ partId, text: written, time: undefined });
      const words = spoken.match(/\S+/g) ?? [''];
      for (const word of words) this.#words.push({ token, text: bare(word) });
    }
    return tokens.map(({ spoken }) => spoken).join('');
  }

  /** What stands between the text so far and this one: parts are texts of their own, pieces of a part bring their space. */
  #seam(partId: string, text: string): string {
    const last = this.#tokens.at(-1);
    const isGlued = last !== undefined && this.#space === '' && !/^\s/.test(text);
    return isGlued && last.partId !== partId ? ' ' : this.#space;
  }

  /** The voice tells where a word lies. */
  word(text: string, startMs: number, endMs: number): void {
    const spoken = bare(text);
    const index = spoken === '' ? undefined : this.#match(spoken);
    if (index === undefined) return;
    // Words that were passed over were joined to this one.
    for (let at = this.#next; at <= index; at++) this.#tell(at, startMs, at === index ? endMs : startMs);
    this.#next = index + 1;
  }

  /** The next `lengthMs` of this stream's audio lie in the reply's audio at `replyStartMs`. */
  audio(replyStartMs: number, lengthMs: number): void {
    const last = this.#spans.at(-1);
    if (last !== undefined && last.replyStartMs + last.lengthMs === replyStartMs) last.lengthMs += lengthMs;
    else this.#spans.push({ runStartMs: this.#lengthMs, replyStartMs, lengthMs });
    this.#lengthMs += lengthMs;
  }

  /** The stream said everything: words without times get their share, by letters, of the audio that is left. */
  end(): void {
    if (this.#done) return;
    this.#done = true;
    const rest = this.#tokens.filter((token) => token.time === undefined);
    const letters = rest.reduce((sum, token) => sum + token.text.length, 0);
    let fromMs = this.#tokens.findLast((token) => token.time !== undefined)?.time?.endMs ?? 0;
    const perLetterMs = letters === 0 ? 0 : Math.max(0, this.#lengthMs - fromMs) / letters;
    for (const token of rest) {
      const startMs = fromMs;
      fromMs += token.text.length * perLetterMs;
      token.time = { startMs, endMs: fromMs };
    }
  }

  /**
   * The stream died: what it did not say is taken away from it, for another voice to say. `endMs`: where, in the reply's
   * audio, the words end that it did say, so that what is there of a word it began need not be heard; undefined where
   * nothing is to be taken back, as other audio came after. `replyMs`: where the reply's audio ends.
   */
  takeUnspoken(replyMs: number): { rest: { partId: string; text: string }[]; endMs: number | undefined } {
    this.#done = true;
    const spoken = this.#tokens.findIndex(
      (token) => token.time === undefined || token.time.endMs > this.#lengthMs,
    );
    if (spoken === -1) return { rest: [], endMs: undefined };
    const rest = this.#tokens.splice(spoken).map(({ partId, text }) => ({ partId, text }));
    const last = rest.at(-1);
    if (last !== undefined) last.text += this.#space;
    this.#space = '';
    this.#words = this.#words.filter(({ token }) => token < spoken);
    this.#next = Math.min(this.#next, this.#words.length);
    const span = this.#spans.at(-1);
    if (span === undefined || span.replyStartMs + span.lengthMs < replyMs) return { rest, endMs: undefined };
    const said = this.#tokens.at(-1)?.time;
    const endMs = said === undefined ? span.replyStartMs : this.#endInReplyMs(said.endMs);
    return { rest, endMs: Math.max(endMs, span.replyStartMs) };
  }

  /** The reply's audio ends here by now: what this stream had beyond it was taken back. */
  cutAt(replyMs: number): void {
    const span = this.#spans.at(-1);
    if (span === undefined) return;
    const takenMs = Math.max(0, span.replyStartMs + span.lengthMs - replyMs);
    span.lengthMs -= takenMs;
    this.#lengthMs -= takenMs;
  }

  /** Each word, and whether it was heard. */
  heard(heardMs: number): { partId: string; text: string; heard: boolean }[] {
    const over = this.isOver(heardMs);
    return this.#tokens.map(({ partId, text, time }) => ({
      partId,
      text,
      heard: over || (time !== undefined && this.#endInReplyMs(time.endMs) <= heardMs),
    }));
  }

  /** Each word, and where it ends in the reply's audio; null where that is not known yet. */
  ends(): { partId: string; text: string; endMs: number | null }[] {
    const last = this.#spans.at(-1);
    const runEndMs = last === undefined ? 0 : last.replyStartMs + last.lengthMs;
    return this.#tokens.map(({ partId, text, time }) => {
      const endMs = time === undefined ? Infinity : this.#endInReplyMs(time.endMs);
      const knownMs = this.#done ? Math.min(endMs, runEndMs) : endMs;
      return { partId, text, endMs: Number.isFinite(knownMs) ? Math.round(knownMs) : null };
    });
  }

  startOfUnheard(heardMs: number): number | undefined {
    const token = this.#tokens.find(
      ({ time }) => time !== undefined && this.#endInReplyMs(time.endMs) > heardMs,
    );
    if (token?.time === undefined) return undefined;
    const startMs = this.#toReplyMs(token.time.startMs);
    // A word of which most was heard is finished, not said again: it would be heard twice.
    const isMostlyHeard = heardMs - startMs > (this.#endInReplyMs(token.time.endMs) - startMs) / 2;
    return isMostlyHeard ? heardMs : startMs;
  }

  /** Whether all this stream had to say was heard. */
  isOver(heardMs: number): boolean {
    const last = this.#spans.at(-1);
    return this.#done && (last === undefined || heardMs >= last.replyStartMs + last.lengthMs);
  }

  #match(spoken: string): number | undefined {
    let fallback: number | undefined;
    for (let i = this.#next, seen = 0; i < this.#words.length && seen < LOOK_AHEAD; i++) {
      const { text } = this.#words[i] ?? { text: '' };
      if (text === '') continue;
      if (text === spoken) return i;
      fallback ??= i;
      seen++;
    }
    return fallback;
  }

  /** A token has its time once the last of its words has one. */
  #tell(index: number, startMs: number, endMs: number): void {
    const word = this.#words[index];
    const token = word === undefined ? undefined : this.#tokens[word.token];
    if (word === undefined || token === undefined) return;
    this.#begunMs ??= startMs;
    if (this.#words[index + 1]?.token === word.token) return;
    token.time = { startMs: this.#begunMs, endMs };
    this.#begunMs = undefined;
  }

  /** As {@link #toReplyMs}, for the end of a word: it lies in the piece of audio that it ends, not in the one after. */
  #endInReplyMs(runMs: number): number {
    const span = this.#spans.find(({ runStartMs, lengthMs }) => runMs <= runStartMs + lengthMs);
    return span === undefined ? this.#toReplyMs(runMs) : span.replyStartMs + (runMs - span.runStartMs);
  }

  /** Infinity for a moment whose audio has not come yet. */
  #toReplyMs(runMs: number): number {
    const span = this.#spans.findLast((candidate) => candidate.runStartMs <= runMs);
    if (span === undefined || runMs > this.#lengthMs)
      return this.#done && span !== undefined ? span.replyStartMs + span.lengthMs : Infinity;
    return span.replyStartMs + (runMs - span.runStartMs);
  }
}

/** A word's letters and digits, for comparing what was written with what the voice says it said. */
function bare(text: string): string {
  return text.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
}

/** Every word as it stands. */
function asWritten(text: string): SpokenToken[] {
  return (text.match(/\s*\S+/g) ?? []).map((word) => ({ written: word, spoken: word }));
}
