/** The flows that several tests of nodes begin with. */
import { TestCall } from '../test-call.ts';

/** Asks a question, and leaves the answer to an agent with two tools. */
export const AGENT = `
persona: You are Ada.
time_zone: America/New_York
model: { name: a-model, max_tokens: 200 }
tools:
  look:
    description: Looks.
    effect: reads
    input: { day: { type: string, format: date } }
    http: { url: "http://x.test" }
  book:
    description: Books.
    effect: writes
    input: { day: { type: string, format: date }, note: { type: string, optional: true } }
    with: { phone: "{{ call.from }}" }
    http: { method: POST, url: "http://x.test", timeout_ms: 3000 }
    say_while: One moment.
nodes:
  a: { type: say, say: How can I help?, next: talk }
  talk:
    type: agent
    goal: Book a day.
    tools: [look, book]
    next:
      done: { to: bye, when: It is booked. }
      person: { to: desk, when: They ask for one., key: "0" }
  desk: { type: transfer, to: "+15550199", next: bye }
  bye: { type: hangup, say: Bye., result: ok }
`;

export function startedAgent(flow = AGENT): TestCall {
  const call = new TestCall(flow);
  call.start();
  return call;
}

/** A collect node with these slots, entered. `more`: what else the flow says. */
export function collecting(slots: string, more = 'model: none'): TestCall {
  const call = new TestCall(`
${more}
time_zone: America/New_York
nodes:
  a:
    type: collect
    slots:
${slots.replaceAll(/^/gm, '      ')}
    next: { done: b, failed: c }
  b: { type: hangup, result: collected }
  c: { type: hangup, result: failed }
`);
  call.start();
  return call;
}

/** What follows once {@link collecting} has all its slots. */
export const COLLECTED = ['hang-up: flow collected'];
