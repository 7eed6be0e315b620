/** The schema of nodes that decide and do without a word from the caller: branch, set, tool, subflow, return. */
import { z } from 'zod';
import { nodeName, plainName, spoken, target } from './schema-parts.ts';

const onlyDone = z
  .union([nodeName, z.strictObject({ done: target })], { error: 'must be the name of a node' })
  .describe('Where the call goes next: the name of a node.');

/** A condition; its syntax is checked with the templates. */
const condition = z
  .string({ error: 'must be a condition, such as slots.people > 8 and hours.open' })
  .trim()
  .min(1, 'must not be empty')
  .max(1000, 'is too long (1000 characters at most)');

/** Names with any value; texts in it are templates. */
const values = z
  .record(plainName, z.unknown())
  .refine((all) => Object.keys(all).length <= 100, 'must have at most 100 entries');

export const branchNode = z
  .strictObject({
    type: z.literal('branch'),
    cases: z
      .record(plainName, condition)
      .refine((cases) => Object.keys(cases).length > 0, 'must have at least one case')
      .describe(
        'Outcome to condition. The first condition that holds, in the order written here, decides; where none does, the outcome is else.',
      ),
    next: z.record(plainName, target).describe('Where each case leads, and `else`: when no condition holds.'),
  })
  .describe('Goes one way or another by what is known. Outcomes: the names of its cases, and else.');

export const setNode = z
  .strictObject({
    type: z.literal('set'),
    slots: values
      .refine((all) => Object.keys(all).length > 0, 'must set at least one slot')
      .describe(
        'Slot to value (texts are templates; a lone {{ … }} keeps its type). A value of null empties the slot.',
      ),
    next: onlyDone,
  })
  .describe('Gives slots a value. Outcome: done.');

export const toolNode = z
  .strictObject({
    type: z.literal('tool'),
    tool: plainName.describe('The name of a tool, declared under the tools of the flow.'),
    input: values
      .default({})
      .describe('What the tool is given (texts are templates; a lone {{ … }} keeps its type).'),
    say: spoken.optional().describe('Said while it runs (a template). Default: the say_while of the tool.'),
    outcomes: z
      .record(plainName, condition)
      .default({})
      .describe(
        'Outcome to condition over the result: shipped: result.status == "shipped". The first that holds decides; where none does, the outcome is done.',
      ),
    save: values
      .default({})
      .describe(
        'Slot to template over the result: city: "{{ result.city }}". Not done where the tool fails.',
      ),
    next: z
      .record(plainName, target)
      .describe('Where each outcome leads: done, failed, and those named under outcomes.'),
  })
  .describe(
    'Runs a tool without a model. Outcomes: those it names; done where none of them holds; failed where the tool fails.',
  );

export const subflowNode = z
  .strictObject({
    type: z.literal('subflow'),
    flow: z.string().min(1).describe('The id of another flow in the same folder.'),
    input: values
      .default({})
      .describe(
        'Slots the other flow begins with (texts are templates). It sees no other slots of this flow.',
      ),
    output: z
      .record(plainName, plainName)
      .default({})
      .describe('Slot of this flow to slot of the other flow, taken over when that returns.'),
    next: z
      .record(plainName, target)
      .describe('Where each outcome leads: the outcomes of the return nodes of the other flow.'),
  })
  .describe('Goes through another flow and comes back. Outcomes: those of its return nodes.');

export const returnNode = z
  .strictObject({
    type: z.literal('return'),
    outcome: plainName.describe('The outcome of the subflow node that came here.'),
  })
  .describe(
    'Goes back to the flow that came here by a subflow node. Where none did, the call ends with the outcome as its result.',
  );
