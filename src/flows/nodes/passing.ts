/** Nodes a call only passes through: they wait for nobody, so whatever happens while one is current, it acts again. */
import type { LostLine, NodeBehaviour, NodeResult, Step } from '../step.ts';

export function passing(enter: () => NodeResult): NodeBehaviour {
  return {
    enter,
    said: enter,
    pressed: enter,
    again: enter,
    listen: enter,
    modelReplied: enter,
    modelFailed: enter,
    toolsFinished: enter,
    transferFailed: enter,
    knowledgeFound: enter,
    ran: enter,
  };
}

/** What the line lost of the words that led up to a question; the question itself is asked again as a whole. */
export function repeatBeforeQuestion(step: Step, lost: LostLine | undefined): void {
  for (const text of lost?.unheard.slice(0, -1) ?? []) step.repeat(text);
}
