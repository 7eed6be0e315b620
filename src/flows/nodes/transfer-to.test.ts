import { expect, test } from 'vitest';
import { checkFlow } from '../loader.ts';
import { TestCall } from '../test-call.ts';

const flow = (to: string, head = 'numbers_allowed: ["+15550188"]') => `
${head}
variables: { branch: { type: phone }, name: {} }
nodes:
  a: { type: transfer, say: One moment., to: "${to}", next: sorry }
  sorry: { type: hangup, say: Nobody is there. }
`;

function started(to: string, variables: Record<string, unknown>): string[] {
  const call = new TestCall(flow(to));
  const facts = { callId: 'c', from: '+15550123', to: '+15550100', startedAt: '2026-11-20T15:00:00Z' };
  return call.event({ type: 'call-started', call: { ...facts, direction: 'outbound', variables } });
}

test.each([
  ['a variable of type phone', '{{ vars.branch }}', { branch: '+15550177' }, '+15550177'],
  ['a number the flow allows', '{{ vars.name }}', { name: '+15550188' }, '+15550188'],
  ['a number that stands there', '+15550199', {}, '+15550199'],
])('connects to %s', (_what, to, variables, number) => {
  expect(started(to, variables).join()).toContain(number);
});

test.each([
  ['a variable of another type', '{{ vars.name }}', { name: '+15550166' }],
  ['a variable that is empty', '{{ vars.branch }}', {}],
  ['the number of the caller', '{{ call.from }}', {}],
])('never to %s: nobody answers', (_what, to, variables) => {
  expect(started(to, variables)).toEqual(['say: Nobody is there.', 'hang-up: flow']);
});

test.each([
  ['extension 5', 'must be a phone number in E.164 form'],
  ['{{ vars.brnach }}', 'did you mean "branch"?'],
])('%s is an error', (to, message) => {
  const text = `flow: x\ndescription: X.\nstart: a${flow(to)}`;
  expect(
    checkFlow(text, { file: 'f' })
      .problems.map((problem) => problem.message)
      .join(),
  ).toContain(message);
});
