/** What the caller's words hold for the inputs a tool asks for, judged by each input's JSON Schema alone. */

import { datesIn, digitRuns, digitsForWords, timesIn } from './spoken.ts';
import { contentWords, nameWords, shared } from './words.ts';

/** One property of a tool's input schema. */
export interface Property {
  name: string;
  description: string;
  required: boolean;
  type: string;
  format: string | undefined;
  pattern: string | undefined;
  choices: readonly string[] | undefined;
}

/** Something the caller said. `answers`: the property the agent had just asked for, by name. */
export interface Utterance {
  text: string;
  answers: string | undefined;
}

export interface Surroundings {
  /** The current time, on the flow's own clock. */
  now: Date;
  /** The caller's own number, if the system text tells it. */
  callerNumber: string | undefined;
  /** Options the agent has read out, in order. */
  options: readonly string[];
}

type Kind =
  | 'choice'
  | 'date'
  | 'time'
  | 'date-time'
  | 'phone'
  | 'email'
  | 'person'
  | 'number'
  | 'flag'
  | 'code'
  | 'text';

/** What kind of answer a property wants. */
export function kindOf(property: Property): Kind {
  const name = nameWords(property.name);
  const words = new Set([...name, ...property.description.toLowerCase().split(/[^a-z]+/)]);
  const named = (...candidates: string[]) => candidates.some((word) => name.includes(word));
  if (property.choices !== undefined) return 'choice';
  if (property.format === 'date-time') return 'date-time';
  if (property.format === 'email' || named('email')) return 'email';
  if (property.format === 'date' || named('date', 'day') || /YYYY-MM-DD/.test(property.description))
    return 'date';
  if (property.format === 'time' || named('time', 'hour') || /HH:MM/.test(property.description))
    return 'time';
  if (property.type === 'boolean') return 'flag';
  if (property.type === 'number' || property.type === 'integer') return 'number';
  if (named('phone', 'telephone', 'mobile', 'callback') || words.has('phone')) return 'phone';
  if (
    property.pattern !== undefined ||
    words.has('digits') ||
    named('id', 'code', 'number', 'reference', 'ref')
  )
    return 'code';
  if (named('name') || /\b(your|full|first|last) name\b/i.test(property.description)) return 'person';
  return 'text';
}

/** Kinds that stay true for a whole call; the others belong to one wish. */
export function isLasting(property: Property): boolean {
  return ['phone', 'email', 'person'].includes(kindOf(property));
}

/** Values the utterances hold for the property, the most recent first. */
export function candidates(
  property: Property,
  utterances: readonly Utterance[],
  around: Surroundings,
): unknown[] {
  return utterances.toReversed().flatMap((utterance) => {
    const asked = utterance.answers === property.name;
    // Within one utterance the last mention counts: "from Tuesday to Thursday", "ten, no, eleven".
    return FINDERS[kindOf(property)](property, utterance.text, asked, around).toReversed();
  });
}

type Finder = (property: Property, text: string, asked: boolean, around: Surroundings) => unknown[];

