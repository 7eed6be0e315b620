/** What may be shown of a sensitive value, and how templates are kept from showing more. */
import { Drop } from 'liquidjs';

/** In the place of a sensitive value of which nothing is told. */
export const HIDDEN = '•••';
/** A number shorter than this is told whole by its last four digits, or nearly. */
const LEAST_DIGITS_SHOWN = 8;

/** `•••• 1234` for a long number, `•••` for anything else. */
export function maskOf(value: unknown): string {
  const last = lastFour(value);
  return last === '' ? HIDDEN : `•••• ${last}`;
}

/** The last four digits of a number of eight digits or more; empty for anything else. */
export function lastFour(value: unknown): string {
  if (value instanceof Concealed) return value.lastFour;
  const text = typeof value === 'string' || typeof value === 'number' ? String(value) : '';
  return /^\+?\d+$/.test(text) && text.length >= LEAST_DIGITS_SHOWN ? text.slice(-4) : '';
}

/** A sensitive value in a template that is spoken or shown: there, but only its mask can be read. */
export class Concealed extends Drop {
  readonly lastFour: string;
  readonly mask: string;

  constructor(value: unknown) {
    super();
    this.lastFour = lastFour(value);
    this.mask = maskOf(value);
  }

  override valueOf(): string {
    return this.mask;
  }

  toJSON(): string {
    return this.mask;
  }
}

/** The template filter `masked`. */
export function masked(value: unknown): string {
  return value instanceof Concealed ? value.mask : maskOf(value);
}
