/** Settings and declarations that do nothing, or not what was probably meant. */
import type { Draft } from './draft.ts';
import { asMap, valueAt } from './plain-data.ts';
import { type FlowProblem, nearest, suggestion } from './problems.ts';

export function settingProblems(draft: Draft): FlowProblem[] {
  return [
    ...unusedTools(draft),
    ...unusedSecrets(draft),
    ...recogniserProblems(draft),
    ...modelProblems(draft),
    ...summaryProblems(draft),
    ...fillerProblems(draft),
  ];
}

function unusedTools({ source, nodes, tools }: Draft): FlowProblem[] {
  const used = new Set(
    [...nodes.values()].flatMap((node) => {
      const { tools: offered, tool } = asMap(node);
      return [...(Array.isArray(offered) ? offered : []), tool];
    }),
  );
  return [...tools.keys()]
    .filter((name) => !used.has(name))
    .map((name) =>
      source.keyProblem(['tools', name], 'unused', `no node uses the tool "${name}"`, 'warning'),
    );
}

function unusedSecrets({ source, secrets }: Draft): FlowProblem[] {
  const { tools, mcp_servers: servers } = asMap(source.data);
  const readers = JSON.stringify([tools, servers]);
  // A function is given all of them.
  if (readers.includes('"function":')) return [];
  return secrets.flatMap((name, index) =>
    readers.includes(`env.${name}`) || JSON.stringify(servers ?? '').includes(`"${name}"`)
      ? []
      : [source.problem(['secrets', index], 'unused', `no tool uses {{ env.${name} }}`, 'warning')],
  );
}

/**
 * Deepgram's models (docs: "Models & Languages Overview", "Model Options"). The vendor refuses a name it does not know,
 * and then nobody hears the caller. Trained models are named by a UUID.
 */
const RECOGNISERS = [
  'flux',
  'flux-general-en',
  'flux-general-multi',
  ...models('nova-3', 'general medical'),
  ...models(
    'nova-2',
    'general meeting phonecall finance conversationalai voicemail video medical drivethru automotive atc',
  ),
  ...models('nova', 'general phonecall medical'),
  ...models('enhanced', 'general meeting phonecall finance'),
  ...models('base', 'general meeting phonecall finance conversationalai voicemail video'),
  ...models('whisper', 'tiny base small medium large'),
];
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

function models(family: string, kinds: string): string[] {
  return [family, ...kinds.split(' ').map((kind) => `${family}-${kind}`)];
}

function recogniserProblems({ source }: Draft): FlowProblem[] {
  const path = ['recognition', 'model'];
  const model = valueAt(source.data, path);
  if (typeof model !== 'string' || UUID.test(model) || RECOGNISERS.includes(model)) return [];
  const message = `no recogniser called "${model}" is known, and under a wrong name the agent hears nothing${suggestion(model, RECOGNISERS)}`;
  return [source.problem(path, 'unknown-model', message, 'warning')];
}

/** The families of Anthropic's models. Their versions come and go; only a slip in the words is one. */
const CLAUDE_WORDS = 'claude haiku sonnet opus fable mythos instant latest'.split(' ');

function modelProblems({ source }: Draft): FlowProblem[] {
  const path = ['model', 'name'];
  const model = valueAt(source.data, path);
  if (typeof model !== 'string') return [];
  const words = model.match(/[a-z]+/g) ?? [];
  const looksLikeOne = words.filter((word) => CLAUDE_WORDS.includes(word)).length > 0;
  const misspelt = words.find(
    (word) => !CLAUDE_WORDS.includes(word) && nearest(word, CLAUDE_WORDS) !== undefined,
  );
  const meant = misspelt === undefined ? undefined : nearest(misspelt, CLAUDE_WORDS);
  if (!looksLikeOne || misspelt === undefined || meant === undefined) return [];
  const message = `no language model called "${model}" is known, and under a wrong name it gives no answers; did you mean "${model.replace(misspelt, meant)}"?`;
  return [source.problem(path, 'unknown-model', message, 'warning')];
}

function summaryProblems({ source, nodes }: Draft): FlowProblem[] {
  return [...nodes].flatMap(([name, node]) => {
    const path = ['nodes', name, 'summary_to'];
    if (node.type !== 'transfer' || node.summary !== undefined || valueAt(source.data, path) === undefined)
      return [];
    const message = `node "${name}" has no summary, so summary_to does nothing`;
    return [source.keyProblem(path, 'no-effect', message, 'warning')];
  });
}

/** `timing.watchdog_ms` of a file that does not set it. */
const WATCHDOG_MS = 4000;

function fillerProblems({ source }: Draft): FlowProblem[] {
  const path = ['waiting', 'filler_after_ms'];
  const fillerMs = valueAt(source.data, path);
  const watchdogMs = valueAt(source.data, ['timing', 'watchdog_ms']) ?? WATCHDOG_MS;
  if (typeof fillerMs !== 'number' || typeof watchdogMs !== 'number' || fillerMs <= watchdogMs) return [];
  const message = `a filler after ${fillerMs} ms comes too late: after timing.watchdog_ms (${watchdogMs}) something is said anyway`;
  return [source.problem(path, 'no-effect', message, 'warning')];
}
