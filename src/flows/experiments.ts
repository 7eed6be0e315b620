/**
 * Experiments: a flow with a few values changed for a share of its callers, and the same for the same caller each time.
 * Each combination of arms is a flow of its own, checked when the file is loaded. Pure.
 */
import { createHash } from 'node:crypto';
import type { Experiments } from './schema-experiments.ts';

/** One combination: which arm of each experiment, and what it changes, by place in the file. */
export interface Variant {
  readonly arms: Readonly<Record<string, string>>;
  readonly changes: readonly Change[];
}

export interface Change {
  /** Of the experiment's arm in the file, to tell what is wrong with it. */
  readonly at: readonly string[];
  /** The value's place, such as `['nodes', 'welcome', 'say']`. */
  readonly path: readonly string[];
  readonly value: unknown;
}

/** More combinations than this are a mistake: no line has callers enough to tell them apart. */
export const MOST_VARIANTS = 32;

/** All combinations, in the order of the file; none where there is no experiment. */
export function variantsOf(experiments: Experiments): Variant[] {
  const names = Object.keys(experiments);
  if (names.length === 0) return [];
  return names.reduce<Variant[]>(
    (variants, name) =>
      variants.flatMap(({ arms, changes }) =>
        Object.entries(experiments[name]?.arms ?? {}).map(([arm, { set }]) => ({
          arms: { ...arms, [name]: arm },
          changes: [...changes, ...changesOf(name, arm, set)],
        })),
      ),
    [{ arms: {}, changes: [] }],
  );
}

function changesOf(name: string, arm: string, set: Readonly<Record<string, unknown>>): Change[] {
  return Object.entries(set).map(([place, value]) => ({
    at: ['experiments', name, 'arms', arm, 'set', place],
    path: place.split('.'),
    value,
  }));
}

/**
 * The arms of a caller. `caller` is their number, or whatever else names them; two experiments split independently of
 * each other, and a new share moves as few callers as it can.
 */
export function armsOf(experiments: Experiments, caller: string, flow: string): Record<string, string> {
  return Object.fromEntries(
    Object.entries(experiments).map(([name, { arms }]) => [
      name,
      armAt(arms, place(`${flow} ${name} ${caller}`)),
    ]),
  );
}

/** Evenly spread over 0 to 1, the same for the same text. */
function place(text: string): number {
  return createHash('sha256').update(text).digest().readUInt32BE(0) / 2 ** 32;
}

function armAt(arms: Readonly<Record<string, { share: number }>>, at: number): string {
  const all = Object.entries(arms);
  const whole = all.reduce((sum, [, { share }]) => sum + share, 0);
  let upTo = 0;
  for (const [name, { share }] of all) {
    upTo += share / whole;
    if (at < upTo) return name;
  }
  return all.at(-1)?.[0] ?? '';
}

/** `a1b2c3+greeting.long`: a variant's version says what it is, in records and checkpoints alike. */
export function variantVersion(version: string, arms: Readonly<Record<string, string>>): string {
  return [version, ...Object.entries(arms).map(([name, arm]) => `${name}.${arm}`)].join('+');
}

/** The arms that a version names; none for a flow without experiments. */
export function armsOfVersion(version: string): Record<string, string> {
  return Object.fromEntries(
    version
      .split('+')
      .slice(1)
      .map((part) => part.split('.'))
      .flatMap(([name, arm]) => (name === undefined || arm === undefined ? [] : [[name, arm] as const])),
  );
}

/**
 * The data of a flow file with these values changed; the first change that names no place is told instead. A place must
 * exist up to its last part, which may be new.
 */
export function changed(data: unknown, changes: readonly Change[]): { data: unknown } | { lost: Change } {
  const copy: unknown = structuredClone(data);
  for (const change of changes) {
    const last = change.path.at(-1);
    const holder = change.path.slice(0, -1).reduce(partOf, copy);
    if (last === undefined || typeof holder !== 'object' || holder === null) return { lost: change };
    if (Array.isArray(holder) && !(Number(last) < holder.length)) return { lost: change };
    Object.defineProperty(holder, last, {
      value: structuredClone(change.value),
      enumerable: true,
      configurable: true,
      writable: true,
    });
  }
  return { data: copy };
}

function partOf(value: unknown, part: string): unknown {
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, part)) return undefined;
  return (value as Record<string, unknown>)[part]; // an own property, just checked
}
