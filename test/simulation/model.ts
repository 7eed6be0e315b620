/** The language model of a simulated call: clauses and tool calls as they come, and what goes wrong. */
import type { ModelRequest, ToolCall } from '../../src/flows/index.ts';
import type { VirtualClock } from './clock.ts';
import type { Random } from './random.ts';
import type { Faults, Scenario } from './scenario.ts';

export interface ModelEvents {
  clause(text: string): void;
  done(answer: {
    text: string;
    toolCalls: ToolCall[];
    stopReason: 'end' | 'tool-calls' | 'max-tokens';
  }): void;
  failed(code: string, spoken: string): void;
}

const SENTENCES = [
  ['Sure.'],
  ['I can help you with that.', 'Which day would you like?'],
  ['There is a free time at three', 'and another one at half past four.', 'Which one is better?'],
  ['We are open Monday to Friday,', 'from nine to five.'],
  ['All right,', 'that is done.', 'Is there anything else?'],
  ['I am sorry,', 'I did not find anything under that number.'],
  ['May I have your name, please?'],
];
/** As the adapter's own limits: after these an answer that does not come counts as failed. */
const FIRST_TOKEN_TIMEOUT_MS = 3000;
const STALL_TIMEOUT_MS = 2500;

interface Part {
  readonly faults: Faults;
  readonly random: Random;
  readonly clock: VirtualClock;
  readonly model: Scenario['model'];
}

/** Asks the model; returns what gives the answer up. */
export function askModel(
  { clock, faults, random, model }: Part,
  request: ModelRequest,
  events: ModelEvents,
): () => void {
  let isOver = false;
  const after = (ms: number, run: () => void): void => {
    clock.after(ms, () => {
      if (!isOver) run();
    });
  };
  const fault = faults.next('model');
  const firstMs = random.between(120, 700) + (fault?.what === 'late' ? fault.ms : 0);
  const answer = makeAnswer(random, request, model === 'acts' ? 0.9 : 0.5);
  const isEmpty = fault?.what === 'empty';
  const clauses = isEmpty ? [] : answer.clauses;
  const toolCalls = isEmpty ? [] : answer.toolCalls;
  let text = '';
  const next = (index: number): void => {
    const clause = clauses[index];
    if (clause === undefined) {
      const stopReason = toolCalls.length > 0 ? 'tool-calls' : answer.stopReason;
      return after(30, () => events.done({ text, toolCalls, stopReason }));
    }
    const said = ` ${clause}`;
    text += said;
    events.clause(said);
    if (fault?.what === 'stalls') return after(STALL_TIMEOUT_MS, () => events.failed('llm-stalled', text));
    after(random.between(40, 200), () => next(index + 1));
  };
  switch (fault?.what) {
    case 'fails':
      after(firstMs + 200, () => next(0));
      break;
    case 'fails-twice':
      after(firstMs, () => events.failed('llm-unreachable', ''));
      break;
    case 'silent':
      after(2 * FIRST_TOKEN_TIMEOUT_MS, () => events.failed('llm-stalled', ''));
      break;
    default:
      after(firstMs, () => next(0));
  }
  return () => {
    isOver = true;
  };
}

/** `liking`: for tools rather than words, 0 to 1. */
function makeAnswer(
  random: Random,
  request: ModelRequest,
  liking: number,
): { clauses: readonly string[]; toolCalls: ToolCall[]; stopReason: 'end' | 'max-tokens' } {
  const wishes = random.chance(liking) ? random.between(1, 2) : 0;
  const toolCalls = Array.from({ length: wishes }, () => makeCall(random, random.pick(request.tools)));
  const saysNothing = toolCalls.length > 0 && random.chance(liking);
  return {
    clauses: saysNothing ? [] : random.pick(SENTENCES),
    toolCalls,
    stopReason: random.chance(0.03) ? 'max-tokens' : 'end',
  };
}

interface Property {
  type?: string;
  format?: string;
  pattern?: string;
  enum?: readonly string[];
}

function makeCall(random: Random, tool: ModelRequest['tools'][number]): ToolCall {
  const properties = (tool.input['properties'] ?? {}) as Record<string, Property>; // JSON Schema of an object
  const input: Record<string, unknown> = {};
  for (const [name, property] of Object.entries(properties)) input[name] = fitting(random, property);
  return { id: `call-${random.between(0, 0x7fff_ffff).toString(36)}`, name: tool.name, input };
}

function fitting(random: Random, { type, format, pattern, enum: values }: Property): unknown {
  if (values !== undefined) return random.pick(values);
  if (type === 'integer' || type === 'number') return random.between(1, 9);
  if (type === 'boolean') return random.chance(0.5);
  if (format === 'date') return '2026-11-24';
  if (pattern?.includes(':')) return '15:00';
  return random.pick(['Anna Miller', 'a check-up', 'not a value']);
}
