/** The part of a flow file that says when the agent speaks, how long it waits and what is heard meanwhile. */
import { z } from 'zod';
import { ENGLISH } from './default-texts.ts';
import { durationMs, spoken } from './schema-parts.ts';

/** Defaults follow people: a pause in a sentence is seldom longer than two seconds, one between sentences than half of one. */
const endpointingShape = {
  complete_ms: durationMs(0, 5000).describe(
    'After a finished sentence, or a whole answer to the question just asked. Default: 0, as soon as speech has ended.',
  ),
  open_ms: durationMs(0, 5000).describe('After words that may or may not be finished. Default: 500.'),
  unfinished_ms: durationMs(0, 10_000).describe(
    'After words that break off, as in "I would like to". Default: 1800.',
  ),
  number_ms: durationMs(0, 10_000).describe(
    'After part of a number, phone number, date, spelling or list. Default: 2200.',
  ),
};

const endpointing = z
  .strictObject({
    complete_ms: endpointingShape.complete_ms.default(0),
    open_ms: endpointingShape.open_ms.default(500),
    unfinished_ms: endpointingShape.unfinished_ms.default(1800),
    number_ms: endpointingShape.number_ms.default(2200),
  })
  .prefault({})
  .describe('Silence after which the turn of the caller is over, by what was said so far, in milliseconds.');

/** The same for one node, where it differs. */
export const endpointingHere = z
  .strictObject({
    complete_ms: endpointingShape.complete_ms.optional(),
    open_ms: endpointingShape.open_ms.optional(),
    unfinished_ms: endpointingShape.unfinished_ms.optional(),
    number_ms: endpointingShape.number_ms.optional(),
  })
  .optional()
  .describe(
    'How long this node waits after the caller has stopped, where it differs from the rest of the flow.',
  );

export const timing = z
  .strictObject({
    watchdog_ms: durationMs(1000, 30_000)
      .default(4000)
      .describe('Something is heard within this time of the caller finishing. Default: 4000.'),
    max_call_ms: durationMs(10_000, 14_400_000)
      .default(1_800_000)
      .describe('The longest call. Default: 1800000 (30 minutes).'),
    knowledge_ms: durationMs(10, 5000)
      .default(150)
      .describe(
        'How long looking something up in the files under knowledge may take; what is not there by then is left out. Default: 150.',
      ),
    barge_in_decide_ms: durationMs(200, 10_000)
      .default(1500)
      .describe(
        'How long a sound over the agent may stay without words before it is held to be a noise. Default: 1500.',
      ),
  })
  .prefault({})
  .describe('Durations of the conversation, in milliseconds.');

export const turnTaking = z
  .strictObject({
    voice_activity: z
      .strictObject({
        threshold: z
          .number()
          .min(0.1)
          .max(0.95)
          .default(0.5)
          .describe('How sure it must be that a sound is speech, 0 to 1. Default: 0.5.'),
        min_speech_ms: durationMs(32, 1000)
          .default(96)
          .describe('How much speech it takes before the agent yields. Default: 96.'),
        hangover_ms: durationMs(64, 2000)
          .default(200)
          .describe('Silence after which the speech has stopped. Default: 200.'),
      })
      .prefault({})
      .describe('When a sound on the line counts as speech.'),
    endpointing,
    interrupt_by_length_ms: z
      .number()
      .int()
      .min(0)
      .max(5000)
      .default(600)
      .describe(
        'Speech over the agent that is so long is an interruption before any words have come. 0: only words are. Default: 600.',
      ),
    drafts: z
      .strictObject({
        enabled: z.boolean().default(true).describe('Default: true.'),
        per_turn: z.number().int().min(1).max(10).default(3).describe('At most this many. Default: 3.'),
        wasted_per_call: z
          .number()
          .int()
          .min(0)
          .max(1000)
          .default(20)
          .describe('After so many that came to nothing no more are made on this call. Default: 20.'),
      })
      .prefault({})
      .describe('Answers begun while the caller is probably, not certainly, finished.'),
  })
  .prefault({})
  .describe('When the agent speaks, yields and goes on.');

export const waiting = z
  .strictObject({
    filler_after_ms: durationMs(500, 30_000)
      .default(1600)
      .describe('An answer that is later than this is announced by a filler. Default: 1600.'),
    fillers: z
      .array(spoken)
      .max(10)
      .default([])
      .describe('What is said then, in turn (no templates). Default: phrases.still_working.'),
  })
  .prefault({})
  .describe('What is heard while an answer is late.');

export const silence = z
  .strictObject({
    after_ms: durationMs(1000, 120_000)
      .default(7000)
      .describe('Silence after which the caller is prompted. Default: 7000.'),
    prompts: z
      .array(spoken)
      .max(10)
      .default(ENGLISH.silence.prompts)
      .describe(
        'What is said the first time, the second time and so on (templates). Default: in the language of the flow.',
      ),
    goodbye: spoken
      .default(ENGLISH.silence.goodbye)
      .describe('Said before the call is ended for silence. Default: in the language of the flow.'),
    looking_up_after_ms: durationMs(1000, 300_000)
      .default(25_000)
      .describe('The same for a caller who asked for a moment to look something up. Default: 25000.'),
    looking_up_prompts: z
      .array(spoken)
      .max(10)
      .default(ENGLISH.silence.looking_up_prompts)
      .describe(
        'What is said to a caller who is looking something up (templates). Default: in the language of the flow.',
      ),
  })
  .prefault({})
  .describe('What happens when the caller says nothing.');
