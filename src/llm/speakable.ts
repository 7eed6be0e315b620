/**
 * What of a model's text may be spoken, cut into pieces for a voice.
 */
import { SpeechFilter } from './speech-filter.ts';

/** A piece is worth saying from this much on: shorter ones make a voice stumble. Either is enough. */
const LEAST_CHARACTERS = 12;
const LEAST_WORDS = 3;
/** Enough for a voice that goes on from them, where the caller is waiting. */
const EAGER_WORDS = 2;
/** After the first piece the voice is ahead of the caller, so only long sentences are still cut at clauses. */
const LONG_CHARACTERS = 60;
/** Nothing waits longer than this for punctuation. */
const MOST_CHARACTERS = 240;

/** Ends of sentences and of clauses, with the quotes and brackets that close over them. "9 – 5" is no clause end. */
const SENTENCE_END = /[.!?…]["'”’)»]*$/;
const CLAUSE_END = /(?:[,;:…]["'”’)»]*|\D\s[–—]|[^\s\d][–—])$/;
/** After a plain word these end something, whatever comes next; a full stop may be an abbreviation's or a domain's. */
const CERTAIN_END = /(?:^|\s)["'“‘(]*[\p{L}'’-]+[,;?!]$/u;
const PLAIN_SENTENCE_END = /\s["'“‘(]*\p{Ll}[\p{Ll}'’-]+\.$/u;
/** Two words or more, and nothing in them could go on beyond a space: no number, no abbreviation. */
const PLAIN_WORDS = /^\s*(?:[\p{L}'’-]+[,;]? )+(?:\p{Ll}[\p{Ll}'’-]*|[\p{L}'’-]+[,;])$/u;
const ELLIPSIS = /(?:…|\.\.)["'”’)»]*$/;

const ABBREVIATIONS = new Set(
  `dr mr mrs ms mx prof rev capt sgt lt st ste ave blvd rd hwy apt dept est ext inc ltd co corp jr sr vs etc approx appt tel
  nos vol pp cf ph.d jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat
  nr str bzw hr hrn pl pza plza tél ca zzgl inkl sra srta dra núm pág aprox avda ud uds ee janv févr juil déc sig dott mevr dhr bijv`.split(
    /\s+/,
  ),
);
/** Expressions with a space in them: "am 5." goes on with a month, "die 3." with a noun, "9 a." with "m.", "z." with "B.". */
const SPACED_ABBREVIATION =
  /(?:\b(?:am|vom|zum|zur|im|ins|[Dd](?:ie|as|em|en|er|es)|[Jj]ede[mnrs]?|[Dd]iese[mnrs]?|[Ee]ine[mnrs]|[Ii]hre?[mnrs]?|beim|bis|ab|und)\s\d{1,2}|\d\s?[ap](?:\.\s?m)?|\s[zdup])\.$/;
/**
 * Full stops that only what follows explains: after a day of the month its name may come, and French weekdays are cut to
 * words. The piece waits for as few letters as tell.
 */
const DAY_OF_MONTH = /(?:^|\s)\d{1,2}\.$/;
const MONTHS =
  'Jan Januar Jänner Feb Februar März Apr April Mai Jun Juni Jul Juli Aug August Sep Sept September Okt Oktober Nov November Dez Dezember'.split(
    ' ',
  );
const WEEKDAY = /(?:^|\s)(?:lun|mar|mer|jeu|ven|sam|dim)\.$/iu;

/** Whether the sentence goes on: with `next`, the text after the full stop and its space; undefined: not to be told yet. */
function goesOn(piece: string, next: string): boolean | undefined {
  if (WEEKDAY.test(piece)) return next === '' ? undefined : /^[\d\p{Ll}]/u.test(next);
  if (!DAY_OF_MONTH.test(piece)) return false;
  const word = /^\p{L}*/u.exec(next)?.[0] ?? '';
  if (word !== next) return MONTHS.includes(word);
  return MONTHS.some((month) => month.startsWith(word)) ? undefined : false;
}

/** A dash after these joins the ends of a range: "9 a.m. – 5 p.m.", "Mon – Fri". */
const RANGE_DASH =
  /(?:\d\s?[AaPp]\.?\s?[Mm]\.?|[%€£$°]|\b(?:Mon|Tues?|Wed|Thu|Thurs|Fri|Sat|Sun)\.?)\s?[–—]$/;
/** The last space between words without digits: numbers, dates and phone numbers have spaces, too. */
const SPACE_BETWEEN_WORDS = /^.*(?<!\d\S{0,12}) (?!\S{0,12}\d)/u;

/** Whether the full stop that ends this text belongs to its last word: `Dr.`, `a.m.`, `J.`, `room No.`, or `2.` alone. */
function endsInAbbreviation(text: string): boolean {
  const word = /(?:^|[\s("'“‘])([\p{L}\p{N}.]+)\.$/u.exec(text)?.[1];
  if (word === undefined) return false;
  if (SPACED_ABBREVIATION.test(text)) return true;
  const isWhole = text.length === word.length + 1;
  if (/^\d{1,2}$/.test(word)) return isWhole;
  if (word === 'No') return !isWhole;
  return /^\p{Lu}$|^(?:\p{L}\.)+\p{L}$/u.test(word) || ABBREVIATIONS.has(word.toLowerCase());
}

/**
 * Turns a stream of model text into pieces for the voice: first clause as early as it makes sense, then sentences.
 * Markdown, emoji and stage directions are left out. Put together, the pieces are exactly the text as
 * {@link stripForSpeech} gives it. Only where the first piece ends, and whether an eager one ends in a blank, may depend on
 * how the text was cut into deltas. One segmenter serves one reply.
 */
export class SpeechSegmenter {
  readonly #filter = new SpeechFilter();
  #piece = '';
  /** Where the piece may have ended, in characters of it: what follows will tell. 0: nowhere. */
  #doubt = 0;
  #isFirst = true;
  readonly #isEager: boolean;

  /** `isEager`: the first piece need not be a clause; a few plain words are enough for a voice that goes on from them. */
  constructor({ isEager = false }: { isEager?: boolean } = {}) {
    this.#isEager = isEager;
  }

  /** Takes the next delta; returns the pieces that are complete, usually none. */
  push(delta: string): string[] {
    const pieces = this.#cut(this.#filter.push(delta));
    if (this.#isWordedEnough()) pieces.push(...this.#cut(this.#filter.settleBlank()));
    if (this.#isFirst && this.#endsInSentence()) pieces.push(this.#take());
    return pieces;
  }

  /** The reply is over: returns what is left, if anything. */
  end(): string[] {
    const pieces = this.#cut(this.#filter.end());
    if (!this.#piece.endsWith(' ')) pieces.push(...this.#settle('\n'));
    if (this.#piece.trim() !== '') pieces.push(this.#piece);
    this.#piece = '';
    return pieces;
  }

  #cut(text: string): string[] {
    const pieces: string[] = [];
    for (const character of text) {
      pieces.push(...this.#settle(character));
      const isEnd = this.#endsBefore(character);
      if (isEnd && character !== '\n' && goesOn(this.#piece, '') === undefined) {
        this.#doubt = this.#piece.length;
        this.#piece += ' ';
      } else if (isEnd || (character === ' ' && this.#isWordedEnough())) {
        pieces.push(`${this.#take()} `);
      } else {
        this.#piece += character === '\n' ? ' ' : character;
        if (this.#endsWith(character)) pieces.push(this.#take());
      }
      if (this.#piece.length > MOST_CHARACTERS) pieces.push(...this.#cutAtSpace());
    }
    return pieces;
  }

  #isWordedEnough(): boolean {
    return this.#isEager && this.#isFirst && PLAIN_WORDS.test(this.#piece);
  }

  #take(): string {
    const piece = this.#piece;
    this.#piece = '';
    this.#doubt = 0;
    this.#isFirst = false;
    return piece;
  }

  /** Once this character tells that a sentence has ended before it, or the text has: its piece. */
  #settle(character: string): string[] {
    if (this.#doubt === 0) return [];
    const [piece, next] = [this.#piece.slice(0, this.#doubt), this.#piece.slice(this.#doubt + 1)];
    const isGoingOn = goesOn(piece, next + character);
    if (isGoingOn === undefined) return [];
    this.#doubt = 0;
    if (isGoingOn) return [];
    this.#piece = next;
    this.#isFirst = false;
    return [`${piece} `];
  }

  /**
   * A full stop after a plain word at the end of a delta ends the sentence: models send the dot of an address with what
   * follows it. Only the first piece is worth this guess, for the caller is waiting for it.
   */
  #endsInSentence(): boolean {
    const piece = this.#piece;
    const isCertain = !endsInAbbreviation(piece) && goesOn(piece, '') === false;
    return PLAIN_SENTENCE_END.test(piece) && isCertain && this.#isWorthSaying();
  }

  #isWorthSaying(): boolean {
    const leastWords = this.#isEager && this.#isFirst ? EAGER_WORDS : LEAST_WORDS;
    return this.#piece.length >= LEAST_CHARACTERS || this.#piece.split(' ').length >= leastWords;
  }

  /** Whether this very character completes the piece, whatever follows: no wait for the next token then. */
  #endsWith(character: string): boolean {
    if (!CERTAIN_END.test(this.#piece) || !this.#isWorthSaying()) return false;
    return character === '?' || character === '!' || this.#isFirst || this.#piece.length >= LONG_CHARACTERS;
  }

  /** Whether the piece is complete, given the character after it: only white space can follow a whole piece. */
  #endsBefore(character: string): boolean {
    const piece = this.#piece;
    if (!/\s/.test(character) || !this.#isWorthSaying()) return false;
    if (character === '\n') return true;
    const isEllipsis = ELLIPSIS.test(piece);
    if (SENTENCE_END.test(piece) && !isEllipsis && !endsInAbbreviation(piece)) return true;
    const clauseCounts = this.#isFirst || piece.length >= LONG_CHARACTERS;
    return clauseCounts && (isEllipsis || (CLAUSE_END.test(piece) && !RANGE_DASH.test(piece)));
  }

  #cutAtSpace(): string[] {
    const lastSpace = this.#piece.lastIndexOf(' ') + 1;
    if (lastSpace === 0) return [];
    const cut = SPACE_BETWEEN_WORDS.exec(this.#piece)?.[0].length ?? lastSpace;
    const piece = this.#piece.slice(0, cut);
    this.#piece = this.#piece.slice(cut);
    this.#doubt = 0;
    this.#isFirst = false;
    return [piece];
  }
}

/** The whole of a text as it may be spoken: without markdown, emoji and stage directions, on one line. */
export function stripForSpeech(text: string): string {
  const segmenter = new SpeechSegmenter();
  return [...segmenter.push(text), ...segmenter.end()].join('');
}
