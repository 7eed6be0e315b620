/** What must hold in nodes that decide and do without asking: outcomes that have a way, tools and numbers that exist. */
import { givenProblems } from './checks-inputs.ts';
import { connectProblems } from './checks-numbers.ts';
import type { Draft } from './draft.ts';
import { SMS_TOOL } from './index.ts';
import { ELSE } from './nodes/branch.ts';
import { type FlowProblem, list, nearest, suggestion } from './problems.ts';
import type { NodeSpec, SlotSpec } from './schema-nodes.ts';
import { inputNames } from './tools/input.ts';
import type { YamlSource } from './yaml-source.ts';

type Spec<T extends NodeSpec['type']> = Extract<NodeSpec, { type: T }>;

/** Where a template or condition stands in a node, and what it sees besides what all of them see. */
export interface NodeText {
  path: readonly PropertyKey[];
  value: unknown;
  isCondition?: boolean;
  also?: readonly string[];
}

export function branchProblems(draft: Draft, name: string, node: Spec<'branch'>): FlowProblem[] {
  return [
    ...reservedProblems(draft, ['nodes', name, 'cases'], node.cases, [ELSE], 'branch'),
    ...outcomeProblems(draft.source, name, [...Object.keys(node.cases), ELSE], node.next),
  ];
}

export function toolNodeProblems(draft: Draft, name: string, node: Spec<'tool'>): FlowProblem[] {
  const { source, tools, toolNames } = draft;
  const ends = ['done', 'failed'];
  const problems = [
    ...reservedProblems(draft, ['nodes', name, 'outcomes'], node.outcomes, ends, 'tool node'),
    ...outcomeProblems(draft.source, name, [...Object.keys(node.outcomes), ...ends], node.next),
  ];
  if (!toolNames.includes(node.tool)) {
    const message = `node "${name}" runs the tool "${node.tool}", which does not exist${suggestion(node.tool, toolNames)}`;
    problems.push(source.problem(['nodes', name, 'tool'], 'unknown-tool', message));
  }
  const tool = tools.get(node.tool);
  // What a server's tool takes only the server knows, where the flow does not say it.
  if (tool?.input === undefined) return problems;
  problems.push(...givenProblems(draft, name, node, tool));
  const known = inputNames(tool.input);
  const required = requiredNames(tool.input);
  for (const given of Object.keys(node.input)) {
    if (known.includes(given) || known.length === 0) continue;
    const takes = `the tool "${node.tool}" takes no "${given}"; it takes ${list(known)}${suggestion(given, known)}`;
    problems.push(source.keyProblem(['nodes', name, 'input', given], 'unknown-key', takes));
  }
  for (const lacking of required.filter((one) => !Object.hasOwn(node.input, one))) {
    const message = `node "${name}" runs the tool "${node.tool}" without its "${lacking}"; give it under input`;
    const path = ['nodes', name, Object.keys(node.input).length > 0 ? 'input' : 'tool'];
    problems.push(source.keyProblem(path, 'missing-key', message));
  }
  return problems;
}

/** The names a tool cannot do without. */
function requiredNames(input: Readonly<Record<string, unknown>> = {}): string[] {
  const isWhole = input['type'] === 'object' && typeof input['properties'] === 'object';
  if (isWhole) return Array.isArray(input['required']) ? input['required'].map(String) : [];
  return Object.entries(input)
    .filter(([, property]) => !isOptional(property))
    .map(([name]) => name);
}

function isOptional(property: unknown): boolean {
  return (
    typeof property === 'object' && property !== null && 'optional' in property && property.optional === true
  );
}

export function transferProblems(draft: Draft, name: string, node: Spec<'transfer'>): FlowProblem[] {
  const { source } = draft;
  const problems = connectProblems(draft, name, node);
  if (node.mode !== 'warm' && node.summary !== undefined) {
    const message = `node "${name}" has a summary, which nobody hears in a cold transfer; write mode: warm`;
    problems.push(source.keyProblem(['nodes', name, 'summary'], 'not-allowed', message));
  }
  if (node.mode === 'warm' && node.summary === undefined) {
    const message = `node "${name}" is a warm transfer and needs a summary for whoever answers`;
    problems.push(source.problem(['nodes', name, 'mode'], 'missing-key', message));
  }
  if (node.mode === 'warm' && node.hold === 'ringing') {
    const message = `node "${name}" is a warm transfer, which has no ringing: hold must be music or noise`;
    problems.push(source.problem(['nodes', name, 'hold'], 'not-allowed', message));
  }
  return problems;
}

