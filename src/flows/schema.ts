/**
 * The language of flows, as one zod schema. Strict: a key nobody knows is an error, because it is nearly always a
 * misspelt one. The JSON Schema for editors is derived from it, so every key carries its description here.
 */
import { z } from 'zod';
import { ENGLISH, withDefaultTexts } from './default-texts.ts';
import { experiments } from './schema-experiments.ts';
import { hours, numbersAllowed, variables } from './schema-facts.ts';
import { handlers } from './schema-handlers.ts';
import { knowledge } from './schema-knowledge.ts';
import { languagesOf, withTextsByLanguage } from './schema-languages.ts';
import { node } from './schema-nodes.ts';
import { durationMs, languageTag, nodeName, phoneNumber, plainName, spoken, text } from './schema-parts.ts';
import { providers } from './schema-providers.ts';
import { fallback, whenBusy } from './schema-reception.ts';
import { flowTests } from './schema-tests.ts';
import { allowHosts, allowPrivate, environmentName, mcpServers, tool } from './schema-tools.ts';
import { silence, timing, turnTaking, waiting } from './schema-turns.ts';

const phrase = (fallback: string, use: string) =>
  spoken.default(fallback).describe(`${use} Default: in the language of the flow; in English "${fallback}"`);

const phrases = z
  .strictObject({
    not_understood: phrase(ENGLISH.phrases.not_understood, 'Before a question is asked again.'),
    not_a_choice: phrase(ENGLISH.phrases.not_a_choice, 'When a key was pressed that means nothing here.'),
    trouble: phrase(ENGLISH.phrases.trouble, 'When the model gave no answer.'),
    offline: phrase(
      ENGLISH.phrases.offline,
      'When no model answers, before the menu of what works without one.',
    ),
    offline_slots: phrase(ENGLISH.phrases.offline_slots, 'Then, where questions follow.'),
    refused: phrase(ENGLISH.phrases.refused, 'When the model declined to answer.'),
    line_back: phrase(ENGLISH.phrases.line_back, 'When the line had dropped and is back.'),
    tool_uncertain: phrase(
      ENGLISH.phrases.tool_uncertain,
      'When a tool was running as the line dropped, and nobody knows whether it was done.',
    ),
    time_up: phrase(ENGLISH.phrases.time_up, 'When the longest call time is reached.'),
    broken_off: phrase(ENGLISH.phrases.broken_off, 'When the call cannot go on.'),
    still_working: phrase(ENGLISH.phrases.still_working, 'When nothing else could be said in time.'),
    unheard: phrase(ENGLISH.phrases.unheard, 'When the caller was audible and no word was understood.'),
    take_your_time: phrase(ENGLISH.phrases.take_your_time, 'When the caller asks for a moment.'),
    cannot_hear: phrase(
      ENGLISH.phrases.cannot_hear,
      'When no recogniser can be reached, so that only keys are understood.',
    ),
    use_keys: phrase(ENGLISH.phrases.use_keys, 'When something was said that only keys can answer.'),
    corrected: phrase(
      ENGLISH.phrases.corrected,
      'When an earlier answer was corrected that is not read back.',
    ),
    not_understood_again: phrase(
      ENGLISH.phrases.not_understood_again,
      'From the third time on that a question without reask is asked.',
    ),
    yes_or_no: phrase(ENGLISH.phrases.yes_or_no, 'Then, where only yes or no will do.'),
    at_least: phrase(ENGLISH.phrases.at_least, 'When a number is below the min of its slot.'),
    at_most: phrase(ENGLISH.phrases.at_most, 'When a number is above the max of its slot.'),
    not_before: phrase(ENGLISH.phrases.not_before, 'When a day or time is before the min of its slot.'),
    not_after: phrase(ENGLISH.phrases.not_after, 'When a day or time is after the max of its slot.'),
  })
  .prefault({})
  .describe(
    'What is said when things go wrong. By default in the language of the flow, where that is English, German, French, Spanish, Italian, Portuguese or Dutch; else in English.',
  );

const voice = z
  .strictObject({
    id: z.string().min(1).optional().describe("The vendor's id of the voice."),
    model: z.string().min(1).optional().describe("The vendor's name of the speech model."),
    speed: z.number().min(0.5).max(2).optional().describe('1 is normal.'),
    openings: z
      .array(spoken)
      .max(50)
      .default([])
      .describe(
        'Beginnings the model likes to answer with, such as "Of course." Their audio is kept ready, so answers that begin with one are heard sooner.',
      ),
  })
  .describe('How the agent sounds.');

