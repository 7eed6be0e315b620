/** One conversation with a flow in text, line by line: what is typed, what the model and the tools answer. */
import { asksForTime } from '../call/endpointing-phrases.ts';
import { type CallFacts, type CallFlow, type ModelRequest, SMS_TOOL } from '../flows/index.ts';
import type { FlowTest } from '../flows/schema-tests.ts';
import { StepFailure } from '../flows/test/failure.ts';
import type { TextAnswer } from '../flows/test/judge.ts';
import { type ToolAnswer, ToolMocks } from '../flows/test/mocks.ts';
import {
  type AskModel,
  type Happening,
  isPrivate,
  isUnheard,
  type RunTool,
  TextCall,
} from '../flows/test/text-call.ts';
import type { ChatView } from './chat-view.ts';

/** More model requests and tools than this in a row are a conversation that runs in circles. */
const MOST_ANSWERS = 50;

const NO_MODEL =
  'The flow asks the model here, and there is none: set ANTHROPIC_API_KEY, or start again with --model scripted. The conversation goes on as if the model could not be reached.';

const NO_SMS = 'No text message is sent from here; the flow goes on as if it was.';

const COMMANDS = `
  anything else     what the caller says
  /keys 12#         presses keys
  /silence          says nothing for as long as the flow waits
  /hangup           hangs up
  /no-answer        nobody takes the transferred call; /busy: the line is busy
  /slots            the slots so far
  /why              what settled the last turn, and what is waited for
  /restart          a new call
  /help             this list`;

/** Asks a model for a whole answer and tells its text as it comes. Never rejects. */
export type ChatModel = (request: ModelRequest, onText: (text: string) => void) => Promise<TextAnswer>;

export interface ChatOptions {
  flow: CallFlow;
  /** Whose mocks answer where no tool is run. */
  tests: readonly FlowTest[];
  /** Of each call anew. */
  facts: () => CallFacts;
  model?: ChatModel;
  mocksTools: boolean;
  view: ChatView;
  signal: AbortSignal;
}

export class ChatSession {
  readonly #options: ChatOptions;
  #call: TextCall;
  /** What happened since the caller's last word. */
  #turn: Happening[] = [];
  /** Requests whose text was shown as it came. */
  readonly #streamed = new Set<string>();
  #asksForResult: RunTool | undefined;
  /** What was last told to be waited for. */
  #told: unknown;
  #done = false;

  constructor(options: ChatOptions) {
    this.#options = options;
    this.#call = this.#newCall();
  }

  /** Nothing that is typed would be taken any more. */
  get isDone(): boolean {
    return this.#done;
  }

  async start(): Promise<void> {
    this.#call.start();
    await this.#settle();
  }

  /** Takes one line. Never rejects. */
  async take(line: string): Promise<void> {
    const text = line.trim();
    if (this.#asksForResult !== undefined) this.#takeResult(text);
    else if (text === '') return;
    else if (text.startsWith('/')) await this.#command(text);
    else this.#callerDoes(() => this.#say(text));
    await this.#settle();
  }

  #newCall(): TextCall {
    const { flow, facts } = this.#options;
    return new TextCall(flow, {
      facts: facts(),
      now: () => new Date().toISOString(),
      onHappening: (happening) => this.#show(happening),
      asksForTime,
    });
  }

  #show(happening: Happening): void {
    const { flow, view } = this.#options;
    const isTyped = happening.type === 'caller' || happening.type === 'keys';
    const shown =
      isTyped && isPrivate(this.#call.waiting) ? hidden(happening) : flow.masked(this.#call.state, happening);
    this.#turn.push(shown);
    const wasShown = happening.type === 'agent' && this.#streamed.has(happening.partId);
    view.happened(shown, { wasShown });
  }

