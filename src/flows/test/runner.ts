/**
 * Plays one test of a flow: the caller's steps go to the interpreter, tools answer as the test says, and the model
 * answers by the test's own words or, where one is given, for real. Without a model it waits for nothing, so that
 * thousands of tests take a minute.
 */
import { FINISH_TOOL } from '../flow.ts';
import type { CallFacts, CallFlow } from '../index.ts';
import type { FlowTest, ModelStep, StepName, TestStep } from '../schema-tests.ts';
import { checkEnds, checkExpect, ended, type Standing, type ToolRun } from './checking.ts';
import { type FailureDetail, inline, StepFailure } from './failure.ts';
import { judge, type LiveModel } from './judge.ts';
import { findWords, plain } from './matching.ts';
import { type Recordings, type ToolAnswer, ToolMocks } from './mocks.ts';
import { type AskModel, type Happening, isUnheard, TextCall } from './text-call.ts';

/** A Friday, ten in the morning in New York. */
const DEFAULT_NOW = '2026-11-20T15:00:00.000Z';
const DEFAULT_FROM = '+14155550123';
const DEFAULT_TO = '+15550100';
/** More model requests and tools than this for one step are a conversation that runs in circles. */
const MOST_ANSWERS_A_STEP = 50;

/** What a test needs of the world. */
export interface TestWorld {
  recordings: Recordings;
  /** Really runs a tool and keeps its answer in `file`. Default: nothing is run. */
  record?: (file: string, run: ToolRun) => Promise<ToolAnswer>;
  /** Whether words ask for a moment, as the line takes them. Default: none do. */
  asksForTime?: (text: string, language: string) => boolean;
  /** Answers in place of the test's `model` steps. Default: only those do. */
  model?: LiveModel;
}

/** A step that failed. `step`: its index; -1 where the call could not even begin. */
export interface TestFailure extends FailureDetail {
  step: number;
  /** How many happenings there were when it failed. */
  after: number;
}

/** What became of one conversation. */
export interface Conversation {
  happenings: readonly Happening[];
  failure?: TestFailure;
}

/** Plays a test: `first`, where there is something, then its steps. Never rejects: what goes wrong is its failure. */
export async function playSteps(
  run: TestRun,
  steps: readonly TestStep[],
  first?: () => Promise<void>,
): Promise<Conversation> {
  let index = -1;
  try {
    await run.start();
    await first?.();
    for (const step of steps) {
      index++;
      await run.play(step);
    }
  } catch (error) {
    return {
      happenings: run.happenings,
      failure: { ...failureOf(error), step: index, after: run.happenings.length },
    };
  }
  return { happenings: run.happenings };
}

