/** The schema of each kind of node. A new kind is added here, in `nodes/`, and nowhere else. */
import { z } from 'zod';
import { handlersHere } from './schema-handlers.ts';
import { knowledgeHere } from './schema-knowledge.ts';
import { spokenHere } from './schema-languages.ts';
import { messageNode, smsNode, transferNode, voicemailNode } from './schema-nodes-reach.ts';
import { branchNode, returnNode, setNode, subflowNode, toolNode } from './schema-nodes-rules.ts';
import { offlineHere } from './schema-offline.ts';
import { key, nodeName, options, plainName, spoken, target, text } from './schema-parts.ts';
import { slot } from './schema-slots.ts';
import { endpointingHere } from './schema-turns.ts';

const interruptible = z
  .boolean()
  .default(true)
  .describe('false: it is played to the end even when the caller speaks. Default: true.');

const onlyDone = z
  .union([nodeName, z.strictObject({ done: target })], { error: 'must be the name of a node' })
  .describe('Where the call goes next: the name of a node.');

const sayNode = z
  .strictObject({
    type: z.literal('say'),
    say: spoken.describe('What is said (a template).'),
    interruptible,
    ...spokenHere,
    next: onlyDone,
  })
  .describe('Says something and goes on. Outcome: done.');

const agentTarget = z
  .union(
    [
      nodeName,
      z.strictObject({
        to: nodeName.describe('The node it leads to.'),
        when: text.optional().describe('When the model should choose this outcome, in plain words.'),
        key: key.optional().describe('A key that ends the node with this outcome at any time.'),
        guard: text
          .optional()
          .describe(
            'A condition that must hold before the model may choose this outcome; it sees what the guards of tools see.',
          ),
        otherwise: text
          .optional()
          .describe('What the model is told when the guard does not hold: what has to happen first.'),
      }),
    ],
    { error: 'must be the name of a node, or { to: NODE, when: "...", key: "0" }' },
  )
  .describe('The node this outcome leads to.');

const agentNode = z
  .strictObject({
    type: z.literal('agent'),
    goal: text.describe(
      'What the agent is to achieve here, in plain words (a template). The model reads it; it is not spoken.',
    ),
    say: spoken
      .optional()
      .describe('Said on arrival, before the caller speaks (a template). Default: see speaks_first.'),
    speaks_first: z
      .enum(['agent', 'caller'], { error: 'must be agent or caller' })
      .optional()
      .describe(
        'Who speaks on arrival. Default: the caller where the last thing said was a question, else the agent.',
      ),
    tools: z
      .array(plainName)
      .max(32)
      .default([])
      .describe('Names of tools, declared under the tools of the flow.'),
    slots: z
      .array(plainName)
      .max(32)
      .optional()
      .describe(
        'Earlier slots that the model may set when the caller corrects them. Default: all that have a value by then, except sensitive ones.',
      ),
    collects: z
      .array(slot)
      .max(20)
      .default([])
      .describe(
        'Slots that the model finds out here, written as in a collect node; what it gives passes the same rules. `ask` tells it what each is.',
      ),
    knowledge: knowledgeHere,
    max_tokens: z.number().int().min(16).max(4096).optional().describe('The longest answer here, in tokens.'),
    opening: z
      .array(spoken)
      .max(10)
      .default([])
      .describe(
        'Words every answer here begins with, in turn, such as "Let me see." They are heard at once, while the model is still thinking.',
      ),
    offline: offlineHere,
    interruptible,
    endpointing: endpointingHere,
    handlers: handlersHere,
    ...spokenHere,
    next: z
      .record(plainName, agentTarget)
      .describe(
        'Outcome to node. The model ends the node with one of these outcomes and can go nowhere else. `failed` is taken when the model cannot be reached twice in a row.',
      ),
  })
  .describe('A free conversation, held by the model towards a goal. Outcomes: those you name in next.');

const collectNode = z
  .strictObject({
    type: z.literal('collect'),
    slots: z
      .array(slot)
      .min(1, 'must have at least one slot')
      .max(20)
      .describe('What is asked for, in this order.'),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('How often a slot is asked for before the node fails. Default: 3.'),
    endpointing: endpointingHere,
    handlers: handlersHere,
    ...spokenHere,
    next: z
      .strictObject({
        done: target.describe('Where the call goes once every slot is filled.'),
        failed: target.describe(
          'Where the call goes when a slot could not be filled in the attempts allowed.',
        ),
      })
      .describe('Outcome to node.'),
  })
  .describe('Asks for values one after the other. Outcomes: done, failed.');

const menuNode = z
  .strictObject({
    type: z.literal('menu'),
    say: spoken.describe('The choices, as they are read out (a template).'),
    reask: z
      .array(spoken)
      .max(10)
      .default([])
      .describe('Other words for the second time, the third and so on (templates).'),
    options: options.describe('The choices. The name of each is an outcome.'),
    attempts: z
      .number()
      .int()
      .min(1)
      .max(10)
      .default(3)
      .describe('How often the caller may try before the outcome none. Default: 3.'),
    interruptible,
    endpointing: endpointingHere,
    handlers: handlersHere,
    ...spokenHere,
    next: z
      .record(plainName, target)
      .describe('Where each option leads, and `none`: when nothing was chosen.'),
  })
  .describe('Choices by key or by words, without a model. Outcomes: the names of its options, and none.');

const hangupNode = z
  .strictObject({
    type: z.literal('hangup'),
    say: spoken.optional().describe('The last words (a template).'),
    ...spokenHere,
    result: plainName.optional().describe('The word of the flow for how the call went, kept in its record.'),
  })
  .describe('Ends the call.');

export const node = z.discriminatedUnion(
  'type',
  [
    sayNode,
    menuNode,
    collectNode,
    agentNode,
    branchNode,
    setNode,
    toolNode,
    messageNode,
    smsNode,
    subflowNode,
    returnNode,
    transferNode,
    voicemailNode,
    hangupNode,
  ],
  {
    error:
      'type must be one of say, menu, collect, agent, branch, set, tool, message, sms, subflow, return, transfer, voicemail, hangup',
  },
);

export type NodeSpec = z.infer<typeof node>;
export type { SlotSpec } from './schema-slots.ts';
