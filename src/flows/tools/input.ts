/** What a tool takes: the short form of flows as JSON Schema, and the check of what a model gives against it. */
import { z } from 'zod';
import type { JsonSchema } from '../index.ts';

/** What is wrong with an input, in words the model can act on; undefined when nothing is. */
export type InputCheck = (input: unknown) => string | undefined;

/** `{ date: { type: string } }` → a JSON Schema of type object. A whole JSON Schema stays as it is. */
export function inputSchema(input: Readonly<Record<string, unknown>> = {}): JsonSchema {
  if (isWholeSchema(input)) return input;
  const properties: Record<string, unknown> = {};
  const required: string[] = [];
  for (const [name, value] of Object.entries(input)) {
    const { optional, ...schema } = value as Record<string, unknown>; // the flow's schema checked that it is a map
    properties[name] = schema;
    if (optional !== true) required.push(name);
  }
  return { type: 'object', properties, required, additionalProperties: false };
}

/** The names of the properties a tool's input may have. */
export function inputNames(input?: Readonly<Record<string, unknown>>): string[] {
  const { properties } = inputSchema(input);
  return typeof properties === 'object' && properties !== null ? Object.keys(properties) : [];
}

/**
 * Throws where the schema is not a valid JSON Schema.
 *
 * @param what what the value is called where the whole of it is wrong.
 */
export function inputCheck(schema: JsonSchema, what = 'input'): InputCheck {
  const validator = z.fromJSONSchema(schema as Parameters<typeof z.fromJSONSchema>[0]); // it throws on what it cannot read
  return (input) => {
    const { success, error } = validator.safeParse(input);
    if (success) return undefined;
    return error.issues
      .map((issue) => `${issue.path.join('.') || what}: ${readable(issue, input)}`)
      .join('; ');
  };
}

/** What the model is told of a call that is not made. `wrong`: what its {@link InputCheck} said. */
export function wrongInput(wrong: string): string {
  return `Not run: the input is not right. ${wrong}. Correct it, or ask the caller.`;
}

function readable(issue: z.core.$ZodIssue, input: unknown): string {
  const [first = ''] = issue.path;
  const isMap = typeof input === 'object' && input !== null;
  if (issue.code === 'invalid_type' && issue.path.length === 1 && isMap && !Object.hasOwn(input, first))
    return 'is missing';
  if (issue.code === 'unrecognized_keys') return `there is no ${issue.keys.join(', ')}`;
  if (issue.code === 'invalid_format' && issue.format === 'date') return 'must be a date, YYYY-MM-DD';
  return issue.message;
}

function isWholeSchema(input: Readonly<Record<string, unknown>>): boolean {
  return input['type'] === 'object' && typeof input['properties'] === 'object';
}
