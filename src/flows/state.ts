/** Where a call stands in its flow: plain JSON, so that it can be kept and taken up elsewhere. */
import { z } from 'zod';
import { historySchema } from './history.ts';

const toolCall = z.object({ id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) });

/** A tool's call as it was sent, so that it can be sent again as the same one. Absent where that must not be kept. */
const sentTool = z.object({
  tool: z.string(),
  input: z.record(z.string(), z.unknown()),
  idempotencyKey: z.string(),
});
export type SentTool = z.infer<typeof sentTool>;

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
    sent: sentTool.optional(),
  }),
  /** An agent looks something up before it asks the model; `begun`: the words its answer begins with. */
  z.object({
    type: z.literal('knowledge'),
    queryId: z.string(),
    /** Where in the history the words stand that are looked up. */
    asked: z.number(),
    begun: z.string(),
    fixed: z.boolean(),
  }),
  /** A node runs a tool by itself; no model is told of it. */
  z.object({
    type: z.literal('run'),
    callId: z.string(),
    tool: z.string(),
    sent: sentTool.optional(),
  }),
]);

/** A subflow the call is in, and where the flow that went into it goes on. */
const frame = z.object({
  /** The id of the subflow. */
  flow: z.string(),
  /** The node of the outer flow, and what that flow knew. */
  node: z.string(),
  slots: z.record(z.string(), z.unknown()),
  confirmed: z.record(z.string(), z.boolean()).default({}),
  tools: z.record(z.string(), z.unknown()),
  vars: z.record(z.string(), z.unknown()),
});

const answer = z.object({ value: z.unknown(), path: z.enum(['parser', 'model', 'keys']) });

/** How far a node has come. Only the node's own kind reads it. */
const progress = z.discriminatedUnion('type', [
  z.object({ type: z.literal('none') }),
  z.object({ type: z.literal('menu'), attempts: z.number() }),
  /** `confirming`: there is a message, and the caller was asked whether it is right. */
  z.object({ type: z.literal('message'), attempts: z.number(), confirming: z.boolean() }),
  z.object({
    type: z.literal('collect'),
    slot: z.number(),
    attempts: z.number(),
    /** The value that is being read back. */
    confirming: answer.optional(),
    /** Values of later slots that were already said. */
    ahead: z.record(z.string(), answer),
    /** An earlier slot that is corrected first; `attempts` and `confirming` are its own meanwhile. */
    detour: z
      .object({
        node: z.string(),
        slot: z.string(),
        /** Further corrections of the same turn, which are to be confirmed as well. */
        queue: z.array(z.object({ node: z.string(), slot: z.string(), value: z.unknown() })),
        /** How far the question had come to which the call returns. */
        back: z.object({ attempts: z.number(), confirming: answer.optional() }),
      })
      .optional(),
  }),
  z.object({
    type: z.literal('agent'),
    /** Model requests in a row that only called tools. */
    rounds: z.number(),
    /** Empty answers in a row. */
    empties: z.number(),
    /** The caller was offered what works without a model, and no model has answered since. */
    offline: z.boolean().optional(),
    /** What the caller said last in this node, while the model has not answered it. */
    heard: z.string().optional(),
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
      variables: z.record(z.string(), z.unknown()).optional(),
    })
    .nullable(),
  /** The node of the innermost flow. */
  node: z.string(),
  /** The subflows the call is in, the innermost last; empty in the flow itself. */
  frames: z.array(frame).default([]),
  progress,
  pending: pending.nullable(),
  leaving: leaving.nullable(),
  slots: z.record(z.string(), z.unknown()),
  /** What the caller's last turn was, as far as guards ask. */
  said: z
    .object({ goodbye: z.boolean(), yes: z.boolean(), no: z.boolean() })
    .default({ goodbye: false, yes: false, no: false }),
  /** Slots that were read back and agreed to. */
  confirmed: z.record(z.string(), z.boolean()).default({}),
  /** The declared variables of the call, each of its type. */
  vars: z.record(z.string(), z.unknown()).default({}),
  /** The last result of each tool. */
  tools: z.record(z.string(), z.unknown()),
  /** What was last looked up in the flow's files: for which words of the history, in which node, and what was found. */
  knowledge: z
    .object({
      asked: z.number(),
      node: z.string(),
      chunks: z.array(
        z.object({ source: z.string(), heading: z.string(), text: z.string(), score: z.number() }),
      ),
    })
    .nullable()
    .default(null),
  history: historySchema,
  /** BCP 47: what the call has changed to; empty while it goes on in the flow's own language. */
  language: z.string().default(''),
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
  /** It stands in another version of its flow than it was made by: the node is entered anew. */
  moved: z.boolean().default(false),
  /** Nodes entered since the caller did something. */
  moves: z.number().default(0),
});

export type State = z.infer<typeof stateSchema>;

export function newState(flow: { id: string; version: string; start: string }): State {
  return {
    format: 1,
    flow: flow.id,
    version: flow.version,
    call: null,
    node: flow.start,
    frames: [],
    progress: { type: 'none' },
    pending: null,
    leaving: null,
    slots: {},
    said: { goodbye: false, yes: false, no: false },
    confirmed: {},
    vars: {},
    tools: {},
    knowledge: null,
    history: [],
    language: '',
    saidSinceCaller: '',
    unheard: [],
    lookingUp: false,
    overheard: [],
    sequence: 0,
    turn: 0,
    modelFailures: 0,
    moved: false,
    moves: 0,
  };
}

/** A copy that a step may change. Long parts are lists of what is never changed, so they are copied one level deep. */
export function copyOf(state: State): State {
  return {
    ...state,
    progress: structuredClone(state.progress),
    pending: structuredClone(state.pending),
    slots: { ...state.slots },
    confirmed: { ...state.confirmed },
    tools: { ...state.tools },
    history: [...state.history],
    overheard: [...state.overheard],
    frames: [...state.frames],
  };
}
