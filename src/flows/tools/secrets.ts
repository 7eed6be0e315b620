/** The part of the environment a flow may use, and the promise that none of it is told to a model or kept in a record. */
import type { ToolResult } from './http-response.ts';

/** Shorter values would blank out ordinary words. */
const LEAST_HIDDEN_CHARACTERS = 6;
const HIDDEN = '[hidden]';

/** A value that templates put in as it is, where everything else is escaped. */
class Verbatim {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
  toString(): string {
    return this.text;
  }
}

export class Secrets {
  /** For templates of headers and bodies. */
  readonly values: Readonly<Record<string, string>>;
  /** For templates of URLs. */
  readonly verbatim: Readonly<Record<string, Verbatim>>;
  readonly #hidden: readonly string[];

  constructor(values: Readonly<Record<string, string>>) {
    this.values = values;
    this.verbatim = Object.fromEntries(
      Object.entries(values).map(([name, value]) => [name, new Verbatim(value)]),
    );
    this.#hidden = Object.values(values)
      .filter((value) => value.length >= LEAST_HIDDEN_CHARACTERS)
      .sort((a, b) => b.length - a.length);
  }

  /** Percent-encodes everything but the environment's own values, so that no input can change where a URL leads. */
  readonly escapeForUrl = (value: unknown): string => {
    if (value instanceof Verbatim) return value.text;
    return value === undefined || value === null ? '' : encodeURIComponent(String(value));
  };

  /** The same result with every value of the environment blanked out. */
  hide(result: ToolResult): ToolResult {
    return { ...result, result: this.#hideIn(result.result) };
  }

  #hideIn(value: unknown): unknown {
    if (typeof value === 'string')
      return this.#hidden.reduce((text, secret) => text.replaceAll(secret, HIDDEN), value);
    if (Array.isArray(value)) return value.map((entry) => this.#hideIn(entry));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [String(this.#hideIn(key)), this.#hideIn(entry)]),
    );
  }
}
