/** What must hold between the parts of a flow, beyond the shape of each: names that exist, ways that lead somewhere. */
import { templateProblems } from './checks-templates.ts';
import type { Draft } from './draft.ts';
import { FINISH_TOOL, targetsOf } from './flow.ts';
import { type FlowProblem, list, suggestion } from './problems.ts';
import type { NodeSpec, SlotSpec } from './schema-nodes.ts';
import { inputCheck, inputNames, inputSchema } from './tools/input.ts';

/** @param env the environment that `secrets` name parts of. */
export function checkDraft(draft: Draft, env: Readonly<Record<string, string | undefined>>): FlowProblem[] {
  return [
    ...startProblems(draft),
    ...environmentProblems(draft, env),
    ...numberProblems(draft),
    ...toolProblems(draft),
    ...[...draft.nodes].flatMap(([name, node]) => nodeProblems(draft, name, node)),
    ...templateProblems(draft),
    ...(draft.isWhole ? wholeProblems(draft) : []),
  ];
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

function toolProblems({ source, tools }: Draft): FlowProblem[] {
  return [...tools].flatMap(([name, tool]) => {
    const problems: FlowProblem[] = [];
    if (name === FINISH_TOOL) {
      problems.push(
        source.keyProblem(
          ['tools', name],
          'wrong-value',
          `"${FINISH_TOOL}" is how the model ends a node; choose another name`,
        ),
      );
    }
    try {
      inputCheck(inputSchema(tool.input));
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      problems.push(
        source.problem(
          ['tools', name, 'input'],
          'bad-schema',
          `the input of tool "${name}" is not a valid JSON Schema: ${reason}`,
        ),
      );
    }
    for (const given of Object.keys(tool.with ?? {})) {
      if (!inputNames(tool.input).includes(given)) continue;
      problems.push(
        source.keyProblem(
          ['tools', name, 'with', given],
          'duplicate',
          `"${given}" is given by the flow and asked of the model; take it out of input`,
        ),
      );
    }
    return problems;
  });
}

function nodeProblems(draft: Draft, name: string, node: NodeSpec): FlowProblem[] {
  return [...targetProblems(draft, name, node), ...kindProblems(draft, name, node)];
}

function targetProblems({ source, nodeNames }: Draft, name: string, node: NodeSpec): FlowProblem[] {
  if (node.type === 'hangup') return [];
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
        `node "${name}" goes to "${to}", which does not exist${suggestion(to, nodeNames)}`,
      ),
    ];
  });
}

function kindProblems(draft: Draft, name: string, node: NodeSpec): FlowProblem[] {
  switch (node.type) {
    case 'agent':
      return agentProblems(draft, name, node);
    case 'menu':
      return menuProblems(draft, name, node);
    case 'collect':
      return node.slots.flatMap((slot, index) => slotProblems(draft, name, node.slots, slot, index));
    case 'say':
    case 'transfer':
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

function menuProblems(
  { source }: Draft,
  name: string,
  node: Extract<NodeSpec, { type: 'menu' }>,
): FlowProblem[] {
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
  const known = [...outcomes, 'none'];
  for (const outcome of Object.keys(node.next)) {
    if (known.includes(outcome)) continue;
    problems.push(
      source.keyProblem(
        [...path, 'next', outcome],
        'unknown-outcome',
        `node "${name}" can never end with "${outcome}"; it ends with ${list(known)}${suggestion(outcome, known)}`,
      ),
    );
  }
  for (const outcome of known) {
    if (Object.hasOwn(node.next, outcome)) continue;
    const where = source.keyProblem(
      [...path, 'next'],
      'missing-outcome',
      `node "${name}" can end with "${outcome}", and its next does not say where that leads`,
    );
    problems.push(where);
  }
  return problems;
}

function optionProblems(
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

function slotProblems(
  { source }: Draft,
  node: string,
  slots: readonly SlotSpec[],
  slot: SlotSpec,
  index: number,
): FlowProblem[] {
  const path = ['nodes', node, 'slots', index];
  const problems: FlowProblem[] = [];
  if (slots.findIndex(({ name }) => name === slot.name) < index) {
    problems.push(
      source.problem([...path, 'name'], 'duplicate', `node "${node}" asks for the slot "${slot.name}" twice`),
    );
  }
  const wrong = (key: string, message: string): void => {
    problems.push(source.problem([...path, key], 'wrong-value', message));
  };
  if (slot.type === 'choice')
    problems.push(...optionProblems(source, [...path.map(String), 'choices'], slot.choices));
  if (slot.type === 'digits') {
    const { length, min_length: least, max_length: most } = slot;
    if (length !== undefined && (least ?? most) !== undefined)
      wrong('length', `slot "${slot.name}": give length, or min_length and max_length, not both`);
    if (least !== undefined && most !== undefined && least > most)
      wrong('min_length', `slot "${slot.name}": min_length is more than max_length`);
  }
  if (slot.type === 'number' && slot.min !== undefined && slot.max !== undefined && slot.min > slot.max) {
    wrong('min', `slot "${slot.name}": min is more than max`);
  }
  return problems;
}

/** What only the whole flow can show; none of it stops a call. */
function wholeProblems({ source, nodes, tools, secrets, start }: Draft): FlowProblem[] {
  const problems: FlowProblem[] = [];
  const reached =
    start === undefined ? new Set<string>() : closure([start], (name) => successors(nodes.get(name)));
  const before = predecessors(nodes);
  const exits = [...nodes]
    .filter(([, { type }]) => type === 'hangup' || type === 'transfer')
    .map(([name]) => name);
  const leaving = closure(exits, (name) => before.get(name) ?? []);
  for (const name of nodes.keys()) {
    if (!reached.has(name))
      problems.push(
        source.keyProblem(['nodes', name], 'unreachable-node', `no way leads to node "${name}"`, 'warning'),
      );
    else if (!leaving.has(name)) {
      problems.push(
        source.keyProblem(
          ['nodes', name],
          'no-way-out',
          `no way leads from node "${name}" to a hangup or a transfer`,
          'warning',
        ),
      );
    }
  }
  const used = new Set([...nodes.values()].flatMap((node) => (node.type === 'agent' ? node.tools : [])));
  for (const name of tools.keys()) {
    if (!used.has(name))
      problems.push(
        source.keyProblem(['tools', name], 'unused', `no node uses the tool "${name}"`, 'warning'),
      );
  }
  secrets.forEach((name, index) => {
    const isUsed = JSON.stringify([...tools.values()].map((tool) => tool.http)).includes(`env.${name}`);
    if (!isUsed)
      problems.push(
        source.problem(['secrets', index], 'unused', `no tool uses {{ env.${name} }}`, 'warning'),
      );
  });
  return problems;
}

function successors(node: NodeSpec | undefined): string[] {
  return node === undefined ? [] : [...targetsOf(node).values()].map(({ to }) => to);
}

function predecessors(nodes: ReadonlyMap<string, NodeSpec>): Map<string, string[]> {
  const before = new Map<string, string[]>();
  for (const [name, node] of nodes) {
    for (const to of successors(node)) before.set(to, [...(before.get(to) ?? []), name]);
  }
  return before;
}

function closure(from: readonly string[], next: (name: string) => readonly string[]): Set<string> {
  const seen = new Set(from);
  for (const name of seen) for (const other of next(name)) seen.add(other);
  return seen;
}