  async #command(text: string): Promise<void> {
    const { view, flow } = this.#options;
    const [name = '', ...rest] = text.split(/\s+/);
    const argument = rest.join('');
    switch (name) {
      case '/help':
        return view.tell('help', COMMANDS.trimStart());
      case '/keys':
      case '/key':
        if (!/^[0-9*#]+$/.test(argument)) return view.tell('help', 'Keys are digits, * and #: /keys 12#');
        return this.#callerDoes(() => this.#call.press(argument));
      case '/silence':
        return this.#callerDoes(() => this.#call.staySilent());
      case '/no-answer':
      case '/busy':
        return this.#failTransfer(name.slice(1));
      case '/slots':
        return view.tell('slots', flow.describe(this.#call.state).slots);
      case '/why':
        return view.tell('why', this.#reasons());
      case '/restart':
        this.#call = this.#newCall();
        this.#turn = [];
        return this.#start();
      case '/hangup':
      case '/quit':
      case '/exit':
        view.tell('ended', { by: 'caller' });
        this.#done = true;
        return;
      default:
        return view.tell('help', `There is no command ${name}.\n${COMMANDS.trimStart()}`);
    }
  }

  #start(): void {
    this.#call.start();
  }

  #say(text: string): void {
    if (isUnheard(this.#call.waiting))
      this.#options.view.tell('help', 'Nothing that is said is heard here: this is keyed, as in /keys 1234#');
    else this.#call.say(text);
  }

  #callerDoes(action: () => void): void {
    if (this.#call.waiting.type === 'left') {
      this.#options.view.tell(
        'help',
        'The call is with somebody else: /no-answer brings it back, /restart begins anew, /hangup ends it.',
      );
      return;
    }
    this.#turn = [];
    action();
  }

  #failTransfer(status: string): void {
    const { waiting } = this.#call;
    if (waiting.type !== 'left' || waiting.how.type !== 'transfer')
      return this.#options.view.tell('help', 'Nobody is being called just now.');
    this.#turn = [];
    this.#call.send({ type: 'transfer-failed', status });
  }

  /** Answers what the flow asks, until it is the caller's word. */
  async #settle(): Promise<void> {
    for (let answers = 0; answers < MOST_ANSWERS && !this.#done; answers++) {
      const { waiting } = this.#call;
      if (waiting.type === 'model') await this.#askModel(waiting.ask);
      else if (waiting.type === 'knowledge') await this.#call.lookUp();
      else if (waiting.type === 'tool') {
        if (!(await this.#runTool(waiting.run))) return;
      } else break;
    }
    const { waiting } = this.#call;
    if (waiting.type === 'left' && waiting.how.type === 'hang-up') this.#done = true;
    if (waiting.type !== 'caller' || waiting === this.#told) return;
    this.#told = waiting;
    this.#options.view.tell('listen', { node: this.#call.standing.node, expect: waiting.expect });
  }

  async #askModel({ request, requestId, speak }: AskModel): Promise<void> {
    const { model, view } = this.#options;
    if (model === undefined) {
      view.tell('problem', NO_MODEL);
      this.#call.failModel('no-model');
      return;
    }
    const { text, calls, failed } = await model(request, (piece) => {
      if (!speak) return;
      this.#streamed.add(requestId);
      view.streams(piece);
    });
    if (this.#streamed.has(requestId)) view.streams(undefined);
    if (failed === undefined) this.#call.answer(text, calls);
    else {
      view.tell('problem', `The model gave no answer: ${failed}`);
      this.#call.failModel(failed, text);
    }
  }

  /** False where the result is to be typed. */
  async #runTool(run: RunTool): Promise<boolean> {
    const { mocksTools, flow, signal, view } = this.#options;
    const isMessage = run.tool === SMS_TOOL;
    if (isMessage && !mocksTools) view.tell('problem', NO_SMS);
    const real = isMessage ? { result: 'sent', isError: false } : undefined;
    const answer = mocksTools ? this.#mocked(run) : (real ?? (await flow.tools.run(run, signal)));
    if (answer === undefined) {
      view.tell('help', `What does ${run.tool} answer? Type it as JSON, or "error: …".`);
      this.#asksForResult = run;
      return false;
    }
    this.#call.finishTool(answer.result, answer.isError);
    return true;
  }

  /** What the first test that answers such a call says. */
  #mocked({ tool, input }: RunTool): ToolAnswer | undefined {
    for (const { tools } of this.#options.tests) {
      try {
        return new ToolMocks(tools, { read: () => undefined }).answer(tool, input);
      } catch (error) {
        if (!(error instanceof StepFailure)) throw error;
      }
    }
    return undefined;
  }

  #takeResult(text: string): void {
    this.#asksForResult = undefined;
    const error = /^error:\s*(.+)$/is.exec(text)?.[1];
    this.#call.finishTool(error ?? jsonOr(text), error !== undefined);
  }

  #reasons(): Record<string, unknown> {
    const { waiting, standing } = this.#call;
    const settled = this.#turn.flatMap((happening) => {
      if (happening.type === 'note' && happening.note.type === 'outcome') return [happening.note];
      return happening.type === 'slot' || happening.type === 'slot-refused' || happening.type === 'problem'
        ? [happening]
        : [];
    });
    return {
      node: standing.node,
      settled,
      ...(waiting.type === 'caller' ? { waitsFor: waiting.expect } : {}),
    };
  }
}

/** That something sensitive was said or keyed, and not what. */
function hidden(happening: Extract<Happening, { type: 'caller' | 'keys' }>): Happening {
  return happening.type === 'keys' ? { ...happening, keys: '•••' } : { ...happening, text: '•••' };
}

/** What is no JSON is a text. */
function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
