/** A call to a flow for the tests of this room: events in, commands out as short lines. */
import type { CallFlow, FlowCommand, FlowNote, FlowState, Message } from './index.ts';
import { parseFlow } from './loader.ts';
import { TextCall, type TextEvent } from './test/text-call.ts';

/** A Friday, ten in the morning in New York. */
const NOW = '2026-11-20T15:00:00.000Z';
const CALLER = '+14155550123';
const FACTS = {
  callId: 'call-1',
  direction: 'inbound',
  from: CALLER,
  to: '+15550100',
  startedAt: NOW,
} as const;

/** `flow`, `description` and `start: a` are added to what is given. */
export function flowOf(body: string): CallFlow {
  return parseFlow(`flow: test\ndescription: A test.\nstart: a\n${body}`, {
    file: 'test.yaml',
    env: { API_URL: 'http://api.test' },
  });
}

export class TestCall {
  readonly flow: CallFlow;
  /** The notes of the last step. */
  notes: FlowNote[] = [];
  /** The messages of the last model request. */
  messages: readonly Message[] = [];
  readonly #call: TextCall;
  #last: FlowCommand[] = [];

  constructor(flow: CallFlow | string) {
    this.flow = typeof flow === 'string' ? flowOf(flow) : flow;
    this.#call = new TextCall(this.flow, { facts: FACTS, now: () => NOW });
  }

  get state(): FlowState {
    return this.#call.state;
  }

  set state(state: FlowState) {
    this.#call.restore(state);
  }

  /** The commands of one event, notes apart. The state goes through JSON, as it does between processes. */
  event(event: TextEvent): string[] {
    this.#call.restore(JSON.parse(JSON.stringify(this.#call.state)));
    const commands = this.#call.send(event);
    this.notes = commands.flatMap((command) => (command.type === 'note' ? [command.note] : []));
    this.#last = commands.filter((command) => command.type !== 'note');
    return this.#last.map((command) => this.#line(command));
  }

  start(): string[] {
    return this.event({ type: 'call-started', call: FACTS });
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
      case 'find-knowledge':
        return `find-knowledge: ${command.text}`;
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
