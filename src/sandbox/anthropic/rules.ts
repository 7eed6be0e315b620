/**
 * The rules by which the model stand-in answers, in the order in which they are tried: the first that holds decides.
 *
 * They know no flow and no script. All they go by is the {@link Situation}: the tools with their descriptions and
 * schemas, the outcomes of the transition tool, the system text and what was said.
 */

import type { Result } from './conversation.ts';
import { isNo, isYes, kindOf, type Property } from './inputs.ts';
import { refusedBy } from './known.ts';
import { questionFor } from './questions.ts';
import type { Situation } from './situation.ts';
import { isKey, likeness, type Outcome, type Tool } from './tools.ts';
import { contentWords, nameWords, shared } from './words.ts';

/** What is answered: text, calls, or both. */
export interface Reply {
  text: string;
  calls: { name: string; input: Record<string, unknown> }[];
}

export interface Rule {
  name: string;
  /** When it holds, in words. */
  when: string;
  /** Undefined where it does not hold. */
  reply: (situation: Situation) => Reply | undefined;
}

const ANYTHING_ELSE = 'Is there anything else I can help you with?';
const GO_AHEAD = 'Shall I go ahead?';
const WHICH_ONE = 'Which one do you mean?';
const HOW_HELP = 'How can I help you?';
/** The same thing is asked this often in a row, then something else is tried. */
const MAX_ASKED = 3;
/** A tool may fail this often for one wish. */
const MAX_FAILURES = 2;