function failureOf(error: unknown): FailureDetail {
  if (error instanceof StepFailure) return error.detail;
  return {
    message: `the interpreter failed: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
  };
}

export interface TestSetup {
  flow: CallFlow;
  test: FlowTest;
  /** The test's `now` as an instant; {@link DEFAULT_NOW} where it has none. */
  now?: string;
  world: TestWorld;
}

/** One conversation of a test. */
export class TestRun {
  readonly happenings: Happening[] = [];
  readonly call: TextCall;
  readonly #world: TestWorld;
  readonly #mocks: ToolMocks;
  readonly #tools: ToolRun[] = [];
  readonly #neverSays: readonly string[];
  /** The agent's words since the caller's last, as they are compared, and how far steps have found theirs. */
  #said = '';
  #shown = '';
  #found = 0;
  #hungUpByCaller = false;

  constructor({ flow, test, world, now = DEFAULT_NOW }: TestSetup) {
    this.#world = world;
    this.#mocks = new ToolMocks(test.tools, world.recordings);
    this.#neverSays = [test.never_says ?? []].flat();
    const facts = factsOf(flow, test, now);
    const { slots } = test;
    const { asksForTime } = world;
    this.call = new TextCall(flow, {
      facts,
      ...(slots === undefined ? {} : { slots }),
      ...(asksForTime === undefined ? {} : { asksForTime }),
      now: () => now,
      onHappening: (happening) => this.#take(happening),
    });
  }

  /** Whether the call is over for the caller. */
  get isOver(): boolean {
    return this.call.waiting.type === 'left' || this.#hungUpByCaller;
  }

  async start(): Promise<void> {
    this.call.start();
    await this.#settle();
  }

  async play(step: TestStep): Promise<void> {
    const { agent, caller, model, keys, silence } = step;
    if (agent !== undefined) await this.#mustSay([agent].flat());
    else if (caller !== undefined) await this.callerSays(String(caller));
    else if (model !== undefined) await this.#modelAnswers(model);
    else if (keys !== undefined) await this.callerPresses(String(keys));
    else if (silence !== undefined) await this.#callerIsSilent(silence);
    else if (step.transfer_fails !== undefined) await this.#transferFails(step.transfer_fails);
    else if (step.machine !== undefined) await this.#machineAnswers();
    else if (step.hangup !== undefined) this.callerHangsUp();
    else if (step.expect !== undefined) checkExpect(step.expect, this.#standing);
    else if (step.ends !== undefined) checkEnds(step.ends, this.#standing);
  }

  async callerSays(text: string): Promise<void> {
    this.#callersTurn('caller');
    this.call.say(text);
    await this.#settle();
  }

  async callerPresses(keys: string): Promise<void> {
    this.#callersTurn('keys');
    const left = this.call.press(keys);
    if (left !== '')
      throw new StepFailure({
        message: `the call was over before the keys ${left} were pressed`,
        got: ended(this.#standing),
      });
    await this.#settle();
  }

  callerHangsUp(): void {
    if (this.isOver)
      throw new StepFailure({ message: 'the call is already over', got: ended(this.#standing) });
    this.#hungUpByCaller = true;
    this.happenings.push({ type: 'note', note: { type: 'caller-hung-up' } });
  }

  get #standing(): Standing {
    const { call } = this;
    return {
      described: call.standing,
      language: call.flow.settings.language,
      waiting: call.waiting,
      hungUpByCaller: this.#hungUpByCaller,
      tools: this.#tools,
    };
  }

  async #callerIsSilent(times: number): Promise<void> {
    for (let time = 0; time < times; time++) {
      this.#callersTurn('silence');
      this.call.staySilent();
      await this.#settle();
    }
  }

  async #transferFails(status: string): Promise<void> {
    const { waiting } = this.call;
    if (waiting.type !== 'left' || waiting.how.type !== 'transfer')
      throw new StepFailure({
        message: 'nobody is being called here',
        expected: 'a transfer',
        got: ended(this.#standing),
      });
    this.#forgetWords();
    this.call.send({ type: 'transfer-failed', status });
    await this.#settle();
  }

  async #machineAnswers(): Promise<void> {
    this.#callersTurn('machine');
    this.call.send({ type: 'machine-answered' });
    await this.#settle();
  }

  /** The words since the caller's last are done with; a new turn begins. Throws where it cannot. */
  #callersTurn(step: StepName): void {
    if (this.isOver) throw alreadyOver(step, this.#standing);
    const { waiting } = this.call;
    if (waiting.type === 'model') throw unscripted(waiting.ask, this.call.standing.node);
    if (step === 'caller' && waiting.type === 'caller' && isUnheard(waiting))
      throw new StepFailure({
        message: 'nothing that is said is heard here: this slot takes keys only',
        add: ['- keys: "…#"'],
      });
    this.#forgetWords();
  }

  #forgetWords(): void {
    this.#said = '';
    this.#shown = '';
    this.#found = 0;
  }

  async #mustSay(expected: readonly string[]): Promise<void> {
    for (const words of expected) {
      const end = findWords(this.#said, words, this.#found);
      if (end === undefined) continue;
      this.#found = end;
      return;
    }
    const { waiting } = this.call;
    if (waiting.type === 'model') throw unscripted(waiting.ask, this.call.standing.node);
    const verdict = await this.#meaning(expected);
    if (verdict?.holds) return;
    throw new StepFailure({
      message:
        verdict === undefined ? this.#missedWords(expected) : `the agent does not say this: ${verdict.why}`,
      expected: expected.map((words) => `"${words}"`).join(' or '),
      got: this.#shown === '' ? 'nothing' : `"${this.#shown}"`,
    });
  }

  /** A real model says things in its own words: what counts then is what they mean. */
  async #meaning(expected: readonly string[]): Promise<{ holds: boolean; why: string } | undefined> {
    const { model } = this.#world;
    if (model === undefined || this.#shown === '') return undefined;
    const rule = `With these words, the agent says, asks or conveys: ${expected.map(inline).join(' or ')}`;
    return await judge(model, rule, `agent: ${this.#shown}`);
  }

  #missedWords(expected: readonly string[]): string {
    const wasBefore = expected.some((words) => findWords(this.#said, words) !== undefined);
    return wasBefore
      ? 'the agent says this before the words of the step above, and not again after them'
      : 'the agent does not say this';
  }

  async #modelAnswers(step: ModelStep): Promise<void> {
    if (this.#world.model !== undefined) return;
    const { waiting } = this.call;
    const answer = typeof step === 'string' ? { say: step } : step;
    if (waiting.type !== 'model') {
      const got = this.isOver
        ? ended(this.#standing)
        : `node "${this.call.standing.node}" waits for the caller`;
      throw new StepFailure({
        message: 'the model is not asked here',
        expected: 'a request to the model',
        got,
      });
    }
    if (answer.fails) this.call.failModel('test');
    else this.call.answer(answer.say ?? '', callsOf(answer));
    await this.#settle();
  }

  /** Answers tools, and the model where it is real, until the caller has the word. */
  async #settle(): Promise<void> {
    for (let answers = 0; answers < MOST_ANSWERS_A_STEP; answers++) {
      const { waiting } = this.call;
      if (waiting.type === 'tool') await this.#runTool(waiting.run.tool, waiting.run.input);
      else if (waiting.type === 'knowledge') await this.call.lookUp();
      else if (waiting.type === 'model' && this.#world.model !== undefined) await this.#askModel(waiting.ask);
      else break;
    }
    const said = this.#neverSays.find((words) => findWords(this.#said, words) !== undefined);
    if (said !== undefined)
      throw new StepFailure({
        message: 'the agent says what this test forbids',
        expected: `never "${said}"`,
        got: `"${this.#shown}"`,
      });
  }

  async #runTool(tool: string, input: Record<string, unknown>): Promise<void> {
    const file = this.#mocks.recordingOf(tool);
    const { record } = this.#world;
    const isRecorded = file !== undefined && record !== undefined;
    const answer = isRecorded ? await record(file, { tool, input }) : this.#mocks.answer(tool, input);
    this.call.finishTool(answer.result, answer.isError);
  }

  async #askModel(ask: AskModel): Promise<void> {
    const { text, calls, failed } = (await this.#world.model?.(ask.request)) ?? { text: '', calls: [] };
    if (failed === undefined) this.call.answer(text, calls);
    else this.call.failModel(failed, text);
  }

  #take(happening: Happening): void {
    this.happenings.push(happening);
    if (happening.type === 'tool') this.#tools.push({ tool: happening.tool, input: happening.input });
    if (happening.type !== 'agent') return;
    this.#shown = `${this.#shown} ${happening.text}`.trim();
    this.#said = plain(this.#shown);
  }
}

function factsOf(flow: CallFlow, test: FlowTest, now: string): CallFacts {
  return {
    callId: 'test',
    direction: test.direction,
    from: test.from ?? DEFAULT_FROM,
    to: test.to ?? flow.numbers[0] ?? DEFAULT_TO,
    startedAt: now,
    variables: test.variables ?? {},
  };
}

function callsOf({
  call,
  finish,
}: Exclude<ModelStep, string>): { name: string; input: Record<string, unknown> }[] {
  const calls = [call ?? []]
    .flat()
    .flatMap((one) => Object.entries(one).map(([name, input]) => ({ name, input: input ?? {} })));
  return finish === undefined ? calls : [...calls, { name: FINISH_TOOL, input: { outcome: finish } }];
}

function alreadyOver(step: StepName, standing: Standing): StepFailure {
  const isTransfer = standing.waiting.type === 'left' && standing.waiting.how.type === 'transfer';
  return new StepFailure({
    message: 'the call is already over',
    expected: `a call that goes on with "${step}"`,
    got: ended(standing),
    ...(isTransfer
      ? { add: ['- transfer_fails: no-answer # before this step, where nobody takes the call'] }
      : {}),
  });
}

/** The model is asked and the test has no answer: the lines that would give one. */
function unscripted({ request }: AskModel, node: string): StepFailure {
  const refused = request.messages.findLast((message) => message.role === 'tool');
  const isRefused = refused === request.messages.at(-1) && refused?.isError === true;
  const tools = request.tools.filter(({ name }) => name !== FINISH_TOOL);
  const lines = tools.map(
    ({ name, input }) => `- model: { call: { ${name}: ${inline(placeholders(input))} } }`,
  );
  const finish = request.tools.find(({ name }) => name === FINISH_TOOL);
  const outcomes = finish === undefined ? [] : enumOf(finish.input);
  return new StepFailure({
    message: `the model is asked in node "${node}", and the test has no answer for it; add one of these before this step:`,
    ...(isRefused ? { got: `the last call came to nothing: ${refused.result}` } : {}),
    add: [
      ...(finish === undefined ? [] : ['- model: { say: "…" }']),
      ...lines,
      ...outcomes.map((outcome) => `- model: { finish: ${outcome} }`),
    ],
  });
}

function placeholders({ properties }: Readonly<Record<string, unknown>>): Record<string, string> {
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
  return Object.fromEntries(names.map((name) => [name, '…']));
}

function enumOf(schema: Readonly<Record<string, unknown>>): string[] {
  const { outcome } = (schema['properties'] ?? {}) as { outcome?: { enum?: unknown } }; // as agent nodes make it
  return Array.isArray(outcome?.enum) ? outcome.enum.map(String) : [];
}
