/** Every template of a flow: its syntax, and that what it names is there. */
import type { Draft } from './draft.ts';
import { type FlowProblem, list, suggestion } from './problems.ts';
import { phraseDefaults } from './schema.ts';
import type { NodeSpec } from './schema-nodes.ts';
import { Templates } from './templates.ts';
import { inputNames } from './tools/input.ts';
import type { Path } from './yaml-source.ts';

interface Use {
  path: Path;
  source: string;
  /** What the template may name: root → its properties, or undefined where any will do. */
  roots: Readonly<Record<string, readonly string[] | undefined>>;
}

const CALL = ['from', 'to', 'direction'] as const;

export function templateProblems(draft: Draft): FlowProblem[] {
  const templates = new Templates({ language: 'en', timeZone: 'UTC' });
  return uses(draft).flatMap((use) => useProblems(draft, templates, use));
}

function useProblems({ source }: Draft, templates: Templates, use: Use): FlowProblem[] {
  if (templates.isFixed(use.source)) return [];
  const problem = templates.problem(use.source);
  if (problem !== undefined)
    return [source.problem(use.path, 'bad-template', `the template cannot be read: ${problem}`)];
  const messages = new Set<string>();
  for (const [root = '', property] of templates.variables(use.source)) {
    const message = nameProblem(use.roots, root, property);
    if (message !== undefined) messages.add(message);
  }
  return [...messages].map((message) => source.problem(use.path, 'bad-template', message));
}

function nameProblem(roots: Use['roots'], root: string, property: string | undefined): string | undefined {
  if (!Object.hasOwn(roots, root)) {
    const known = Object.keys(roots);
    const near = suggestion(root, known);
    return `the template uses "${root}", which it cannot see${near === '' ? `; it can see ${list(known, 'and')}` : near}`;
  }
  const properties = roots[root];
  if (properties === undefined || property === undefined || property === '*' || properties.includes(property))
    return undefined;
  return `the template uses "${root}.${property}", ${ABSENT[root] ?? 'which does not exist'}${suggestion(property, properties)}`;
}

const ABSENT: Readonly<Record<string, string>> = {
  slots: 'but no node collects that slot',
  tools: 'but there is no tool of that name',
  env: 'which is not listed under secrets',
  input: 'which is not in the input of the tool',
  call: `but of a call it can see only ${list(CALL, 'and')}`,
};

function uses(draft: Draft): Use[] {
  const roots = { call: CALL, slots: [...draft.slotNames], tools: draft.toolNames, now: undefined };
  const prompts = [...draft.nodes].flatMap(([name, node]) => nodeTemplates(['nodes', name], node));
  const all: Use[] = [...prompts, ...settingTemplates(draft)].map((prompt) => ({ ...prompt, roots }));
  for (const [name, tool] of draft.tools) {
    const path = ['tools', name];
    if (tool.say_while !== undefined)
      all.push({ path: [...path, 'say_while'], source: tool.say_while, roots });
    for (const { path: at, source } of textsIn(tool.with, [...path, 'with']))
      all.push({ path: at, source, roots });
    const request = {
      input: [...inputNames(tool.input), ...Object.keys(tool.with ?? {})],
      env: draft.secrets,
    };
    for (const { path: at, source } of textsIn(tool.http, [...path, 'http']))
      all.push({ path: at, source, roots: request });
  }
  return all;
}

function nodeTemplates(path: Path, node: NodeSpec): Omit<Use, 'roots'>[] {
  switch (node.type) {
    case 'say':
    case 'transfer':
    case 'hangup':
      return textsIn(node.say, [...path, 'say']);
    case 'agent':
      return [
        ...textsIn(node.say, [...path, 'say']),
        ...textsIn(node.goal, [...path, 'goal']),
        ...textsIn(node.opening, [...path, 'opening']),
      ];
    case 'menu':
      return [...textsIn(node.say, [...path, 'say']), ...textsIn(node.reask, [...path, 'reask'])];
    case 'collect':
      return node.slots.flatMap((slot, index) =>
        (['ask', 'reask', 'confirm'] as const).flatMap((key) =>
          textsIn(slot[key], [...path, 'slots', index, key]),
        ),
      );
  }
}

/** Phrases and silence prompts, as far as the file gives them. */
function settingTemplates({ source }: Draft): Omit<Use, 'roots'>[] {
  const { phrases, silence } = asMap(source.data);
  return [
    ...Object.keys(phraseDefaults).flatMap((key) => textsIn(asMap(phrases)[key], ['phrases', key])),
    ...textsIn(asMap(silence)['prompts'], ['silence', 'prompts']),
    ...textsIn(asMap(silence)['looking_up_prompts'], ['silence', 'looking_up_prompts']),
    ...textsIn(asMap(silence)['goodbye'], ['silence', 'goodbye']),
  ];
}

function textsIn(value: unknown, path: Path): Omit<Use, 'roots'>[] {
  if (typeof value === 'string') return [{ path, source: value }];
  if (Array.isArray(value)) return value.flatMap((entry, index) => textsIn(entry, [...path, index]));
  return Object.entries(asMap(value)).flatMap(([key, entry]) => textsIn(entry, [...path, key]));
}

function asMap(value: unknown): Record<string, unknown> & { phrases?: unknown; silence?: unknown } {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}; // any object can be read by key
}
