/** The part of the environment a flow may use, and the promise that none of it is told to a model or kept in a record. */

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
    const long = Object.values(values).filter((value) => value.length >= LEAST_HIDDEN_CHARACTERS);
    this.#hidden = [...new Set(long.flatMap(spellings))].sort((a, b) => b.length - a.length);
  }

  /** Percent-encodes everything but the environment's own values, so that no input can change where a URL leads. */
  readonly escapeForUrl = (value: unknown): string => {
    if (value instanceof Verbatim) return value.text;
    return value === undefined || value === null ? '' : encodeURIComponent(String(value));
  };

  /** The same value with every value of the environment blanked out, in keys too, however deep. */
  hide(value: unknown): unknown {
    if (typeof value === 'string')
      return this.#hidden.reduce((text, secret) => text.replaceAll(secret, HIDDEN), value);
    if (Array.isArray(value)) return value.map((entry) => this.hide(entry));
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [String(this.hide(key)), this.hide(entry)]),
    );
  }
}

/** As a service may send a value back: as it is, in a URL, in a JSON text, in a Basic authorization. */
function spellings(value: string): string[] {
  return [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64'),
    Buffer.from(value).toString('base64url'),
  ];
}