const FINDERS: Record<Kind, Finder> = {
  choice: (property, text) => {
    const said = contentWords(text);
    const plain = ` ${nameWords(text).join(' ')} `;
    const choices = property.choices ?? [];
    return choices.filter(
      (choice) =>
        plain.includes(` ${nameWords(choice).join(' ')} `) ||
        shared(contentWords(nameWords(choice).join(' ')), said) > 0,
    );
  },
  date: (_property, text, _asked, around) => datesIn(text, around.now),
  time: (_property, text, asked, around) => [
    ...timesIn(text, asked),
    ...chosenOption(text, around.options, /^\d{1,2}:\d\d$/),
  ],
  'date-time': (_property, text, asked, around) => {
    const date = datesIn(text, around.now).at(-1);
    const time = timesIn(text, asked).at(-1);
    return date === undefined || time === undefined ? [] : [`${date}T${time}:00`];
  },
  phone: (_property, text, _asked, around) => {
    const own = /\b(this number|calling from|same number|number i'?m on)\b/i.test(text)
      ? around.callerNumber
      : undefined;
    return own === undefined ? digitRuns(text, 6) : [own];
  },
  email: (_property, text) => {
    const written = text.toLowerCase().replaceAll(' at ', '@').replaceAll(' dot ', '.');
    return written.match(/[\w.+-]+@[\w-]+(\.[\w-]+)+/g) ?? [];
  },
  person: (_property, text, asked) => {
    const told =
      /\b(?:my name is|my name's|the name is|name's|this is|i am|i'm|it's|it is)\s+((?:(?:Dr|Mr|Mrs|Ms)\.? )?[A-Z][\p{L}'-]+(?: [A-Z][\p{L}'-]+)*)/u.exec(
        text,
      )?.[1];
    if (told !== undefined) return [told];
    const introduced = /\bmy name is ([\p{L}'-]+(?: [\p{L}'-]+)?)/iu.exec(text)?.[1];
    if (introduced !== undefined) return [capitalised(introduced)];
    return asked ? answerAsName(text) : [];
  },
  number: (property, text, asked) => {
    const written = digitsForWords(text);
    const near = nameWords(property.name).join('|');
    const pattern = asked
      ? /\b(\d+(?:\.\d+)?)\b/g
      : new RegExp(
          `\\b(\\d+) (?:${near}|people|persons|guests|of us)\\b|\\bfor (\\d+)(?! ?(?:am|pm|:|o'clock))\\b`,
          'g',
        );
    const found = [...written.matchAll(pattern)].map((match) => Number(match[1] ?? match[2]));
    return property.type === 'integer' ? found.filter(Number.isInteger) : found;
  },
  flag: (_property, text, asked) => {
    if (!asked) return [];
    if (isYes(text)) return [true];
    return isNo(text) ? [false] : [];
  },
  code: (property, text, asked) => {
    const squeezed = digitsForWords(text)
      .toUpperCase()
      .replaceAll(/(?<=\b[A-Z\d])[\s.-]+(?=[A-Z\d]\b)|(?<=\d)[\s.-]+(?=\d)/g, '');
    if (property.pattern !== undefined) {
      const pattern = new RegExp(property.pattern.replaceAll(/^\^|\$$/g, ''), 'gi');
      return [...squeezed.matchAll(pattern)].map((match) => match[0]).filter((found) => found !== '');
    }
    const near = nameWords(property.name).filter((word) => word !== 'id')[0];
    const named = near !== undefined && contentWords(text).has([...contentWords(near)][0] ?? near);
    return asked || named ? digitRuns(text, 2) : [];
  },
  text: (property, text, asked) => {
    if (asked && !isNo(text)) return [bareAnswer(text)].filter(Boolean);
    // "An appointment for a cleaning", "book a cleaning": what something is for.
    const isReason =
      shared(contentWords(`${property.name} ${property.description}`), contentWords('reason purpose why')) >
      0;
    if (!isReason) return [];
    const purpose = PURPOSES.map((pattern) => pattern.exec(text)?.[1]).find((found) => found !== undefined);
    return purpose === undefined || datesIn(purpose, new Date(0)).length > 0 ? [] : [purpose];
  },
};

const PURPOSE_END = '(?= (?:for|on|at|next|tomorrow|today|this|with|please|and|in)\\b|[.,?!]|$)';
const PURPOSES = [
  new RegExp(`\\bfor (?:a|an|my|some) ([a-z][a-z -]*?)${PURPOSE_END}`, 'i'),
  new RegExp(
    `\\b(?:book|schedule|arrange) (?:me )?(?:in )?(?:a|an|my) (?!appointment)([a-z][a-z -]*?)${PURPOSE_END}`,
    'i',
  ),
];

/** "The first one", "the last", "any": a choice from what was read out. */
function chosenOption(text: string, options: readonly string[], like: RegExp): string[] {
  const fitting = options.filter((option) => like.test(option));
  const said = ORDINAL_CHOICES.find(({ words }) => words.test(text));
  const chosen = said === undefined ? undefined : fitting.at(said.at);
  return chosen === undefined ? [] : [chosen];
}

const ORDINAL_CHOICES = [
  { words: /\b(first|earliest|soonest|any|whatever)\b/i, at: 0 },
  { words: /\bsecond one\b/i, at: 1 },
  { words: /\bthird one\b/i, at: 2 },
  { words: /\b(last|latest)\b/i, at: -1 },
];

function answerAsName(text: string): string[] {
  const bare = bareAnswer(text)
    .replaceAll(/[.,!?]+/g, ' ')
    .trim();
  const words = bare.split(/\s+/);
  const plausible = words.length <= 4 && /^[\p{L}' -]+$/u.test(bare) && !isNo(text) && !isYes(text);
  return plausible ? [capitalised(bare)] : [];
}

function bareAnswer(text: string): string {
  return text
    .replace(/^(?:(?:um|uh|well|oh|yes|yeah|sure|okay|ok|so|hi|hello)[,.]?\s+)+/i, '')
    .replace(/^(?:it's|it is|that's|that is|i have|just|for)\s+(?:a |an |my |some )?/i, '')
    .replace(/[,.]?\s*(?:please|thanks|thank you)?[.!?]*$/i, '')
    .trim();
}

function capitalised(words: string): string {
  return words.replaceAll(/(?<=^|[\s'-])\p{Ll}/gu, (letter) => letter.toUpperCase());
}

export function isYes(text: string): boolean {
  return /^\W*(yes|yeah|yep|sure|correct|right|okay|ok|please do|go ahead|that's right|exactly|of course)\b/i.test(
    text,
  );
}

export function isNo(text: string): boolean {
  return /^\W*(no|nope|nothing|none|not really|no thanks|don't|do not)\b/i.test(text);
}
