/** Large flows, and whole calls through them: for tests and measurements. */
import type { CallFlow, FlowCommand, FlowEvent, FlowState } from './index.ts';

/** A Friday, ten in the morning in New York. */
const NOW = '2026-11-20T15:00:00.000Z';

/** A flow of so many nodes, of every common kind, one after the other. */
export function largeFlow(nodes: number): string {
  const lines = Array.from({ length: nodes - 1 }, (_, index) =>
    nodeLines(index, index + 2 < nodes ? `n${index + 1}` : 'bye'),
  );
  return `flow: large
description: A large flow.
start: n0
tools:
  look:
    description: Looks something up.
    effect: reads
    input: { day: { type: string } }
    http: { url: "http://api.test/{{ input.day }}" }
nodes:
${lines.join('')}  bye: { type: hangup, say: Goodbye. }
`;
}

function nodeLines(index: number, next: string): string {
  const block = index - (index % 5);
  switch (index % 5) {
    case 0:
      return `  n${index}:
    type: menu
    say: This is step ${index}. For more, press 1 or say more. To end, press 2 or say stop.
    options:
      more: { key: "1", words: [more, go on] }
      stop: { key: "2", words: [stop, end] }
    next: { more: ${next}, stop: bye, none: bye }
`;
    case 1:
      return `  n${index}:
    type: collect
    slots:
      - { name: day_${block}, type: date, ask: On which day?, confirm: "{{ slots.day_${block} | spoken_date }}?" }
      - { name: people_${block}, type: number, ask: For how many people?, min: 1, max: 12 }
    next: { done: ${next}, failed: bye }
`;
    case 2:
      return `  n${index}:
    type: agent
    goal: Help with step ${index}, for {{ slots.people_${block} }} people on {{ slots.day_${block} }}.
    tools: [look]
    next:
      done: ${next}
      person: { to: bye, when: The caller wants a person., key: "0" }
      failed: bye
`;
    case 3:
      return `  n${index}:
    type: branch
    cases: { many: "slots.people_${block} > 8" }
    next: { many: ${next}, else: ${next} }
`;
    default:
      return `  n${index}: { type: say, say: "For {{ slots.people_${block} }} people from {{ call.from | spoken_digits }}.", next: ${next} }
`;
  }
}

/**
 * A call through a flow in which the caller always has an answer.
 *
 * @returns how long each step of the interpreter took, in milliseconds
 */
export function callThrough(flow: CallFlow): number[] {
  const tookMs: number[] = [];
  let state: FlowState = flow.initialState();
  let event: FlowEvent | undefined = {
    type: 'call-started',
    now: NOW,
    call: {
      callId: 'call-1',
      direction: 'inbound',
      from: '+14155550123',
      to: '+14155550100',
      startedAt: NOW,
    },
  };
  while (event !== undefined) {
    const began = performance.now();
    const step: { state: FlowState; commands: FlowCommand[] } = flow.step(state, event);
    tookMs.push(performance.now() - began);
    state = step.state;
    event = answerTo(step.commands.at(-1));
  }
  return tookMs;
}

function answerTo(command: FlowCommand | undefined): FlowEvent | undefined {
  if (command?.type === 'ask-model') {
    const { requestId } = command;
    const toolCalls = [{ id: requestId, name: 'finish_step', input: { outcome: 'done' } }];
    return {
      type: 'model-replied',
      requestId,
      text: 'Of course.',
      toolCalls,
      stopReason: 'tool-calls',
      now: NOW,
    };
  }
  if (command?.type !== 'listen') return undefined;
  const answers: Readonly<Record<string, string>> = {
    choice: 'more',
    date: 'the fifth of December',
    number: 'four people',
    'yes-no': 'yes',
    'free-speech': 'hello',
  };
  return { type: 'caller-said', text: answers[command.expect.kind] ?? 'yes', now: NOW };
}
