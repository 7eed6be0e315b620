/** A request's tools, and which of them the caller's words are about. */
import type { Property } from './inputs.ts';
import type { MessagesRequest } from './request.ts';
import { contentWords, nameWords, shared } from './words.ts';

export interface Tool {
  name: string;
  description: string;
  properties: readonly Property[];
  /** Judged by its verb: it only looks. */
  reads: boolean;
}

/** One way out of this step of the conversation. */
export interface Outcome {
  name: string;
  /** When to choose it, from the transition tool's description. */
  when: string;
}

/** The property is recognised by this name and by being an enumeration. */
const OUTCOME = 'outcome';

/** The tool that ends a step of the conversation, and the ways in which it may. */
export interface FinishTool extends Tool {
  outcomes: readonly Outcome[];
}

/** The request's tools, the one that ends the step apart from the others. */
export function toolsOf(request: MessagesRequest): {
  all: Tool[];
  tools: Tool[];
  finish: FinishTool | undefined;
} {
  const all = request.tools.map(toolOf);
  const finish = all.find((tool) =>
    tool.properties.some((p) => p.name === OUTCOME && p.choices !== undefined),
  );
  const tools = all.filter((tool) => tool !== finish);
  return { all, tools, finish: finish && { ...finish, outcomes: outcomesOf(finish) } };
}

function toolOf(tool: MessagesRequest['tools'][number]): Tool {
  const { properties, required } = tool.input_schema;
  const verb = [...contentWords(nameWords(tool.name)[0] ?? '')][0] ?? '';
  return {
    name: tool.name,
    description: tool.description,
    reads: ['find', 'free', 'status', 'read', 'query', 'ask', 'answer'].includes(verb),
    properties: Object.entries(properties).map(([name, schema]) =>
      propertyOf(name, schema, required.includes(name)),
    ),
  };
}

function propertyOf(name: string, schema: Record<string, unknown>, required: boolean): Property {
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const choices = Array.isArray(schema['enum'])
    ? schema['enum'].filter((value) => typeof value === 'string')
    : undefined;
  const type = [schema['type']].flat().find((value) => value !== 'null');
  return {
    name,
    description: text(schema['description']) ?? '',
    required,
    type: text(type) ?? 'string',
    format: text(schema['format']),
    pattern: text(schema['pattern']),
    choices,
  };
}

/** `name: when`, `- name — when`, …: what stands between one outcome's name and the next. */
function outcomesOf(finish: Tool): Outcome[] {
  const names = finish.properties.find((property) => property.name === OUTCOME)?.choices ?? [];
  const property = finish.properties.find(({ name }) => name === OUTCOME);
  const text = `${finish.description}\n${property?.description ?? ''}`;
  const found = names.map((name) => ({ name, at: indexOfName(text, name) })).toSorted((a, b) => a.at - b.at);
  return names.map((name) => {
    const index = found.findIndex((entry) => entry.name === name);
    const at = found[index]?.at ?? -1;
    const when = at < 0 ? '' : text.slice(at + name.length, found[index + 1]?.at).split('\n')[0];
    return { name, when: (when ?? '').replace(/^\W+/, '').trim() };
  });
}

/** The name with a separator behind it, else anywhere as a whole word. */
function indexOfName(text: string, name: string): number {
  const escaped = name.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const listed = new RegExp(`(?<![\\w-])${escaped}(?=["'\`]?\\s*(?::|=|—|–| - ))`).exec(text)?.index;
  return listed ?? new RegExp(`(?<![\\w-])${escaped}(?![\\w-])`).exec(text)?.index ?? -1;
}

/** An utterance with a tool's verb in it says what is wanted; without one it only hints at it. */
const CLEAR = 3;
const HINT = 2.5;

/** The tool the latest clear utterance is about, else the latest hint. */
export function wantedTool(utterances: readonly string[], tools: readonly Tool[]): Tool | undefined {
  const guesses = utterances.toReversed().flatMap((text) => {
    const said = contentWords(text);
    const scored = tools
      .map((tool) => ({ tool, score: likeness(said, tool) }))
      .toSorted((a, b) => b.score - a.score);
    return scored.slice(0, 1);
  });
  const best = guesses.find(({ score }) => score >= CLEAR) ?? guesses.find(({ score }) => score >= HINT);
  return best?.tool;
}

/** A tool's verb tells most, unless all it says is "look"; then the rest of its name, then its description. */
export function likeness(said: ReadonlySet<string>, tool: Tool): number {
  const [verb = '', ...rest] = nameWords(tool.name);
  const description = contentWords(tool.description.split(/(?<=[.!?])\s/)[0] ?? '');
  return (
    (tool.reads ? 1 : CLEAR) * shared(contentWords(verb), said) +
    2 * shared(contentWords(rest.join(' ')), said) +
    0.75 * shared(description, said)
  );
}

/** Something only a system knows, such as `appointment_id`. */
export function isKey(property: Property): boolean {
  return ['id', 'key', 'token', 'slot'].includes(nameWords(property.name).at(-1) ?? '');
}
