/**
 * What Chat Completions accepts, and what it says about the rest; a request in the shape that the rules understand.
 *
 * Source: OpenAI API reference, "Chat Completions", "Function calling".
 */
import { z } from 'zod';
import { type MessagesRequest, messagesRequest } from '../anthropic/request.ts';

const part = z.looseObject({ type: z.literal('text'), text: z.string() });
const content = z.union([z.string(), z.array(part)]).transform(textOf);
const toolCall = z.looseObject({
  id: z.string().min(1).max(40),
  type: z.literal('function'),
  function: z.looseObject({ name: z.string().min(1), arguments: z.string() }),
});

const message = z.discriminatedUnion('role', [
  z.looseObject({ role: z.enum(['system', 'developer']), content }),
  z.looseObject({ role: z.literal('user'), content }),
  z.looseObject({
    role: z.literal('assistant'),
    content: content.nullish(),
    tool_calls: z.array(toolCall).min(1).optional(),
  }),
  z.looseObject({ role: z.literal('tool'), tool_call_id: z.string().min(1), content }),
]);
type ChatMessage = z.output<typeof message>;

const tool = z.looseObject({
  type: z.literal('function'),
  function: z.looseObject({
    name: z.string().regex(/^[a-zA-Z0-9_-]{1,64}$/),
    description: z.string().default(''),
    parameters: z.looseObject({}).default({}),
  }),
});

const chatRequest = z.looseObject({
  model: z.string().min(1),
  messages: z.array(message).min(1),
  tools: z.array(tool).min(1).optional(),
  tool_choice: z
    .union([
      z.enum(['none', 'auto', 'required']),
      z.looseObject({ type: z.literal('function'), function: z.looseObject({ name: z.string() }) }),
    ])
    .default('auto'),
  max_tokens: z.int().min(1).optional(),
  max_completion_tokens: z.int().min(1).optional(),
  stream: z.boolean().default(false),
  stream_options: z.looseObject({ include_usage: z.boolean().default(false) }).optional(),
});

/** A request that makes sense. `asked`: the same for the rules. */
export interface ChatRequest {
  asked: MessagesRequest;
  tellsUsage: boolean;
}

/** An answer may be so long where the client sets no limit. */
const DEFAULT_MAX_TOKENS = 4096;
/** How a client that has no other mark for it writes results that are errors. */
const ERROR_MARK = /^Error: /;

/** The request, or what is wrong with it in the vendor's words. `param`: the field that is. */
export function parseChatRequest(body: unknown): ChatRequest | { problem: string; param: string } {
  const parsed = chatRequest.safeParse(body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const param = issue?.path.join('.') || 'body';
    return { problem: `Invalid value for '${param}': ${issue?.message ?? 'it is wrong'}.`, param };
  }
  const { data } = parsed;
  if (data.stream_options !== undefined && !data.stream) {
    const problem = "The 'stream_options' parameter is only allowed when 'stream' is enabled.";
    return { problem, param: 'stream_options' };
  }
  const unpaired = problemOfPairing(data.messages);
  if (unpaired !== undefined) return { problem: unpaired, param: 'messages' };
  const asked = messagesRequest.safeParse({
    model: data.model,
    max_tokens: data.max_completion_tokens ?? data.max_tokens ?? DEFAULT_MAX_TOKENS,
    stream: data.stream,
    system: data.messages.flatMap(systemOf).join('\n\n'),
    messages: data.messages.flatMap(toMessage),
    tools: (data.tools ?? []).map(({ function: { name, description, parameters } }) => ({
      name,
      description,
      input_schema: { ...parameters, type: 'object' },
    })),
    tool_choice: choiceOf(data.tool_choice),
  });
  if (!asked.success) {
    const at = asked.error.issues[0]?.path.join('.') || 'messages';
    return { problem: `Invalid value for '${at}'.`, param: at };
  }
  return { asked: asked.data, tellsUsage: data.stream_options?.include_usage === true };
}

/** Each call has its result in the messages right after it, and each result its call. */
function problemOfPairing(messages: readonly ChatMessage[]): string | undefined {
  let open = new Set<string>();
  for (const [index, each] of messages.entries()) {
    if (each.role === 'tool') {
      if (open.delete(each.tool_call_id)) continue;
      return `messages with role 'tool' must be a response to a preceeding message with 'tool_calls' (message ${index})`;
    }
    if (open.size > 0) break;
    open = new Set(each.role === 'assistant' ? each.tool_calls?.map(({ id }) => id) : []);
  }
  if (open.size === 0) return undefined;
  return `An assistant message with 'tool_calls' must be followed by tool messages responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: ${[...open].join(', ')}`;
}

function systemOf(each: ChatMessage): string[] {
  return each.role === 'system' || each.role === 'developer' ? [each.content] : [];
}

function toMessage(each: ChatMessage): object[] {
  switch (each.role) {
    case 'system':
    case 'developer':
      return [];
    case 'user':
      return [{ role: 'user', content: each.content }];
    case 'assistant':
      return [{ role: 'assistant', content: [...textBlock(each.content), ...usesOf(each.tool_calls ?? [])] }];
    case 'tool': {
      const block = {
        type: 'tool_result',
        tool_use_id: each.tool_call_id,
        content: each.content.replace(ERROR_MARK, ''),
        is_error: ERROR_MARK.test(each.content),
      };
      return [{ role: 'user', content: [block] }];
    }
  }
}

function textBlock(text: string | null | undefined): object[] {
  return text ? [{ type: 'text', text }] : [];
}

function usesOf(calls: readonly z.output<typeof toolCall>[]): object[] {
  return calls.map(({ id, function: { name, arguments: json } }) => {
    let input: unknown;
    try {
      input = JSON.parse(json);
    } catch {
      input = {};
    }
    return { type: 'tool_use', id, name, input };
  });
}

function choiceOf(choice: z.output<typeof chatRequest>['tool_choice']): object {
  if (typeof choice === 'object') return { type: 'tool', name: choice.function.name };
  return { type: choice === 'required' ? 'any' : choice };
}

function textOf(written: string | readonly { text: string }[]): string {
  return typeof written === 'string' ? written : written.map(({ text }) => text).join('\n');
}
