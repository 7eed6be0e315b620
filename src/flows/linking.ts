/**
 * Flows that go into each other: each is checked against those it names, and compiled with them. A flow's version is the
 * hash of all it is made of, so a change of a subflow is a change of every flow that goes into it.
 */
import { createHash } from 'node:crypto';
import { createCallFlow } from './call-flow.ts';
import { outcomeProblems } from './checks-nodes.ts';
import { draftOf } from './draft.ts';
import { variantVersion } from './experiments.ts';
import { compileFlow, type Flow, sensitiveSlots } from './flow.ts';
import type { CallFlow } from './index.ts';
import type { KnowledgeBase, KnowledgeIndex } from './knowledge/index.ts';
import { type FlowProblem, type FlowProblemCode, list, suggestion } from './problems.ts';
import type { FlowFile } from './schema.ts';
import type { NodeSpec } from './schema-nodes.ts';
import { functionSources } from './tools/functions.ts';
import { variantFiles } from './variants.ts';
import type { YamlSource } from './yaml-source.ts';

export interface CheckedFlow {
  /** What problems call it. */
  file: string;
  /** Absent when any problem is an error. */
  flow?: CallFlow;
  /** The same as the interpreter reads it: for what looks at a flow and takes no call. */
  compiled?: Flow;
  problems: FlowProblem[];
  /** Where each of the flow's numbers stands in the file. */
  at(path: readonly PropertyKey[], message: string): FlowProblem;
}

/** A flow file by itself, before the flows it goes into are looked at. */
export interface ExaminedFlow {
  file: string;
  text: string;
  folder: string | undefined;
  env: Readonly<Record<string, string | undefined>>;
  problems: FlowProblem[];
  /** What is in the files it knows; absent where there are none. */
  knowledge?: KnowledgeBase | undefined;
  /** Absent where the file could not be read as a flow. `others`: the file in its other languages. */
  parsed?: { source: YamlSource; file: FlowFile; others: readonly FlowFile[] };
  at(path: readonly PropertyKey[], message: string): FlowProblem;
}

interface Linked {
  problems: FlowProblem[];
  /** Absent where a problem is an error. */
  compiled?: Flow;
}

type SubflowNode = Extract<NodeSpec, { type: 'subflow' }>;

/** The flows of one folder, or as many of them as are looked at together. */
export class Linker {
  readonly #byId = new Map<string, ExaminedFlow>();
  readonly #linked = new Map<ExaminedFlow, Linked>();
  readonly #knowledge: KnowledgeIndex | undefined;
  readonly #others: readonly string[];

