/**
 * `tests:` of a flow file: conversations as a person would write them. They are played in text against the interpreter
 * (`test/runner.ts`), with tools answered by the test and, unless a real one is asked for, the model too.
 */
import { z } from 'zod';
import { phoneNumber, plainName } from './schema-parts.ts';

const MOST_CHARACTERS = 4000;
const MOST_TESTS = 1000;
const MOST_STEPS = 500;
/** More turns than this is a simulated caller who will never be done. */
const MOST_PERSONA_TURNS = 50;

/** `/words/` is a regular expression, anything else are words. The case never matters, with or without `/i`. */
export function regexOf(expected: string): RegExp | undefined {
  const source = /^\/(.+)\/i?$/s.exec(expected)?.[1];
  return source === undefined ? undefined : new RegExp(source, 'isu');
}

const words = z.string().trim().min(1, 'must not be empty').max(MOST_CHARACTERS, 'is too long');

const expectedWords = words.superRefine((value, context) => {
  try {
    regexOf(value);
  } catch {
    context.addIssue({ code: 'custom', message: 'is between slashes and is no regular expression' });
  }
});

/** One of these, or a list of them. */
const oneOrMore = <T extends z.ZodType>(one: T, error: string) =>
  z.union([one, z.array(one).min(1, 'must have at least one entry')], { error });

const WORDS_ERROR = 'must be words, /a regular expression/, or a list of them';
/** `find_table`, or `identity/check`: a tool of a subflow, with the flow it is declared in. */
const toolName = z
  .string()
  .regex(
    /^(?:[a-z0-9][a-z0-9-]*\/)*[a-z][a-z0-9_-]{0,63}$/,
    'must be the name of a tool; that of a subflow with its flow: identity/check',
  );

const names = oneOrMore(toolName, 'must be a name or a list of names');

/** A node, or one of a flow that is gone into: `identity/ask-name`. */
const place = z
  .string()
  .regex(
    /^([a-z0-9][a-z0-9-]{0,63}\/)?[A-Za-z][A-Za-z0-9_-]{0,63}$/,
    'must be the name of a node, or of one in a subflow, such as identity/ask-name',
  );

const toolInput = z.record(z.string(), z.unknown());

/** Tools by name with their input; a list where one is called twice. */
const toolCalls = z.union(
  [z.record(toolName, toolInput.nullable()), z.array(z.record(toolName, toolInput.nullable()))],
  {
    error: 'must be a map of tools with their input, such as { find_slots: { date: "2026-11-23" } }',
  },
);

const modelAnswer = z.strictObject({
  say: words.optional().describe('What the model says.'),
  call: toolCalls
    .optional()
    .describe('Tools the model calls, with what it gives them: { find_slots: { date: "2026-11-23" } }.'),
  finish: z.string().min(1).optional().describe('The outcome with which the model ends the node.'),
  fails: z.literal(true, { error: 'must be true' }).optional().describe('true: the model cannot be reached.'),
});

const modelStep = z
  .union([words, modelAnswer], {
    error: 'must be words, or a map such as { say: Hello, call: { … }, finish: done }',
  })
  .describe(
    'What the model answers where the flow asks it. Left out of account where the real model is used.',
  );

const expectStep = z
  .strictObject({
    node: place.optional().describe('The node the conversation is in; `flow/node` within a subflow.'),
    slots: z
      .record(plainName, z.unknown())
      .optional()
      .describe('Slots with their values; null: the slot is empty. Others may be filled too.'),
    tool: z
      .union([toolName, z.record(toolName, toolInput.nullable())], {
        error: 'must be the name of a tool, or a map such as { book_table: { people: 4 } }',
      })
      .optional()
      .describe('Tools that ran by now, with what they were given; what is not named here may be anything.'),
    not_called: names.optional().describe('Tools that must not have run by now.'),
    transfer: phoneNumber.optional().describe('The number the caller is being connected to.'),
    language: z.string().min(2).optional().describe('The language that is spoken.'),
  })
  .refine((value) => Object.keys(value).length > 0, {
    error: 'must say what is expected',
    when: isRightSoFar,
  })
  .describe('What must hold at this point.');

