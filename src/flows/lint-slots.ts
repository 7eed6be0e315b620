/**
 * Slots that a template uses where some way through the flow has not set them. Data flow over the graph: a slot may be
 * empty at a node when the node can be come to from a way in without passing an outcome that sets the slot.
 */
import type { Draft } from './draft.ts';
import type { Edge, FlowGraph } from './graph.ts';
import { asMap, textsIn, valueAt } from './plain-data.ts';
import type { FlowProblem } from './problems.ts';
import type { Path } from './yaml-source.ts';

/** A longer way is told by its beginning and its end. */
const MOST_STEPS_TOLD = 6;

interface SlotUse {
  path: Path;
  slot: string;
  /** The node where the text is rendered; undefined where that may be anywhere. */
  node: string | undefined;
}

export function slotUseProblems(draft: Draft, graph: FlowGraph): FlowProblem[] {
  const given = asMap(draft.source.data)['input'];
  const isGiven = (slot: string): boolean => Array.isArray(given) && given.includes(slot);
  const uses = usesOf(draft).filter(({ slot }) => !isGiven(slot));
  const fillings = new Map([...graph.nodes].map(([name, node]) => [name, fillingOf(node)]));
  const ways = new Map(
    [...new Set(uses.map(({ slot }) => slot))].map((slot) => [slot, unset(graph, fillings, slot)]),
  );
  const told = new Set<string>();
  return uses.flatMap(({ path, slot, node }) => {
    const from = ways.get(slot);
    const where = node ?? graph.start;
    const key = JSON.stringify([path, slot]);
    if (from === undefined || where === undefined || !from.has(where) || told.has(key)) return [];
    told.add(key);
    const why =
      node === undefined
        ? 'it may be said before that is known'
        : `on the way ${wayTo(from, node)} nothing sets it`;
    const message = `slots.${slot} may be empty here: ${why}; ask for it first, or write {% if slots.${slot} %}`;
    return [draft.source.problem(path, 'unset-slot', message, 'warning')];
  });
}

/** Where a slot may be empty: each such node with the one before it on the way there. */
function unset(graph: FlowGraph, fillings: Fillings, slot: string): Map<string, string | undefined> {
  const from = new Map<string, string | undefined>();
  if (graph.start !== undefined) from.set(graph.start, undefined);
  for (const { name, to } of graph.entries) if (!from.has(to)) from.set(to, `(${name})`);
  // A map that is walked gives what is added meanwhile too.
  for (const [name] of from) {
    for (const edge of graph.next(name)) {
      if (!from.has(edge.to) && !isSetOn(edge, graph, fillings, slot)) from.set(edge.to, name);
    }
  }
  return from;
}

function wayTo(from: ReadonlyMap<string, string | undefined>, node: string): string {
  const way: string[] = [];
  for (let at: string | undefined = node; at !== undefined; at = from.get(at)) way.unshift(at);
  if (way.length > MOST_STEPS_TOLD) way.splice(MOST_STEPS_TOLD / 2, way.length - MOST_STEPS_TOLD, '…');
  return way.join(' → ');
}

/** Whether a call that has gone this way has the slot. */
function isSetOn({ from, outcome }: Edge, { nodes }: FlowGraph, fillings: Fillings, slot: string): boolean {
  const filled = fillings.get(from);
  if (filled?.has(slot) === true) return !(outcome === 'failed' && filled.failsEmpty);
  const node = nodes.get(from);
  return node?.type === 'branch' && isKnownAfter(node.cases, outcome, slot);
}

/** The slots a node fills. `failsEmpty`: not where it ends with `failed`. */
class Filling extends Set<string> {
  readonly failsEmpty: boolean;
  constructor(slots: readonly string[], failsEmpty: boolean) {
    super(slots);
    this.failsEmpty = failsEmpty;
  }
}

type Fillings = ReadonlyMap<string, Filling>;