  /**
   * @param options `knowledge`: where what flows know is looked up; default: in this process. `others`: ids of further
   *   flows that could be meant
   */
  constructor(
    flows: readonly ExaminedFlow[],
    { knowledge, others = [] }: { knowledge?: KnowledgeIndex | undefined; others?: readonly string[] } = {},
  ) {
    this.#knowledge = knowledge;
    this.#others = others;
    for (const flow of flows) {
      const id = flow.parsed?.file.flow;
      if (id !== undefined && !this.#byId.has(id)) this.#byId.set(id, flow);
    }
  }

  /** The flow with all that is wrong with it, ready to answer calls where nothing is. */
  check(flow: ExaminedFlow): CheckedFlow {
    const { file, env, folder, parsed, at } = flow;
    const { compiled, problems } = this.#link(flow);
    if (compiled === undefined || parsed === undefined) return { file, problems, at };
    const variants = variantFiles(parsed.source, parsed.file, env);
    if (variants.problems.length > 0) return { file, problems: variants.problems, at };
    const { settings, subflows } = compiled;
    const compiledVariants = variants.files.map((variant) =>
      compileFlow(
        variant.file,
        variantVersion(settings.version, variant.arms),
        subflows,
        compiled.knowledge,
        variant.others,
      ),
    );
    const options = { env, folder, knowledge: this.#knowledge };
    const callFlow = createCallFlow(
      compiled,
      options,
      compiledVariants.map((variant) => createCallFlow(variant, options)),
    );
    return { file, flow: callFlow, compiled, problems, at };
  }

  #link(flow: ExaminedFlow): Linked {
    const known = this.#linked.get(flow);
    if (known !== undefined) return known;
    const { parsed } = flow;
    const own = parsed === undefined ? [] : this.#subflowProblems(flow, parsed);
    // A doubt is told where nothing is wrong: it may well follow from what is.
    const problems = [...flow.problems.filter((problem) => own.length === 0 || isError(problem)), ...own];
    const linked = {
      problems,
      ...(parsed === undefined || problems.some(isError) ? {} : { compiled: this.#compile(flow, parsed) }),
    };
    this.#linked.set(flow, linked);
    return linked;
  }

  /** Only for a flow whose subflows have been found to be well, and in no circle. */
  #compile(flow: ExaminedFlow, { file, others }: NonNullable<ExaminedFlow['parsed']>): Flow {
    const subflows = new Map<string, Flow>();
    for (const [, { flow: id }] of subflowNodes(file)) {
      const target = this.#byId.get(id);
      const inner = target === undefined ? undefined : this.#link(target).compiled;
      if (inner !== undefined) subflows.set(id, inner);
    }
    return compileFlow(file, versionOf(flow, file, subflows), subflows, flow.knowledge, others);
  }

  #subflowProblems(flow: ExaminedFlow, { source, file }: NonNullable<ExaminedFlow['parsed']>): FlowProblem[] {
    return subflowNodes(file).flatMap(([name, node]) => {
      const path = ['nodes', name, 'flow'];
      const wrong = (code: FlowProblemCode, message: string): FlowProblem[] => [
        source.problem(path, code, `node "${name}" ${message}`),
      ];
      const target = this.#byId.get(node.flow);
      if (target?.parsed === undefined) {
        const others = [...this.#byId.keys(), ...this.#others].filter((id) => id !== file.flow);
        const near = suggestion(node.flow, new Set(others));
        return wrong('unknown-flow', `goes into the flow "${node.flow}", which does not exist${near}`);
      }
      const circle = this.#circle(flow, target);
      if (circle !== undefined)
        return wrong('cyclic-subflow', `leads round in a circle: ${[file.flow, ...circle].join(' → ')}`);
      const errors = this.#link(target).problems.filter(isError);
      const [first] = errors;
      if (first !== undefined) {
        const code = errors.every(({ code: one }) => one === 'missing-environment')
          ? 'missing-environment'
          : 'broken-subflow';
        return wrong(
          code,
          `goes into the flow "${node.flow}", which cannot be used: ${target.file}:${first.line}: ${first.message}`,
        );
      }
      return fittingProblems(source, name, node, target.parsed);
    });
  }

  /** The ids of the flows on the way from `target` back to `home`; undefined where none leads there. */
  #circle(home: ExaminedFlow, target: ExaminedFlow): string[] | undefined {
    const seen = new Set<ExaminedFlow>();
    const way = (flow: ExaminedFlow): string[] | undefined => {
      const id = flow.parsed?.file.flow ?? '';
      if (flow === home) return [id];
      if (seen.has(flow) || flow.parsed === undefined) return undefined;
      seen.add(flow);
      for (const [, { flow: next }] of subflowNodes(flow.parsed.file)) {
        const inner = this.#byId.get(next);
        const rest = inner === undefined ? undefined : way(inner);
        if (rest !== undefined) return [id, ...rest];
      }
      return undefined;
    };
    return way(target);
  }
}

/** What goes in and comes out fits the other flow. */
function fittingProblems(
  source: YamlSource,
  name: string,
  node: SubflowNode,
  target: NonNullable<ExaminedFlow['parsed']>,
): FlowProblem[] {
  const outcomes = returnOutcomes(target.file);
  if (outcomes.length === 0) {
    const message = `node "${name}" goes into the flow "${node.flow}", which has no return node and so never comes back`;
    return [source.problem(['nodes', name, 'flow'], 'not-allowed', message)];
  }
  const { slotNames } = draftOf(target.source, target.file);
  const strange = Object.entries(node.output)
    .filter(([, theirs]) => !slotNames.has(theirs))
    .map(([ours, theirs]) => {
      const message = `the flow "${node.flow}" fills no slot "${theirs}"${suggestion(theirs, slotNames)}`;
      return source.problem(['nodes', name, 'output', ours], 'wrong-value', message);
    });
  const { input } = target.file;
  const unasked = Object.keys(node.input)
    .filter((theirs) => !input.includes(theirs))
    .map((theirs) => {
      const takes = input.length === 0 ? 'it has no input' : `its input is ${list(input)}`;
      const message = `the flow "${node.flow}" takes no slot "${theirs}"; ${takes}${suggestion(theirs, input)}`;
      return source.keyProblem(['nodes', name, 'input', theirs], 'unknown-key', message);
    });
  const sensitive = sensitiveSlots(Object.values(target.file.nodes));
  const secret = Object.entries(node.output)
    .filter(([, theirs]) => sensitive.has(theirs))
    .map(([ours, theirs]) => {
      const message = `the slot "${theirs}" of the flow "${node.flow}" is sensitive and stays in it`;
      return source.problem(['nodes', name, 'output', ours], 'not-allowed', message);
    });
  return [...outcomeProblems(source, name, outcomes, node.next), ...unasked, ...strange, ...secret];
}

function subflowNodes(file: FlowFile): [name: string, node: SubflowNode][] {
  return Object.entries(file.nodes).flatMap(([name, node]) =>
    node.type === 'subflow' ? [[name, node] as [string, SubflowNode]] : [],
  );
}

function returnOutcomes(file: FlowFile): string[] {
  const outcomes = Object.values(file.nodes).flatMap((node) =>
    node.type === 'return' ? [node.outcome] : [],
  );
  return [...new Set(outcomes)];
}

/** The hash of what the flow is made of: its text but for its tests, the files of its functions, what it knows, and its subflows. */
function versionOf(
  { text, folder, knowledge, parsed }: ExaminedFlow,
  { tools }: FlowFile,
  subflows: ReadonlyMap<string, Flow>,
): string {
  const functions = Object.values(tools).flatMap(({ function: written }) => written ?? []);
  const hash = createHash('sha256').update(parsed?.source.textWithout('tests') ?? text);
  if (folder !== undefined) for (const source of functionSources(functions, folder)) hash.update(source);
  if (knowledge !== undefined) hash.update(knowledge.id);
  for (const { settings } of subflows.values()) hash.update(`${settings.id}@${settings.version}`);
  return hash.digest('hex').slice(0, 12);
}

function isError({ severity }: FlowProblem): boolean {
  return severity === 'error';
}