const endsStep = z
  .union(
    [
      z.literal(true),
      plainName,
      z.strictObject({
        result: z.string().optional().describe('The result of the hangup.'),
        transfer: phoneNumber.optional().describe('The number the caller was connected to.'),
        node: place.optional().describe('The node it ended in.'),
        by: z.enum(['flow', 'caller', 'silence', 'error']).optional().describe('Who or what ended it.'),
      }),
    ],
    { error: 'must be true, a result, or a map such as { result: booked, node: goodbye }' },
  )
  .describe('The call must be over here: true, or the result it must have, or a map.');

const steps = {
  agent: oneOrMore(expectedWords, WORDS_ERROR).describe(
    'What the agent must say next: these words somewhere in it, whatever the case; /a regular expression/; a list: any of them.',
  ),
  caller: z
    .union([words, z.number()], { error: 'must be what the caller says' })
    .describe('What the caller says.'),
  model: modelStep,
  keys: z
    .union([z.string(), z.number().int().nonnegative()], {
      error: 'must be keys of the phone, in quotes, such as "1#"',
    })
    .refine((value) => /^[0-9*#]+$/.test(String(value)), 'must be keys of the phone, in quotes, such as "1#"')
    .describe('Keys the caller presses, in quotes: "1", "0771#".'),
  silence: z
    .number()
    .int()
    .min(1, 'must be at least 1')
    .max(20, 'must be at most 20')
    .describe('How often in a row the caller stays silent for as long as the flow waits.'),
  transfer_fails: z
    .enum(['busy', 'no-answer', 'failed', 'canceled'], {
      error: 'must be one of busy, no-answer, failed, canceled',
    })
    .describe(
      'Nobody takes the transferred call, and the caller is back: busy, no-answer, failed or canceled.',
    ),
  machine: z
    .literal(true, { error: 'must be true' })
    .describe('true: an answering machine has taken the call.'),
  hangup: z.literal(true, { error: 'must be true' }).describe('true: the caller hangs up.'),
  expect: expectStep,
  ends: endsStep,
};

const STEP_NAMES = Object.keys(steps);

const step = z
  .strictObject({
    agent: steps.agent.optional(),
    caller: steps.caller.optional(),
    model: steps.model.optional(),
    keys: steps.keys.optional(),
    silence: steps.silence.optional(),
    transfer_fails: steps.transfer_fails.optional(),
    machine: steps.machine.optional(),
    hangup: steps.hangup.optional(),
    expect: steps.expect.optional(),
    ends: steps.ends.optional(),
  })
  .refine((value) => Object.keys(value).length === 1, {
    error: `must be one thing: ${STEP_NAMES.slice(0, -1).join(', ')} or ${STEP_NAMES.at(-1)}; begin each with a line of its own and "- "`,
    when: isRightSoFar,
  })
  .meta({ minProperties: 1, maxProperties: 1 })
  .describe('One thing that happens or must hold.');

const answer = {
  result: z.unknown().optional().describe('What the tool gives back.'),
  error: words.optional().describe('What goes wrong instead, as the model is told it.'),
};

const hasOneAnswer = (value: object): boolean => 'result' in value !== 'error' in value;
const ONE_ANSWER = 'must have either a result or an error';

const mock = z
  .union(
    [
      z.strictObject(answer).refine(hasOneAnswer, ONE_ANSWER),
      z.strictObject({
        recorded: z
          .string()
          .regex(
            /^(?!.*\.\.)[A-Za-z0-9_][A-Za-z0-9_./-]*\.json$/,
            'must be a .json file beside the flow, such as recordings/find-slots.json',
          )
          .describe('A file beside the flow with real answers: `callwright flow test --record` writes it.'),
      }),
      z
        .array(
          z
            .strictObject({
              when: toolInput
                .optional()
                .describe('Only for this input; what is not named here may be anything.'),
              ...answer,
            })
            .refine(hasOneAnswer, ONE_ANSWER),
        )
        .min(1, 'must have at least one entry'),
    ],
    { error: 'must be { result: … }, { error: … }, { recorded: FILE } or a list of answers' },
  )
  .describe(
    'What the tool answers. Of a list, the first that fits the input and was not given yet; the last that fits is given again.',
  );

const persona = z
  .strictObject({
    name: words.optional().describe('What reports call it. Default: its number.'),
    persona: words.describe('Who is calling and how they talk.'),
    goal: words.describe('What they want. They hang up once they have it, or see that they cannot.'),
    turns: z
      .number()
      .int()
      .min(1, 'must be at least 1')
      .max(MOST_PERSONA_TURNS, `must be at most ${MOST_PERSONA_TURNS}`)
      .default(12)
      .describe('How often they speak at most. Default: 12.'),
  })
  .describe('A caller played by the model.');

const flowTest = z
  .strictObject({
    name: words.describe('What the test shows, in a few words. Reports call it by this.'),
    now: z
      .string()
      .refine(isInstant, 'must be a date and time such as 2026-11-20T15:00, or 2026-11-20T15:00:00Z')
      .optional()
      .describe(
        'When the call takes place; in the time zone of the flow, unless it says Z or +01:00. Default: 2026-11-20T15:00:00Z, a Friday.',
      ),
    from: phoneNumber.optional().describe("The caller's number. Default: +14155550123."),
    to: phoneNumber.optional().describe('The number that was called. Default: the first of the flow.'),
    direction: z
      .enum(['inbound', 'outbound'], { error: 'must be inbound or outbound' })
      .default('inbound')
      .describe('Default: inbound.'),
    variables: z
      .record(z.string(), z.unknown())
      .optional()
      .describe('Campaign variables of this call, as templates see them under `vars`.'),
    slots: z
      .record(plainName, z.unknown())
      .optional()
      .describe('Slots the call begins with, such as the input of a flow that others go into.'),
    experiments: z
      .record(plainName, plainName)
      .optional()
      .describe('The arm of each experiment, by name. Default: the flow without any.'),
    tools: z.record(toolName, mock).default({}).describe('What tools answer. None is really run.'),
    steps: z
      .array(step)
      .max(MOST_STEPS)
      .default([])
      .describe('The conversation, step by step. With personas: what must hold after it.'),
    never_says: oneOrMore(expectedWords, WORDS_ERROR)
      .optional()
      .describe('What the agent must not say anywhere in this conversation.'),
    rubric: oneOrMore(words, 'must be a sentence or a list of them')
      .optional()
      .describe(
        'What must be true of the whole conversation, in plain words, judged by the model. Needs --model and a key.',
      ),
    personas: z
      .array(persona)
      .min(1, 'must have at least one entry')
      .max(100)
      .optional()
      .describe('Callers played by the model, one conversation each. Needs --model and a key.'),
  })
  .refine(({ steps: all, personas }) => all.length > 0 || personas !== undefined, {
    error: 'must have steps or personas',
    when: isRightSoFar,
  })
  .describe('A conversation and what must come of it.');

/** The tests of a flow; for the flow's schema. */
export const flowTests = z
  .array(flowTest)
  .max(MOST_TESTS)
  .default([])
  .describe('Conversations that `callwright flow test` plays. They never change how calls are answered.');

export type FlowTest = z.infer<typeof flowTest>;
export type TestStep = z.infer<typeof step>;
export type StepName = keyof typeof steps;
export type ExpectStep = z.infer<typeof expectStep>;
export type EndsStep = z.infer<typeof endsStep>;
export type ModelStep = z.infer<typeof modelStep>;
export type ToolMock = z.infer<typeof mock>;
export type Persona = z.infer<typeof persona>;

/** A misspelt key is one mistake, and not also a missing one. */
function isRightSoFar({ issues }: { issues: readonly unknown[] }): boolean {
  return issues.length === 0;
}

/** `2026-11-20T15:00`, with or without seconds and an offset. */
function isInstant(value: string): boolean {
  const shape = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)?$/;
  return shape.test(value) && !Number.isNaN(Date.parse(value.replace(' ', 'T')));
}
