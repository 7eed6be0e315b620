/** `tool`: runs a tool by itself and goes on by its result; no model is involved. */
import type { NodeOf } from '../flow.ts';
import type { NodeBehaviour, NodeResult, Step, ToolEnd } from '../step.ts';
import { unmetGuard } from '../tools/guards.ts';
import { passing } from './passing.ts';

const FAILED: NodeResult = { type: 'outcome', outcome: 'failed', path: 'tool' };

export function toolNode(step: Step, node: NodeOf<'tool'>): NodeBehaviour {
  const run = (): NodeResult => {
    const tool = step.flow.tools.get(node.tool);
    if (tool === undefined) return step.breakOff(`the flow has no tool "${node.tool}"`);
    const input = inputOf(step, node.input);
    const wrong = tool.check(input);
    if (wrong !== undefined) {
      step.problem(`the tool "${node.tool}" was not run: its input is not right. ${wrong}`);
      return FAILED;
    }
    // A model would be told why; here the flow goes its way for a failed tool, and the record says why.
    if (unmetGuard(step, `the tool "${node.tool}"`, tool.guards) !== undefined) return FAILED;
    const spoken = node.say === undefined ? tool : { ...tool, sayWhile: node.say };
    return step.runForNode(spoken, { ...input, ...step.given(tool) });
  };

  const ran = ({ result, isError, notRun }: ToolEnd): NodeResult => {
    // The caller spoke before it could start; their words start it again.
    if (notRun) return { type: 'wait' };
    if (isError) return FAILED;
    const seen = { result };
    for (const [slot, written] of Object.entries(node.save)) step.fill(slot, step.value(written, seen));
    const found = Object.entries(node.outcomes).find(([, condition]) => step.holds(condition, seen));
    return { type: 'outcome', outcome: found?.[0] ?? 'done', path: 'tool' };
  };

  return { ...passing(run), ran };
}

/** What is not known is not given, so that an optional value may stay out. */
function inputOf(step: Step, written: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const values = Object.entries(written).map(([name, value]) => [name, step.value(value)] as const);
  return Object.fromEntries(values.filter(([, value]) => value !== undefined && value !== null));
}
