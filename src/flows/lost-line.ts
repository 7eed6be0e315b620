/** What stood where when the line was lost: words that were not heard, and a tool that had not answered. */
import type { FlowTool } from './flow.ts';
import type { Step } from './step.ts';

/** What the line lost of the words that were being said is said again. */
export function repeatUnheard(step: Step, how: { interruptible: boolean }): void {
  const { unheard } = step.state;
  step.state.unheard = [];
  for (const text of unheard) step.repeat(text, how);
}

/** Whether the tool that is waited for may be sent again without being done twice. */
export function mayRepeat(step: Step): boolean {
  const { pending } = step.state;
  const isKept = pending !== null && 'sent' in pending && pending.sent !== undefined;
  const tool = pendingTool(step);
  return tool?.effect === 'reads' || (isKept && tool?.isRepeatable === true);
}

/** The tool that is waited for. */
export function pendingTool(step: Step): FlowTool | undefined {
  const { pending } = step.state;
  const name =
    pending?.type === 'run' ? pending.tool : pending?.type === 'tools' ? pending.calls[0]?.name : undefined;
  return name === undefined ? undefined : step.flow.tools.get(name);
}
