/**
 * Conditions of flows: `slots.people > 8 and hours.open`. They see what templates see. A missing value, `false` and an
 * empty text do not hold; everything else does.
 */
import { Context, defaultOperators, type Liquid, toValueSync, Value } from 'liquidjs';
import {
  type Comparison,
  ConditionSyntaxError,
  type ConditionTree,
  parseCondition,
} from './condition-syntax.ts';
import type { SpokenLocale } from './spoken-values.ts';
import { sandboxedLiquid } from './templates.ts';

/** The conditions of one flow, each read once. */
export class Conditions {
  readonly #engine: Liquid;
  readonly #parsed = new Map<string, Judge>();

  constructor(locale: SpokenLocale) {
    this.#engine = sandboxedLiquid(locale);
  }

  /** What is wrong with a condition's syntax, in words; undefined when nothing is. */
  problem(source: string): string | undefined {
    try {
      this.#parse(source);
      return undefined;
    } catch (error) {
      return wordsOf(error);
    }
  }

  /** The values a condition asks for: `[['slots', 'people'], ['hours', 'open']]`. Throws where its syntax is wrong. */
  variables(source: string): string[][] {
    return operandsOf(parseCondition(source)).flatMap((operand) =>
      this.#engine
        .globalVariableSegmentsSync(this.#engine.parse(`{{ ${operand} }}`))
        .map((segments) => segments.map((segment) => (Array.isArray(segment) ? '*' : String(segment)))),
    );
  }

  /** Never throws: one that cannot be evaluated does not hold, and `onProblem` hears why. */
  holds(source: string, scope: object, onProblem?: (problem: string) => void): boolean {
    try {
      return this.#parse(source)(new Context(scope, this.#engine.options));
    } catch (error) {
      onProblem?.(`the condition "${source}" cannot be evaluated: ${wordsOf(error)}`);
      return false;
    }
  }

  #parse(source: string): Judge {
    const known = this.#parsed.get(source);
    if (known !== undefined) return known;
    const judge = judgeOf(parseCondition(source), (operand) => new Value(operand, this.#engine));
    this.#parsed.set(source, judge);
    return judge;
  }
}

type Judge = (context: Context) => boolean;

function judgeOf(tree: ConditionTree, readValue: (operand: string) => Value): Judge {
  const reader = (operand: string): ((context: Context) => unknown) => {
    const value = readValue(operand);
    return (context) => toValueSync(value.value(context, true));
  };
  switch (tree.type) {
    case 'and':
    case 'or': {
      const parts = tree.parts.map((part) => judgeOf(part, readValue));
      return tree.type === 'and'
        ? (context) => parts.every((part) => part(context))
        : (context) => parts.some((part) => part(context));
    }
    case 'not': {
      const part = judgeOf(tree.part, readValue);
      return (context) => !part(context);
    }
    case 'value': {
      const read = reader(tree.operand);
      return (context) => isSet(read(context));
    }
    case 'compare': {
      const [left, right] = [reader(tree.left), reader(tree.right)];
      const compare = defaultOperators[tree.operator];
      if (compare === undefined) throw new ConditionSyntaxError(`there is no operator "${tree.operator}"`);
      return (context) => {
        const [a, b] = comparable(left(context), right(context), tree.operator);
        // An operator may be a generator: Liquid compares what is still to come as well.
        return Boolean(toValueSync(compare(a, b, context)));
      };
    }
  }
}

function wordsOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error);
  return message.replace(/, line:\d+, col:\d+$/, '');
}

function isSet(value: unknown): boolean {
  return value !== undefined && value !== null && value !== false && value !== '';
}

/**
 * A text that is nothing but a number is one beside a number: digits that were keyed in, and what services send, are
 * texts. `"0123"` is none, for it would lose its zero.
 */
function comparable(left: unknown, right: unknown, operator: Comparison): [unknown, unknown] {
  if (operator === 'contains') return [left, right];
  if (typeof left === 'number' && typeof right === 'string') return [left, numberIn(right)];
  if (typeof left === 'string' && typeof right === 'number') return [numberIn(left), right];
  return [left, right];
}

function numberIn(text: string): unknown {
  return text !== '' && String(Number(text)) === text ? Number(text) : text;
}

function operandsOf(tree: ConditionTree): string[] {
  switch (tree.type) {
    case 'and':
    case 'or':
      return tree.parts.flatMap(operandsOf);
    case 'not':
      return operandsOf(tree.part);
    case 'value':
      return [tree.operand];
    case 'compare':
      return [tree.left, tree.right];
  }
}
