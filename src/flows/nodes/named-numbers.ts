/** The numbers that a template may lead a call or a text message to: none that a caller or a model could make up. */
import type { Step } from '../step.ts';

/** True for what the flow lists under `numbers_allowed`, and for what whoever placed the call gave as a phone variable. */
export function isNamedNumber({ flow, state }: Step, number: string): boolean {
  const { variables, numbers_allowed: allowed } = flow.file;
  const isVariable = Object.entries(variables).some(
    ([name, { type }]) => type === 'phone' && state.vars[name] === number,
  );
  return number !== '' && (isVariable || allowed.includes(number));
}