const recognition = z
  .strictObject({
    model: z.string().min(1).optional().describe("The recogniser's model."),
    keyterms: z
      .array(z.string().trim().min(1))
      .max(100)
      .default([])
      .describe('Names and words that callers are likely to say.'),
    endpointing_ms: durationMs(10, 5000)
      .default(300)
      .describe('Silence after which speech may be finished. Default: 300.'),
    utterance_end_ms: durationMs(1000, 5000)
      .default(1000)
      .describe('Gap between words after which a turn is over. Default: 1000.'),
  })
  .prefault({})
  .describe('How callers are listened to.');

const model = z
  .union(
    [
      z.literal('none'),
      z.strictObject({
        name: z.string().min(1).optional().describe("The vendor's name of the model."),
        max_tokens: z
          .number()
          .int()
          .min(16)
          .max(4096)
          .default(300)
          .describe('The longest answer, in tokens. Default: 300.'),
      }),
    ],
    { error: 'must be none, or a map such as { name: claude-haiku-5-5, max_tokens: 300 }' },
  )
  .prefault({})
  .describe('The language model. none: this flow must work without any.');

/** Everything a flow file may hold. */
export const flowSchema = z
  .strictObject({
    flow: z
      .string()
      .regex(
        /^[a-z0-9][a-z0-9-]{0,63}$/,
        'must hold only small letters, digits and -, such as dental-reception',
      )
      .describe('The id of the flow.'),
    description: text.describe(
      'What the flow is for, in a sentence or two. Reviewers and the model read it.',
    ),
    language: languageTag.default('en-US').describe('BCP 47. Default: en-US.'),
    time_zone: z
      .string()
      .refine((zone) => isTimeZone(zone), 'must be a time zone such as Europe/London')
      .default('UTC')
      .describe(
        'The time zone that "tomorrow" and "at three" are meant in, such as Europe/London. Default: UTC.',
      ),
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'must be two capital letters, such as GB')
      .optional()
      .describe('Where phone numbers without a country code belong. Default: the region of the language.'),
    numbers: z
      .array(phoneNumber)
      .default([])
      .describe('The numbers this flow answers, in E.164 form and in quotes.'),
    persona: text
      .optional()
      .describe('Who the agent is and how it speaks. The model reads it on every turn.'),
    voice: voice.optional(),
    pronunciation: z
      .record(z.string().trim().min(1).max(100), z.string().trim().min(1).max(200))
      .default({})
      .describe('How words are spoken that the voice gets wrong: { Nguyen: win, SQL: sequel }.'),
    recognition,
    model,
    providers,
    timing,
    turn_taking: turnTaking,
    waiting,
    silence,
    phrases,
    fallback,
    when_busy: whenBusy,
    hours: hours.optional(),
    input: z
      .array(plainName)
      .max(100)
      .default([])
      .describe('Slots this flow begins with when another flow goes into it by a subflow node.'),
    variables,
    numbers_allowed: numbersAllowed,
    experiments,
    secrets: z
      .array(environmentName)
      .default([])
      .describe('Environment variables that tools may use, as {{ env.NAME }}.'),
    knowledge,
    tools: z.record(plainName, tool).default({}).describe('What agents can do, by name.'),
    mcp_servers: mcpServers,
    allow_hosts: allowHosts,
    allow_private: allowPrivate,
    start: nodeName.describe('The node a call begins with.'),
    handlers,
    languages: languagesOf({ voice, recognition, phrases, silence, waiting }),
    voicemail: nodeName
      .optional()
      .describe('The node a call goes to when an answering machine has the line; mostly a voicemail node.'),
    nodes: z.record(nodeName, node).describe('The steps of the flow, by name.'),
    tests: flowTests,
  })
  .describe('A call flow.');

/** A flow file that passed the schema, defaults filled in. */
export type FlowFile = z.infer<typeof flowSchema>;

/** The data of a file in one language held against the schema; what it leaves unsaid is said in its language. */
export function parseFlowFile(data: unknown): z.ZodSafeParseResult<FlowFile> {
  return flowSchema.safeParse(withDefaultTexts(data));
}

let ofOneLanguage: Record<string, unknown> | undefined;

/**
 * The JSON Schema of a flow in one language: what is held against a file, once its texts are those of a language. Only
 * needed to word problems, so only made for the first one.
 */
export function editorSchema(): Record<string, unknown> {
  ofOneLanguage ??= describeOneLanguage();
  return ofOneLanguage;
}

function describeOneLanguage(): Record<string, unknown> {
  return {
    title: 'Callwright call flow',
    ...z.toJSONSchema(flowSchema, { io: 'input', unrepresentable: 'any' }),
  };
}

/** The JSON Schema of a flow file, for editors. */
export function describeSchema(): Record<string, unknown> {
  return withTextsByLanguage(describeOneLanguage());
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}
