/** `message`: takes a spoken message, everything said until a longer silence or the hash key. */
import { parseYesNo } from '../entities/yes-no.ts';
import type { NodeOf } from '../flow.ts';
import { askedFor, keyedFor } from '../handling.ts';
import type { NodeBehaviour, NodeExpectation, NodeResult, Step } from '../step.ts';
import { expectMessage, expectYesNo } from './expectations.ts';
import { passing, repeatBeforeQuestion } from './passing.ts';

const DONE: NodeResult = { type: 'outcome', outcome: 'done', path: 'words' };

export function messageNode(step: Step, node: NodeOf<'message'>): NodeBehaviour {
  const progress = (): { attempts: number; confirming: boolean } =>
    step.state.progress.type === 'message' ? step.state.progress : { attempts: 0, confirming: false };

  const expected = (): NodeExpectation =>
    progress().confirming
      ? expectYesNo
      : expectMessage({ maxTurnMs: node.max_sec * 1000, pauseMs: node.pause_ms });

  const ask = (): NodeResult => {
    const { attempts, confirming } = progress();
    if (confirming && node.confirm !== undefined) step.say(node.confirm);
    else step.say(node.reask[attempts - 1] ?? node.ask);
    return { type: 'listen', expect: expected() };
  };

  const enter = (): NodeResult => {
    step.empty(node.slot);
    step.state.progress = { type: 'message', attempts: 0, confirming: false };
    return ask();
  };

  /** No message, or one the caller does not want. */
  const retry = (apology?: string): NodeResult => {
    const attempts = progress().attempts + 1;
    step.empty(node.slot);
    step.state.progress = { type: 'message', attempts, confirming: false };
    if (attempts >= node.attempts) return { type: 'outcome', outcome: 'failed', path: 'limit' };
    if (apology !== undefined && node.reask[attempts - 1] === undefined) step.say(apology);
    return ask();
  };

  const take = (text: string): NodeResult => {
    step.state.slots[node.slot] = text;
    if (node.confirm !== undefined) {
      step.state.progress = { type: 'message', attempts: progress().attempts, confirming: true };
      return ask();
    }
    return keep();
  };

  const keep = (): NodeResult => {
    step.note({ type: 'message-taken', slot: node.slot });
    return DONE;
  };

  /** Neither yes nor no keeps the message: a caller who has said it all hangs up or talks on. */
  const confirmed = (answer: boolean | undefined): NodeResult => (answer === false ? retry() : keep());

  return {
    ...passing(enter),
    listen: () => ({ type: 'listen', expect: expected() }),
    again(lost) {
      repeatBeforeQuestion(step, lost);
      return ask();
    },
    said(text) {
      // A message may be about anything, so only a turn that is nothing else asks for a handler.
      const wish = askedFor(step, text, 'whole');
      if (wish !== undefined) return wish;
      if (progress().confirming) return confirmed(parseYesNo(text, step.flow.file.language).answer);
      return text.trim() === '' ? retry(step.phrases.not_understood) : take(text.trim());
    },
    pressed(digits) {
      const answer = progress().confirming ? { '1': true, '2': false }[digits] : undefined;
      const wish = answer === undefined ? keyedFor(step, digits) : undefined;
      if (wish !== undefined) return wish;
      if (progress().confirming) return confirmed(answer);
      return retry(step.phrases.not_understood);
    },
  };
}
