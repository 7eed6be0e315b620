/** `sms`: sends a text message to whoever is on the line, to a number they gave, or to one the flow declares. */
import type { Flow, NodeOf } from '../flow.ts';
import { SMS_TOOL } from '../index.ts';
import type { NodeBehaviour, NodeResult, Step, ToolEnd } from '../step.ts';
import { isNamedNumber } from './named-numbers.ts';
import { passing } from './passing.ts';

/** A carrier that takes longer is asked again by nobody: the call goes on with `failed`. */
const TIMEOUT_MS = 10_000;
const FAILED: NodeResult = { type: 'outcome', outcome: 'failed', path: 'tool' };

export function smsNode(step: Step, node: NodeOf<'sms'>): NodeBehaviour {
  const send = (): NodeResult => {
    const { direction = 'inbound', from = '', to = '' } = step.state.call ?? {};
    const [line, party] = direction === 'inbound' ? [to, from] : [from, to];
    const receiver = node.to === undefined ? party : step.render(node.to).trim();
    if (!mayReceive(step, receiver, party)) {
      step.problem(
        'the text message was not sent: its number is neither the caller’s, nor in a phone slot or numbers_allowed',
      );
      return FAILED;
    }
    const text = step.render(node.text).trim();
    if (text === '') {
      step.problem('the text message was not sent: it is empty');
      return FAILED;
    }
    const tool = { name: SMS_TOOL, effect: 'writes', timeoutMs: TIMEOUT_MS } as const;
    return step.runForNode(tool, { to: receiver, from: line, text });
  };

  const ran = ({ isError, notRun }: ToolEnd): NodeResult => {
    if (notRun) return { type: 'wait' };
    return isError ? FAILED : { type: 'outcome', outcome: 'done', path: 'tool' };
  };

  return { ...passing(send), ran };
}

function mayReceive(step: Step, number: string, party: string): boolean {
  if (!/^\+[1-9]\d{6,14}$/.test(number)) return false;
  const { flow, state } = step;
  return (
    number === party ||
    isNamedNumber(step, number) ||
    phoneSlots(flow).some((slot) => state.slots[slot] === number)
  );
}

function phoneSlots(flow: Flow): string[] {
  return [...flow.nodes.values()].flatMap((node) =>
    node.type === 'collect' ? node.slots.filter(({ type }) => type === 'phone').map(({ name }) => name) : [],
  );
}
