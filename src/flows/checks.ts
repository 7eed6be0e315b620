/** What must hold between the parts of a flow, beyond the shape of each: names that exist, ways that lead somewhere. */

import { agentSlotProblems } from './checks-agent-slots.ts';
import { fixedTextProblems } from './checks-fixed.ts';
import { handlerProblems } from './checks-handlers.ts';
import { languageProblems } from './checks-languages.ts';
import {
  branchProblems,
  outcomeProblems,
  toolNameProblems,
  toolNodeProblems,
  transferProblems,
} from './checks-nodes.ts';
import { smsProblems, voicemailProblems } from './checks-numbers.ts';
import { offlineOptionProblems } from './checks-offline.ts';
import { optionProblems, slotProblems } from './checks-slots.ts';
import { templateProblems } from './checks-templates.ts';
import { toolProblems } from './checks-tools.ts';
import type { Draft } from './draft.ts';
import { targetsOf } from './flow.ts';
import { typeElsewhere } from './meant-words.ts';
import { asMap } from './plain-data.ts';
import { type FlowProblem, suggestion } from './problems.ts';
import { VARIABLE_TYPES } from './schema-facts.ts';
import type { NodeSpec } from './schema-nodes.ts';
import { typed, WORDS } from './variables.ts';

/**
 * @param env the environment that `secrets` name parts of
 * @param folder where the flow is, for the files it names; without it they are not looked for
 */
export function checkDraft(
  draft: Draft,
  env: Readonly<Record<string, string | undefined>>,
  folder?: string,
): FlowProblem[] {
  const { doubts } = draft;
  const problems = [
    ...startProblems(draft),
    ...environmentProblems(draft, env),
    ...numberProblems(draft),
    ...variableProblems(draft),
    ...toolProblems(draft, folder),
    ...toolNameProblems(draft),
    ...voicemailProblems(draft),
    ...handlerProblems(draft),
    ...languageProblems(draft),
    ...[...draft.nodes].flatMap(([name, node]) => nodeProblems(draft, name, node)),
    ...templateProblems(draft),
    ...fixedTextProblems(draft),
  ];
  return problems.filter(
    ({ code }) =>
      !(code === 'unknown-node' && doubts.has('nodes')) && !(code === 'unknown-tool' && doubts.has('tools')),
  );
}

function startProblems({ source, start, nodeNames }: Draft): FlowProblem[] {
  if (start === undefined || nodeNames.has(start)) return [];
  const message = `the flow starts at "${start}", which does not exist${suggestion(start, nodeNames)}`;
  return [source.problem(['start'], 'unknown-node', message)];
}

function environmentProblems(
  { source, secrets }: Draft,
  env: Readonly<Record<string, string | undefined>>,
): FlowProblem[] {
  return secrets.flatMap((name, index) =>
    (env[name] ?? '') === ''
      ? [
          source.problem(
            ['secrets', index],
            'missing-environment',
            `the environment variable ${name} is not set; set it, or take it out of secrets`,
          ),
        ]
      : [],
  );
}

function numberProblems({ source, numbers }: Draft): FlowProblem[] {
  return numbers.flatMap((number, index) =>
    numbers.indexOf(number) < index
      ? [source.problem(['numbers', index], 'duplicate', `the number ${number} is there twice`)]
      : [],
  );
}

/** A default is what calls without a value have, so it is of the variable's type. An empty one stands for none. */
function variableProblems({ source }: Draft): FlowProblem[] {
  return Object.entries(asMap(asMap(source.data)['variables'])).flatMap(([name, declared]) => {
    const { type = 'text', default: fallback } = asMap(declared);
    const known = VARIABLE_TYPES.find((each) => each === type);
    if (known === undefined || (fallback ?? '') === '' || typeof fallback === 'object') return [];
    if (typed(fallback, known) !== undefined) return [];
    const message = `the default of variable "${name}" must be a ${WORDS[known]}, not ${JSON.stringify(fallback)}`;
    return [source.problem(['variables', name, 'default'], 'wrong-value', message)];
  });
}

function nodeProblems(draft: Draft, name: string, node: NodeSpec): FlowProblem[] {
  return [...targetProblems(draft, name, node), ...kindProblems(draft, name, node)];
}