export const RULES: readonly Rule[] = [
  {
    name: 'record what was said',
    when: 'the only tool does nothing but record values: those that the last words hold',
    reply: (s) => s.recorder && call(s.recorder.name, s.saidLast(s.recorder)),
  },
  {
    name: 'call what must be called',
    when: 'the request forces a tool: whatever of its inputs is known',
    reply: (s) => s.forced && call(s.forced.name, s.known(s.forced)),
  },
  {
    name: 'give up after failures',
    when: 'the wanted tool has failed twice and the error names nothing the caller could change',
    reply: (s) => {
      const failures = s.results.filter((result) => result.isError && refused(s, result) === undefined);
      if (s.news?.isError !== true || failures.length < MAX_FAILURES) return undefined;
      const way = outcomeLike(s, 'person failed problem unable') ?? s.finish?.outcomes[0];
      return (way && finish(s, way)) ?? say(`I am sorry, that does not work at the moment. ${ANYTHING_ELSE}`);
    },
  },
  {
    name: 'tell of a failure',
    when: 'a tool has just failed: the message it gave, if any, and a question for what was wrong',
    reply: (s) => {
      if (s.news?.isError !== true) return undefined;
      const wrong = refused(s, s.news);
      const told =
        typeof s.news.value === 'string' ? 'Sorry, that did not work.' : sentence(spokenResult(s.news.value));
      return say(`${told} ${wrong === undefined ? 'Shall I try again?' : questionFor(wrong)}`);
    },
  },
  {
    name: 'tell of a success',
    when: 'the tool the caller wanted has just succeeded: its result in a sentence or two',
    reply: (s) => {
      if (s.news === undefined || (s.goal !== undefined && s.results.includes(s.news))) return undefined;
      return say(`${sentence(spokenResult(s.news.value) || 'That is done.')} ${ANYTHING_ELSE}`);
    },
  },
  {
    name: 'finish as asked',
    when: 'the caller asks for one of the outcomes, such as speaking to a person',
    reply: (s) => {
      const asked = askedOutcome(s);
      return asked && finish(s, asked);
    },
  },
  {
    name: 'finish when nothing is left',
    when: 'the caller says goodbye, or no to "anything else?": the outcome that fits what was done',
    reply: (s) => {
      if (!isFarewell(s.said) && !(s.before.includes(ANYTHING_ELSE) && isNo(s.said))) return undefined;
      const fitting =
        s.done.length > 0 ? `${s.done.join(' ')} done finish complete answer help settle` : 'nothing end';
      const way = outcomeLike(s, fitting) ?? s.finish?.outcomes[0];
      return (way && finish(s, way)) ?? say('Thank you for calling. Goodbye.');
    },
  },
  {
    name: 'look up first',
    when: 'the wanted tool needs what only another tool can supply, or its description names that tool',
    reply: (s) => {
      const helper = s.goal && helperFor(s, s.goal);
      if (s.goal === undefined || helper === undefined) return undefined;
      const missing = firstMissing(s, helper);
      if (missing !== undefined) return ask(s, questionFor(missing), lookUpTold(s));
      return call(helper.name, s.known(helper));
    },
  },
  {
    name: 'ask for what is missing',
    when: 'the wanted tool lacks a required input: one short question, after what a look-up has just told',
    reply: (s) => {
      if (s.goal === undefined) return undefined;
      const missing = (s.news && refused(s, s.news)) ?? firstOffered(s, s.goal) ?? firstMissing(s, s.goal);
      if (missing === undefined) return undefined;
      if (isKey(missing) && s.results.length > 0) return ask(s, WHICH_ONE, lookUpTold(s));
      return ask(s, questionFor(missing), lookUpTold(s));
    },
  },
  {
    name: 'confirm first',
    when: 'the wanted tool says that the caller must confirm, and the caller has not said yes',
    reply: (s) => {
      if (s.goal === undefined || !/\b(confirm|agreed)/i.test(s.goal.description)) return undefined;
      if (s.before.includes(GO_AHEAD) && isYes(s.said)) return undefined;
      const corrected = Object.keys(s.saidLast(s.goal)).length > 0;
      if (s.before.includes(GO_AHEAD) && isNo(s.said) && !corrected) return say('What should I change?');
      return ask(s, GO_AHEAD, `${lookUpTold(s)} ${summary(s, s.goal)}`.trim());
    },
  },
  {
    name: 'do what is wanted',
    when: 'all required inputs of the wanted tool are known',
    reply: (s) => {
      if (s.goal === undefined) return undefined;
      const input = s.known(s.goal);
      const same = s.results.some(
        (result) => result.tool === s.goal?.name && JSON.stringify(result.input) === JSON.stringify(input),
      );
      return same && !isYes(s.said) ? say('What should I change?') : call(s.goal.name, input);
    },
  },
  {
    name: 'look up the next one',
    when: 'after a look-up the caller names another value for it: "What about Monday?"',
    reply: (s) => {
      const last = s.tools.find((tool) => tool.reads && tool.name === s.done.at(-1));
      if (last === undefined || s.goal !== undefined) return undefined;
      const input = s.saidLast(last);
      const whole = last.properties.every(({ required, name }) => !required || name in input);
      return whole && Object.keys(input).length > 0 ? call(last.name, input) : undefined;
    },
  },
  {
    name: 'answer from the instructions',
    when: 'the caller asks a question and a sentence of the system text that states a fact shares two words with it',
    reply: (s) => {
      if (!/\?|^(what|when|where|how|do|does|is|are|can|which|who)\b/i.test(s.said)) return undefined;
      const found = likestSentence(s.system, s.said);
      return found === undefined ? undefined : say(`${sentence(found)} ${ANYTHING_ELSE}`);
    },
  },
  {
    name: 'take the only wish there is',
    when: 'what the caller wants is not understood, but only one tool can change anything',
    reply: (s) => {
      const [only, second] = s.tools.filter((tool) => !tool.reads);
      const spoken = contentWords(s.said).size > 0 && s.done.length === 0 && s.before !== '';
      if (only === undefined || second !== undefined || s.goal !== undefined || !spoken) return undefined;
      const missing = firstMissing(s, only);
      return missing === undefined ? call(only.name, s.known(only)) : ask(s, questionFor(missing));
    },
  },
  {
    name: 'ask for the wish',
    when: 'nothing else holds',
    reply: (s) =>
      ask(s, isYes(s.said) && s.before.includes(ANYTHING_ELSE) ? 'What else can I do for you?' : HOW_HELP),
  },
];

function say(text: string): Reply {
  return { text: text.trim(), calls: [] };
}

function call(name: string, input: Record<string, unknown>): Reply {
  return { text: '', calls: [{ name, input }] };
}

/** Asks, differently each time, and after three times offers something else. */
function ask(s: Situation, question: string, before = ''): Reply {
  const asked = s.history.filter((happening) => happening.kind === 'agent').toReversed();
  const stop = asked.findIndex((happening) => !happening.text.includes(question));
  const times = stop < 0 ? asked.length : stop;
  const isNews = before !== '' && asked[0]?.text.includes(before) === false;
  if (times === 0 || (times < MAX_ASKED && isNews)) return say(`${before} ${question}`);
  if (times < MAX_ASKED) return say(`Sorry, I did not catch that. ${question}`);
  const person = outcomeLike(s, 'person unable failed problem');
  if (person !== undefined) return finish(s, person) ?? say(offer(s));
  return say(offer(s));
}

function offer(s: Situation): string {
  const names = s.tools.slice(0, 3).map((tool) => nameWords(tool.name).join(' '));
  return names.length > 0
    ? `Let us try something else: I can ${names.join(', or ')}. What would you like?`
    : 'Let us leave that. What would you like instead?';
}

