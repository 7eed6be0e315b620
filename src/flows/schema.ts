/**
 * The language of flows, as one zod schema. Strict: a key nobody knows is an error, because it is nearly always a
 * misspelt one. The JSON Schema for editors is derived from it, so every key carries its description here.
 */
import { z } from 'zod';
import { node } from './schema-nodes.ts';
import { durationMs, nodeName, phoneNumber, plainName, spoken, text } from './schema-parts.ts';
import { silence, timing, turnTaking, waiting } from './schema-turns.ts';

const environmentName = z
  .string()
  .regex(/^[A-Z][A-Z0-9_]*$/, 'must be the name of an environment variable, such as BOOKING_URL');

const toolProperty = z.looseObject({
  type: z.enum(['string', 'number', 'integer', 'boolean', 'array', 'object'], {
    error: 'must be one of string, number, integer, boolean, array, object',
  }),
  description: z.string().optional().describe('What it is, for the model.'),
  optional: z.boolean().optional().describe('true: the model may leave it out. Default: false.'),
});

const plainJsonSchema = z.looseObject({
  type: z.literal('object'),
  properties: z.record(z.string(), z.unknown()),
});

const http = z
  .strictObject({
    method: z
      .enum(['GET', 'POST', 'PUT', 'PATCH', 'DELETE'], {
        error: 'must be one of GET, POST, PUT, PATCH, DELETE',
      })
      .default('GET')
      .describe('Default: GET.'),
    url: z
      .string()
      .trim()
      .min(1)
      .describe(
        'The address (a template: {{ input.NAME }}, {{ env.NAME }}). Values of the input are escaped.',
      ),
    query: z
      .record(z.string(), z.string())
      .optional()
      .describe('Query parameters (templates), added to the URL. Empty ones are left out.'),
    headers: z.record(z.string(), z.string()).optional().describe('Request headers (templates).'),
    body: z
      .unknown()
      .optional()
      .describe(
        'The JSON body; texts in it are templates. Default for POST, PUT and PATCH: the whole input.',
      ),
    timeout_ms: durationMs(100, 60_000)
      .default(5000)
      .describe('The longest it may take, in milliseconds. Default: 5000.'),
  })
  .describe('The HTTP request that does it.');

const tool = z
  .strictObject({
    description: text.describe('What it does and when to use it, for the model.'),
    effect: z
      .enum(['reads', 'writes'], { error: 'must be reads or writes' })
      .describe(
        'reads: it only looks. writes: it changes something, and runs only once the caller has finished the turn that asked for it.',
      ),
    input: z
      .union([plainJsonSchema, z.record(plainName, toolProperty)], {
        error: 'must be a map of property names to their JSON Schema, or a JSON Schema of type object',
      })
      .default({})
      .describe(
        'What the model must give: property names with their JSON Schema; required unless `optional: true`. Or a whole JSON Schema.',
      ),
    with: z
      .record(plainName, z.string())
      .optional()
      .describe('Values the model does not choose (templates: call, slots, tools, now), added to the input.'),
    http,
    say_while: spoken.optional().describe('Said while it runs (a template).'),
  })
  .describe('Something the agent can do.');

export const phraseDefaults = {
  not_understood: 'Sorry, could you say that again?',
  not_a_choice: 'That is not one of the choices.',
  trouble: 'Sorry, something went wrong just then. Could you say that again?',
  refused: "I'm sorry, I can't help with that. Is there anything else I can do?",
  line_back: 'Sorry, the line dropped for a moment.',
  time_up: 'I am afraid we have run out of time. Please call again if you need anything more. Goodbye.',
  broken_off: 'I am sorry, I cannot go on with this call. Please call again later. Goodbye.',
  still_working: 'One moment, please.',
  unheard: 'Sorry, I did not catch that. Could you say it again?',
  take_your_time: 'Of course, take your time.',
} as const;

const phrase = (fallback: string, use: string) =>
  spoken.default(fallback).describe(`${use} Default: "${fallback}"`);

const phrases = z
  .strictObject({
    not_understood: phrase(phraseDefaults.not_understood, 'Before a question is asked again.'),
    not_a_choice: phrase(phraseDefaults.not_a_choice, 'When a key was pressed that means nothing here.'),
    trouble: phrase(phraseDefaults.trouble, 'When the model gave no answer.'),
    refused: phrase(phraseDefaults.refused, 'When the model declined to answer.'),
    line_back: phrase(phraseDefaults.line_back, 'When the line had dropped and is back.'),
    time_up: phrase(phraseDefaults.time_up, 'When the longest call time is reached.'),
    broken_off: phrase(phraseDefaults.broken_off, 'When the call cannot go on.'),
    still_working: phrase(phraseDefaults.still_working, 'When nothing else could be said in time.'),
    unheard: phrase(phraseDefaults.unheard, 'When the caller was audible and no word was understood.'),
    take_your_time: phrase(phraseDefaults.take_your_time, 'When the caller asks for a moment.'),
  })
  .prefault({})
  .describe('What is said when things go wrong. Set these in a flow that is not in English.');

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
    language: z
      .string()
      .refine((tag) => isLanguage(tag), 'must be a language tag such as en-US')
      .default('en-US')
      .describe('BCP 47. Default: en-US.'),
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
    timing,
    turn_taking: turnTaking,
    waiting,
    silence,
    phrases,
    secrets: z
      .array(environmentName)
      .default([])
      .describe('Environment variables that tools may use, as {{ env.NAME }}.'),
    tools: z.record(plainName, tool).default({}).describe('What agents can do, by name.'),
    start: nodeName.describe('The node a call begins with.'),
    nodes: z.record(nodeName, node).describe('The steps of the flow, by name.'),
  })
  .describe('A call flow.');

/** A flow file that passed the schema, defaults filled in. */
export type FlowFile = z.infer<typeof flowSchema>;
export type ToolFile = z.infer<typeof tool>;

/** The JSON Schema of a flow file, for editors. */
export function describeSchema(): Record<string, unknown> {
  return {
    title: 'Callwright call flow',
    ...z.toJSONSchema(flowSchema, { io: 'input', unrepresentable: 'any' }),
  };
}

function isTimeZone(zone: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return true;
  } catch {
    return false;
  }
}

function isLanguage(tag: string): boolean {
  try {
    return /^[A-Za-z]{2,3}(-|$)/.test(tag) && Intl.getCanonicalLocales(tag).length === 1;
  } catch {
    return false;
  }
}