function targetProblems(draft: Draft, name: string, node: NodeSpec): FlowProblem[] {
  const { source, nodeNames } = draft;
  if (!('next' in node)) return [];
  const written = node.next;
  return [...targetsOf(node)].flatMap(([outcome, { to }]) => {
    if (nodeNames.has(to)) return [];
    const path = ['nodes', name, 'next'];
    if (typeof written !== 'string') {
      path.push(outcome);
      const target: unknown = Object.entries(written).find(([key]) => key === outcome)?.[1];
      if (typeof target !== 'string') path.push('to');
    }
    return [
      source.problem(
        path,
        'unknown-node',
        `node "${name}" goes to "${to}", which does not exist${meantNode(to, draft)}`,
      ),
    ];
  });
}

/** Elsewhere a call ends at a place of a fixed name; here it ends at a node that hangs up. */
function meantNode(to: string, { nodes, nodeNames }: Draft): string {
  const near = suggestion(to, nodeNames);
  if (near !== '' || typeElsewhere(to, ['hangup']) === undefined) return near;
  const ending = [...nodes].find(([, { type }]) => type === 'hangup')?.[0];
  return ending === undefined
    ? '; a call ends at a node of type hangup'
    : `; did you mean "${ending}", which hangs up?`;
}

function kindProblems(draft: Draft, name: string, node: NodeSpec): FlowProblem[] {
  switch (node.type) {
    case 'agent':
      return [
        ...agentProblems(draft, name, node),
        ...agentSlotProblems(draft, name, node),
        ...offlineOptionProblems(draft, name, node),
      ];
    case 'menu':
      return menuProblems(draft, name, node);
    case 'collect':
      return node.slots.flatMap((slot, index) => slotProblems(draft, name, node.slots, slot, index));
    case 'branch':
      return branchProblems(draft, name, node);
    case 'tool':
      return toolNodeProblems(draft, name, node);
    case 'sms':
      return smsProblems(draft, name, node);
    case 'transfer':
      return transferProblems(draft, name, node);
    case 'say':
    case 'set':
    case 'message':
    case 'subflow':
    case 'return':
    case 'voicemail':
    case 'hangup':
      return [];
  }
}

function agentProblems(
  draft: Draft,
  name: string,
  node: Extract<NodeSpec, { type: 'agent' }>,
): FlowProblem[] {
  const { source, toolNames, modelIsNone } = draft;
  const problems: FlowProblem[] = [];
  if (modelIsNone) {
    problems.push(
      source.problem(
        ['nodes', name, 'type'],
        'not-allowed',
        `node "${name}" is an agent and needs a model, but the flow says "model: none"`,
      ),
    );
  }
  node.tools.forEach((tool, index) => {
    if (toolNames.includes(tool)) return;
    problems.push(
      source.problem(
        ['nodes', name, 'tools', index],
        'unknown-tool',
        `node "${name}" uses the tool "${tool}", which does not exist${suggestion(tool, toolNames)}`,
      ),
    );
  });
  if (Object.keys(node.next).every((outcome) => outcome === 'failed')) {
    problems.push(
      source.problem(
        ['nodes', name, 'next'],
        'missing-outcome',
        `node "${name}" can never end: its next needs an outcome that the model can choose, such as "done"`,
      ),
    );
  }
  return [...problems, ...keyProblems(source, name, node)];
}

function keyProblems(
  source: Draft['source'],
  name: string,
  node: Extract<NodeSpec, { type: 'agent' }>,
): FlowProblem[] {
  const problems: FlowProblem[] = [];
  const keys = new Map<string, string>();
  for (const [outcome, { key }] of targetsOf(node)) {
    if (key === undefined) continue;
    const other = keys.get(key);
    if (other !== undefined)
      problems.push(
        source.problem(
          ['nodes', name, 'next', outcome, 'key'],
          'duplicate',
          `key "${key}" of node "${name}" already means "${other}"`,
        ),
      );
    keys.set(key, outcome);
  }
  return problems;
}

function menuProblems(draft: Draft, name: string, node: Extract<NodeSpec, { type: 'menu' }>): FlowProblem[] {
  const { source } = draft;
  const path = ['nodes', name];
  const problems = optionProblems(source, [...path, 'options'], node.options);
  const outcomes = Object.keys(node.options);
  if (outcomes.includes('none')) {
    problems.push(
      source.keyProblem(
        [...path, 'options', 'none'],
        'wrong-value',
        '"none" is the outcome of a menu when nothing was chosen; choose another name',
      ),
    );
  }
  problems.push(...outcomeProblems(source, name, [...outcomes, 'none'], node.next));
  return problems;
}
