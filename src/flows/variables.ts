/** Campaign variables: what a call brings, made the type the flow declares. */
import type { FlowFile } from './schema.ts';

type Declared = FlowFile['variables'];

/** A value that comes with a call, and why it was not taken. */
export interface CallVariables {
  values: Record<string, unknown>;
  problems: string[];
}

/**
 * The variables of one call. What is missing or of the wrong type has its default; what the flow does not declare is
 * left out, for no template may name it. Problems name the variable and never its value.
 */
export function callVariables(declared: Declared, given: Readonly<Record<string, unknown>>): CallVariables {
  const values: Record<string, unknown> = {};
  const problems: string[] = [];
  for (const [name, { type, default: fallback, required }] of Object.entries(declared)) {
    const value = Object.hasOwn(given, name) ? typed(given[name], type) : undefined;
    if (value === undefined && isGiven(given, name))
      problems.push(`the variable "${name}" is not a ${WORDS[type]}; its default is used`);
    if (required === true && !isGiven(given, name))
      problems.push(`the variable "${name}" is required, and the call does not bring it`);
    values[name] = value ?? fallback ?? '';
  }
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(declared, name)) problems.push(`the flow declares no variable "${name}"`);
  }
  return { values, problems };
}

/** What each type asks for. */
export const WORDS = {
  text: 'text',
  number: 'number',
  yes_no: 'yes or no (true or false)',
  date: 'date such as 2026-06-05',
  time: 'time such as 15:30',
  phone: 'phone number in E.164 form',
} as const;

/** The value as its type; undefined where it is none. Lists and tables of contacts hold texts, so texts are read. */
export function typed(value: unknown, type: keyof typeof WORDS): unknown {
  const text = typeof value === 'string' ? value.trim() : String(value);
  if (typeof value !== 'string' && typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  switch (type) {
    case 'text':
      return text;
    case 'number':
      return text === '' || !Number.isFinite(Number(text)) ? undefined : Number(text);
    case 'yes_no':
      return { true: true, yes: true, '1': true, false: false, no: false, '0': false }[text.toLowerCase()];
    case 'date':
      return /^\d{4}-\d{2}-\d{2}$/.test(text) ? text : undefined;
    case 'time':
      return /^([01]\d|2[0-3]):[0-5]\d$/.test(text) ? text : undefined;
    case 'phone':
      return /^\+[1-9]\d{6,14}$/.test(text) ? text : undefined;
  }
}

/** True where a call brings a value: an empty one is none. */
export function isGiven(given: Readonly<Record<string, unknown>>, name: string): boolean {
  const value = Object.hasOwn(given, name) ? given[name] : undefined;
  return value !== undefined && value !== null && value !== '';
}
