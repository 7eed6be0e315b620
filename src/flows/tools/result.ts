/** What a flow makes of a tool's answer: the part it keeps, checked to be what the flow expects. */
import type { ToolFile } from '../schema-tools.ts';
import type { Templates } from '../templates.ts';
import { type InputCheck, inputCheck, inputSchema } from './input.ts';
import { type Answer, plainJson, ToolError } from './tool-result.ts';

/** Keeps and checks what a tool answered. Throws {@link ToolError} where it is not what the flow expects. */
export type ResultShape = (answer: Answer, input: Record<string, unknown>) => unknown;

export function resultShape({ result, output, effect }: ToolFile, templates: Templates): ResultShape {
  const check = output === undefined ? undefined : outputCheck(output);
  return (answer, input) => {
    const scope = { body: answer.result, status: answer.status, input };
    const kept = result === undefined ? answer.result : mapped(result, templates, scope);
    const { value, wrong } = check?.(kept) ?? { value: kept, wrong: undefined };
    if (wrong === undefined) return plainJson(value);
    const doubt = effect === 'writes' ? 'It may have been done all the same. ' : '';
    throw new ToolError(
      `The service's answer is not what was expected (${wrong}), so it cannot be used. ${doubt}Say that this does not work at the moment, or go another way.`,
    );
  };
}

/** What is wrong with the schema of an output, in words; undefined when nothing is. */
export function outputProblem(output: NonNullable<ToolFile['output']>): string | undefined {
  try {
    outputCheck(output);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * The parts of a result that an output names; none where it is a whole JSON Schema, which may let others in. `needed`:
 * only those that no result goes without.
 */
export function namedParts(
  output: NonNullable<ToolFile['output']>,
  which: 'all' | 'needed' = 'all',
): string[] {
  if (typeof output['type'] === 'string') return [];
  const { properties, required } = inputSchema(output);
  if (which === 'needed') return Array.isArray(required) ? required.map(String) : [];
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

/** Fills every text of a value; one that is a single `{{ … }}` keeps its type, and is left out where it has no value. */
export function filled(value: unknown, templates: Templates, scope: object): unknown {
  if (typeof value === 'string') {
    const single = templates.value(value, scope);
    return single === undefined ? templates.render(value, scope).text : single.value;
  }
  if (Array.isArray(value)) return value.map((entry) => filled(entry, templates, scope));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, entry]) => [key, filled(entry, templates, scope)]),
  );
}

function mapped(result: unknown, templates: Templates, scope: object): unknown {
  try {
    return filled(result, templates, scope) ?? null;
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/, line:.*$/s, '') : 'it cannot be read';
    throw new ToolError(`The service's answer is not what was expected: ${reason}.`);
  }
}

type OutputCheck = (value: unknown) => { value: unknown; wrong: string | undefined };

/** The short form keeps what it names and nothing else; a whole JSON Schema keeps everything. */
function outputCheck(output: NonNullable<ToolFile['output']>): OutputCheck {
  if (typeof output['type'] === 'string') {
    const check: InputCheck = inputCheck(output, 'answer');
    return (value) => ({ value, wrong: check(value) });
  }
  const check = inputCheck({ ...inputSchema(output), additionalProperties: true }, 'answer');
  const names = new Set(Object.keys(output));
  return (value) => {
    const wrong = check(value);
    if (wrong !== undefined || typeof value !== 'object' || value === null) return { value, wrong };
    return {
      value: Object.fromEntries(Object.entries(value).filter(([name]) => names.has(name))),
      wrong: undefined,
    };
  };
}
