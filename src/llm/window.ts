/**
 * A sliding window over a long history, so that a call of any length stays within what a model reads quickly.
 */
import type { Message } from './index.ts';

export interface WindowOptions {
  /** @defaultValue 80 */
  maxMessages?: number;
  /** Texts, tool inputs and tool results together; about four characters to a token. @defaultValue 32000 */
  maxCharacters?: number;
}

const DEFAULTS = { maxMessages: 80, maxCharacters: 32_000 } as const satisfies Required<WindowOptions>;

/** What is kept when something must go: so much is dropped at once that the next turns need drop nothing. */
const KEPT_SHARE = 0.5;

/**
 * The newest part of a history. A history that fits is returned whole. Otherwise the oldest messages are dropped, in
 * chunks of about half a window: between two drops the window keeps its beginning, so that what a vendor cached of it
 * stays valid from turn to turn. What is left begins with a user message, and neither a tool call nor any of its
 * results is in it without the other. An exchange that alone exceeds the limits is kept whole.
 *
 * A function of the history alone: it goes through it from the beginning, as the call did.
 */
export function windowHistory(messages: readonly Message[], options: WindowOptions = {}): Message[] {
  const { maxMessages, maxCharacters } = { ...DEFAULTS, ...options };
  const sizes = cumulativeSizes(messages);
  const size = (from: number, to: number): number => (sizes[to] ?? 0) - (sizes[from] ?? 0);
  const cuts = possibleCuts(messages);
  let start = 0;
  for (let end = 1; end <= messages.length; end++) {
    if (end - start <= maxMessages && size(start, end) <= maxCharacters) continue;
    const later = cuts.filter((cut) => cut > start && cut < end);
    const within = (share: number): number | undefined =>
      later.find((cut) => end - cut <= maxMessages * share && size(cut, end) <= maxCharacters * share);
    start = within(KEPT_SHARE) ?? within(1) ?? later.at(-1) ?? start;
  }
  return messages.slice(start);
}

/** `sizes[n]`: characters of the first n messages. */
function cumulativeSizes(messages: readonly Message[]): number[] {
  const sizes = [0];
  for (const message of messages) sizes.push((sizes.at(-1) ?? 0) + characters(message));
  return sizes;
}

function characters(message: Message): number {
  switch (message.role) {
    case 'user':
      return message.text.length;
    case 'assistant':
      return message.toolCalls.reduce(
        (sum, call) => sum + call.name.length + JSON.stringify(call.input).length,
        message.text.length,
      );
    case 'tool':
      return message.result.length;
  }
}

/** Where a window may begin: at user messages that do not stand between a tool call and one of its results. */
function possibleCuts(messages: readonly Message[]): number[] {
  const calledAt = new Map<string, number>();
  const cuts: number[] = [];
  messages.forEach((message, index) => {
    if (message.role === 'assistant') for (const call of message.toolCalls) calledAt.set(call.id, index);
    if (message.role === 'user') cuts.push(index);
    const called = message.role === 'tool' ? calledAt.get(message.callId) : undefined;
    while (called !== undefined && (cuts.at(-1) ?? -1) > called) cuts.pop();
  });
  return cuts;
}
