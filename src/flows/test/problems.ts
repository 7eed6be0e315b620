/** What is wrong with the tests of a flow beyond their shape: names of nodes, tools and slots that do not exist. */
import type { Draft } from '../draft.ts';
import { SMS_TOOL } from '../index.ts';
import { type FlowProblem, type FlowProblemCode, suggestion } from '../problems.ts';
import type { FlowFile } from '../schema.ts';
import type { TestStep } from '../schema-tests.ts';
import { isGiven, typed, WORDS } from '../variables.ts';

/** Tools that a flow has without declaring them. */
const BUILT_IN_TOOLS: readonly string[] = [SMS_TOOL];

/** @param file undefined where it did not pass the schema; its tests are then not looked at. */
export function testProblems(draft: Draft, file: FlowFile | undefined): FlowProblem[] {
  const tests = file?.tests ?? [];
  const names = tests.map(({ name }) => name);
  return tests.flatMap((test, index) => {
    const path = ['tests', index];
    const known = new Known(draft);
    if (names.indexOf(test.name) < index)
      known.problems.push(
        draft.source.problem([...path, 'name'], 'duplicate', `another test is called "${test.name}" too`),
      );
    for (const [name, arm] of Object.entries(test.experiments ?? {}))
      known.arm(file?.experiments ?? {}, [name, arm], [...path, 'experiments', name]);
    for (const slot of Object.keys(test.slots ?? {})) known.slot(slot, [...path, 'slots', slot]);
    known.variables(file?.variables ?? {}, test.variables ?? {}, path);
    for (const tool of Object.keys(test.tools)) known.tool(tool, [...path, 'tools', tool]);
    for (const [at, step] of test.steps.entries()) known.step(step, [...path, 'steps', at]);
    return known.problems;
  });
}

class Known {
  readonly problems: FlowProblem[] = [];
  readonly #draft: Draft;
  /** What is in a subflow is not known here: its nodes, slots and tools may be named. */
  readonly #hasSubflows: boolean;

  constructor(draft: Draft) {
    this.#draft = draft;
    this.#hasSubflows = [...draft.nodes.values()].some(({ type }) => type === 'subflow');
  }

  step({ expect, ends }: TestStep, path: readonly PropertyKey[]): void {
    if (typeof ends === 'object' && ends.node !== undefined) this.#node(ends.node, [...path, 'ends', 'node']);
    if (expect === undefined) return;
    const at = [...path, 'expect'];
    if (expect.node !== undefined) this.#node(expect.node, [...at, 'node']);
    for (const slot of Object.keys(expect.slots ?? {})) this.slot(slot, [...at, 'slots', slot]);
    if (typeof expect.tool === 'string') this.tool(expect.tool, [...at, 'tool']);
    else for (const tool of Object.keys(expect.tool ?? {})) this.tool(tool, [...at, 'tool', tool]);
    for (const tool of [expect.not_called ?? []].flat()) this.tool(tool, [...at, 'not_called']);
  }

  slot(name: string, path: readonly PropertyKey[]): void {
    this.#check('slot', name, this.#draft.slotNames, 'wrong-value', path);
  }

  tool(name: string, path: readonly PropertyKey[]): void {
    this.#check('tool', name, new Set([...this.#draft.toolNames, ...BUILT_IN_TOOLS]), 'unknown-tool', path);
  }

  arm(all: FlowFile['experiments'], [name, arm]: [string, string], path: readonly PropertyKey[]): void {
    this.#check('experiment', name, new Set(Object.keys(all)), 'wrong-value', path);
    const arms = all[name]?.arms;
    if (arms !== undefined) this.#check('arm', arm, new Set(Object.keys(arms)), 'wrong-value', path);
  }

  /** A value that no call would take is a slip of the test. A variable without a type is text. */
  variables(
    declared: FlowFile['variables'],
    given: Readonly<Record<string, unknown>>,
    path: readonly PropertyKey[],
  ): void {
    const { source, doubts } = this.#draft;
    if (doubts.has('variables')) return;
    for (const [name, value] of Object.entries(given)) {
      const at = [...path, 'variables', name];
      const type = Object.hasOwn(declared, name) ? declared[name]?.type : undefined;
      // A subflow may declare what the flow that goes into it does not.
      if (type === undefined)
        this.#check('variable', name, new Set(Object.keys(declared)), 'wrong-value', at);
      else if (isGiven(given, name) && typed(value, type) === undefined) {
        const message = `the variable "${name}" is declared as ${type}, and this is no ${WORDS[type]}`;
        this.problems.push(source.problem(at, 'wrong-value', message));
      }
    }
    for (const [name, { required }] of Object.entries(declared)) {
      if (required !== true || isGiven(given, name)) continue;
      const message = `the test brings no "${name}", which the flow declares as required`;
      this.problems.push(source.problem([...path, 'variables', name], 'missing-key', message));
    }
  }

  #node(name: string, path: readonly PropertyKey[]): void {
    this.#check('node', name, this.#draft.nodeNames, 'unknown-node', path);
  }

  #check(
    kind: string,
    name: string,
    known: ReadonlySet<string>,
    code: FlowProblemCode,
    path: readonly PropertyKey[],
  ): void {
    if (known.has(name) || (this.#hasSubflows && (kind !== 'node' || name.includes('/')))) return;
    const message = `the test names the ${kind} "${name}", which this flow does not have${suggestion(name, known)}`;
    this.problems.push(this.#draft.source.keyProblem(path, code, message));
  }
}
