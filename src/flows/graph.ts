/**
 * A flow as a graph: its nodes and the ways between them. It knows kinds of nodes only by what they mean for the way of
 * a call, so a new kind that has outcomes is understood as it is.
 */
import { targetsOf } from './flow.ts';
import { asMap } from './plain-data.ts';
import type { NodeSpec } from './schema-nodes.ts';

/** Here the caller has a word (or a whole conversation, in a subflow) before the call goes on. */
const LISTENING: ReadonlySet<string> = new Set(['agent', 'collect', 'menu', 'message', 'subflow']);
/** Here the call ends, is given away, or goes back to the flow that asked. */
const ENDING: ReadonlySet<string> = new Set(['hangup', 'return', 'transfer', 'voicemail']);

/** One way: the outcome of a node and where it leads. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly outcome: string;
}

/** Where a call may come in besides the start: `name` says by what, `handler person` or `voicemail`. */
export interface Entry {
  readonly name: string;
  readonly to: string;
}

export interface FlowGraph {
  readonly start: string | undefined;
  readonly nodes: ReadonlyMap<string, NodeSpec>;
  /** In the order of the file; only ways to nodes that exist. */
  readonly edges: readonly Edge[];
  readonly entries: readonly Entry[];
  next(name: string): readonly Edge[];
  before(name: string): readonly Edge[];
}

/** @param data the whole file as it was written: handlers and other ways in are read off it. */
export function graphOf(
  nodes: ReadonlyMap<string, NodeSpec>,
  start: string | undefined,
  data: unknown,
): FlowGraph {
  const edges = [...nodes].flatMap(([from, node]) =>
    [...targetsOf(node)]
      .filter(([, { to }]) => nodes.has(to))
      .map(([outcome, { to }]) => ({ from, to, outcome })),
  );
  const byFrom = Map.groupBy(edges, ({ from }) => from);
  const byTo = Map.groupBy(edges, ({ to }) => to);
  return {
    start,
    nodes,
    edges,
    entries: entriesOf(data).filter(({ to }) => nodes.has(to)),
    next: (name) => byFrom.get(name) ?? [],
    before: (name) => byTo.get(name) ?? [],
  };
}

function entriesOf(data: unknown): Entry[] {
  const { handlers, voicemail } = asMap(data);
  const entries = Object.entries(asMap(handlers)).map(([name, handler]) => ({
    name: `handler ${name}`,
    to: asMap(handler)['to'],
  }));
  return [...entries, { name: 'voicemail', to: voicemail }].flatMap(({ name, to }) =>
    typeof to === 'string' ? [{ name, to }] : [],
  );
}

export function isListening({ type }: { type: string }): boolean {
  return LISTENING.has(type);
}

export function isEnding({ type }: { type: string }): boolean {
  return ENDING.has(type);
}

/** Everything that can be come to from the given nodes, themselves included. */
export function closure(from: Iterable<string>, next: (name: string) => Iterable<string>): Set<string> {
  const seen = new Set(from);
  // A set that is walked gives what is added meanwhile too.
  for (const name of seen) for (const other of next(name)) seen.add(other);
  return seen;
}

/** Nodes a call can come to. */
export function reachedNodes(graph: FlowGraph): Set<string> {
  const from = [graph.start ?? [], graph.entries.map(({ to }) => to)].flat();
  return closure(
    from.filter((name) => graph.nodes.has(name)),
    (name) => graph.next(name).map(({ to }) => to),
  );
}

/**
 * The groups of nodes among the given ones from each of which every other one can be come to, only those in which one
 * can go round; each in the order of the file. (Tarjan's strongly connected components, without recursion.)
 */
export function circles(graph: FlowGraph, among: (name: string) => boolean): string[][] {
  const next = (name: string): string[] =>
    graph
      .next(name)
      .map(({ to }) => to)
      .filter(among);
  const order = new Map([...graph.nodes.keys()].map((name, index) => [name, index]));
  return components([...graph.nodes.keys()].filter(among), next)
    .filter((group) => group.length > 1 || group.some((name) => next(name).includes(name)))
    .map((group) => group.toSorted((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0)));
}

function components(names: readonly string[], next: (name: string) => readonly string[]): string[][] {
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const onStack = new Set<string>();
  const lower = (name: string, value: number): void => {
    low.set(name, Math.min(low.get(name) ?? value, value));
  };
  const open = (name: string): { name: string; rest: string[] } => {
    index.set(name, index.size);
    lower(name, index.get(name) ?? 0);
    stack.push(name);
    onStack.add(name);
    return { name, rest: [...next(name)] };
  };
  for (const root of names) {
    if (index.has(root)) continue;
    const visits = [open(root)];
    for (let visit = visits.at(-1); visit !== undefined; visit = visits.at(-1)) {
      const { name, rest } = visit;
      const to = rest.pop();
      if (to !== undefined) {
        const seen = index.get(to);
        if (seen === undefined) visits.push(open(to));
        else if (onStack.has(to)) lower(name, seen);
        continue;
      }
      visits.pop();
      const parent = visits.at(-1);
      if (parent !== undefined) lower(parent.name, low.get(name) ?? 0);
      if (low.get(name) !== index.get(name)) continue;
      const group = stack.splice(stack.lastIndexOf(name));
      for (const member of group) onStack.delete(member);
      found.push(group);
    }
  }
  return found;
}