/** A tool of the flow may not take the name of the one that is always there. */
export function toolNameProblems({ source, toolNames }: Draft): FlowProblem[] {
  if (!toolNames.includes(SMS_TOOL)) return [];
  const message = `"${SMS_TOOL}" is the tool that sends text messages; choose another name`;
  return [source.keyProblem(['tools', SMS_TOOL], 'wrong-value', message)];
}

/** Every outcome a node can end with has a way, and every way an outcome. */
export function outcomeProblems(
  source: YamlSource,
  name: string,
  known: readonly string[],
  next: Readonly<Record<string, unknown>>,
): FlowProblem[] {
  const path = ['nodes', name, 'next'];
  const strange = Object.keys(next).filter((outcome) => !known.includes(outcome));
  const open = known.filter((outcome) => !Object.hasOwn(next, outcome));
  const problems = strange.map((outcome) => {
    // The only one that is missing is the one that was meant, however it is written.
    const only = strange.length === 1 && open.length === 1 ? open[0] : undefined;
    const meant = only ?? nearest(outcome, open.length > 0 ? open : known);
    const near = meant === undefined ? '' : `; did you mean "${meant}"?`;
    const message = `node "${name}" can never end with "${outcome}"; it ends with ${list(known)}${near}`;
    return { meant, problem: source.keyProblem([...path, outcome], 'unknown-outcome', message) };
  });
  const meant = new Set(problems.map((each) => each.meant));
  const missing = open.filter((outcome) => !meant.has(outcome)).map((outcome) => `"${outcome}"`);
  const told = problems.map(({ problem }) => problem);
  if (missing.length === 0) return told;
  const message = `node "${name}" can end with ${list(missing)}, and its next does not say where that leads`;
  return [...told, source.keyProblem(path, 'missing-outcome', message)];
}

function reservedProblems(
  { source }: Draft,
  path: readonly string[],
  written: Readonly<Record<string, unknown>>,
  reserved: readonly string[],
  what: string,
): FlowProblem[] {
  return Object.keys(written)
    .filter((outcome) => reserved.includes(outcome))
    .map((outcome) =>
      source.keyProblem(
        [...path, outcome],
        'wrong-value',
        `"${outcome}" is an outcome every ${what} has; choose another name`,
      ),
    );
}

/** The templates and conditions of the nodes of this file. */
export function nodeTexts(node: NodeSpec): NodeText[] {
  const text = (key: string, also?: readonly string[]): NodeText => ({
    path: [key],
    value: key in node ? node[key as keyof NodeSpec] : undefined,
    ...(also === undefined ? {} : { also }),
  });
  switch (node.type) {
    case 'collect':
      return node.slots.flatMap((slot, index) => slotTexts(slot, ['slots', index]));
    case 'agent':
      return node.collects.flatMap((slot, index) => slotTexts(slot, ['collects', index]));
    case 'branch':
      return [{ path: ['cases'], value: node.cases, isCondition: true }];
    case 'set':
      return [text('slots')];
    case 'tool':
      return [
        text('say'),
        text('input'),
        text('save', ['result']),
        { path: ['outcomes'], value: node.outcomes, isCondition: true, also: ['result'] },
      ];
    case 'message':
      return [text('ask'), text('reask'), text('confirm')];
    case 'sms':
      return [text('to'), text('text')];
    case 'subflow':
      return [text('input')];
    case 'transfer':
      return [text('say'), text('to'), text('summary')];
    case 'voicemail':
      return [text('say')];
    default:
      return [];
  }
}

/** What of a slot is held against its value; its questions are prompts like any other. */
function slotTexts(slot: SlotSpec, path: NodeText['path']): NodeText[] {
  const also = ['value'];
  return [
    ...('min' in slot ? [{ path: [...path, 'min'], value: slot.min }] : []),
    ...('max' in slot ? [{ path: [...path, 'max'], value: slot.max }] : []),
    ...(slot.validate ?? []).flatMap(({ when, say }, index) => [
      { path: [...path, 'validate', index, 'when'], value: when, isCondition: true, also },
      { path: [...path, 'validate', index, 'say'], value: say },
    ]),
  ];
}
