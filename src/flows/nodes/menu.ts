/** `menu`: choices by key or by words, without a model. */
import { chooseOption } from '../entities/choice.ts';
import type { NodeOf } from '../flow.ts';
import { askedFor, keyedFor } from '../handling.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import { expectChoice } from './expectations.ts';
import { passing, repeatBeforeQuestion } from './passing.ts';

export function menuNode(step: Step, node: NodeOf<'menu'>): NodeBehaviour {
  const attempts = (): number => (step.state.progress.type === 'menu' ? step.state.progress.attempts : 0);

  const ask = (): NodeResult => {
    const tries = attempts();
    step.say(node.reask[tries - 1] ?? node.say, { interruptible: node.interruptible });
    return { type: 'listen', expect: expectChoice(node.options) };
  };

  const enter = (): NodeResult => {
    step.state.progress = { type: 'menu', attempts: 0 };
    return ask();
  };

  /** Nothing of the menu was chosen. */
  const retry = (apology: string): NodeResult => {
    const tries = attempts() + 1;
    step.state.progress = { type: 'menu', attempts: tries };
    if (tries >= node.attempts) return { type: 'outcome', outcome: 'none', path: 'limit' };
    if (node.reask[tries - 1] === undefined) step.say(apology);
    return ask();
  };

  return {
    ...passing(enter),
    listen: () => ({ type: 'listen', expect: expectChoice(node.options) }),
    again(lost) {
      repeatBeforeQuestion(step, lost);
      return ask();
    },
    said(text) {
      const outcome = chooseOption(node.options, text, step.flow.file.language);
      return outcome === undefined
        ? (askedFor(step, text) ?? retry(step.phrases.not_understood))
        : { type: 'outcome', outcome, path: 'words' };
    },
    pressed(digits) {
      const outcome = Object.entries(node.options).find(
        ([, { key }]) => key !== undefined && String(key) === digits,
      )?.[0];
      return outcome === undefined
        ? (keyedFor(step, digits) ?? retry(step.phrases.not_a_choice))
        : { type: 'outcome', outcome, path: 'keys' };
    },
  };
}
