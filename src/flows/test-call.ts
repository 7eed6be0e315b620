/** A call to a flow for tests: events in, commands out as short lines. */
import type { CallFlow, FlowCommand, FlowEvent, FlowNote, FlowState, Message } from './index.ts';
import { parseFlow } from './loader.ts';

type WithoutNow<T> = T extends { now: string } ? Omit<T, 'now'> & { now?: string } : T;

/** A Friday, ten in the morning in New York. */
const NOW = '2026-11-20T15:00:00.000Z';
const CALLER = '+14155550123';

/** `flow`, `description` and `start: a` are added to what is given. */
export function flowOf(body: string): CallFlow {
  return parseFlow(`flow: test\ndescription: A test.\nstart: a\n${body}`, {
    file: 'test.yaml',
    env: { API_URL: 'http://api.test' },
  });
}

export class TestCall {
  readonly flow: CallFlow;
  state: FlowState;
  /** The notes of the last step. */
  notes: FlowNote[] = [];
  /** The messages of the last model request. */
  messages: readonly Message[] = [];
  #last: FlowCommand[] = [];

  constructor(flow: CallFlow | string) {
    this.flow = typeof flow === 'string' ? flowOf(flow) : flow;
    this.state = this.flow.initialState();
  }

  /** The commands of one event, notes apart. The state goes through JSON, as it does between processes. */
  event(event: WithoutNow<FlowEvent>): string[] {
    const state = this.flow.restoreState(JSON.parse(JSON.stringify(this.state)));
    const step = this.flow.step(state, { now: NOW, ...event } as FlowEvent); // `now` is the only thing that was missing
    this.state = step.state;
    this.notes = step.commands.flatMap((command) => (command.type === 'note' ? [command.note] : []));
    this.#last = step.commands.filter((command) => command.type !== 'note');
    return this.#last.map((command) => this.#line(command));
  }

  start(): string[] {
    return this.event({
      type: 'call-started',
      call: { callId: 'call-1', direction: 'inbound', from: CALLER, to: '+15550100', startedAt: NOW },
    });
  }

  says(text: string): string[] {
    return this.event({ type: 'caller-said', text });
  }

  presses(digits: string): string[] {
    return this.event({ type: 'caller-pressed', digits });
  }

  silent(count: number): string[] {
    return this.event({ type: 'caller-silent', count });
  }

  /** Answers the open model request. `calls`: name and input. */
  model(text: string, ...calls: [name: string, input: Record<string, unknown>][]): string[] {
    const { requestId } = this.command('ask-model');
    const toolCalls = calls.map(([name, input], index) => ({ id: `${requestId}-${index}`, name, input }));
    const stopReason = calls.length > 0 ? 'tool-calls' : 'end';
    return this.event({ type: 'model-replied', requestId, text, toolCalls, stopReason });
  }

  modelFails(spoken = ''): string[] {
    return this.event({
      type: 'model-failed',
      requestId: this.command('ask-model').requestId,
      code: 'llm-stalled',
      spoken,
    });
  }

  /** Answers the open tool. */
  tool(result: unknown, isError = false): string[] {
    return this.event({ type: 'tool-finished', callId: this.command('run-tool').callId, result, isError });
  }

  /** What was heard of the parts of the last step, by part id. */
  heard(parts: Record<string, string>): string[] {
    return this.event({
      type: 'reply-heard',
      parts: Object.entries(parts).map(([partId, heard]) => ({ partId, heard, complete: false })),
    });
  }

  get node(): string {
    return this.flow.describe(this.state).node;
  }

  get slots(): Record<string, unknown> {
    return this.flow.describe(this.state).slots;
  }

  /** The last command of a kind in the last step that had any. */
  command<T extends FlowCommand['type']>(type: T): Extract<FlowCommand, { type: T }> {
    const command = this.#last.findLast((one) => one.type === type);
    if (command === undefined)
      throw new Error(`no ${type} in ${JSON.stringify(this.#last.map((one) => one.type))}`);
    return command as Extract<FlowCommand, { type: T }>; // found by its type
  }

  #line(command: FlowCommand): string {
    switch (command.type) {
      case 'say':
        return `say: ${command.text}`;
      case 'ask-model':
        this.messages = command.request.messages;
        return command.speak ? 'ask-model' : 'ask-model silently';
      case 'run-tool':
        return `run-tool: ${command.tool} ${JSON.stringify(command.input)}`;
      case 'listen':
        return `listen: ${command.expect.kind}`;
      case 'transfer':
        return `transfer: ${command.to}`;
      case 'hang-up':
        return `hang-up: ${command.reason}${command.result === undefined ? '' : ` ${command.result}`}`;
      case 'note':
        return '';
    }
  }
}
