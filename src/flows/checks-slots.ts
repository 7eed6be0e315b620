/** What must hold of the slots of a collect node, beyond the shape of each. */
import { isSupportedCountry } from 'libphonenumber-js';
import type { Draft } from './draft.ts';
import { dayBound, timeBound } from './entities/bounds.ts';
import { meantBy } from './meant-values.ts';
import { type FlowProblem, suggestion } from './problems.ts';
import type { NodeSpec } from './schema-nodes.ts';
import type { SlotSpec } from './schema-slots.ts';

type Tell = (key: string, message: string) => void;

export function slotProblems(
  { source }: Draft,
  node: string,
  slots: readonly SlotSpec[],
  slot: SlotSpec,
  index: number,
  key: 'slots' | 'collects' = 'slots',
): FlowProblem[] {
  const path = ['nodes', node, key, index];
  const problems: FlowProblem[] = [];
  if (slots.findIndex(({ name }) => name === slot.name) < index) {
    problems.push(
      source.problem([...path, 'name'], 'duplicate', `node "${node}" asks for the slot "${slot.name}" twice`),
    );
  }
  const wrong: Tell = (part, message) => {
    problems.push(source.problem([...path, part], 'wrong-value', `slot "${slot.name}": ${message}`));
  };
  if (slot.type === 'choice')
    problems.push(...optionProblems(source, [...path.map(String), 'choices'], slot.choices));
  if (slot.type === 'digits') checkLengths(slot, wrong);
  if (slot.type === 'postcode' && slot.country !== undefined && !isSupportedCountry(slot.country)) {
    const message = `there is no country "${slot.country}"${meantCountry(slot.country)}`;
    problems.push(source.problem([...path, 'country'], 'wrong-value', message));
  }
  if (slot.type === 'money' && slot.currency !== undefined && !CURRENCIES.has(slot.currency))
    wrong('currency', `there is no currency "${slot.currency}"; write its code, such as EUR`);
  checkBounds(slot, wrong);
  checkKeys(slot, wrong);
  return problems;
}

const CURRENCIES: ReadonlySet<string> = new Set(Intl.supportedValuesOf('currency'));

/** `UK` is meant for `GB`. */
function meantCountry(written: string): string {
  const meant = meantBy('two capital letters', written);
  return meant === undefined || meant === written ? '' : `; did you mean "${meant}"?`;
}

function checkLengths(slot: Extract<SlotSpec, { type: 'digits' }>, wrong: Tell): void {
  const { length, min_length: least, max_length: most } = slot;
  if (length !== undefined && (least ?? most) !== undefined)
    wrong('length', 'give length, or min_length and max_length, not both');
  // Classes such as \d aside, a letter in a pattern is one that digits would have to hold.
  if (slot.pattern !== undefined && /[A-Za-z]/.test(slot.pattern.replaceAll(/\\[A-Za-z]/g, '')))
    wrong('pattern', 'digits hold no letters; ask for a code with letters in a slot of type text');
  if (least !== undefined && most !== undefined && least > most)
    wrong('min_length', 'min_length is more than max_length');
}

/** Any day will do to see what a distance from it is. */
const SOME_DAY = { now: '2026-06-15T12:00:00.000Z', timeZone: 'UTC' };

function checkBounds(slot: SlotSpec, wrong: Tell): void {
  if (!('min' in slot) && !('max' in slot)) return;
  const { min, max } = slot;
  if (typeof min === 'number' && typeof max === 'number' && min > max) wrong('min', 'min is more than max');
  if (slot.type !== 'date' && slot.type !== 'time') return;
  const read = (key: 'min' | 'max'): string | undefined => {
    const written = slot[key];
    if (written === undefined || written.includes('{{') || written.includes('{%')) return undefined;
    const bound = slot.type === 'date' ? dayBound(written, SOME_DAY) : timeBound(written, SOME_DAY);
    if (bound === undefined)
      wrong(key, `${key} ${slot.type === 'date' ? NO_DAY : NO_TIME}, not "${written}"${meant(written)}`);
    return bound;
  };
  const meant = (written: string): string =>
    slot.type === 'date' ? suggestion(written, ['today', 'tomorrow', 'yesterday']) : '';
  const [least, most] = [read('min'), read('max')];
  const areAlike = /^\d/.test(String(min)) === /^\d/.test(String(max));
  if (least !== undefined && most !== undefined && areAlike && least > most) wrong('min', 'min is after max');
}

const NO_DAY =
  'must be a day, such as "2026-12-31", today, tomorrow, or a distance from today, such as +30d, -2w, +6m or -18y';
const NO_TIME = 'must be a time of day in quotes, such as "09:00"';

function checkKeys(slot: SlotSpec, wrong: Tell): void {
  if (!('keys_only' in slot) || slot.keys_only !== true || slot.type !== 'choice') return;
  const without = Object.entries(slot.choices).find(([, { key }]) => key === undefined)?.[0];
  if (without !== undefined) wrong('keys_only', `only keys answer it, and the choice "${without}" has none`);
}

/** Keys and words that mean two things. */
export function optionProblems(
  source: Draft['source'],
  path: readonly string[],
  options: Extract<NodeSpec, { type: 'menu' }>['options'],
): FlowProblem[] {
  const problems: FlowProblem[] = [];
  const keys = new Map<string, string>();
  const words = new Map<string, string>();
  for (const [name, option] of Object.entries(options)) {
    const key = option.key === undefined ? undefined : String(option.key);
    const other = key === undefined ? undefined : keys.get(key);
    if (other !== undefined)
      problems.push(
        source.problem([...path, name, 'key'], 'duplicate', `key "${key}" already means "${other}"`),
      );
    if (key !== undefined) keys.set(key, name);
    (option.words ?? []).forEach((word, index) => {
      const owner = words.get(word.toLowerCase());
      if (owner !== undefined && owner !== name) {
        problems.push(
          source.problem([...path, name, 'words', index], 'duplicate', `"${word}" already means "${owner}"`),
        );
      }
      words.set(word.toLowerCase(), name);
    });
  }
  return problems;
}
