/** A caller played by a model: a persona with a goal, who talks until the call is over or their turns are. */
import type { Message, ModelRequest } from '../index.ts';
import type { Persona } from '../schema-tests.ts';
import { StepFailure } from './failure.ts';
import type { LiveModel } from './judge.ts';
import type { TestRun } from './runner.ts';
import type { Happening } from './text-call.ts';

const HANG_UP_TOOL = 'hang_up';
const KEYS_TOOL = 'press_keys';
const MOST_TOKENS = 200;

const TOOLS: ModelRequest['tools'] = [
  {
    name: HANG_UP_TOOL,
    description: 'You hang up: you have what you wanted, or see that you will not get it.',
    input: { type: 'object', properties: {}, additionalProperties: false },
  },
  {
    name: KEYS_TOOL,
    description: 'You press keys of your phone instead of speaking.',
    input: {
      type: 'object',
      properties: { keys: { type: 'string', pattern: '^[0-9*#]+$' } },
      required: ['keys'],
      additionalProperties: false,
    },
  },
];

/** Holds the conversation. Throws `StepFailure` where the model that plays the caller fails. */
export async function playPersona(run: TestRun, persona: Persona, model: LiveModel): Promise<void> {
  for (let turn = 0; turn < persona.turns && !run.isOver; turn++) {
    const { text, calls, failed } = await model(requestOf(persona, run.happenings));
    if (failed !== undefined)
      throw new StepFailure({ message: `the model that plays the caller gave no answer (${failed})` });
    const keys = calls.find(({ name }) => name === KEYS_TOOL)?.input['keys'];
    if (text.trim() !== '') await run.callerSays(text.trim());
    else if (typeof keys === 'string' && /^[0-9*#]+$/.test(keys)) await run.callerPresses(keys);
    if (run.isOver) return;
    if (calls.some(({ name }) => name === HANG_UP_TOOL)) run.callerHangsUp();
    else if (text.trim() === '' && keys === undefined) await run.play({ silence: 1 });
  }
  if (!run.isOver) run.callerHangsUp();
}

function requestOf({ persona, goal }: Persona, happenings: readonly Happening[]): ModelRequest {
  return {
    system: [
      {
        text: [
          'You play a person who is making a phone call. Answer with what this person says next and nothing else: no stage directions, no quotation marks, one to three short sentences, as people talk on the phone. Never play the other side.',
          `Who you are: ${persona}`,
          `What you want: ${goal}`,
          `When it is done, or cannot be done, say goodbye and call ${HANG_UP_TOOL}.`,
        ].join('\n\n'),
        stable: true,
      },
    ],
    messages: messagesOf(happenings),
    tools: TOOLS,
    maxTokens: MOST_TOKENS,
  };
}

/** The conversation from the caller's side: what the agent says is what they hear. */
function messagesOf(happenings: readonly Happening[]): Message[] {
  const messages: Message[] = [{ role: 'user', text: '(The line is open.)' }];
  for (const happening of happenings) {
    const message = messageOf(happening);
    const last = messages.at(-1);
    if (message === undefined) continue;
    if (last !== undefined && last.role === message.role) last.text = `${last.text}\n${message.text}`;
    else messages.push(message);
  }
  if (messages.at(-1)?.role !== 'user') messages.push({ role: 'user', text: '(Silence.)' });
  return messages;
}

function messageOf(happening: Happening): Exclude<Message, { role: 'tool' }> | undefined {
  switch (happening.type) {
    case 'agent':
      return { role: 'user', text: happening.text };
    case 'caller':
      return { role: 'assistant', text: happening.text, toolCalls: [] };
    case 'keys':
      return { role: 'assistant', text: `(pressed ${happening.keys})`, toolCalls: [] };
    default:
      return undefined;
  }
}
