/** What an agent node offers while no model answers: that it can be chosen, and that there is something. */
import type { Draft } from './draft.ts';
import { targetsOf } from './flow.ts';
import { handlersIn, handlersOf } from './handlers.ts';
import { offlineMenu } from './offline.ts';
import { asMap } from './plain-data.ts';
import { type FlowProblem, list, suggestion } from './problems.ts';
import type { NodeSpec } from './schema-nodes.ts';

type AgentSpec = Extract<NodeSpec, { type: 'agent' }>;

/** Each option is an outcome that a caller may choose, or a handler that leads somewhere. */
export function offlineOptionProblems({ source }: Draft, name: string, node: AgentSpec): FlowProblem[] {
  const options = node.offline === false ? {} : (node.offline?.options ?? {});
  const targets = targetsOf(node);
  const handlers = Object.keys(asMap(asMap(source.data)['handlers']));
  return Object.keys(options).flatMap((option) => {
    const path = ['nodes', name, 'offline', 'options', option];
    const tell = (why: string): FlowProblem[] => [
      source.keyProblem(path, 'unknown-outcome', `node "${name}" offers "${option}" without a model, ${why}`),
    ];
    if (targets.get(option)?.guard !== undefined)
      return tell('but that outcome has a guard, which only the model can meet');
    if (targets.has(option) || handlers.includes(option)) return [];
    const known = [...targets.keys(), ...handlers];
    return tell(
      `which is no outcome of it${suggestion(option, known) || `; it has ${list(targets.keys(), 'and')}`}`,
    );
  });
}

/** Nodes in which a caller is stuck while no model answers. */
export function offlineProblems({ source, file }: Draft): FlowProblem[] {
  if (file === undefined || file.model === 'none') return [];
  const handlers = handlersOf(file);
  return Object.entries(file.nodes).flatMap(([name, node]) => {
    if (node.type !== 'agent' || node.offline === false || targetsOf(node).has('failed')) return [];
    if (offlineMenu({ file, handlers }, node) !== undefined) return [];
    const hasHandlers = handlersIn(node, handlers).length > 0;
    const message = `node "${name}" has no way on while no model answers: the call ends there. Give it an outcome that leads to a person, a message or another step, ${hasHandlers ? '' : 'or a handler for that, '}or say under offline.options which outcomes callers may choose, or take "failed" into next`;
    return [source.keyProblem(['nodes', name], 'no-way-out', message, 'warning')];
  });
}
