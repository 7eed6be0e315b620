/** What tools answer in a test: as the test says, or as they once really answered. */
import type { ToolMock } from '../schema-tests.ts';
import { inline, StepFailure } from './failure.ts';
import { differences } from './matching.ts';

export interface ToolAnswer {
  result: unknown;
  isError: boolean;
}

/** A real answer that was kept, with the input it was given for. */
export interface RecordedAnswer extends ToolAnswer {
  input: Record<string, unknown>;
}

/** Answers kept in files beside the flow. */
export interface Recordings {
  /** Undefined where there is no such file; throws where it holds something else. */
  read(name: string): readonly RecordedAnswer[] | undefined;
}

interface Entry {
  when?: Record<string, unknown> | undefined;
  result?: unknown;
  error?: string | undefined;
}

/** The tools of one conversation; which answers of a list were given is remembered. */
export class ToolMocks {
  readonly #mocks: Readonly<Record<string, ToolMock>>;
  readonly #recordings: Recordings;
  readonly #given = new Set<Entry>();

  constructor(mocks: Readonly<Record<string, ToolMock>>, recordings: Recordings) {
    this.#mocks = mocks;
    this.#recordings = recordings;
  }

  /** The file with the answers of a tool that is recorded. */
  recordingOf(tool: string): string | undefined {
    const mock = this.#mockOf(tool);
    return mock !== undefined && 'recorded' in mock ? mock.recorded : undefined;
  }

  /** Throws {@link StepFailure} with the lines to add where the test has no answer. */
  answer(tool: string, input: Record<string, unknown>): ToolAnswer {
    const mock = this.#mockOf(tool);
    if (mock === undefined) throw unanswered(tool, Object.keys(this.#mocks).length > 0);
    if ('recorded' in mock) return this.#recorded(tool, mock.recorded, input);
    const entries: readonly Entry[] = Array.isArray(mock) ? mock : [mock];
    const fitting = entries.filter(({ when }) => when === undefined || differences(when, input).length === 0);
    const entry = fitting.find((one) => !this.#given.has(one)) ?? fitting.at(-1);
    if (entry === undefined) throw nothingFits(tool, input);
    this.#given.add(entry);
    return entry.error === undefined
      ? { result: entry.result ?? null, isError: false }
      : { result: entry.error, isError: true };
  }

  #read(file: string): readonly RecordedAnswer[] | undefined {
    try {
      return this.#recordings.read(file);
    } catch (error) {
      throw new StepFailure({ message: error instanceof Error ? error.message : String(error) });
    }
  }

  #mockOf(tool: string): ToolMock | undefined {
    return Object.hasOwn(this.#mocks, tool) ? this.#mocks[tool] : undefined;
  }

  #recorded(tool: string, file: string, input: Record<string, unknown>): ToolAnswer {
    const kept = this.#read(file);
    const answer = kept?.find((one) => isEqual(one.input, input));
    if (answer !== undefined) return answer;
    const message =
      kept === undefined
        ? `there is no file ${file} with answers of "${tool}"; run the tests with --record to write it`
        : `${file} has no answer of "${tool}" for ${inline(input)}; run the tests with --record to add it`;
    throw new StepFailure({ message });
  }
}

/** Whether two inputs are the same, whatever the order of their keys. */
export function isEqual(a: unknown, b: unknown): boolean {
  return differences(a, b).length === 0 && differences(b, a).length === 0;
}

function unanswered(tool: string, hasTools: boolean): StepFailure {
  return new StepFailure({
    message: `the tool "${tool}" runs here, and the test does not say what it answers; add to ${hasTools ? 'its "tools"' : 'the test'}:`,
    add: ['tools:', `  ${tool}: { result: … }`],
  });
}

function nothingFits(tool: string, input: Record<string, unknown>): StepFailure {
  return new StepFailure({
    message: `the tool "${tool}" runs here, and none of its answers in the test is for this input; add to them:`,
    add: ['tools:', `  ${tool}:`, `    - { when: ${inline(input)}, result: … }`],
  });
}