/** Kinds of nodes are read by their keys, whatever they are. */
function fillingOf(spec: unknown): Filling {
  const node = asMap(spec);
  const { slots, save, output } = node;
  // Whether a model sets anything is up to the caller.
  if (node['type'] === 'agent') return new Filling([], false);
  if (Array.isArray(slots)) {
    const sure = slots.map(asMap).filter(({ optional }) => optional !== true);
    return new Filling(
      sure.map(({ name }) => String(name)),
      true,
    );
  }
  if (node['type'] === 'message') return new Filling([String(node['slot'] ?? 'message')], true);
  if (Object.keys(asMap(save)).length > 0) return new Filling(Object.keys(asMap(save)), true);
  const given = Object.entries(asMap(slots)).flatMap(([slot, value]) => (value === null ? [] : [slot]));
  return new Filling([...given, ...Object.keys(asMap(output))], false);
}

/**
 * A case that holds because a slot has a value has shown that it has one; so has a case `not slots.x` that did not
 * hold, for whatever comes after it.
 */
function isKnownAfter(cases: Readonly<Record<string, string>>, outcome: string, slot: string): boolean {
  if (!Object.values(cases).some((condition) => condition.includes(`slots.${slot}`))) return false;
  const name = `slots\\.${slot}(?![\\w-])`;
  const absent = new RegExp(`^\\s*(?:not\\s+${name}|${name}\\s*==\\s*(?:nil|null|empty|blank|""|''))\\s*$`);
  const shows = new RegExp(
    `(?<!not\\s+)(?<![\\w.])${name}(?!\\s*(?:!=|==\\s*(?:nil|null|empty|blank|""|'')))`,
  );
  for (const [caseName, condition] of Object.entries(cases)) {
    if (caseName === outcome) return shows.test(condition) && !/\sor\s/.test(condition);
    if (absent.test(condition)) return true;
  }
  return false;
}

function usesOf({ source, nodes, tools }: Draft): SlotUse[] {
  const data = asMap(source.data);
  const uses: SlotUse[] = [];
  const add = (value: unknown, path: Path, node: string | undefined): void => {
    for (const { path: at, text } of textsIn(value, path)) {
      for (const slot of slotsIn(text))
        if (!isSetBefore(source.data, at, slot)) uses.push({ path: at, slot, node });
    }
  };
  for (const name of nodes.keys()) add(valueAt(data, ['nodes', name]), ['nodes', name], name);
  for (const [name, node] of nodes) {
    const { tools: used, tool: called } = asMap(node);
    for (const tool of [...(Array.isArray(used) ? used : []), called]) {
      if (typeof tool !== 'string' || !tools.has(tool)) continue;
      for (const key of ['with', 'say_while'])
        add(valueAt(data, ['tools', tool, key]), ['tools', tool, key], name);
    }
  }
  for (const key of ['phrases', 'silence']) add(data[key], [key], undefined);
  return uses;
}

/** In a collect node the slots are filled one after the other, and a slot's own question may read it back. */
function isSetBefore(data: unknown, path: Path, slot: string): boolean {
  const [, node, key, index] = path;
  if (key !== 'slots' || typeof index !== 'number') return false;
  const slots = valueAt(data, ['nodes', node ?? '', 'slots']);
  return Array.isArray(slots) && slots.slice(0, index + 1).some((each) => asMap(each)['name'] === slot);
}

/** The slots a template prints without asking first whether they are there. */
function slotsIn(text: string): string[] {
  if (!text.includes('slots.')) return [];
  const used = [...text.matchAll(/\{[{%].*?[%}]\}/gs)].flatMap(([tag]) =>
    [...tag.matchAll(/(?<![\w.])slots\.([a-z][a-z0-9_-]*)/g)].map(([, slot = '']) => slot),
  );
  return [...new Set(used)].filter((slot) => !isGuarded(text, slot));
}

/** `{% if slots.x %}`, `{{ slots.x | default: "you" }}` */
function isGuarded(text: string, slot: string): boolean {
  if (!text.includes('{%') && !text.includes('default')) return false;
  const name = `slots\\.${slot}(?![\\w-])`;
  return (
    new RegExp(`\\{%-?\\s*(?:if|elsif|unless|case)\\b[^%]*${name}`).test(text) ||
    new RegExp(`${name}\\s*\\|\\s*default\\b`).test(text)
  );
}
