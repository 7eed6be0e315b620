/**
 * What was said so far, kept so that it can be corrected: each assistant entry knows which parts it was spoken as, and
 * a part shrinks to what was heard of it. `toMessages` turns it into what a model is shown. Entries are replaced, never
 * changed, so a copy of the list is a copy of the history.
 */
import { z } from 'zod';
import { type Message, SENSITIVE_TURN, type ToolCall } from './index.ts';

const toolCall = z.object({ id: z.string(), name: z.string(), input: z.record(z.string(), z.unknown()) });

const entry = z.discriminatedUnion('role', [
  z.object({ role: z.literal('user'), text: z.string() }),
  z.object({
    role: z.literal('assistant'),
    parts: z.array(z.object({ id: z.string(), text: z.string() })),
    toolCalls: z.array(toolCall),
  }),
  z.object({
    role: z.literal('tool'),
    callId: z.string(),
    name: z.string(),
    result: z.string(),
    isError: z.boolean(),
  }),
]);

export const historySchema = z.array(entry);
export type HistoryEntry = z.infer<typeof entry>;
type AssistantEntry = Extract<HistoryEntry, { role: 'assistant' }>;

/** A tool's result is cut here before the model sees it; no answer on the phone needs more. */
const MOST_RESULT_CHARACTERS = 16_000;

export function addUser(history: HistoryEntry[], text: string): void {
  history.push({ role: 'user', text });
}

/**
 * Adds words that were spoken. They never come between a tool call and its result: while a result is owed, they belong
 * to the entry that made the call.
 */
export function addSpoken(history: HistoryEntry[], id: string, text: string): void {
  const index = history.at(-1)?.role === 'assistant' ? history.length - 1 : indexOwed(history);
  const home = history[index];
  if (home?.role !== 'assistant') history.push({ role: 'assistant', parts: [{ id, text }], toolCalls: [] });
  else history[index] = { ...home, parts: [...home.parts, { id, text }] };
}

/** Adds a model's answer. */
export function addAnswer(
  history: HistoryEntry[],
  id: string,
  text: string,
  toolCalls: readonly ToolCall[],
): void {
  if (text === '' && toolCalls.length === 0) return;
  history.push({ role: 'assistant', parts: text === '' ? [] : [{ id, text }], toolCalls: [...toolCalls] });
}

/** Answers a call that is owed a result, in our own words: why it was not run, or that the step has ended. */
export function addToolResult(
  history: HistoryEntry[],
  call: ToolCall,
  words: string,
  isError: boolean,
): void {
  history.push({ role: 'tool', callId: call.id, name: call.name, result: words, isError });
}

/**
 * Adds what a tool answered. It is always JSON, texts in quotes, so that nothing a service writes can be taken for our
 * own words.
 */
export function addToolData(
  history: HistoryEntry[],
  call: ToolCall,
  result: unknown,
  isError: boolean,
): void {
  const text = JSON.stringify(result) ?? 'null';
  const cut = text.length > MOST_RESULT_CHARACTERS ? `${text.slice(0, MOST_RESULT_CHARACTERS)}… (cut)` : text;
  history.push({ role: 'tool', callId: call.id, name: call.name, result: cut, isError });
}

/** Shrinks a part to what was heard of it. Returns what was not; undefined when no entry has that part. */
export function setHeard(history: HistoryEntry[], id: string, heard: string): string | undefined {
  const index = history.findLastIndex(
    (one) => one.role === 'assistant' && one.parts.some((part) => part.id === id),
  );
  const home = history[index];
  if (home?.role !== 'assistant') return undefined;
  const said = home.parts.find((part) => part.id === id)?.text ?? '';
  history[index] = {
    ...home,
    parts: home.parts.map((part) => (part.id === id ? { id, text: heard } : part)),
  };
  return afterHeard(said, heard);
}

/** The words of a text that come after those that were heard of it. */
export function afterHeard(said: string, heard: string): string {
  return wordsOf(said).slice(wordsOf(heard).length).join(' ');
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

/** The caller's last words; undefined where they are not kept. */
export function lastWords(history: readonly HistoryEntry[]): string | undefined {
  const last = history.findLast(({ role }) => role === 'user');
  return last?.role === 'user' && last.text !== SENSITIVE_TURN ? last.text : undefined;
}

/** True when an answer is owed: to the caller's words, or to a tool's result. */
export function owesAnswer(history: readonly HistoryEntry[]): boolean {
  return toMessages(history).at(-1)?.role !== 'assistant';
}

/**
 * The conversation for a model: entries of which nothing was heard are gone, neighbours of one side are one message,
 * and every tool call is directly followed by its result.
 */
export function toMessages(history: readonly HistoryEntry[]): Message[] {
  const messages: Message[] = [];
  for (const one of history) {
    const last = messages.at(-1);
    if (one.role === 'tool') messages.push({ ...one });
    else if (one.role === 'user') {
      if (last?.role === 'user') last.text = `${last.text}\n${one.text}`;
      else messages.push({ ...one });
    } else {
      const text = textOf(one);
      if (text === '' && one.toolCalls.length === 0) continue;
      if (last?.role === 'assistant' && last.toolCalls.length === 0) {
        last.text = [last.text, text].filter((words) => words !== '').join(' ');
        last.toolCalls = [...one.toolCalls];
      } else messages.push({ role: 'assistant', text, toolCalls: [...one.toolCalls] });
    }
  }
  return messages;
}

function textOf(one: AssistantEntry): string {
  return one.parts
    .map(({ text }) => text.trim())
    .filter((text) => text !== '')
    .join(' ');
}

/** Where the entry is whose calls have not all been answered; -1 where none is. */
function indexOwed(history: readonly HistoryEntry[]): number {
  const index = history.findLastIndex((one) => one.role !== 'tool');
  const candidate = history[index];
  if (candidate?.role !== 'assistant') return -1;
  return history.length - index - 1 < candidate.toolCalls.length ? index : -1;
}
