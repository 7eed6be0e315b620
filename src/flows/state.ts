/** Where a call stands in its flow: plain JSON, so that it can be kept and taken up elsewhere. */
import { z } from 'zod';
import { historySchema } from './history.ts';

const toolCall = z.object({ id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) });

/** What the interpreter waits for besides the caller. */
const pending = z.discriminatedUnion('type', [
  z.object({ type: z.literal('model'), requestId: z.string(), spoken: z.boolean() }),
  /** The first of `calls` is running; the others wait. `failed`: one of this answer's tools went wrong. */
  z.object({
    type: z.literal('tools'),
    calls: z.array(toolCall),
    failed: z.boolean(),
    /** What the answer asked to end with, once all its tools are done. */
    finish: z.array(toolCall),
  }),
]);

const answer = z.object({ value: z.unknown(), path: z.enum(['parser', 'model', 'keys']) });

/** How far a node has come. Only the node's own kind reads it. */
const progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('none') }),
  z.object({ type: z.literal('menu'), attempts: z.number() }),
  z.object({
    type: z.literal('collect'),
    slot: z.number(),
    attempts: z.number(),
    /** The value that is being read back. */
    confirming: answer.optional(),
    /** Values of later slots that were already said. */
    ahead: z.record(z.string(), answer),
  }),
  z.object({
    type: z.literal('agent'),
    /** Model requests in a row that only called tools. */
    rounds: z.number(),
    /** Empty answers in a row. */
    empties: z.number(),
  }),
]);

const leaving = z.discriminatedUnion('type', [
  z.object({ type: z.literal('transfer') }),
  z.object({
    type: z.literal('hang-up'),
    result: z.string().optional(),
    reason: z.enum(['flow', 'silence', 'time-up', 'error']),
  }),
]);

export const stateSchema = z.object({
  format: z.literal(1),
  flow: z.string(),
  version: z.string(),
  call: z
    .object({
      callId: z.string(),
      direction: z.enum(['inbound', 'outbound']),
      from: z.string(),
      to: z.string(),
      startedAt: z.string(),
    })
    .nullable(),
  node: z.string(),
  progress,
  pending: pending.nullable(),
  leaving: leaving.nullable(),
  slots: z.record(z.string(), z.unknown()),
  /** The last result of each tool. */
  tools: z.record(z.string(), z.unknown()),
  history: historySchema,
  /** The words since the caller last spoke; an agent that follows a question waits for its answer. */
  saidSinceCaller: z.string(),
  /** What was never heard of the parts of the reply that ended last, in order; empty where all of it was. */
  unheard: z.array(z.string()),
  /** The caller asked for a moment and has said nothing since. */
  lookingUp: z.boolean().default(false),
  /** Said by the caller where no answer could be given, and not yet in the history. */
  overheard: z.array(z.string()).default([]),
  /** Counts parts and requests, so that each has a name of its own. */
  sequence: z.number(),
  /** Counts what the caller did. */
  turn: z.number(),
  /** Model requests in a row that failed. */
  modelFailures: z.number(),
});

export type State = z.infer<typeof stateSchema>;

export function newState(flow: { id: string; version: string; start: string }): State {
  return {
    format: 1,
    flow: flow.id,
    version: flow.version,
    call: null,
    node: flow.start,
    progress: { type: 'none' },
    pending: null,
    leaving: null,
    slots: {},
    tools: {},
    history: [],
    saidSinceCaller: '',
    unheard: [],
    lookingUp: false,
    overheard: [],
    sequence: 0,
    turn: 0,
    modelFailures: 0,
  };
}

/** A copy that a step may change. Long parts are lists of what is never changed, so they are copied one level deep. */
export function copyOf(state: State): State {
  return {
    ...state,
    progress: structuredClone(state.progress),
    pending: structuredClone(state.pending),
    slots: { ...state.slots },
    tools: { ...state.tools },
    history: [...state.history],
    overheard: [...state.overheard],
  };
}
