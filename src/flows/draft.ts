/**
 * As much of a flow file as could be understood: even where one node is wrong, the others are checked, so that every
 * problem of a file is told at once.
 */
import { z } from 'zod';
import { type Doubts, doubtsOf, type ShapeIssue } from './draft-doubts.ts';
import { asMap } from './plain-data.ts';
import { type FlowFile, flowSchema } from './schema.ts';
import type { KnowledgeEntry } from './schema-knowledge.ts';
import { type NodeSpec, node as nodeSchema } from './schema-nodes.ts';
import type { McpServerFile, ToolFile } from './schema-tools.ts';
import type { YamlSource } from './yaml-source.ts';

export interface Draft {
  readonly source: YamlSource;
  /** Absent where the file did not pass the schema. */
  readonly file: FlowFile | undefined;
  /** The nodes that passed the schema. */
  readonly nodes: ReadonlyMap<string, NodeSpec>;
  /** All nodes, also those that did not. */
  readonly nodeNames: ReadonlySet<string>;
  readonly tools: ReadonlyMap<string, ToolFile>;
  readonly toolNames: readonly string[];
  /** The MCP servers that passed the schema. */
  readonly servers: ReadonlyMap<string, McpServerFile>;
  readonly serverNames: readonly string[];
  readonly slotNames: ReadonlySet<string>;
  readonly secrets: readonly string[];
  readonly numbers: readonly string[];
  readonly start: string | undefined;
  /** Campaign variables. */
  readonly variableNames: readonly string[];
  /** BCP 47; empty where it is not certain. */
  readonly language: string;
  /** The files it knows; absent where it is not certain which. */
  readonly knowledge: readonly KnowledgeEntry[] | undefined;
  /** The flow declares business hours. */
  readonly hasHours: boolean;
  readonly modelIsNone: boolean;
  /** Parts whose names are not known for certain, because what declares them is wrong. */
  readonly doubts: Doubts;
  /** True when the whole file passed the schema; what follows from the whole is only judged then. */
  readonly isWhole: boolean;
}

/**
 * @param file the parsed file where it passed the schema
 * @param issues what the schema says of it where it did not
 */
export function draftOf(
  source: YamlSource,
  file: FlowFile | undefined,
  issues: readonly ShapeIssue[] = [],
): Draft {
  const data = asMap(source.data);
  const start = z.string().safeParse(data['start']);
  return {
    source,
    file,
    nodes: file === undefined ? valid(asMap(data['nodes']), nodeSchema) : new Map(Object.entries(file.nodes)),
    nodeNames: new Set(Object.keys(asMap(data['nodes']))),
    tools:
      file === undefined
        ? valid(asMap(data['tools']), flowSchema.shape.tools.unwrap().valueType)
        : new Map(Object.entries(file.tools)),
    toolNames: Object.keys(asMap(data['tools'])),
    servers:
      file === undefined
        ? valid(asMap(data['mcp_servers']), flowSchema.shape.mcp_servers.unwrap().valueType)
        : new Map(Object.entries(file.mcp_servers)),
    serverNames: Object.keys(asMap(data['mcp_servers'])),
    slotNames: new Set([...slotNamesOf(asMap(data['nodes'])), ...textsOf(data['input'])]),
    secrets: textsOf(data['secrets']),
    numbers: textsOf(data['numbers']),
    start: start.success ? start.data : undefined,
    variableNames: Object.keys(asMap(data['variables'])),
    language: file?.language ?? '',
    knowledge: file?.knowledge,
    hasHours: data['hours'] !== undefined,
    modelIsNone: data['model'] === 'none',
    doubts: doubtsOf(source.data, issues),
    isWhole: file !== undefined,
  };
}

function valid<T>(values: Record<string, unknown>, schema: z.ZodType<T>): Map<string, T> {
  const passed = new Map<string, T>();
  for (const [name, value] of Object.entries(values)) {
    const result = schema.safeParse(value);
    if (result.success) passed.set(name, result.data);
  }
  return passed;
}

function slotNamesOf(nodes: Record<string, unknown>): string[] {
  return Object.values(nodes).flatMap((node) => {
    const { slots, collects, type } = asMap(node);
    const asked = type === 'agent' ? collects : slots;
    if (!Array.isArray(asked)) return slotsSetBy(asMap(node));
    return asked.map((slot: unknown) => asMap(slot)['name']).filter((name) => typeof name === 'string');
  });
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

/** Slots that nodes fill by other ways than asking. */
function slotsSetBy(node: Readonly<Record<string, unknown>>): string[] {
  const { type, slots, save, output, slot } = node;
  switch (type) {
    case 'set':
      return Object.keys(asMap(slots));
    case 'tool':
      return Object.keys(asMap(save));
    case 'subflow':
      return Object.keys(asMap(output));
    case 'message':
      return [typeof slot === 'string' ? slot : 'message'];
    default:
      return [];
  }
}
