/** The steps of a test that look at the conversation and change nothing of it. */
import type { CallFlow } from '../index.ts';
import type { EndsStep, ExpectStep } from '../schema-tests.ts';
import { type FailureDetail, inline, StepFailure } from './failure.ts';
import { type Difference, differences } from './matching.ts';
import type { Waiting } from './text-call.ts';

/** One run of a tool. */
export interface ToolRun {
  tool: string;
  input: Record<string, unknown>;
}

/** Where a conversation stands. */
export interface Standing {
  described: ReturnType<CallFlow['describe']> & { language?: string };
  language: string;
  waiting: Waiting;
  hungUpByCaller: boolean;
  tools: readonly ToolRun[];
}

/** Throws {@link StepFailure} for the first thing that is not as expected. */
export function checkExpect(expected: ExpectStep, standing: Standing): void {
  const { node, slots, tool, not_called: notCalled, transfer, language } = expected;
  const { described, waiting, tools } = standing;
  if (node !== undefined && node !== described.node)
    fail({ message: 'the conversation is in another node', expected: node, got: described.node });
  if (slots !== undefined) checkSlots(slots, described.slots);
  for (const [name, input] of toolsOf(tool)) checkTool(name, input, tools);
  for (const name of [notCalled ?? []].flat()) {
    const run = tools.find((one) => one.tool === name);
    if (run !== undefined)
      fail({
        message: `the tool "${name}" ran`,
        expected: 'not called',
        got: `called with ${inline(run.input)}`,
      });
  }
  if (transfer !== undefined) checkTransfer(transfer, waiting);
  const spoken = described.language ?? standing.language;
  if (language !== undefined && language !== spoken)
    fail({ message: 'another language is spoken', expected: language, got: spoken });
}

/** Throws {@link StepFailure} where the call is not over, or is over in another way. */
export function checkEnds(step: EndsStep, standing: Standing): void {
  const expected = step === true ? {} : typeof step === 'string' ? { result: step } : step;
  const { waiting, hungUpByCaller, described } = standing;
  if (waiting.type !== 'left' && !hungUpByCaller)
    fail({
      message: 'the call is not over',
      expected: 'the end of the call',
      got: whose(waiting, described.node),
    });
  if (expected.transfer !== undefined) checkTransfer(expected.transfer, waiting);
  const result = waiting.type === 'left' && waiting.how.type === 'hang-up' ? waiting.how.result : undefined;
  if (expected.result !== undefined && expected.result !== result)
    fail({
      message: 'the call ended with another result',
      expected: expected.result,
      got: result ?? ended(standing),
    });
  if (expected.node !== undefined && expected.node !== described.node)
    fail({ message: 'the call ended in another node', expected: expected.node, got: described.node });
  const by = endedBy(standing);
  if (expected.by !== undefined && expected.by !== by)
    fail({ message: 'something else ended the call', expected: expected.by, got: by });
}

/** How a call that is over ended, in words. */
export function ended({ waiting, hungUpByCaller }: Pick<Standing, 'waiting' | 'hungUpByCaller'>): string {
  if (hungUpByCaller) return 'the caller hung up';
  if (waiting.type !== 'left') return 'the call is not over';
  const { how } = waiting;
  if (how.type === 'transfer') return `the call was transferred to ${how.to}`;
  const reason = how.reason === 'flow' ? '' : ` (${how.reason})`;
  return `the flow hung up${reason} ${how.result === undefined ? 'without a result' : `with the result "${how.result}"`}`;
}

function endedBy({ waiting, hungUpByCaller }: Standing): string {
  if (hungUpByCaller) return 'caller';
  const reason = waiting.type === 'left' && waiting.how.type === 'hang-up' ? waiting.how.reason : 'flow';
  return reason === 'time-up' ? 'flow' : reason;
}

function whose(waiting: Waiting, node: string): string {
  switch (waiting.type) {
    case 'model':
      return `the model is asked in node "${node}"`;
    case 'tool':
      return `the tool "${waiting.run.tool}" is running in node "${node}"`;
    default:
      return `node "${node}" waits for the caller`;
  }
}

function checkSlots(expected: Record<string, unknown>, slots: Readonly<Record<string, unknown>>): void {
  const wrong = differences(expected, slots);
  if (wrong.length > 0)
    fail({
      message: wrong.length === 1 ? 'a slot has another value' : 'slots have other values',
      expected: side(wrong, 'expected'),
      got: side(wrong, 'got'),
    });
}

function checkTool(name: string, input: Record<string, unknown>, tools: readonly ToolRun[]): void {
  const runs = tools.filter((run) => run.tool === name);
  const last = runs.at(-1);
  if (last === undefined) {
    const others = [...new Set(tools.map(({ tool }) => tool))];
    const got = others.length === 0 ? 'no tool was called' : `called: ${others.join(', ')}`;
    fail({ message: `the tool "${name}" was not called`, expected: `${name} ${inline(input)}`, got });
  }
  if (runs.some((run) => differences(input, run.input).length === 0)) return;
  const wrong = differences(input, last?.input);
  const times = runs.length === 1 ? '' : ` (the last of ${runs.length} calls)`;
  fail({
    message: `the tool "${name}" was called with something else${times}`,
    expected: side(wrong, 'expected'),
    got: side(wrong, 'got'),
  });
}

function checkTransfer(expected: string, waiting: Waiting): void {
  const to = waiting.type === 'left' && waiting.how.type === 'transfer' ? waiting.how.to : undefined;
  if (to !== expected)
    fail({
      message: 'the caller is not connected to this number',
      expected,
      got: to ?? ended({ waiting, hungUpByCaller: false }),
    });
}

function toolsOf(tool: ExpectStep['tool']): [string, Record<string, unknown>][] {
  if (tool === undefined) return [];
  return typeof tool === 'string'
    ? [[tool, {}]]
    : Object.entries(tool).map(([name, input]) => [name, input ?? {}]);
}

/** `date: "2026-11-23", people: 4` */
function side(all: readonly Difference[], which: 'expected' | 'got'): string {
  return all
    .map(
      ({ path, [which]: value }) =>
        `${path.replace(/^\./, '')}: ${value === null ? 'nothing' : inline(value)}`,
    )
    .join(', ');
}

function fail(detail: FailureDetail): never {
  throw new StepFailure(detail);
}
