/**
 * What the Messages API accepts, and what it says about the rest.
 *
 * Source: Anthropic docs, "Messages", "Tool use", "Errors".
 */
import { z } from 'zod';

const text = z.looseObject({ type: z.literal('text'), text: z.string() });
const toolUse = z.looseObject({
  type: z.literal('tool_use'),
  id: z.string().min(1),
  name: z.string().min(1),
  input: z.record(z.string(), z.unknown()),
});
const toolResult = z.looseObject({
  type: z.literal('tool_result'),
  tool_use_id: z.string().min(1),
  content: z.union([z.string(), z.array(text)]).default(''),
  is_error: z.boolean().default(false),
});
const userMessage = z.object({
  role: z.literal('user'),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, toolResult])).min(1)]),
});
const assistantMessage = z.object({
  role: z.literal('assistant'),
  content: z.union([z.string(), z.array(z.discriminatedUnion('type', [text, toolUse])).min(1)]),
});

const toolName = z.string().regex(/^[a-zA-Z0-9_-]{1,128}$/);

export const messagesRequest = z.strictObject({
  model: z.string().min(1),
  max_tokens: z.int().min(0),
  messages: z.array(z.discriminatedUnion('role', [userMessage, assistantMessage])).min(1),
  system: z.union([z.string(), z.array(text)]).default(''),
  tools: z
    .array(
      z.looseObject({
        name: toolName,
        description: z.string().default(''),
        input_schema: z.looseObject({
          type: z.literal('object'),
          properties: z.record(z.string(), z.looseObject({})).default({}),
          required: z.array(z.string()).default([]),
        }),
      }),
    )
    .default([]),
  tool_choice: z
    .discriminatedUnion('type', [
      z.looseObject({ type: z.enum(['auto', 'any', 'none']) }),
      z.looseObject({ type: z.literal('tool'), name: toolName }),
    ])
    .default({ type: 'auto' }),
  stream: z.boolean().default(false),
  thinking: z
    .discriminatedUnion('type', [
      z.strictObject({ type: z.enum(['disabled', 'adaptive', 'between_tools']) }),
      z.looseObject({ type: z.literal('enabled'), budget_tokens: z.int().min(1024) }),
    ])
    .optional(),
  output_config: z.looseObject({}).optional(),
  metadata: z.looseObject({}).optional(),
  stop_sequences: z.array(z.string()).optional(),
  service_tier: z.string().optional(),
  cache_control: z.looseObject({}).optional(),
});
export type MessagesRequest = z.output<typeof messagesRequest>;
export type MessageContent = MessagesRequest['messages'][number]['content'];

/** From this API version on these are refused. */
const SAMPLING_REFUSED_FROM = '2026-10-21';
const SAMPLING = ['temperature', 'top_p', 'top_k'] as const;

/** The request, or what is wrong with it in the vendor's words. */
export function parseMessagesRequest(body: unknown, version: string): MessagesRequest | { problem: string } {
  const sampling = SAMPLING.filter((name) => typeof body === 'object' && body !== null && name in body);
  if (version >= SAMPLING_REFUSED_FROM && sampling.length > 0)
    return { problem: `${sampling[0]}: Extra inputs are not permitted` };
  const allowed = messagesRequest.safeParse(without(body, SAMPLING));
  if (!allowed.success) {
    const issue = allowed.error.issues[0];
    return { problem: `${issue?.path.join('.') || 'body'}: ${issue?.message ?? 'is wrong'}` };
  }
  const problem = problemOfMessages(allowed.data);
  return problem === undefined ? allowed.data : { problem };
}

function without(body: unknown, names: readonly string[]): unknown {
  if (typeof body !== 'object' || body === null) return body;
  return Object.fromEntries(Object.entries(body).filter(([name]) => !names.includes(name)));
}

function problemOfMessages(request: MessagesRequest): string | undefined {
  if (request.messages[0]?.role !== 'user') return 'messages: first message must use the "user" role';
  if (request.messages.at(-1)?.role !== 'user') {
    return 'messages: this model does not support assistant message prefill; the conversation must end with a user message';
  }
  const choice = request.tool_choice;
  if (choice.type === 'tool' && !request.tools.some((tool) => tool.name === choice['name'])) {
    return `tool_choice: there is no tool ${String(choice['name'])}`;
  }
  for (const [index, message] of request.messages.entries()) {
    if (isBlank(message.content)) return `messages.${index}: text content blocks must be non-empty`;
    const problem = problemOfPairing(request.messages, index);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isBlank(content: MessageContent): boolean {
  if (typeof content === 'string') return content.trim() === '';
  return content.some((block) => block.type === 'text' && block.text.trim() === '');
}

/** Each `tool_use` has its result in the very next message, and each result answers the message before it. */
function problemOfPairing(messages: MessagesRequest['messages'], index: number): string | undefined {
  const used = idsOf(messages[index]?.content, 'tool_use');
  const answered = idsOf(messages[index + 1]?.content, 'tool_result');
  const unanswered = used.filter((id) => !answered.includes(id));
  if (unanswered.length > 0) {
    return `messages.${index}: \`tool_use\` ids were found without \`tool_result\` blocks immediately after: ${unanswered.join(', ')}. Each \`tool_use\` block must have a corresponding \`tool_result\` block in the next message.`;
  }
  const asked = idsOf(messages[index - 1]?.content, 'tool_use');
  const stray = idsOf(messages[index]?.content, 'tool_result').filter((id) => !asked.includes(id));
  if (stray.length > 0) {
    return `messages.${index}: unexpected \`tool_use_id\` found in \`tool_result\` blocks: ${stray.join(', ')}. Each \`tool_result\` block must have a corresponding \`tool_use\` block in the previous message.`;
  }
  return undefined;
}

function idsOf(content: MessageContent | undefined, type: 'tool_use' | 'tool_result'): string[] {
  if (content === undefined || typeof content === 'string') return [];
  return content.flatMap((block) => {
    if (block.type === 'tool_use' && type === 'tool_use') return [block.id];
    if (block.type === 'tool_result' && type === 'tool_result') return [block.tool_use_id];
    return [];
  });
}
