/**
 * As much of a flow file as could be understood: even where one node is wrong, the others are checked, so that every
 * problem of a file is told at once.
 */
import { z } from 'zod';
import { type FlowFile, flowSchema, type ToolFile } from './schema.ts';
import { type NodeSpec, node as nodeSchema } from './schema-nodes.ts';
import type { YamlSource } from './yaml-source.ts';

export interface Draft {
  readonly source: YamlSource;
  /** The nodes that passed the schema. */
  readonly nodes: ReadonlyMap<string, NodeSpec>;
  /** All nodes, also those that did not. */
  readonly nodeNames: ReadonlySet<string>;
  readonly tools: ReadonlyMap<string, ToolFile>;
  readonly toolNames: readonly string[];
  readonly slotNames: ReadonlySet<string>;
  readonly secrets: readonly string[];
  readonly numbers: readonly string[];
  readonly start: string | undefined;
  readonly modelIsNone: boolean;
  /** True when the whole file passed the schema; what follows from the whole is only judged then. */
  readonly isWhole: boolean;
}

/** @param file the parsed file where it passed the schema. */
export function draftOf(source: YamlSource, file: FlowFile | undefined): Draft {
  const data = mapOf(source.data);
  const start = z.string().safeParse(data['start']);
  return {
    source,
    nodes: file === undefined ? valid(mapOf(data['nodes']), nodeSchema) : new Map(Object.entries(file.nodes)),
    nodeNames: new Set(Object.keys(mapOf(data['nodes']))),
    tools:
      file === undefined
        ? valid(mapOf(data['tools']), flowSchema.shape.tools.unwrap().valueType)
        : new Map(Object.entries(file.tools)),
    toolNames: Object.keys(mapOf(data['tools'])),
    slotNames: new Set(slotNamesOf(mapOf(data['nodes']))),
    secrets: textsOf(data['secrets']),
    numbers: textsOf(data['numbers']),
    start: start.success ? start.data : undefined,
    modelIsNone: data['model'] === 'none',
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
    const { slots } = mapOf(node);
    if (!Array.isArray(slots)) return [];
    return slots.map((slot: unknown) => mapOf(slot)['name']).filter((name) => typeof name === 'string');
  });
}

function textsOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function mapOf(value: unknown): Record<string, unknown> & { slots?: unknown } {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value);
  return isMap ? (value as Record<string, unknown>) : {}; // any object can be read by key
}