function finish(s: Situation, outcome: Outcome): Reply | undefined {
  if (s.finish === undefined) return undefined;
  const needsReason = s.finish.properties.some((property) => property.name === 'reason');
  const reason = needsReason && outcome.when !== '' ? { reason: outcome.when } : {};
  return call(s.finish.name, { outcome: outcome.name, ...reason });
}

/** What is about to be done, without what nobody wants to hear: numbers and keys. */
function summary(s: Situation, goal: Tool): string {
  const known = s.known(goal);
  const told = goal.properties
    .filter((property) => property.name in known && !['phone', 'code'].includes(kindOf(property)))
    .map((property) => spokenValue(kindOf(property), known[property.name]));
  return told.length > 0 ? `I have ${told.join(', ')}.` : '';
}

function spokenValue(kind: ReturnType<typeof kindOf>, value: unknown): string {
  if (kind !== 'date' && kind !== 'date-time') return String(value);
  const [day = '', time] = String(value).split('T');
  const format = new Intl.DateTimeFormat('en-GB', {
    weekday: 'long',
    day: 'numeric',
    month: 'long',
    timeZone: 'UTC',
  });
  const spokenDay = format.format(new Date(`${day}T00:00:00Z`)).replace(',', '');
  return time === undefined ? spokenDay : `${spokenDay} at ${time.slice(0, 5)}`;
}

function isFarewell(said: string): boolean {
  return /\b(good ?bye|bye|that'?s all|that is all|that'?s it|that will be all|nothing else|no,? thank)\b/i.test(
    said,
  );
}

/** The outcome the caller's words ask for: by its name, or by two words of its description that no tool shares. */
function askedOutcome(s: Situation): Outcome | undefined {
  const said = contentWords(s.said);
  const ofTools = contentWords(
    s.tools.map((tool) => `${nameWords(tool.name).join(' ')} ${tool.description}`).join(' '),
  );
  const scored = (s.finish?.outcomes ?? []).map((outcome) => {
    const own = (words: Set<string>) => new Set([...words].filter((word) => !ofTools.has(word)));
    const name = shared(own(contentWords(nameWords(outcome.name).join(' '))), said);
    return {
      outcome,
      score: 2 * name + shared(own(contentWords(outcome.when)), said) + (wantsPerson(s, outcome) ? 2 : 0),
    };
  });
  const best = scored.toSorted((a, b) => b.score - a.score)[0];
  const goalScore = Math.max(0, ...s.tools.map((tool) => likeness(said, tool)));
  return best !== undefined && best.score >= 2 && goalScore < 3 ? best.outcome : undefined;
}

function wantsPerson(s: Situation, outcome: Outcome): boolean {
  const person = new Set(['person']);
  return (
    shared(contentWords(s.said), person) > 0 &&
    shared(contentWords(`${nameWords(outcome.name).join(' ')} ${outcome.when}`), person) > 0
  );
}

/** The outcome that shares most words with these. */
function outcomeLike(s: Situation, words: string): Outcome | undefined {
  const wanted = contentWords(nameWords(words).join(' '));
  const scored = (s.finish?.outcomes ?? []).map((outcome) => ({
    outcome,
    score:
      2 * shared(contentWords(nameWords(outcome.name).join(' ')), wanted) +
      shared(contentWords(outcome.when), wanted),
  }));
  const best = scored.toSorted((a, b) => b.score - a.score)[0];
  return best !== undefined && best.score > 0 ? best.outcome : undefined;
}

/** The input of the wanted tool, or of the tool itself, that the result turned down. */
function refused(s: Situation, result: Result): Property | undefined {
  const tool = s.tools.find(({ name }) => name === result.tool);
  const name = refusedBy(result, tool);
  return [s.goal, tool].flatMap((each) => each?.properties ?? []).find((property) => property.name === name);
}

function firstMissing(s: Situation, tool: Tool) {
  const known = s.known(tool);
  return tool.properties.find((property) => property.required && !(property.name in known));
}

