import { describe, expect, test } from 'vitest';
import { TestCall } from './test-call.ts';

const OLD = `
tools:
  book: { description: Books., effect: writes, http: { method: POST, url: "https://example.com/book" } }
allow_hosts: [example.com]
nodes:
  a:
    type: collect
    slots:
      - { name: who, type: name, ask: "Who are you?" }
      - { name: day, type: date, ask: "Which day?" }
    next: { done: book, failed: bye }
  book: { type: tool, tool: book, next: { done: bye, failed: bye } }
  bye: { type: hangup, say: "Goodbye." }
`;

/** A call of the old version, taken up by a node that has another. */
function takenUp(call: TestCall, flow: string): TestCall {
  const other = new TestCall(flow);
  other.state = other.flow.restoreState(JSON.parse(JSON.stringify(call.state)));
  return other;
}

const resumed = { type: 'line-resumed', lostMs: 10 } as const;

describe('a call whose version of its flow is gone', () => {
  test('is asked anew where it stood, and what was answered is known', () => {
    const call = new TestCall(OLD);
    call.start();
    call.says('Anna Smith');
    const other = takenUp(call, OLD.replace('Which day?', 'What day?'));
    expect(other.event(resumed)).toEqual(['say: What day?', 'listen: date']);
    expect(other.slots).toEqual({ who: 'Anna Smith' });
    other.says('next Monday');
    expect(other.slots).toMatchObject({ who: 'Anna Smith', day: expect.any(String) });
  });

  test('begins anew where its node is no more', () => {
    const call = new TestCall(OLD);
    call.start();
    call.says('Anna Smith');
    const other = takenUp(
      call,
      `nodes:
  a: { type: say, say: "Welcome.", next: { done: bye } }
  bye: { type: hangup, say: "Goodbye." }
`,
    );
    // It is at "a" still, which is another kind of node by now.
    expect(other.event(resumed)).toEqual(['say: Welcome.', 'say: Goodbye.', 'hang-up: flow']);
    const further = new TestCall(OLD);
    further.start();
    further.says('Anna Smith');
    further.says('next Monday');
    const restarted = takenUp(further, 'nodes:\n  a: { type: hangup, say: "Bye." }\n');
    expect(restarted.event(resumed)).toEqual(['say: Bye.', 'hang-up: flow']);
  });

  test('has no tool sent again that may be at work', () => {
    const call = new TestCall(OLD);
    call.start();
    call.says('Anna Smith');
    const sent = call.says('next Monday');
    expect(sent.some((command) => command.startsWith('run-tool'))).toBe(true);
    const other = takenUp(call, OLD.replace('Goodbye.', 'Bye.'));
    const tool = other.flow.describe(other.state).tool ?? '';
    const went = other.event({ ...resumed, tool: { callId: tool, wasSent: true } });
    expect(went.some((command) => command.startsWith('run-tool'))).toBe(false);
  });
});
