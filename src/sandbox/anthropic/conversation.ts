/** A request's messages as what happened, one thing after the other. */
import type { MessageContent, MessagesRequest } from './request.ts';

export type Happening =
  | { kind: 'caller'; text: string }
  | { kind: 'agent'; text: string }
  | { kind: 'result'; tool: string; input: Record<string, unknown>; value: unknown; isError: boolean };

export type Result = Extract<Happening, { kind: 'result' }>;

/** Calls appear as their results. */
export function happeningsOf(request: MessagesRequest): Happening[] {
  const calls = new Map<string, { name: string; input: Record<string, unknown> }>();
  const happenings: Happening[] = [];
  for (const { role, content } of request.messages) {
    for (const block of blocksOf(content)) {
      if (block.type === 'text') {
        const text = block.text.trim();
        happenings.push({
          kind: role === 'user' ? 'caller' : 'agent',
          text: isStageDirection(text) ? '' : text,
        });
      } else if (block.type === 'tool_use') {
        calls.set(block.id, block);
      } else {
        const { name: tool = '', input = {} } = calls.get(block.tool_use_id) ?? {};
        const value = parsedResult(textOf(block.content));
        happenings.push({ kind: 'result', tool, input, value, isError: block.is_error });
      }
    }
  }
  return happenings;
}

/** `(The call has begun.)`: what happened, in the place of words. */
function isStageDirection(text: string): boolean {
  return /^\([^()]*\)$/.test(text);
}

/** What the caller said last; empty where nothing was. */
export function lastWordsOf(request: MessagesRequest): string {
  const last = request.messages.findLast(
    (message) => message.role === 'user' && textOf(message.content) !== '',
  );
  return last === undefined ? '' : textOf(last.content);
}

/** The whole system text. */
export function systemTextOf(request: MessagesRequest): string {
  return textOf(request.system);
}

function blocksOf(content: MessageContent) {
  return typeof content === 'string' ? [{ type: 'text' as const, text: content }] : content;
}

function textOf(content: string | readonly { type: string; text?: unknown }[]): string {
  if (typeof content === 'string') return content;
  return content.flatMap((block) => (typeof block.text === 'string' ? [block.text] : [])).join('\n');
}

/** Results are JSON, text, or text with JSON in it (`HTTP 409: {…}`). */
function parsedResult(text: string): unknown {
  const json = /[[{].*[\]}]/s.exec(text)?.[0];
  for (const candidate of [text, json ?? '']) {
    try {
      return JSON.parse(candidate);
    } catch {
      // Not JSON: the next candidate, or the text itself.
    }
  }
  return text;
}
