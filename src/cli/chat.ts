/** `callwright chat`: talk to a flow by typing, with the engine of real calls. */
import { createInterface, type Interface } from 'node:readline';
import { type Command, InvalidArgumentError } from 'commander';
import { loadTextConfig } from '../config.ts';
import type { CallFacts } from '../flows/index.ts';
import { UserError } from '../user-error.ts';
import { type ChatModel, ChatSession } from './chat-session.ts';
import { type ChatView, jsonView, textView } from './chat-view.ts';
import type { CliContext } from './context.ts';
import { checkEach, filesOf, isUsable, type UsableFlow, usableFlows } from './flow-files.ts';
import { stopSignal } from './stop-signal.ts';

const HELP = `
What you type is what the caller says. The flow is the one that takes calls: nodes, slots and tool calls are shown as
they happen. /help, typed there, lists what else a caller can do. Tools are really run, unless --mock-tools.

Agent nodes need a model: the real one where ANTHROPIC_API_KEY is set, or --model scripted for the sandbox's stand-in,
which does not think but follows a few declared rules; with it, BOOKING_URL is the sandbox's too, unless it is set.

Examples:
  callwright chat main-menu
  callwright chat flows/dental-reception.yaml --model scripted
  printf '%s\\n' 'I need a cleaning' /hangup | callwright chat flows/dental-reception.yaml --json`;

type Config = ReturnType<typeof loadTextConfig>;

interface Options {
  model?: 'real' | 'scripted';
  mockTools?: boolean;
  from: string;
  to?: string;
  outbound?: boolean;
  var: Record<string, string>;
  json?: boolean;
}

/** Adds `chat`. */
export function registerChatCommand(program: Command, context: CliContext): void {
  program
    .command('chat')
    .description('talk to a call flow by typing')
    .argument('<flow>', 'a flow file, or the id of a flow in FLOWS_DIR')
    .option('--model <which>', 'real or scripted', parseModel)
    .option('--mock-tools', "run no tool: answer as the flow's tests do, or ask you")
    .option('--from <number>', "the caller's number", '+14155550123')
    .option('--to <number>', 'the number that is called; the first of the flow, unless set')
    .option('--outbound', 'the flow is the one that calls')
    .option('--var <name=value>', 'a campaign variable; may be given several times', parseVariable, {})
    .option('--json', 'print what happens as JSON lines, for programs')
    .addHelpText('after', HELP)
    .action((name: string, options: Options) => chat(name, options, context));
}

async function chat(name: string, options: Options, { input, out, err }: CliContext): Promise<void> {
  const config = loadTextConfig();
  const isTyped = input.isTTY === true && out.isTTY === true;
  // Lines that are piped in come to an end by themselves, and a signal ends the process as it always does.
  const signal = isTyped ? stopSignal() : new AbortController().signal;
  await using parts = new AsyncDisposableStack();
  const model = await chatModel(options.model, config, parts, signal);
  const variables = { ...model.variables, ...config.flowVariables };
  const flow = await chosenFlow(name, config, variables);
  parts.defer(() => flow.flow.close());
  const view = options.json ? jsonView(out) : textView(out, { isTyped });
  for (const secret of flow.compiled.file.secrets)
    if ((variables[secret] ?? '') === '' && !options.mockTools)
      err.write(`${secret} is not set: the tools that need it will fail. Set it, or add --mock-tools.\n`);
  const session = new ChatSession({
    flow: flow.flow.forCaller(options.from),
    tests: flow.compiled.file.tests,
    facts: () => factsOf(flow, options),
    ...(model.model === undefined ? {} : { model: model.model }),
    mocksTools: options.mockTools ?? false,
    view,
    signal,
  });
  await converse(session, linesOf(input, view, isTyped), signal);
}

/** Prompts where somebody types. */
function linesOf(input: CliContext['input'], view: ChatView, isTyped: boolean): Interface {
  return createInterface({
    input,
    ...(isTyped ? { output: process.stdout, prompt: view.prompt } : { terminal: false }),
  });
}

