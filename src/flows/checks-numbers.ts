/** Who calls and text messages may go to, and where a machine's words come from. */
import type { Draft } from './draft.ts';
import { asMap } from './plain-data.ts';
import { type FlowProblem, suggestion } from './problems.ts';
import type { NodeSpec } from './schema-nodes.ts';

type Spec<T extends NodeSpec['type']> = Extract<NodeSpec, { type: T }>;

const NUMBER = /^\+[1-9]\d{6,14}$/;
const LONE_SLOT = /^\s*\{\{-?\s*slots\.([a-z][a-z0-9_-]*)\s*-?\}\}\s*$/;

/** The number of a transfer is one that somebody may be connected to, and somebody else than the agent. */
export function connectProblems(draft: Draft, name: string, { to }: Spec<'transfer'>): FlowProblem[] {
  const { source, numbers } = draft;
  const path = ['nodes', name, 'to'];
  if (numbers.includes(to)) {
    const message = `node "${name}" connects to ${to}, which this flow answers: the call would come back to it`;
    return [source.problem(path, 'not-allowed', message)];
  }
  if (!to.includes('{{') || namesNumbers(draft)) return [];
  const message = `node "${name}" can never connect: a template may give a number under numbers_allowed or a variable of type phone, and the flow declares neither`;
  return [source.problem(path, 'not-allowed', message)];
}

/** A number that stands there as it is must be one the flow declares; a slot must be one that holds a number. */
export function smsProblems(draft: Draft, name: string, { to }: Spec<'sms'>): FlowProblem[] {
  const { source } = draft;
  const path = ['nodes', name, 'to'];
  if (to === undefined) return [];
  if (to.includes('{{')) return slotProblems(draft, name, to);
  if (!NUMBER.test(to)) {
    const message = `"to" of node "${name}" must be a number in E.164 form, in quotes, or a template such as {{ slots.phone }}`;
    return [source.problem(path, 'wrong-value', message)];
  }
  if (allowed(draft).includes(to)) return [];
  const message = `node "${name}" sends to ${to}, which numbers_allowed does not list`;
  return [source.problem(path, 'not-allowed', message)];
}

function slotProblems(draft: Draft, name: string, to: string): FlowProblem[] {
  const slot = LONE_SLOT.exec(to)?.[1];
  if (slot === undefined || !draft.isWhole || namesNumbers(draft)) return [];
  const types = [...draft.nodes.values()].flatMap((node) =>
    node.type === 'collect' ? node.slots.filter((each) => each.name === slot).map(({ type }) => type) : [],
  );
  if (types.length === 0 || types.includes('phone')) return [];
  const message = `node "${name}" sends to the slot "${slot}", which is no phone number; only a slot of type phone will do, or a number under numbers_allowed`;
  return [draft.source.problem(['nodes', name, 'to'], 'not-allowed', message)];
}

/** True where there are numbers that a template could give. */
function namesNumbers(draft: Draft): boolean {
  const variables = Object.values(asMap(asMap(draft.source.data)['variables']));
  return (
    !draft.isWhole || allowed(draft).length > 0 || variables.some((one) => asMap(one)['type'] === 'phone')
  );
}

function allowed({ source }: Draft): readonly unknown[] {
  const { numbers_allowed: numbers } = asMap(source.data);
  return Array.isArray(numbers) ? numbers : [];
}

/** Nodes that say nothing, or go on only once somebody has answered. */
const WAITING: ReadonlySet<NodeSpec['type']> = new Set(['menu', 'collect', 'agent', 'message']);

export function voicemailProblems(draft: Draft): FlowProblem[] {
  const { voicemail } = asMap(draft.source.data);
  if (typeof voicemail !== 'string') return [];
  if (!draft.nodeNames.has(voicemail)) {
    const message = `voicemail leads to "${voicemail}", which does not exist${suggestion(voicemail, draft.nodeNames)}`;
    return [draft.source.problem(['voicemail'], 'unknown-node', message)];
  }
  const type = draft.nodes.get(voicemail)?.type;
  if (type === undefined || !WAITING.has(type)) return [];
  const message = `voicemail leads to "${voicemail}", which waits for an answer, and a machine gives none; name a node of type voicemail`;
  return [draft.source.problem(['voicemail'], 'wrong-value', message)];
}
