/** Which nodes and which ways between them the tests of a flow have taken. */
import type { Flow } from '../flow.ts';
import type { Happening } from './text-call.ts';

export interface Share {
  visited: number;
  all: number;
  /** `node`, or `node: outcome → node`, in the order of the flow. */
  missing: string[];
}

export interface Coverage {
  nodes: Share;
  /** Every outcome of every node, and every handler, with where it leads. */
  transitions: Share;
}

/** What the tests of some flows have visited, by flow. */
export class Visits {
  readonly #nodes = new Set<string>();
  readonly #outcomes = new Set<string>();

  /** @param flow the flow that the call came to; places within subflows say theirs. */
  add(flow: string, happenings: readonly Happening[]): void {
    for (const happening of happenings) {
      if (happening.type !== 'node') continue;
      const { node, from, outcome } = happening;
      this.#nodes.add(placeIn(flow, node));
      if (outcome === undefined) continue;
      if (outcome.startsWith('handler:')) this.#outcomes.add(anywhere(flow, outcome));
      else if (from !== undefined) this.#outcomes.add(edge(placeIn(flow, from), outcome));
    }
  }

  of(flow: string, { nodes, file }: Pick<Flow, 'nodes' | 'file'>): Coverage {
    const names = [...nodes.keys()].map((name) => ({ key: placeIn(flow, name), shown: name }));
    const edges = [...nodes].flatMap(([name, { targets }]) =>
      [...targets].map(([outcome, { to }]) => ({
        key: edge(placeIn(flow, name), outcome),
        shown: `${name}: ${outcome} → ${to}`,
      })),
    );
    const handled = Object.entries(file.handlers).flatMap(([name, { to }]) =>
      to === undefined
        ? []
        : [{ key: anywhere(flow, `handler:${name}`), shown: `any node: ${name} → ${to}` }],
    );
    return { nodes: share(names, this.#nodes), transitions: share([...edges, ...handled], this.#outcomes) };
  }
}

/** What leads on from any node counts once for the flow. */
function anywhere(flow: string, outcome: string): string {
  return edge(`${flow}/*`, outcome);
}

/** `identity/ask-name` is in another flow already. */
function placeIn(flow: string, node: string): string {
  return node.includes('/') ? node : `${flow}/${node}`;
}

/** Whole per cent, never rounded up to 100. */
export function percent({ visited, all }: Pick<Share, 'visited' | 'all'>): number {
  return all === 0 ? 100 : Math.floor((100 * visited) / all);
}

function share(all: readonly { key: string; shown: string }[], seen: ReadonlySet<string>): Share {
  const missing = all.filter(({ key }) => !seen.has(key)).map(({ shown }) => shown);
  return { visited: all.length - missing.length, all: all.length, missing };
}

function edge(node: string, outcome: string): string {
  return `${node}\n${outcome}`;
}
