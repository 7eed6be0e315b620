import { type EntityResult, found, NONE } from './entity.ts';

/** Whatever was said. */
export function parseText(said: string): EntityResult {
  const text = said.trim();
  return text === '' ? NONE : found(text);
}
