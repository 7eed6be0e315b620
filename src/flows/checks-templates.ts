/** Every template of a flow: its syntax, and that what it names is there. */
import { comparisonProblems } from './checks-comparisons.ts';
import { nodeTexts } from './checks-nodes.ts';
import { sensitiveProblems } from './checks-sensitive.ts';
import { Conditions } from './conditions.ts';
import { ENGLISH } from './default-texts.ts';
import type { Draft } from './draft.ts';
import { sensitiveSlots, targetsOf } from './flow.ts';
import { asMap, textsIn as textsWithin } from './plain-data.ts';
import { type FlowProblem, list, suggestion } from './problems.ts';
import type { NodeSpec } from './schema-nodes.ts';
import { Templates } from './templates.ts';
import { inputNames } from './tools/input.ts';
import { namedParts } from './tools/result.ts';
import type { Path } from './yaml-source.ts';

interface Use {
  path: Path;
  source: string;
  isCondition?: boolean;
  /** What the template may name: root → its properties, or undefined where any will do. */
  roots: Readonly<Record<string, readonly string[] | undefined>>;
}

const CALL = ['from', 'to', 'direction'] as const;
const SAID = ['goodbye', 'yes', 'no'] as const;
const HOURS = ['open', 'closed', 'holiday', 'opens_at', 'closes_at'] as const;

export function templateProblems(draft: Draft): FlowProblem[] {
  const locale = { language: 'en', timeZone: 'UTC' };
  const readers = { templates: new Templates(locale), conditions: new Conditions(locale) };
  const sensitive = [...sensitiveSlots(draft.nodes.values())];
  return uses(draft).flatMap((use) => useProblems(draft, readers, use, sensitive));
}

function useProblems(
  draft: Draft,
  { templates, conditions }: { templates: Templates; conditions: Conditions },
  use: Use,
  sensitive: readonly string[],
): FlowProblem[] {
  const { source } = draft;
  const [what, reader] = use.isCondition ? ['condition', conditions] : ['template', templates];
  if (reader === templates && templates.isFixed(use.source)) return [];
  const problem = reader.problem(use.source);
  if (problem !== undefined)
    return [source.problem(use.path, 'bad-template', `the ${what} cannot be read: ${problem}`)];
  const messages = new Set<string>(
    use.isCondition
      ? comparisonProblems(draft, use.source)
      : sensitiveProblems(templates, use, draft, sensitive),
  );
  for (const [root = '', property, part] of reader.variables(use.source)) {
    const message = nameProblem(use.roots, root, property) ?? resultProblem(draft, root, property, part);
    if (message !== undefined) messages.add(message.replace('the template', `the ${what}`));
  }
  return [...messages].map((message) => source.problem(use.path, 'bad-template', message));
}

function nameProblem(roots: Use['roots'], root: string, property: string | undefined): string | undefined {
  if (!Object.hasOwn(roots, root)) {
    const known = Object.keys(roots);
    const unset = UNSET[root];
    if (unset !== undefined) return `the template uses "${root}", ${unset}`;
    const near = ownerOf(roots, root) ?? suggestion(root, known);
    if (Object.hasOwn(roots, 'call'))
      known.push(...Object.keys(UNSET).filter((each) => !known.includes(each)));
    return `the template uses "${root}", which it cannot see${near === '' ? `; it can see ${list(known, 'and')}` : near}`;
  }
  const properties = roots[root];
  if (properties === undefined || property === undefined || property === '*' || properties.includes(property))
    return undefined;
  return `the template uses "${root}.${property}", ${ABSENT[root] ?? 'which does not exist'}${suggestion(property, properties)}`;
}

/** A tool that says what its result is like gives nothing else. */
function resultProblem(
  { tools }: Draft,
  root: string,
  name: string | undefined,
  part: string | undefined,
): string | undefined {
  const output = root === 'tools' && name !== undefined ? tools.get(name)?.output : undefined;
  const parts = output === undefined ? [] : namedParts(output);
  if (part === undefined || part === '*' || parts.length === 0 || parts.includes(part)) return undefined;
  return `the template uses "tools.${name}.${part}", which is not in the output of the tool; it has ${list(parts, 'and')}${suggestion(part, parts)}`;
}

/** Slots and variables are seen by their whole names. */
function ownerOf(roots: Use['roots'], name: string): string | undefined {
  const owner = ['slots', 'vars'].find((root) => roots[root]?.includes(name) === true);
  return owner === undefined ? undefined : `; did you mean "${owner}.${name}"?`;
}

/** Roots that are there only where the flow declares something. */
const UNSET: Readonly<Record<string, string>> = {
  hours: 'but the flow declares no hours',
};

const ABSENT: Readonly<Record<string, string>> = {
  slots: 'but no node fills that slot',
  vars: 'but variables does not declare it',
  confirmed: 'but no node fills that slot',
  said: `but of what was said it can see only ${list(SAID, 'and')}`,
  hours: `but of hours it can see only ${list(HOURS, 'and')}`,
  tools: 'but there is no tool of that name',
  env: 'which is not listed under secrets',
  input: 'which is not in the input of the tool',
  call: `but of a call it can see only ${list(CALL, 'and')}`,
};

