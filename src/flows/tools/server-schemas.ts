/** Tools of which the flow does not say what they take: their MCP server does, once it has been reached. */
import type { Flow, FlowTool } from '../flow.ts';
import type { JsonSchema } from '../index.ts';
import { type InputCheck, inputCheck } from './input.ts';

/** More than this is no help to a model, and costs time on every turn. */
const MOST_SCHEMA_CHARACTERS = 20_000;
const MOST_DESCRIPTION_CHARACTERS = 300;

interface Learned {
  from: JsonSchema;
  schema: JsonSchema;
  check: InputCheck;
}

/** The flow with tools that know their servers' schemas as soon as anybody does. */
export function withServerSchemas(
  flow: Flow,
  { schemaOf }: { schemaOf(tool: string): JsonSchema | undefined },
): Flow {
  const tools = [...flow.tools].map(([name, tool]): [string, FlowTool] => {
    const { mcp, input } = flow.file.tools[name] ?? {};
    if (mcp === undefined || input !== undefined) return [name, tool];
    let known: Learned | undefined;
    const learned = (): Pick<FlowTool, 'schema' | 'check'> => {
      const schema = schemaOf(name);
      if (schema === undefined) return tool;
      if (known?.from !== schema) known = { from: schema, ...learn(schema, tool) };
      return known;
    };
    return [
      name,
      {
        ...tool,
        get schema() {
          return learned().schema;
        },
        get check() {
          return learned().check;
        },
      },
    ];
  });
  return { ...flow, tools: new Map(tools) };
}

/** A schema that cannot be used is left to the server itself to check. */
function learn(schema: JsonSchema, tool: FlowTool): Pick<FlowTool, 'schema' | 'check'> {
  const shown = withoutFlow(bounded(schema), Object.keys(tool.with));
  if (JSON.stringify(shown).length > MOST_SCHEMA_CHARACTERS) return tool;
  try {
    return { schema: shown, check: inputCheck(shown) };
  } catch {
    return { schema: shown, check: tool.check };
  }
}

/** What the flow gives by itself is not asked of the model. */
function withoutFlow(schema: JsonSchema, given: readonly string[]): JsonSchema {
  const { properties, required } = schema;
  return {
    ...schema,
    ...(typeof properties === 'object' && properties !== null
      ? {
          properties: Object.fromEntries(
            Object.entries(properties).filter(([name]) => !given.includes(name)),
          ),
        }
      : {}),
    ...(Array.isArray(required)
      ? { required: required.filter((name) => !given.includes(String(name))) }
      : {}),
  };
}

/** Whatever a server wrote for people or models is cut to a remark. */
function bounded(schema: JsonSchema): JsonSchema {
  return cut(schema) as JsonSchema; // a map stays a map
}

/** Of these the keys are names, not words of JSON Schema. */
const NAMED: ReadonlySet<string> = new Set(['properties', 'patternProperties', '$defs', 'definitions']);
const DROPPED: ReadonlySet<string> = new Set(['$schema', '$comment', 'title', 'examples', 'default']);

function cut(value: unknown, areNames = false): unknown {
  if (Array.isArray(value)) return value.map((entry) => cut(entry));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, entry]): [string, unknown][] => {
      if (areNames) return [[key, cut(entry)]];
      if (DROPPED.has(key)) return [];
      const isRemark = key === 'description' && typeof entry === 'string';
      return [[key, isRemark ? entry.slice(0, MOST_DESCRIPTION_CHARACTERS) : cut(entry, NAMED.has(key))]];
    }),
  );
}
