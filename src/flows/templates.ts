/**
 * Templates of flows: Liquid without files, without code and with bounds. What a template may name is checked when the
 * flow is loaded; a value that is missing in a call becomes an empty text and is reported, never an error.
 */
import { Liquid, LiquidError, type Template } from 'liquidjs';
import { lastFour, masked } from './concealed.ts';
import type { HoursNow } from './hours.ts';
import { suggestion } from './problems.ts';
import { money, type SpokenLocale, spokenDate, spokenDigits, spokenTime } from './spoken-values.ts';

/** What the prompts of a flow can see. */
export interface PromptScope {
  call: { from: string; to: string; direction: string };
  /** What a campaign or whoever placed the call gave it. */
  vars: Readonly<Record<string, unknown>>;
  /** Business hours as of now, worked out for whoever asks; undefined in a flow that declares none. */
  readonly hours: HoursNow | undefined;
  slots: Readonly<Record<string, unknown>>;
  /** The last result of each tool. */
  tools: Readonly<Record<string, unknown>>;
  /** ISO 8601, UTC. */
  now: string;
}

/** `missing`: what could not be resolved, in words. */
export interface Rendered {
  text: string;
  missing?: string;
}

/** Tags that read other files or define blocks for them; a flow is one file. */
const REMOVED_TAGS = ['include', 'render', 'layout', 'block'] as const;
const PLAIN_OUTPUT = /\{\{ ([a-z]+(?:\.[a-z][a-z0-9_]*)+)(?: \| ([a-z][a-z0-9_]*))? \}\}/g;
/** Templates are short; these bounds only stop one that was written to do harm. */
const LIMITS = { parseLimit: 100_000, renderLimit: 500, memoryLimit: 1_000_000 } as const;

/** Liquid as flows may use it: with the filters of phone calls, without files, within bounds. */
export function sandboxedLiquid(locale: SpokenLocale, outputEscape?: (value: unknown) => string): Liquid {
  const engine = new Liquid({
    strictFilters: true,
    lenientIf: true,
    ownPropertyOnly: true,
    ...LIMITS,
    ...(outputEscape === undefined ? {} : { outputEscape }),
  });
  for (const tag of REMOVED_TAGS) delete engine.tags[tag];
  engine.registerFilter('spoken_digits', spokenDigits);
  engine.registerFilter('spoken_date', (value: unknown) => spokenDate(value, locale));
  engine.registerFilter('spoken_time', (value: unknown) => spokenTime(value, locale));
  engine.registerFilter('money', (value: unknown, currency?: unknown) => money(value, locale, currency));
  engine.registerFilter('last4', lastFour);
  engine.registerFilter('masked', masked);
  return engine;
}

/** The templates of one flow, each parsed once. */
export class Templates {
  readonly #engine: Liquid;
  readonly #parsed = new Map<string, Template[]>();

  /** @param outputEscape what is done to each output; used for URLs. */
  constructor(locale: SpokenLocale, outputEscape?: (value: unknown) => string) {
    this.#engine = sandboxedLiquid(locale, outputEscape);
  }

  /** What is wrong with a template's syntax; undefined when nothing is. */
  problem(source: string): string | undefined {
    if (this.#plainPaths(source) !== undefined) return undefined;
    try {
      this.#parse(source);
      return undefined;
    } catch (error) {
      if (!(error instanceof LiquidError)) throw error;
      return this.#meant(error.message.replace(/, line:\d+, col:\d+$/, ''));
    }
  }

  /** A filter or tag that is nearly one that there is. */
  #meant(message: string): string {
    const filter = /^undefined filter: (\S+)$/.exec(message)?.[1];
    if (filter !== undefined)
      return `there is no filter "${filter}"${suggestion(filter, Object.keys(this.#engine.filters))}`;
    const tag = /^tag "(\S+)" not found$/.exec(message)?.[1];
    return tag === undefined ? message : `${message}${suggestion(tag, Object.keys(this.#engine.tags))}`;
  }

  /** The values a template asks for: `[['slots', 'name'], ['now']]`. Throws where its syntax is wrong. */
  variables(source: string): string[][] {
    const plain = this.#plainPaths(source);
    if (plain !== undefined) return plain;
    return this.#engine
      .globalVariableSegmentsSync(this.#parse(source))
      .map((segments) => segments.map((segment) => (Array.isArray(segment) ? '*' : String(segment))));
  }

  /** True when a template is the same words on every call. */
  isFixed(source: string): boolean {
    return !source.includes('{{') && !source.includes('{%');
  }

  /** Never throws: what goes wrong while rendering is in `missing`. */
  render(source: string, scope: object): Rendered {
    if (this.isFixed(source)) return { text: source };
    try {
      return { text: this.#engine.renderSync(this.#parse(source), scope, { strictVariables: true }) };
    } catch (error) {
      return { text: this.#lenient(source, scope), missing: messageOf(error) };
    }
  }

  /**
   * The value of a template that is a single `{{ … }}`, with its type; undefined for any other template. Throws where a
   * filter can make nothing of what it is given.
   */
  value(source: string, scope: object): { value: unknown } | undefined {
    const expression = /^\s*\{\{-?((?:(?!\}\}|\{\{).)+?)-?\}\}\s*$/s.exec(source)?.[1];
    return expression === undefined ? undefined : { value: this.#engine.evalValueSync(expression, scope) };
  }

  #lenient(source: string, scope: object): string {
    try {
      return this.#engine.renderSync(this.#parse(source), scope);
    } catch {
      return '';
    }
  }

  /**
   * What a text names that holds nothing but `{{ slots.name }}` and `{{ call.from | spoken_digits }}`, as most do;
   * undefined for any other. A flow of hundreds of nodes is checked in half the time where these are not parsed.
   */
  #plainPaths(source: string): string[][] | undefined {
    if (source.includes('{%')) return undefined;
    const paths: string[][] = [];
    const rest = source.replaceAll(PLAIN_OUTPUT, (output, path: string, filter: string | undefined) => {
      if (filter !== undefined && !Object.hasOwn(this.#engine.filters, filter)) return output;
      paths.push(path.split('.'));
      return '';
    });
    return rest.includes('{{') || rest.includes('}}') ? undefined : paths;
  }

  #parse(source: string): Template[] {
    const known = this.#parsed.get(source);
    if (known !== undefined) return known;
    const parsed = this.#engine.parse(source);
    this.#parsed.set(source, parsed);
    return parsed;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message.replace(/, line:\d+, col:\d+$/, '') : String(error);
}
