/** The schema of nodes that reach people by other ways than talking: transfer, message, voicemail, sms. */
import { z } from 'zod';
import { handlersHere } from './schema-handlers.ts';
import { spokenHere } from './schema-languages.ts';
import { nodeName, phoneNumber, phoneOrTemplate, plainName, spoken, target } from './schema-parts.ts';

export const transferNode = z
  .strictObject({
    type: z.literal('transfer'),
    say: spoken.optional().describe('Said before the transfer (a template).'),
    ...spokenHere,
    to: phoneOrTemplate.describe(
      'The number to connect the caller to: in E.164 form and in quotes, or a template that gives a variable of type phone or a number in numbers_allowed. Any other ends with failed.',
    ),
    timeout_sec: z
      .number()
      .int()
      .min(5)
      .max(600)
      .default(20)
      .describe('How long it may ring, in seconds. Default: 20.'),
    caller_id: phoneNumber
      .optional()
      .describe('The number shown to whoever answers. Default: the number the caller dialled.'),
    hold: z
      .enum(['ringing', 'music', 'noise'], { error: 'must be ringing, music or noise' })
      .optional()
      .describe(
        'What the caller hears while it rings: the ringing itself, soft music, or a faint noise that tells that the line is open. Default: ringing; music where mode is warm, which has no ringing.',
      ),
    mode: z
      .enum(['cold', 'warm'], { error: 'must be cold or warm' })
      .default('cold')
      .describe(
        'cold: the caller is connected as soon as somebody answers. warm: whoever answers hears the summary first. Default: cold.',
      ),
    summary: spoken
      .optional()
      .describe('What whoever answers is told about the call (a template); only with mode: warm.'),
    summary_to: z
      .enum(['person', 'both'], { error: 'must be person or both' })
      .default('person')
      .describe(
        'person: the summary is whispered, and the caller does not hear it. both: it is spoken to the two of them. Default: person.',
      ),
    next: z
      .union([nodeName, z.strictObject({ failed: target })], { error: 'must be the name of a node' })
      .describe('Where the call goes when nobody answers: the name of a node.'),
  })
  .describe('Connects the caller to a number; the agent leaves. Outcome: failed (busy, no answer).');

export const messageNode = z
  .strictObject({
    type: z.literal('message'),
    ask: spoken.describe('What asks for the message (a template).'),
    reask: z
      .array(spoken)
      .max(10)
      .default([])
      .describe('Other words for the second time, the third and so on (templates).'),
    confirm: spoken
      .optional()
      .describe(
        'A yes-or-no question once the message is there (a template); on no the caller may leave another. Keys: 1 yes, 2 no.',
      ),
    slot: plainName.default('message').describe('The slot that holds the message. Default: message.'),
    max_sec: z
      .number()
      .int()
      .min(5)
      .max(600)
      .default(120)
      .describe('The longest message, in seconds. Default: 120.'),
    pause_ms: z
      .number()
      .int()
      .min(500)
      .max(10_000)
      .default(2500)
      .describe('Silence after which the message is over, in milliseconds. Default: 2500.'),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(2)
      .describe('How often the caller may try before the outcome failed. Default: 2.'),
    handlers: handlersHere,
    ...spokenHere,
    next: z
      .strictObject({
        done: target.describe('Where the call goes once there is a message.'),
        failed: target.describe('Where the call goes when there was none in the attempts allowed.'),
      })
      .describe('Outcome to node.'),
  })
  .describe(
    'Takes a spoken message: everything said until a longer silence or the hash key. Outcomes: done, failed.',
  );

export const voicemailNode = z
  .strictObject({
    type: z.literal('voicemail'),
    say: spoken.describe('What is left on the answering machine (a template).'),
    ...spokenHere,
    result: plainName
      .default('left_message')
      .describe('The word of the flow for how the call went, kept in its record. Default: left_message.'),
  })
  .describe('Speaks to an answering machine: says it once, to the end, and ends the call.');

export const smsNode = z
  .strictObject({
    type: z.literal('sms'),
    to: z
      .string()
      .trim()
      .min(1)
      .optional()
      .describe(
        'Who gets it (a template): the caller, a number in a phone slot, or one of numbers_allowed, in E.164 form and in quotes. Default: whoever is on the line.',
      ),
    text: spoken
      .max(1600, 'is too long for a text message (1600 characters at most)')
      .describe('The message (a template).'),
    next: z
      .strictObject({
        done: target.describe('Where the call goes once it is sent.'),
        failed: target.describe('Where the call goes when it could not be sent.'),
      })
      .describe('Outcome to node.'),
  })
  .describe('Sends a text message. Outcomes: done, failed.');
