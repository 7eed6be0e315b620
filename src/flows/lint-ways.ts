/** Where the ways of a flow lead: nodes nothing leads to, nodes nothing leads on from, and circles. */
import { circles, closure, type FlowGraph, isEnding, isListening, reachedNodes } from './graph.ts';
import { type FlowProblem, list } from './problems.ts';
import type { YamlSource } from './yaml-source.ts';

/** More names than this say less than "and 12 more". */
const MOST_NAMED = 6;

export function wayProblems(source: YamlSource, graph: FlowGraph): FlowProblem[] {
  const reached = reachedNodes(graph);
  return [
    ...unreachable(source, graph, reached),
    ...deafCircles(source, graph, reached),
    ...traps(source, graph, reached),
  ];
}

/** Only the first nodes of a part that nothing leads to: the rest of it is there because of them. */
function unreachable(source: YamlSource, graph: FlowGraph, reached: ReadonlySet<string>): FlowProblem[] {
  const lost = [...graph.nodes.keys()].filter((name) => !reached.has(name));
  const told = new Set<string>();
  const problems: FlowProblem[] = [];
  const tell = (name: string): void => {
    const part = closure([name], (each) => graph.next(each).map(({ to }) => to));
    for (const each of part) told.add(each);
    problems.push(
      source.keyProblem(['nodes', name], 'unreachable-node', `no way leads to node "${name}"`, 'warning'),
    );
  };
  for (const name of lost) if (graph.before(name).every(({ from }) => from === name)) tell(name);
  // What is left goes round in circles that begin nowhere.
  for (const name of lost) if (!told.has(name)) tell(name);
  return problems;
}

/** Nobody listens in these: without a way out they are an error, for a call that comes there never gets out. */
function deafCircles(source: YamlSource, graph: FlowGraph, reached: ReadonlySet<string>): FlowProblem[] {
  const isDeaf = (name: string): boolean => {
    const node = graph.nodes.get(name);
    return node !== undefined && reached.has(name) && !isListening(node);
  };
  return circles(graph, isDeaf).map((circle) => {
    const [first = ''] = circle;
    const canLeave = circle.some((name) => {
      const node = graph.nodes.get(name);
      return (
        (node !== undefined && isEnding(node)) || graph.next(name).some(({ to }) => !circle.includes(to))
      );
    });
    const round = `${named(circle)} ${circle.length === 1 ? 'leads back to itself' : 'lead round in a circle'}`;
    return canLeave
      ? source.keyProblem(
          ['nodes', first],
          'endless-loop',
          `${round}, and nowhere in it is the caller listened to; see that it ends by itself`,
          'warning',
        )
      : source.keyProblem(
          ['nodes', first],
          'endless-loop',
          `${round}: the call would go round without end, and nowhere in it is the caller listened to`,
        );
  });
}

/** Parts of a flow from which no call comes to an end, each told once, at its first node. */
function traps(source: YamlSource, graph: FlowGraph, reached: ReadonlySet<string>): FlowProblem[] {
  const ends = [...graph.nodes].filter(([, node]) => isEnding(node)).map(([name]) => name);
  const leaving = closure(ends, (name) => graph.before(name).map(({ from }) => from));
  const isTrapped = (name: string): boolean => reached.has(name) && !leaving.has(name);
  const trapped = [...graph.nodes.keys()].filter(isTrapped);
  const rings = circles(graph, isTrapped).filter((ring) => ring.some((name) => listens(graph, name)));
  const deadEnds = trapped.filter((name) => graph.next(name).length === 0).map((name) => [name]);
  return [...rings, ...deadEnds]
    .filter((part) => part.every((name) => graph.next(name).every(({ to }) => part.includes(to))))
    .map((part) => {
      const [first = ''] = part;
      const message =
        graph.next(first).length === 0
          ? `node "${first}" is a dead end: nothing comes after it, and it does not end the call`
          : `no way leads from ${named(part)} to the end of the call`;
      return source.keyProblem(['nodes', first], 'no-way-out', message, 'warning');
    });
}

function listens(graph: FlowGraph, name: string): boolean {
  const node = graph.nodes.get(name);
  return node !== undefined && isListening(node);
}

/** `node "a"`, `nodes "a", "b" and "c"` */
function named(names: readonly string[]): string {
  const quoted = names.slice(0, MOST_NAMED).map((name) => `"${name}"`);
  if (names.length > MOST_NAMED) quoted.push(`${names.length - MOST_NAMED} more`);
  return `node${names.length === 1 ? '' : 's'} ${list(quoted, 'and')}`;
}
