/** Takes corrections of earlier slots: at once, or read back first where the flow reads that slot back. */
import type { Correction } from '../corrections.ts';
import type { Step } from '../step.ts';
import type { CollectProgress } from './collect-progress.ts';
import { judged } from './collect-rules.ts';

/** `refused`: what is said of a value that will not do; the one before stays. */
export function takeCorrections(
  step: Step,
  progress: CollectProgress,
  corrections: readonly Correction[],
): { isChanged: boolean; refused?: string } {
  const toConfirm: { node: string; slot: string; value: unknown }[] = [];
  let isChanged = false;
  let refused: string | undefined;
  for (const { node, slot, corrected } of corrections) {
    const result = judged(step, slot, { type: 'found', value: corrected });
    if (result.type === 'invalid') {
      step.note({ type: 'slot-refused', slot: slot.name, reason: result.reason });
      refused ??= result.say ?? step.phrases.not_understood;
    } else if (slot.confirm !== undefined) toConfirm.push({ node, slot: slot.name, value: corrected });
    else {
      step.answer(slot.name, corrected, 'parser', false);
      isChanged = true;
    }
  }
  progress.goBack(toConfirm);
  return { isChanged, ...(refused === undefined ? {} : { refused }) };
}
