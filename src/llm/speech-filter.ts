/**
 * Takes out of a stream of model text what must not be spoken: markdown, emoji, tags and stage directions.
 *
 * A decision is only ever made on text that settles it, never on where a delta happened to end, so every chunking of
 * the same text gives the same output. What waits is bounded: no construct is looked at for longer than its limit.
 */
import { isAction, isDirection, mayBecomeAction, mayBecomeDirection } from './stage-directions.ts';

/** How far a construct is followed before it is held to be ordinary text, in characters. */
const LONGEST_LINE_MARKER = 200;
const LONGEST_RUN = 20;
const LONGEST_DIRECTION = 60;
const LONGEST_LABEL = 120;
const LONGEST_TARGET = 500;
const LONGEST_TAG = 120;

const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;
const EMOJI =
  /^(?![©®™])(?:\p{Extended_Pictographic}|\p{Regional_Indicator}|[\u{1F3FB}-\u{1F3FF}\u{E0020}-\u{E007F}]|\u20E3|\uFE0E|\uFE0F)/u;
/** Stands for any emoji that was taken out, where the character before is asked for. */
const EMOJI_MARK = '\u{1F642}';
const JOINER = '\u200D';

/** What a rule makes of the beginning of the text: how much of it is used up, and what comes of it. */
interface Match {
  length: number;
  /** Spoken as it is. */
  say?: string;
  /** Put back, to be filtered: the text of a link. */
  again?: string;
}

/** `undefined`: the rule has nothing to say here. */
type Verdict = Match | 'wait' | undefined;

interface Place {
  rest: string;
  /** No more text will come. */
  ended: boolean;
  /** Only white space and markers stand before on this line. */
  lineStart: boolean;
  /** Nothing was spoken on the lines before this one. */
  firstLine: boolean;
  /** The character spoken last, without the white space after it; empty at the beginning. */
  lastSpoken: string;
  /** The character before `rest`, white space included; empty at the beginning and after a marker. */
  before: string;
}

/** The text as far as a rule may look, and whether waiting would show it more. */
function look({ rest, ended }: Place, limit: number): { text: string; grows: boolean } {
  return { text: rest.slice(0, limit), grows: !ended && rest.length < limit };
}