/** A look-up that supplies something the goal misses; undefined once it has told, or where none does. */
function helperFor(s: Situation, goal: Tool): Tool | undefined {
  if (goal.reads) return undefined;
  const known = s.known(goal);
  const missing = goal.properties.filter((property) => property.required && !(property.name in known));
  if (missing.length === 0) return undefined;
  const untold = s.tools.filter((tool) => tool.reads && !hasTold(s, tool));
  const key = missing.find(isKey);
  const texts = [goal, ...goal.properties].map(({ description }) => description).join(' ');
  const named = untold.find((tool) => new RegExp(`\\b${tool.name}\\b`).test(texts));
  if (key !== undefined) return named ?? likestSupplier(untold, key);
  // What the caller can say just as well is only looked up once that needs no further question.
  const suppliers = [named, ...missing.map((property) => likestSupplier(untold, property))];
  return suppliers.find((tool) => tool !== undefined && firstMissing(s, tool) === undefined);
}

/** The missing input that the look-up just told about supplies: what was read out is chosen from first. */
function firstOffered(s: Situation, goal: Tool): Property | undefined {
  const lookUp = s.tools.find((tool) => tool.reads && tool.name === s.news?.tool);
  const known = s.known(goal);
  const missing = goal.properties.filter((property) => property.required && !(property.name in known));
  return lookUp && missing.find((property) => likestSupplier([lookUp], property) !== undefined);
}

/** The look-up whose name and description say most about this input. */
function likestSupplier(lookUps: readonly Tool[], input: Property): Tool | undefined {
  const wanted = contentWords(`${nameWords(input.name).join(' ')} ${SUPPLIED_BY[input.name] ?? ''}`);
  const scored = lookUps
    .filter((tool) => !tool.properties.some((property) => property.name === input.name && property.required))
    .map((tool) => ({
      tool,
      score:
        2 * shared(wanted, contentWords(nameWords(tool.name).join(' '))) +
        shared(wanted, contentWords(tool.description)),
    }));
  const best = scored.toSorted((a, b) => b.score - a.score)[0];
  return best !== undefined && best.score > 0 ? best.tool : undefined;
}

/** It has been called with what is known now. */
function hasTold(s: Situation, tool: Tool): boolean {
  const input = JSON.stringify(s.known(tool));
  return s.results.some((result) => result.tool === tool.name && JSON.stringify(result.input) === input);
}

/** Inputs that look-ups offer under another word. */
const SUPPLIED_BY: Record<string, string> = { time: 'free', start_time: 'free', slot: 'free' };

/** What a look-up for the goal has just found. */
function lookUpTold(s: Situation): string {
  if (s.news === undefined || s.news.isError) return '';
  return sentence(spokenResult(s.news.value) || 'I found nothing.');
}

/** A result in words: its `message`, else its plain fields. */
function spokenResult(value: unknown): string {
  if (typeof value !== 'object' || value === null)
    return value === undefined || value === null ? '' : String(value).slice(0, 200);
  if ('message' in value && typeof value.message === 'string') return value.message;
  if (Array.isArray(value)) return value.slice(0, 3).map(spokenResult).filter(Boolean).join('; ');
  const fields = Object.entries(value).filter(([key]) => !/(^|_)(id|key|error|code|field)$/i.test(key));
  const plain = fields
    .filter(([, field]) => ['string', 'number', 'boolean'].includes(typeof field))
    .slice(0, 4);
  const lists = fields.filter(([, field]) => Array.isArray(field));
  const told = [
    ...plain.map(([key, field]) => `${nameWords(key).join(' ')}: ${String(field)}`),
    ...lists.map(([key, field]) => listed(key, field)),
  ];
  return told.join(', ');
}

function listed(key: string, list: unknown): string {
  const entries = Array.isArray(list) ? list : [];
  if (entries.length === 0) return `no ${nameWords(key).join(' ')}`;
  return `${nameWords(key).join(' ')}: ${entries.slice(0, 4).map(spokenResult).join(', ')}`;
}

function sentence(text: string): string {
  const trimmed = text.trim();
  const capital = trimmed.charAt(0).toUpperCase() + trimmed.slice(1);
  return /[.!?]$/.test(capital) ? capital : `${capital}.`;
}

/** Sentences with these tell the agent what to do; they are not for the caller. */
const INSTRUCTION = /\b(you|your|caller|never|say|speak|tool|ask|write|use)\b/i;

/** The sentence of the instructions that is most about the question. */
function likestSentence(system: string, question: string): string | undefined {
  const asked = contentWords(question);
  const scored = system
    .split(/(?<=[.!?])\s+|\n+/)
    .map((text) => ({ text: text.replace(/^[-*#\s]+/, ''), score: shared(contentWords(text), asked) }))
    .filter(({ text }) => text.length > 0 && text.length < 240 && !INSTRUCTION.test(text))
    .toSorted((a, b) => b.score - a.score);
  return scored[0] !== undefined && scored[0].score >= 2 ? scored[0].text : undefined;
}
