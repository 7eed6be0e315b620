/** Names a file may well declare, in a part of it that cannot be read: that they are missing follows from that mistake. */
import { asMap } from './plain-data.ts';
import type { Path } from './yaml-source.ts';

/** Parts of a flow that declare names: keys of the file, `slots` wherever nodes fill them, `input` of any tool. */
export type Doubts = ReadonlySet<string>;

/** What the schema says is wrong, as far as it matters here. */
export interface ShapeIssue {
  readonly code: string;
  readonly path: Path;
}

/** Keys of nodes by which slots are filled; a node that has a wrong one may fill slots nobody knows. */
const FILLING: ReadonlySet<unknown> = new Set([undefined, 'type', 'slots', 'slot', 'save', 'output']);

export function doubtsOf(data: unknown, issues: readonly ShapeIssue[]): Doubts {
  const doubts = new Set<string>();
  const file = asMap(data);
  for (const { code, path } of issues) {
    const [part, , key] = path;
    // A key of the file that nobody knows may be any part that is not there.
    if (part === undefined && code === 'unrecognized_keys') {
      for (const absent of ['nodes', 'tools', 'secrets', 'variables', 'hours', 'mcp_servers'])
        if (!Object.hasOwn(file, absent)) doubts.add(absent);
    }
    if (part !== undefined && path.length === 1) doubts.add(String(part));
    if (part === 'nodes' && FILLING.has(key)) doubts.add('slots');
    if (part === 'tools' && (key === undefined || key === 'input')) doubts.add('input');
  }
  if (doubts.has('nodes')) doubts.add('slots');
  return doubts;
}
