/** For tests of the rules: a conversation without wires, and made-up tools. */
import { expect } from 'vitest';
import { answer } from './answer.ts';
import { messagesRequest } from './request.ts';

/** A conversation with the rules alone: the caller's lines in, the agent's texts and calls out. */
export class Conversation {
  readonly #tools: object[];
  readonly #system: string;
  readonly #messages: object[] = [];
  #calls: { id: string; name: string }[] = [];
  rule = '';

  constructor(tools: object[], system = 'You answer the phone. It is now 2026-11-20T10:00 (Friday).') {
    this.#tools = tools;
    this.#system = system;
  }

  say(text: string) {
    this.#messages.push({ role: 'user', content: text });
    return this.#answer();
  }

  result(value: unknown, isError = false) {
    const content = this.#calls.map(({ id }) => ({
      type: 'tool_result',
      tool_use_id: id,
      content: JSON.stringify(value),
      is_error: isError,
    }));
    this.#messages.push({ role: 'user', content });
    return this.#answer();
  }

  #answer() {
    const { text, calls, rule } = answer(
      messagesRequest.parse({
        model: 'claude-haiku-5-5',
        max_tokens: 400,
        system: this.#system,
        tools: this.#tools,
        messages: this.#messages,
      }),
    );
    this.rule = rule;
    this.#calls = calls.map((call, index) => ({
      id: `toolu_${this.#messages.length}_${index}`,
      name: call.name,
    }));
    const blocks = [
      ...(text === '' ? [] : [{ type: 'text', text }]),
      ...calls.map((call, index) => ({ type: 'tool_use', id: this.#calls[index]?.id, ...call })),
    ];
    this.#messages.push({ role: 'assistant', content: blocks });
    expect(text.split(/[.!?](?=\s|$)/).length - 1).toBeLessThanOrEqual(4);
    return { text, call: calls[0] };
  }
}

export function tool(
  name: string,
  description: string,
  properties: Record<string, object>,
  required = Object.keys(properties),
) {
  return { name, description, input_schema: { type: 'object', properties, required } };
}

export function finishStep(outcomes: Record<string, string>) {
  const list = Object.entries(outcomes).map(([name, when]) => `- ${name}: ${when}`);
  return tool(
    'finish_step',
    `Ends this step of the call. Outcomes:\n${list.join('\n')}`,
    { outcome: { type: 'string', enum: Object.keys(outcomes) }, reason: { type: 'string' } },
    ['outcome'],
  );
}

export const string = (description: string, more: object = {}) => ({ type: 'string', description, ...more });

export const dentist = [
  tool('find_slots', 'Free appointment times on a date.', {
    date: string('Date, YYYY-MM-DD', { format: 'date' }),
  }),
  tool('book_appointment', 'Books a new appointment.', {
    name: string("The caller's full name"),
    phone: string("The caller's phone number"),
    date: string('Date of the appointment, YYYY-MM-DD', { format: 'date' }),
    time: string('Time of the appointment, HH:MM', { pattern: '^\\d\\d:\\d\\d$' }),
    reason: string('Reason for the visit'),
  }),
  tool('find_appointments', "The caller's appointments, by phone number.", {
    phone: string("The caller's phone number"),
  }),
  tool('move_appointment', 'Moves an appointment to another date and time. Call find_appointments first.', {
    appointment_id: string('Id of the appointment'),
    date: string('New date, YYYY-MM-DD', { format: 'date' }),
    time: string('New time, HH:MM'),
  }),
  tool('cancel_appointment', 'Cancels an appointment.', { appointment_id: string('Id of the appointment') }),
  finishStep({
    done: 'the caller has what they wanted, or wants nothing more',
    person: 'the caller asks for a person',
    emergency: 'the caller is in severe pain or bleeding',
  }),
];