/** A horizontal rule, a table's ruler or the ticks of a code block, alone on their line. */
const WHOLE_LINE = /^(?:([-*_=]) ?(?:\1 ?){2,}|\|[ \t:|-]*-[ \t:|-]*|`{3,}[ \t]*[\w+-]*)[ \t]*(\n|$)/;
const UNSETTLED_LINE =
  /^(?:[-*_= ]+|\|[ \t:|-]*|`{1,2}|`{3,}[ \t]*[\w+-]*[ \t]*|(?:#{1,6}|>+|[-*+•–—]|\d{1,2}[.)])[ \t]*|\d{1,2})$/;

/** `# `, `> `, `- `, `1. ` and whole lines of markup: what only means something where a line begins. */
function lineMarker(place: Place): Verdict {
  if (!place.lineStart) return undefined;
  const { text, grows } = look(place, LONGEST_LINE_MARKER);
  const whole = WHOLE_LINE.exec(text);
  if (whole !== null && (whole[2] === '\n' || place.ended)) return { length: whole[0].trimEnd().length };
  const marker = /^(?:#{1,6}|>+|[-*+•–—])[ \t]+(?=[^ \t])/.exec(text);
  if (marker !== null) return { length: marker[0].length };
  const number = /^(\d{1,2})[.)][ \t]+(?=[^ \t])/.exec(text);
  // A reply may begin with a number ("5. Is that right?"); there, only "1." begins a list.
  if (number !== null && (!place.firstLine || number[1] === '1')) return { length: number[0].length };
  if (grows && UNSETTLED_LINE.test(text)) return 'wait';
  return text.startsWith('|') ? { length: 1 } : undefined;
}

/** Addresses are kept whole, whatever characters they hold. */
function webAddress(place: Place): Verdict {
  if (LETTER_OR_DIGIT.test(place.before)) return undefined;
  const { text, grows } = look(place, LONGEST_TARGET);
  const address = /^(?:https?:\/\/|www\.)[^\s<>"`)\]|\p{Extended_Pictographic}]*/iu.exec(text)?.[0];
  if (address !== undefined) {
    if (address === text && grows) return 'wait';
    // Emphasis that closes over an address is not part of it.
    const say = address.replace(/[*_]+[.,;:!?]*$/, '');
    return { length: say.length, say };
  }
  const begins = ['https://', 'http://', 'www.'].some((prefix) => prefix.startsWith(text.toLowerCase()));
  return begins && grows ? 'wait' : undefined;
}

/** `*`, `**`, `_`, `__`: emphasis, an action, or a character of a word or a product. */
function emphasis(place: Place): Verdict {
  const run = /^(?:\*+|_+)/.exec(place.rest.slice(0, LONGEST_RUN))?.[0];
  if (run === undefined) return undefined;
  const { text, grows } = look(place, run.length + LONGEST_DIRECTION);
  const marker = { length: run.length };
  const next = text.charAt(run.length);
  if (next === '') return grows ? 'wait' : marker;
  const joins = run.startsWith('_') ? LETTER_OR_DIGIT : /\d/;
  if (run.length === 1 && joins.test(place.before) && joins.test(next)) return { ...marker, say: run };
  if (LETTER_OR_DIGIT.test(place.before) || !LETTER_OR_DIGIT.test(next)) return marker;

  const [content = ''] = /^[^*_\n]*/.exec(text.slice(run.length)) ?? [];
  const opensSentence = /^[.!?…:]?$/.test(place.lastSpoken);
  const close = text.charAt(run.length + content.length);
  if (close === '') {
    const open = mayBecomeDirection(content) || (opensSentence && mayBecomeAction(content));
    return open && grows ? 'wait' : marker;
  }
  const isStaged = isDirection(content) || (opensSentence && isAction(content));
  return isStaged && close === run.charAt(0) ? { length: run.length + content.length + 1 } : marker;
}

/** `[text](target)`, `![alt](target)`, `[pause]`, `[1]`, `[ ]`. What stands in square brackets alone is never speech. */
function squareBrackets(place: Place): Verdict {
  const { text, grows } = look(place, LONGEST_LABEL);
  if (text === '!' && grows) return 'wait';
  if (!/^!?\[/.test(text)) return undefined;
  const isImage = text.startsWith('!');
  // Taken for a link's bracket that never closes, or for an exclamation mark before a bracket of any other kind.
  const opening: Match = isImage ? { length: 1, say: '!' } : { length: 1 };
  const [whole, label] = /^!?\[([^[\]\n]*)\]/.exec(text) ?? [];
  if (whole === undefined || label === undefined)
    return /^!?\[[^[\]\n]*$/.test(text) && grows ? 'wait' : opening;

  const after = look({ ...place, rest: place.rest.slice(whole.length) }, LONGEST_TARGET);
  if (/^(?:\([^()\n]*)?$/.test(after.text) && after.grows) return 'wait';
  const target = /^\([^()\n]*\)/.exec(after.text)?.[0];
  if (target !== undefined && !isDirection(label))
    return { length: whole.length + target.length, again: label };
  if (isImage) return opening;
  const isContent = /\d.*\d.*\d/.test(label) || (after.text.startsWith('[') && !isDirection(label));
  return { length: whole.length, ...(isContent && { again: label }) };
}

/** `(laughs)`. Every other parenthesis is content. */
function roundBrackets(place: Place): Verdict {
  const { text, grows } = look(place, LONGEST_DIRECTION);
  if (!text.startsWith('(')) return undefined;
  const [content = ''] = /^[^()\n]*/.exec(text.slice(1)) ?? [];
  const close = text.charAt(1 + content.length);
  if (close === ')' && isDirection(content)) return { length: content.length + 2 };
  return close === '' && grows && mayBecomeDirection(content) ? 'wait' : undefined;
}

/** `<b>`, `<break time="1s"/>`, `<https://…>`. */
function tag(place: Place): Verdict {
  const { text, grows } = look(place, LONGEST_TAG);
  if (!/^<(?:$|[a-z/])/i.test(text)) return undefined;
  const [whole, content = ''] = /^<([^<>\n]*)>/.exec(text) ?? [];
  if (whole === undefined) return /^<[^<>\n]*$/.test(text) && grows ? 'wait' : undefined;
  const isAddress = /^(?:https?:\/\/\S+|[^\s@]+@[^\s@]+)$/i.test(content);
  return { length: whole.length, ...(isAddress && { again: content }) };
}

/** A table's cells are read as a list. */
function tableCell(place: Place): Verdict {
  const { text, grows } = look(place, LONGEST_LINE_MARKER);
  const gap = /^\|[ \t|]*/.exec(text)?.[0];
  if (gap === undefined) return undefined;
  if (gap === text && grows) return 'wait';
  const isLast = gap === text || text.charAt(gap.length) === '\n';
  return { length: gap.length, ...(!isLast && !/^[,.;:!?…]?$/.test(place.lastSpoken) && { say: ', ' }) };
}

/** Ticks, stray brackets, strike-through, escapes and emoji. */
function character(place: Place): Verdict {
  const { text, grows } = look(place, 2);
  if (grows && /^[~\\\uD800-\uDBFF]$/.test(text)) return 'wait';
  if (text.startsWith('`') || text.startsWith(']')) return { length: 1 };
  if (text.startsWith('~~')) return { length: 2 };
  if (/^\\[!-/:-@[-`{-~]/.test(text)) {
    return { length: 2, ...(!/[*_`~|[\]\\]/.test(text.charAt(1)) && { say: text.charAt(1) }) };
  }
  if (text.startsWith(JOINER) && place.before === EMOJI_MARK) return { length: 1 };
  const emoji = EMOJI.exec(text)?.[0];
  return emoji === undefined ? undefined : { length: emoji.length };
}

const RULES = [
  lineMarker,
  webAddress,
  emphasis,
  squareBrackets,
  roundBrackets,
  tag,
  tableCell,
  character,
] as const;

/** One reply's filter. White space comes out as single spaces, line ends as `\n`, none at either end of the text. */
export class SpeechFilter {
  #rest = '';
  #lineStart = true;
  #firstLine = true;
  #lastSpoken = '';
  #before = '';
  /** White space owed before the next character: it is spoken only once that character is known. */
  #gap: '' | ' ' | '\n' = '';
  /** Something was taken out since the last spoken character. */
  #cut = false;

  /** Takes the next piece of the model's text; returns what may be spoken and is settled. */
  push(delta: string): string {
    this.#rest += delta;
    return this.#drain(false);
  }

  /** The text is over; returns what was still waiting. */
  end(): string {
    return this.#drain(true);
  }

  /**
   * The blank that is owed after a word, spoken now, whatever follows; `''` where none is. Text comes word by word, and
   * the blank long before the next word: whoever cannot wait for that asks here.
   */
  settleBlank(): string {
    if (this.#gap !== ' ' || this.#rest !== '') return '';
    this.#gap = '';
    return ' ';
  }

  #drain(ended: boolean): string {
    let spoken = '';
    while (this.#rest !== '') {
      const verdict = this.#judge(ended);
      if (verdict === 'wait') break;
      spoken += verdict === undefined ? this.#takeCharacter() : this.#takeMatch(verdict);
    }
    return spoken;
  }

  #judge(ended: boolean): Verdict {
    const place: Place = {
      rest: this.#rest,
      ended,
      lineStart: this.#lineStart,
      firstLine: this.#firstLine,
      lastSpoken: this.#lastSpoken,
      before: this.#before,
    };
    for (const rule of RULES) {
      const verdict = rule(place);
      if (verdict !== undefined) return verdict;
    }
    return undefined;
  }

  #takeMatch({ length, say, again = '' }: Match): string {
    const used = this.#rest.slice(0, length);
    this.#rest = again + this.#rest.slice(length);
    if (say !== undefined) {
      this.#before = used.slice(-1);
      this.#lineStart = false;
      return this.#speak(say);
    }
    this.#before = EMOJI.test(used) || used === JOINER ? EMOJI_MARK : '';
    this.#cut = true;
    return '';
  }

  #takeCharacter(): string {
    const taken = String.fromCodePoint(this.#rest.codePointAt(0) ?? 0);
    this.#rest = this.#rest.slice(taken.length);
    this.#before = taken;
    if (taken === '\n') {
      this.#gap = '\n';
      this.#lineStart = true;
      this.#firstLine = this.#lastSpoken === '';
      return '';
    }
    if (/\s/.test(taken)) {
      this.#gap ||= ' ';
      return '';
    }
    this.#lineStart = false;
    return this.#speak(taken);
  }

  #speak(text: string): string {
    const closesUp = text === ', ' || (this.#cut && /^[,.;:!?…)]/.test(text));
    const gap = closesUp || this.#lastSpoken === '' ? '' : this.#gap;
    const spoken = text.trimEnd();
    this.#gap = spoken === text ? '' : ' ';
    this.#cut = false;
    this.#lastSpoken = spoken.slice(-1);
    return gap + spoken;
  }
}
