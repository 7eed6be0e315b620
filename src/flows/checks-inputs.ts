/** What must hold of the values that tools are given, where they stand in the file: schema and value fit each other. */
import type { Draft } from './draft.ts';
import { asMap } from './plain-data.ts';
import { type FlowProblem, suggestion } from './problems.ts';
import type { NodeSpec } from './schema-nodes.ts';
import type { ToolFile } from './schema-tools.ts';
import { inputCheck, inputSchema } from './tools/input.ts';
import type { Path } from './yaml-source.ts';

/** What texts are held against (JSON Schema, "Defined Formats"). Any other format only tells the model something. */
const FORMATS =
  'date-time date time duration email uri uri-reference uuid ipv4 ipv6 hostname e164 iban'.split(' ');

/** Formats that are nearly one that there is: nothing would be held against them. */
export function formatProblems(
  source: Draft['source'],
  path: Path,
  schema: Readonly<Record<string, unknown>> = {},
): FlowProblem[] {
  const isWhole = schema['type'] === 'object' && typeof schema['properties'] === 'object';
  const below = isWhole ? [...path, 'properties'] : path;
  return Object.entries(isWhole ? asMap(schema['properties']) : schema).flatMap(([name, property]) => {
    const { format } = asMap(property);
    if (typeof format !== 'string' || FORMATS.includes(format)) return [];
    const near = suggestion(format, FORMATS);
    if (near === '') return [];
    const message = `there is no format "${format}" for a text${near}`;
    return [source.problem([...below, name, 'format'], 'wrong-value', message)];
  });
}

/** Values that are written out and that the tool will refuse on every call. */
export function givenProblems(
  { source }: Draft,
  name: string,
  node: Extract<NodeSpec, { type: 'tool' }>,
  tool: ToolFile,
): FlowProblem[] {
  const properties = asMap(inputSchema(tool.input)['properties']);
  return Object.entries(node.input).flatMap(([key, value]) => {
    const schema = properties[key];
    if (schema === undefined || hasTemplate(value)) return [];
    const wrong = wrongWith(key, value, schema);
    if (wrong === undefined) return [];
    const message = `the tool "${node.tool}" does not take this "${key}": ${wrong}`;
    return [source.problem(['nodes', name, 'input', key], 'wrong-value', message)];
  });
}

function hasTemplate(value: unknown): boolean {
  return /\{\{|\{%/.test(JSON.stringify(value) ?? '');
}

function wrongWith(key: string, value: unknown, schema: unknown): string | undefined {
  // An empty value is left out, as one that is not known.
  if (value === null || value === undefined) return undefined;
  try {
    const wrong = inputCheck({ type: 'object', properties: { [key]: schema } })({ [key]: value });
    return wrong?.replaceAll(`${key}: `, '');
  } catch {
    // What is wrong with the schema is told of the tool; what it refers to is not here.
    return undefined;
  }
}
