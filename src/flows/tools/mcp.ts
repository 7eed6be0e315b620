/** Tools of MCP servers. */
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { ToolFile } from '../schema-tools.ts';
import { untilAborted } from './abort.ts';
import { type InputCheck, inputCheck, wrongInput } from './input.ts';
import { CONNECTION_CLOSED, isMcpError, REQUEST_TIMEOUT } from './mcp-errors.ts';
import type { McpServer } from './mcp-server.ts';
import type { Perform } from './perform.ts';
import { type Answer, errorWords, parsedText, ToolError } from './tool-result.ts';

export function mcpTool(
  { mcp, effect, input }: ToolFile & { mcp: NonNullable<ToolFile['mcp']> },
  servers: ReadonlyMap<string, McpServer>,
): Perform {
  const server = servers.get(mcp.server);
  return async (run, signal) => {
    if (server === undefined)
      throw new ToolError(`The tool is not set up: there is no server "${mcp.server}".`);
    try {
      if (input === undefined) await checkByServer(server, mcp.tool, run.input, signal);
      const result = await server.call(
        {
          tool: mcp.tool,
          input: run.input,
          timeoutMs: run.timeoutMs,
          isRepeatable: effect === 'reads',
        },
        signal,
      );
      return answerOf(result);
    } catch (error) {
      // What the server itself says is for the model, which may have given it something wrong.
      if (isMcpError(error) && error.code !== CONNECTION_CLOSED && error.code !== REQUEST_TIMEOUT)
        throw new ToolError(errorWords(error.message.replace(/^MCP error -?\d+: /, '')));
      throw error;
    }
  };
}

const checks = new WeakMap<object, InputCheck>();

/** Where the flow does not say what a tool takes, its server does; what it cannot put into words it checks itself. */
async function checkByServer(
  server: McpServer,
  tool: string,
  input: Record<string, unknown>,
  signal: AbortSignal,
): Promise<void> {
  await untilAborted(server.connect(), signal);
  const schema = server.schemaOf(tool);
  if (schema === undefined) return;
  const check = checks.get(schema) ?? readable(schema);
  checks.set(schema, check);
  const wrong = check(input);
  if (wrong !== undefined) throw new ToolError(wrongInput(wrong));
}

function readable(schema: Parameters<typeof inputCheck>[0]): InputCheck {
  try {
    return inputCheck(schema);
  } catch {
    return () => undefined;
  }
}

const PARTS_OF_A_RESULT: ReadonlySet<string> = new Set(['content', 'structuredContent', 'isError', '_meta']);

/** Structured where the server says so, else its texts; pictures and sounds are of no use on the phone. */
function answerOf(answer: CallToolResult): Answer {
  const { content, structuredContent, isError } = answer;
  const isEmpty = content.length === 0 && structuredContent === undefined;
  // The SDK takes any map for a result; one with nothing in it but what no result has was never one.
  if (isEmpty && Object.keys(answer).some((key) => !PARTS_OF_A_RESULT.has(key)))
    throw new ToolError('The service answered something that is no result.');
  const text = content.flatMap((part) => textOf(part)).join('\n');
  if (isError === true)
    return { result: errorWords(text) || 'The service refused without saying why.', isError: true };
  return { result: structuredContent ?? parsedText(text), isError: false };
}

function textOf(part: CallToolResult['content'][number]): string[] {
  if (part.type === 'text') return [part.text];
  if (part.type === 'resource' && 'text' in part.resource) return [part.resource.text];
  return [];
}