/** Takes lines until the call is left for good, or there are no more. */
async function converse(session: ChatSession, lines: Interface, signal: AbortSignal): Promise<void> {
  const stop = (): void => lines.close();
  signal.addEventListener('abort', stop, { once: true });
  // Ctrl-C on a terminal in raw mode reaches readline alone.
  lines.on('SIGINT', stop);
  // Lines that come while the agent is answering wait here.
  const typed = lines[Symbol.asyncIterator]();
  try {
    await session.start();
    while (!session.isDone && !signal.aborted) {
      if (lines.terminal) lines.prompt();
      const next = await typed.next();
      if (next.done) break;
      await session.take(next.value);
    }
  } finally {
    signal.removeEventListener('abort', stop);
    lines.close();
  }
}

/** What answers for the model; `variables`: what a stand-in brings along for tools. */
async function chatModel(
  which: Options['model'],
  config: Config,
  parts: AsyncDisposableStack,
  signal: AbortSignal,
): Promise<{ model?: ChatModel; variables: Record<string, string> }> {
  const isReal = config.anthropic.source === 'real';
  if (which === 'real' && !isReal)
    throw new UserError(
      '--model real needs ANTHROPIC_API_KEY, which is not set. Set it, or use --model scripted.',
    );
  if (which !== 'scripted' && !isReal) return { variables: {} };
  const { askInText, connectModel } = await import('./chat-model.ts');
  const standIn = which === 'scripted' ? await startStandIn() : undefined;
  if (standIn !== undefined) parts.defer(() => standIn.close());
  const account = config.anthropic.source === 'real' && standIn === undefined ? config.anthropic : undefined;
  const opened = parts.adopt(
    connectModel(account ?? { apiKey: 'sandbox', baseUrl: standIn?.baseUrl ?? '' }, config.anthropic),
    (connected) => connected.close(),
  );
  return {
    model: (request, onText) => askInText(opened, request, signal, onText),
    variables: standIn === undefined ? {} : { BOOKING_URL: `${standIn.baseUrl}/booking` },
  };
}

async function startStandIn(): Promise<{ baseUrl: string; close(): Promise<void> }> {
  const { startSandbox } = await import('../sandbox/server.ts');
  const { createLogger } = await import('../telemetry/logger.ts');
  return await startSandbox({
    logger: createLogger({ level: 'silent' }),
    // Its delays are there to be felt on a call.
    delays: { anthropic: { firstTokenMs: 0, tokensPerSecond: 100_000 }, booking: { responseMs: 0 } },
  });
}

/** @param variables what the flow's secrets are; those that are missing only fail the tools that need them. */
async function chosenFlow(
  name: string,
  { flowsDir }: Config,
  variables: Readonly<Record<string, string>>,
): Promise<UsableFlow> {
  const env = new Proxy<Record<string, string>>(
    {},
    { get: (_, secret) => variables[String(secret)] || 'unset' },
  );
  if (/\.ya?ml$/i.test(name)) {
    const [only] = await usableFlows([name], env);
    if (only !== undefined) return only;
  }
  // A mistake in another flow of the folder is no business of this one.
  const files = await filesOf([flowsDir], (error) => {
    throw error;
  });
  const checked = await checkEach(files, env);
  const flow = checked.filter(isUsable).find((one) => one.flow.settings.id === name);
  if (flow !== undefined) return flow;
  const { FlowError } = await import('../flows/problems.ts');
  const errors = checked.flatMap(({ problems }) => problems).filter(({ severity }) => severity === 'error');
  if (errors.length > 0) throw new FlowError(errors);
  const known = checked.filter(isUsable).map((one) => one.flow.settings.id);
  throw new UserError(`there is no flow "${name}": name a file, or one of ${known.join(', ')}`);
}

function factsOf({ flow }: UsableFlow, { from, to, outbound, var: variables }: Options): CallFacts {
  return {
    callId: `chat-${process.pid}`,
    direction: outbound ? 'outbound' : 'inbound',
    from,
    to: to ?? flow.numbers[0] ?? '+15550100',
    startedAt: new Date().toISOString(),
    variables,
  };
}

function parseModel(value: string): 'real' | 'scripted' {
  if (value === 'real' || value === 'scripted') return value;
  throw new InvalidArgumentError('It must be real or scripted.');
}

function parseVariable(value: string, known: Record<string, string>): Record<string, string> {
  const [, name, rest] = /^([a-z][a-z0-9_-]*)=(.*)$/s.exec(value) ?? [];
  if (name === undefined || rest === undefined) throw new InvalidArgumentError('It must be NAME=VALUE.');
  return { ...known, [name]: rest };
}