function uses(draft: Draft): Use[] {
  const { doubts } = draft;
  /** Where a name may be declared in a part that cannot be read, any will do. */
  const sure = (part: string, names: readonly string[]): readonly string[] | undefined =>
    doubts.has(part) ? undefined : names;
  const roots: Use['roots'] = {
    call: CALL,
    vars: sure('variables', draft.variableNames),
    slots: sure('slots', [...draft.slotNames]),
    tools: sure('tools', draft.toolNames),
    ...(draft.hasHours || doubts.has('hours') ? { hours: HOURS } : {}),
    now: undefined,
  };
  const facts = { ...roots, confirmed: sure('slots', [...draft.slotNames]), said: SAID };
  const phrases = phraseTemplates(draft).map((use) => ({ ...use, roots: { ...roots, bound: undefined } }));
  const prompts = [...draft.nodes].flatMap(([name, node]) => nodeTemplates(['nodes', name], node));
  const plain = [...prompts, ...settingTemplates(draft)].map((prompt) => ({ ...prompt, roots }));
  const all: Use[] = [...phrases, ...plain];
  for (const [name, node] of draft.nodes) {
    for (const { path, value, isCondition = false, also = [] } of nodeTexts(node)) {
      const seen = { ...roots, ...Object.fromEntries(also.map((root) => [root, undefined])) };
      for (const { path: at, source } of textsIn(value, ['nodes', name, ...path]))
        all.push({ path: at, source, roots: seen, isCondition });
    }
  }
  for (const [name, tool] of draft.tools) {
    const path = ['tools', name];
    if (tool.say_while !== undefined)
      all.push({ path: [...path, 'say_while'], source: tool.say_while, roots });
    for (const { path: at, source } of textsIn(tool.with, [...path, 'with']))
      all.push({ path: at, source, roots });
    const isOpen = doubts.has('input') || (tool.input === undefined && tool.mcp !== undefined);
    const input = isOpen ? undefined : [...inputNames(tool.input), ...Object.keys(tool.with ?? {})];
    for (const { path: at, source } of textsIn(tool.http, [...path, 'http']))
      all.push({ path: at, source, roots: { input, env: sure('secrets', draft.secrets) } });
    for (const { path: at, source } of textsIn(tool.result, [...path, 'result']))
      all.push({ path: at, source, roots: { input, body: undefined, status: undefined } });
    tool.guards.forEach(({ when }, index) => {
      all.push({ path: [...path, 'guards', index, 'when'], source: when, roots: facts, isCondition: true });
    });
  }
  for (const [name, server] of draft.servers) {
    for (const { path: at, source } of textsIn([server.url, server.headers], ['mcp_servers', name]))
      all.push({ path: at.slice(0, 2), source, roots: { env: sure('secrets', draft.secrets) } });
  }
  for (const [name, node] of draft.nodes) {
    if (node.type !== 'agent') continue;
    for (const [outcome, { guard }] of targetsOf(node)) {
      if (guard === undefined) continue;
      const path = ['nodes', name, 'next', outcome, 'guard'];
      all.push({ path, source: guard.when, roots: facts, isCondition: true });
    }
  }
  return all;
}

function nodeTemplates(path: Path, node: NodeSpec): Omit<Use, 'roots'>[] {
  switch (node.type) {
    case 'say':
    case 'hangup':
      return textsIn(node.say, [...path, 'say']);
    case 'agent':
      return [
        ...textsIn(node.say, [...path, 'say']),
        ...textsIn(node.goal, [...path, 'goal']),
        ...textsIn(node.opening, [...path, 'opening']),
        ...node.collects.flatMap(({ ask }, index) => textsIn(ask, [...path, 'collects', index, 'ask'])),
      ];
    case 'menu':
      return [...textsIn(node.say, [...path, 'say']), ...textsIn(node.reask, [...path, 'reask'])];
    case 'collect':
      return node.slots.flatMap((slot, index) =>
        (['ask', 'reask', 'confirm'] as const).flatMap((key) =>
          textsIn(slot[key], [...path, 'slots', index, key]),
        ),
      );
    default:
      return [];
  }
}

/** The phrases the file gives; those of a bound see it as `bound`. */
function phraseTemplates({ source }: Draft): Omit<Use, 'roots'>[] {
  const { phrases } = asMap(source.data);
  return Object.keys(ENGLISH.phrases).flatMap((key) => textsIn(asMap(phrases)[key], ['phrases', key]));
}

/** Words of handlers and silence prompts, as far as the file gives them. */
function settingTemplates({ source }: Draft): Omit<Use, 'roots'>[] {
  const { silence, handlers } = asMap(source.data);
  return [
    ...Object.entries(asMap(handlers)).flatMap(([name, handler]) =>
      textsIn(asMap(handler)['say'], ['handlers', name, 'say']),
    ),
    ...textsIn(asMap(silence)['prompts'], ['silence', 'prompts']),
    ...textsIn(asMap(silence)['looking_up_prompts'], ['silence', 'looking_up_prompts']),
    ...textsIn(asMap(silence)['goodbye'], ['silence', 'goodbye']),
  ];
}

function textsIn(value: unknown, path: Path): Omit<Use, 'roots'>[] {
  return textsWithin(value, path).map(({ path: at, text }) => ({ path: at, source: text }));
}
