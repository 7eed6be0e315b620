/** The schema of each kind of node. A new kind is added here, in `nodes/`, and nowhere else. */
import { z } from 'zod';
import { key, nodeName, options, phoneNumber, plainName, spoken, target, text } from './schema-parts.ts';
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
    max_tokens: z.number().int().min(16).max(4096).optional().describe('The longest answer here, in tokens.'),
    opening: z
      .array(spoken)
      .max(10)
      .default([])
      .describe(
        'Words every answer here begins with, in turn, such as "Let me see." They are heard at once, while the model is still thinking.',
      ),
    interruptible,
    endpointing: endpointingHere,
    next: z
      .record(plainName, agentTarget)
      .describe(
        'Outcome to node. The model ends the node with one of these outcomes and can go nowhere else. `failed` is taken when the model cannot be reached twice in a row.',
      ),
  })
  .describe('A free conversation, held by the model towards a goal. Outcomes: those you name in next.');

const slotBase = {
  name: plainName.describe('Its name: templates see it as {{ slots.NAME }}.'),
  ask: spoken.describe('The question (a template).'),
  reask: z
    .array(spoken)
    .max(10)
    .default([])
    .describe('Other words for the second question, the third and so on (templates).'),
  confirm: spoken
    .optional()
    .describe(
      'A yes-or-no question that reads the value back (a template); the slot is filled on yes. Keys: 1 yes, 2 no.',
    ),
  keyterms: z.array(z.string().trim().min(1)).max(50).optional().describe('Words to expect in the answer.'),
};

const plainSlot = <T extends string>(type: T) => z.strictObject({ type: z.literal(type), ...slotBase });

const slot = z.discriminatedUnion(
  'type',
  [
    plainSlot('text').describe('Whatever the caller says.'),
    plainSlot('name').describe("A person's name."),
    z
      .strictObject({
        type: z.literal('number'),
        ...slotBase,
        min: z.number().optional().describe('The smallest value accepted.'),
        max: z.number().optional().describe('The largest value accepted.'),
      })
      .describe('A number, spoken or keyed.'),
    plainSlot('date').describe('A date; its value is YYYY-MM-DD.'),
    plainSlot('time').describe('A time of day; its value is HH:MM.'),
    plainSlot('phone').describe('A phone number, spoken or keyed; its value is E.164.'),
    plainSlot('yes_no').describe('Yes or no, or key 1 or 2; its value is true or false.'),
    z
      .strictObject({
        type: z.literal('choice'),
        ...slotBase,
        choices: options.describe('The values, each with its words and key.'),
      })
      .describe('One of several values.'),
    z
      .strictObject({
        type: z.literal('digits'),
        ...slotBase,
        length: z.number().int().min(1).max(32).optional().describe('Exactly this many digits.'),
        min_length: z.number().int().min(1).max(32).optional().describe('At least this many digits.'),
        max_length: z.number().int().min(1).max(32).optional().describe('At most this many digits.'),
      })
      .describe('Digits such as a reference or a PIN, spoken or keyed; its value is text.'),
  ],
  { error: 'type must be one of text, name, number, date, time, phone, yes_no, choice, digits' },
);

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
    next: z
      .record(plainName, target)
      .describe('Where each option leads, and `none`: when nothing was chosen.'),
  })
  .describe('Choices by key or by words, without a model. Outcomes: the names of its options, and none.');

const transferNode = z
  .strictObject({
    type: z.literal('transfer'),
    say: spoken.optional().describe('Said before the transfer (a template).'),
    to: phoneNumber.describe('The number to connect the caller to.'),
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
      .default('ringing')
      .describe(
        'What the caller hears while it rings: the ringing itself, soft music, or a faint noise that tells that the line is open. Default: ringing.',
      ),
    next: z
      .union([nodeName, z.strictObject({ failed: target })], { error: 'must be the name of a node' })
      .describe('Where the call goes when nobody answers: the name of a node.'),
  })
  .describe('Connects the caller to a number; the agent leaves. Outcome: failed (busy, no answer).');

const hangupNode = z
  .strictObject({
    type: z.literal('hangup'),
    say: spoken.optional().describe('The last words (a template).'),
    result: plainName.optional().describe('The word of the flow for how the call went, kept in its record.'),
  })
  .describe('Ends the call.');

export const node = z.discriminatedUnion(
  'type',
  [sayNode, agentNode, collectNode, menuNode, transferNode, hangupNode],
  { error: 'type must be one of say, agent, collect, menu, transfer, hangup' },
);

export type NodeSpec = z.infer<typeof node>;
export type SlotSpec = z.infer<typeof slot>;
