/** What is known for the inputs of a tool: from what was said, from results and from the system text. */
import type { Happening, Result } from './conversation.ts';
import { candidates, isLasting, type Property, type Surroundings, type Utterance } from './inputs.ts';
import { askedFor } from './questions.ts';
import { datesIn, timesIn } from './spoken.ts';
import { isKey, type Tool } from './tools.ts';
import { contentWords, nameWords, shared } from './words.ts';

export interface Sources {
  history: readonly Happening[];
  wishStart: number;
  results: readonly Result[];
  around: Surroundings;
  system: string;
}

/** Values by input name; what is not known is left out. */
export function knownInputs(
  tool: Tool,
  { history, wishStart, results, around, system }: Sources,
): Record<string, unknown> {
  const utterances = utterancesOf(history, tool);
  const current = utterances.filter((utterance) => utterance.at >= wishStart);
  const known: Record<string, unknown> = {};
  for (const property of tool.properties) {
    const said = candidates(property, isLasting(property) ? utterances : current, around);
    const own = /\bcalling from\b/.test(property.description) ? around.callerNumber : undefined;
    const wrong = results
      .filter((result) => refusedBy(result, tool) === property.name)
      .map((r) => r.input[property.name]);
    const value =
      [...said, own].find((candidate) => candidate !== undefined && !wrong.includes(candidate)) ??
      suppliedValue(property, { results, current, around }) ??
      toldValue(property, system);
    if (value !== undefined) known[property.name] = value;
  }
  return known;
}

/** The input that a result turned down: the one its error names, or the one for which it found nothing. */
export function refusedBy(result: Result, tool: Tool | undefined): string | undefined {
  if (result.isError) return result.tool === tool?.name ? fieldOf(result.value, tool) : undefined;
  return isEmpty(result.value) ? Object.keys(result.input).at(-1) : undefined;
}

function isEmpty(value: unknown): boolean {
  if (Array.isArray(value)) return value.length === 0;
  const lists = typeof value === 'object' && value !== null ? Object.values(value).filter(Array.isArray) : [];
  return lists.length > 0 && lists.every((list) => list.length === 0);
}

/** `- name: Anna` in the system text, where that is the property's own name. */
function toldValue(property: Property, system: string): string | undefined {
  const name = nameWords(property.name).join(' ');
  const told = [...system.matchAll(/^[-*] ([\w ]+): (.+)$/gm)].find(
    (match) => nameWords(match[1] ?? '').join(' ') === name,
  );
  return told?.[2]?.trim();
}

/** What the caller said, each with the input it answers. */
export function utterancesOf(history: readonly Happening[], tool: Tool): (Utterance & { at: number })[] {
  return history.flatMap((happening, at) => {
    if (happening.kind !== 'caller') return [];
    const question = history.slice(0, at).findLast((earlier) => earlier.kind === 'agent');
    return [
      {
        text: happening.text,
        at,
        answers: question?.kind === 'agent' ? askedFor(question.text, tool) : undefined,
      },
    ];
  });
}

/** A key is taken from what the results list: from the one entry there is, or from the one the caller means. */
function suppliedValue(
  property: Property,
  {
    results,
    current,
    around,
  }: { results: readonly Result[]; current: readonly Utterance[]; around: Surroundings },
): unknown {
  if (!isKey(property)) return undefined;
  const entries = results
    .filter((result) => !result.isError)
    .flatMap((result) => entriesWith(result.value, property.name));
  const distinct = [...new Map(entries.map((entry) => [entry.key, entry])).values()];
  if (distinct.length === 1) return distinct[0]?.key;
  const meant = current
    .toReversed()
    .map(({ text }) => distinct.filter(({ fields }) => isMeant(fields, text, around)))
    .find((entries) => entries.length === 1);
  return meant?.[0]?.key;
}

interface Entry {
  key: string | number;
  fields: readonly string[];
}

/** The objects in a result that have this key, or an `id` where the key is some `…_id`. */
function entriesWith(value: unknown, name: string): Entry[] {
  if (Array.isArray(value)) return value.flatMap((entry) => entriesWith(entry, name));
  if (typeof value !== 'object' || value === null) return [];
  const fields = new Map<string, unknown>(Object.entries(value));
  const key = fields.get(name) ?? (nameWords(name).at(-1) === 'id' ? fields.get('id') : undefined);
  if (typeof key === 'string' || typeof key === 'number')
    return [{ key, fields: [...fields.values()].map(String) }];
  return [...fields.values()].flatMap((inner) => entriesWith(inner, name));
}

/** One of the entry's own values was said: its date, its time, or a word of it. */
function isMeant(fields: readonly string[], said: string, around: Surroundings): boolean {
  const values = [...datesIn(said, around.now), ...timesIn(said, true)];
  return fields.some(
    (field) => values.includes(field) || shared(contentWords(field), contentWords(said)) > 0,
  );
}

/** The property an error is about: its `field`, or the one its text names (`time: must be …`). */
function fieldOf(value: unknown, tool: Tool): string | undefined {
  const field = typeof value === 'object' && value !== null && 'field' in value ? value.field : undefined;
  const text = typeof value === 'string' ? value : '';
  return tool.properties.find(({ name }) => name === field || text.includes(` ${name}: `))?.name;
}

/** The first list of plain values in a result: what can be chosen from. */
export function scalarListIn(value: unknown): string[] {
  if (Array.isArray(value)) return value.every((entry) => typeof entry !== 'object') ? value.map(String) : [];
  if (typeof value !== 'object' || value === null) return [];
  return (
    Object.values(value)
      .map(scalarListIn)
      .find((list) => list.length > 0) ?? []
  );
}
