/**
 * The syntax of conditions: comparisons of Liquid values, joined by `and`, `or`, `not` and parentheses. Liquid itself has
 * no parentheses, reads `and` and `or` from the right without precedence, and passes over what it does not understand;
 * in a rule that decides about a call each of these is a trap, so the joints are read here and only values are Liquid's.
 */

export type Comparison = '==' | '!=' | '>' | '<' | '>=' | '<=' | 'contains';

/** A condition as it is evaluated. Operands are the text of Liquid values: `slots.name`, `3`, `slots.name | size`. */
export type ConditionTree =
  | { type: 'and' | 'or'; parts: readonly ConditionTree[] }
  | { type: 'not'; part: ConditionTree }
  | { type: 'value'; operand: string }
  | { type: 'compare'; operator: Comparison; left: string; right: string };

/** A condition that cannot be read; the message says what to write instead where that is known. */
export class ConditionSyntaxError extends Error {
  override readonly name = 'ConditionSyntaxError';
  readonly code = 'condition-syntax';
}

/** All comparisons of a condition, wherever they stand in it. */
export function comparisonsIn(tree: ConditionTree): Extract<ConditionTree, { type: 'compare' }>[] {
  switch (tree.type) {
    case 'and':
    case 'or':
      return tree.parts.flatMap(comparisonsIn);
    case 'not':
      return comparisonsIn(tree.part);
    case 'compare':
      return [tree];
    case 'value':
      return [];
  }
}

interface Token {
  type: 'operator' | 'join' | 'open' | 'close' | 'pipe' | 'colon' | 'comma' | 'word' | 'literal';
  text: string;
  start: number;
  end: number;
}

/** A rule a person can still read is far shorter; the bound keeps the reader's recursion small. */
const MOST_CHARACTERS = 1000;

const PATH = String.raw`[A-Za-z_][\w-]*(?:\.[A-Za-z_][\w-]*|\[(?:\d+|"[^"]*"|'[^']*')\])*`;
const TOKENS: readonly (readonly [Token['type'] | 'space', RegExp])[] = [
  ['space', /\s+/y],
  ['operator', /==(?!=)|!=(?!=)|>=|<=|>|<|contains\b/y],
  ['join', /(?:and|or|not)\b(?![\w-])/y],
  ['open', /\(/y],
  ['close', /\)/y],
  ['pipe', /\|(?!\|)/y],
  ['colon', /:/y],
  ['comma', /,/y],
  ['literal', /"[^"]*"|'[^']*'|-?\d+(?:\.\d+)?(?![\w.])/y],
  ['word', new RegExp(PATH, 'y')],
];

/** What people write who come from other languages, and what it is here. */
const HABITS: readonly (readonly [RegExp, string])[] = [
  [/^&&?/, 'write "and"'],
  [/^\|\|/, 'write "or"'],
  [/^={3}|^=/, 'write "==" to compare'],
  [/^!==/, 'write "!="'],
  [/^!/, 'write "not"'],
  [/^<>/, 'write "!="'],
  [/^[{}%]/, 'a condition has no {{ }} or {% %} around it'],
  [/^["'“”‘’]/, 'put texts in straight quotes that are closed: "text"'],
];

/** Throws {@link ConditionSyntaxError}. */
export function parseCondition(source: string): ConditionTree {
  if (source.length > MOST_CHARACTERS)
    throw new ConditionSyntaxError(`it is longer than ${MOST_CHARACTERS} characters`);
  return new Parser(source, tokensOf(source)).whole();
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = [];
  for (let at = 0; at < source.length; ) {
    const token = tokenAt(source, at);
    if (token.type !== 'space') tokens.push({ ...token, type: token.type });
    at = token.end;
  }
  return tokens;
}

function tokenAt(source: string, start: number): Omit<Token, 'type'> & { type: Token['type'] | 'space' } {
  for (const [type, pattern] of TOKENS) {
    pattern.lastIndex = start;
    const text = pattern.exec(source)?.[0];
    if (text !== undefined) return { type, text, start, end: start + text.length };
  }
  const rest = source.slice(start);
  const advice = HABITS.find(([habit]) => habit.test(rest))?.[1];
  throw new ConditionSyntaxError(
    `"${rest.slice(0, 12)}" is not understood${advice === undefined ? '' : `; ${advice}`}`,
  );
}

class Parser {
  readonly #source: string;
  readonly #tokens: readonly Token[];
  #at = 0;

  constructor(source: string, tokens: readonly Token[]) {
    this.#source = source;
    this.#tokens = tokens;
  }

  whole(): ConditionTree {
    const tree = this.#joined('or', () => this.#joined('and', () => this.#negated()));
    const token = this.#tokens[this.#at];
    if (token?.type === 'close') throw new ConditionSyntaxError('there is a ")" too many');
    if (token !== undefined) throw new ConditionSyntaxError(this.#unexpected(token));
    return tree;
  }

  #joined(type: 'and' | 'or', part: () => ConditionTree): ConditionTree {
    const first = part();
    const parts = [first];
    while (this.#take('join', type)) parts.push(part());
    return parts.length === 1 ? first : { type, parts };
  }

  #negated(): ConditionTree {
    if (this.#take('join', 'not')) return { type: 'not', part: this.#negated() };
    if (!this.#take('open')) return this.#comparison();
    const inner = this.#joined('or', () => this.#joined('and', () => this.#negated()));
    if (!this.#take('close')) throw new ConditionSyntaxError('a ")" is missing');
    return inner;
  }

  #comparison(): ConditionTree {
    const left = this.#operand();
    const token = this.#take('operator');
    if (token === undefined) return { type: 'value', operand: left };
    return { type: 'compare', operator: token.text as Comparison, left, right: this.#operand() }; // only these are tokens of the type
  }

  /** A value with its filters, as it is written. */
  #operand(): string {
    const first = this.#take('word') ?? this.#take('literal');
    if (first === undefined) throw new ConditionSyntaxError(this.#unexpected(this.#tokens[this.#at]));
    let { end } = first;
    while (this.#take('pipe')) {
      const filter = this.#take('word');
      if (filter === undefined) throw new ConditionSyntaxError('after "|" the name of a filter is missing');
      ({ end } = filter);
      if (this.#take('colon')) {
        do {
          const argument = this.#take('word') ?? this.#take('literal');
          if (argument === undefined)
            throw new ConditionSyntaxError(`the filter "${filter.text}" lacks a value after ":"`);
          ({ end } = argument);
        } while (this.#take('comma'));
      }
    }
    return this.#source.slice(first.start, end);
  }

  #take(type: Token['type'], text?: string): Token | undefined {
    const token = this.#tokens[this.#at];
    if (token?.type !== type || (text !== undefined && token.text !== text)) return undefined;
    this.#at++;
    return token;
  }

  #unexpected(token: Token | undefined): string {
    if (this.#tokens.length === 0) return 'it is empty';
    if (token === undefined) return 'a value is missing at its end';
    if (token.text === 'is')
      return 'it has no "is": write "slots.x" for set, "not slots.x" for not set, "==" for equal';
    const before = this.#tokens[this.#at - 1];
    const hint = token.type === 'word' && before?.type === 'operator' ? '' : joinHint(token, before);
    return `"${token.text}" is not expected ${before === undefined ? 'at its start' : `after "${before.text}"`}${hint}`;
  }
}

function joinHint(token: Token, before: Token | undefined): string {
  const isValue = (one: Token | undefined): boolean => one?.type === 'word' || one?.type === 'literal';
  return isValue(token) && isValue(before)
    ? '; put texts in quotes, and join conditions with "and" or "or"'
    : '';
}
