/** Answers that do not come one by one: several in a sentence, or understood by a model. */
import type { EntityContext, HalfOfDay } from '../entities/entity.ts';
import { findAhead } from '../entities/parse.ts';
import { halfOfDay } from '../entities/time.ts';
import { timesInEnglish } from '../entities/time-phrases.ts';
import type { SlotSpec } from '../flow.ts';
import { toMessages } from '../history.ts';
import type { JsonSchema, ToolCall } from '../index.ts';
import type { NodeResult, Step } from '../step.ts';
import { isKeysOnly } from './expectations.ts';

/** The one tool a model is given to say what the caller meant. */
const RECORD_TOOL = 'record_answer';
/** What it is given to say that a value read back is right; slots are named in small letters. */
export const READ_BACK_IS_RIGHT = 'READ_BACK_IS_RIGHT';
const MOST_TOKENS = 200;
/** A half of the day that was spoken of longer ago is forgotten. */
const MOST_TURNS_BACK = 4;

export function entityContext({ flow, state, now }: Pick<Step, 'flow' | 'state' | 'now'>): EntityContext {
  return {
    now,
    timeZone: flow.file.time_zone,
    language: flow.file.language,
    country: flow.country,
    callerNumber: otherNumber(state.call),
    half: halfSaidBefore(state.history, flow.file.language),
  };
}

/** The number of whoever the agent talks with: on a call that was placed, the one that was called. Empty: not known. */
export function otherNumber(call: Step['state']['call']): string {
  if (call === null) return '';
  return call.direction === 'outbound' ? call.to : call.from;
}

/** Values that look like nothing else, so that one said in place of yes or no is a correction. */
export function isDistinct(slot: SlotSpec): boolean {
  return slot.type !== 'text' && slot.type !== 'name' && slot.type !== 'yes_no';
}

/** The half of the day that the caller last spoke of. */
function halfSaidBefore(history: Step['state']['history'], language: string): HalfOfDay | undefined {
  const said = history.flatMap((turn) => (turn.role === 'user' ? [turn.text] : []));
  return said
    .slice(-MOST_TURNS_BACK)
    .reverse()
    .map((text) => halfOfDay(timesInEnglish(text, language)))
    .find((half) => half !== undefined);
}

/** Values of later slots that were in the answer to this one. */
export function answersAhead(
  answered: SlotSpec,
  others: readonly SlotSpec[],
  text: string,
  context: EntityContext,
): Record<string, { value: unknown; path: 'parser' }> {
  const found: Record<string, { value: unknown; path: 'parser' }> = {};
  // A choice is known by its own words, so several may be meant.
  const taken = new Set<SlotSpec['type']>(answered.type === 'choice' ? [] : [answered.type]);
  for (const slot of others) {
    // Two slots of one type cannot both be meant by one value; what was said before it was asked for is no secret.
    if (taken.has(slot.type) || slot.sensitive === true || isKeysOnly(slot)) continue;
    const value = findAhead(slot, answered, text, context, others);
    if (value === undefined) continue;
    found[slot.name] = { value, path: 'parser' };
    if (slot.type !== 'choice') taken.add(slot.type);
  }
  return found;
}

/**
 * Asks the model what the caller's last turn says about the slots; nothing of its answer is spoken. `readBack`: the
 * value that the caller was just asked to confirm. Sensitive slots are no question for a model.
 */
export function recordRequest(
  step: Step,
  slots: readonly SlotSpec[],
  current: SlotSpec,
  readBack?: unknown,
): NodeResult {
  const shown = slots.filter(({ name }) => !step.flow.sensitive.has(name));
  const properties = Object.fromEntries(shown.map((slot) => [slot.name, describeSlot(slot)]));
  if (readBack !== undefined) properties[READ_BACK_IS_RIGHT] = CONFIRMATION;
  const asked = readBack === undefined ? 'for' : `whether ${JSON.stringify(readBack)} is right as`;
  const request = {
    system: [
      {
        text: `You listen to a phone call and write down answers. Call ${RECORD_TOOL} once with what the caller's last turn says. Leave out what it does not say; never guess.`,
        stable: true,
      },
      {
        text: `The caller was just asked ${asked} "${current.name}". Today is ${step.now.slice(0, 10)}.`,
        stable: false,
      },
    ],
    messages: toMessages(step.state.history),
    tools: [
      {
        name: RECORD_TOOL,
        description: "Writes down what the caller's last turn says.",
        input: { type: 'object', properties, additionalProperties: false },
      },
    ],
    maxTokens: MOST_TOKENS,
  };
  return step.askModel(request, { speak: false, interruptible: true });
}

/** What a model wrote down, as text by slot. */
export function recordedAnswers(toolCalls: readonly ToolCall[]): Map<string, string> {
  const input = toolCalls.find(({ name }) => name === RECORD_TOOL)?.input ?? {};
  return new Map(
    Object.entries(input).flatMap(([slot, value]) => {
      if (typeof value === 'boolean') return [[slot, value ? 'yes' : 'no'] as const];
      return typeof value === 'string' || typeof value === 'number' ? [[slot, String(value)] as const] : [];
    }),
  );
}

const CONFIRMATION: JsonSchema = {
  type: 'string',
  enum: ['yes', 'no'],
  description:
    'Whether the caller said that the value read back is right. Leave it out where that stays open.',
};

/** What a model is told of the value of a slot. */
export function describeSlot(slot: SlotSpec): JsonSchema {
  const asked = `The answer to: ${slot.ask}`;
  switch (slot.type) {
    case 'date':
      return { type: 'string', format: 'date', description: `${asked} As YYYY-MM-DD.` };
    case 'time':
      return { type: 'string', description: `${asked} As HH:MM, 24 hours.` };
    case 'number':
      return { type: 'number', description: asked };
    case 'money':
      return { type: 'number', description: `${asked} An amount of money.` };
    case 'email':
      return { type: 'string', description: `${asked} As anna@example.com.` };
    case 'postcode':
      return { type: 'string', description: `${asked} As it is written.` };
    case 'yes_no':
      return { type: 'string', enum: ['yes', 'no'], description: asked };
    case 'choice':
      return { type: 'string', enum: Object.keys(slot.choices), description: asked };
    case 'phone':
      return { type: 'string', description: `${asked} Digits, with the country code if it was said.` };
    case 'digits':
      return { type: 'string', description: `${asked} Digits only.` };
    case 'text':
    case 'name':
      return { type: 'string', description: asked };
  }
}
