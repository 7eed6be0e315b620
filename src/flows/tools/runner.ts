/**
 * The tools of one flow, whichever kind each is. Whatever goes wrong is a result in words a model can act on; nothing is
 * thrown, and no value of the environment leaves in a result.
 */
import type { JsonSchema, ToolRun, ToolRunner } from '../index.ts';
import type { FlowFile } from '../schema.ts';
import type { ToolFile } from '../schema-tools.ts';
import { Templates } from '../templates.ts';
import { untilAborted } from './abort.ts';
import { functionTool } from './functions.ts';
import { httpTool } from './http.ts';
import { mcpTool } from './mcp.ts';
import { McpServer } from './mcp-server.ts';
import { Outgoing, OutgoingError } from './outgoing.ts';
import { outgoingRules } from './outgoing-rules.ts';
import type { Perform } from './perform.ts';
import { resultShape } from './result.ts';
import { Secrets } from './secrets.ts';
import { failure, ToolError, type ToolResult } from './tool-result.ts';

export interface FlowTools extends ToolRunner {
  /** What a tool of an MCP server takes where the flow does not say it; undefined until the server has been reached. */
  schemaOf(tool: string): JsonSchema | undefined;
  /** Connects to servers and loads functions ahead of the first call. Never rejects: a server may come up later. */
  connect(): Promise<void>;
  /** Ends every connection and program. Idempotent. */
  close(): Promise<void>;
}

export interface FlowToolsOptions {
  /** Where the names under `secrets` get their values; nothing else of it is used. */
  env: Readonly<Record<string, string | undefined>>;
  /** The folder the flow is in; without one it has no functions. */
  folder?: string | undefined;
}

interface Runnable {
  perform: Perform;
  shape: ReturnType<typeof resultShape>;
  effect: ToolFile['effect'];
}

/** Close it with the flow. */
export function createFlowTools(file: FlowFile, { env, folder }: FlowToolsOptions): FlowTools {
  const secrets = new Secrets(Object.fromEntries(file.secrets.map((name) => [name, env[name] ?? ''])));
  const locale = { language: file.language, timeZone: file.time_zone };
  const templates = { text: new Templates(locale), url: new Templates(locale, secrets.escapeForUrl) };
  const outgoing = new Outgoing(outgoingRules(file, secrets));
  const servers = new Map(
    Object.entries(file.mcp_servers).map(([name, server]) => [
      name,
      new McpServer(name, server, { templates: templates.text, secrets, outgoing, folder }),
    ]),
  );
  const preparations = [...servers.values()].map((server) => () => server.connect());
  const performer = (tool: ToolFile): Perform => {
    const { http, mcp, function: code } = tool;
    if (http !== undefined) return httpTool({ ...tool, http }, { templates, secrets, outgoing });
    if (mcp !== undefined) return mcpTool({ ...tool, mcp }, servers);
    const made = functionTool({ ...tool, function: code ?? '' }, { folder, outgoing, env: secrets.values });
    preparations.push(made.prepare);
    return made.perform;
  };
  const runnables = new Map<string, Runnable>(
    Object.entries(file.tools).map(([name, tool]) => [
      name,
      { perform: performer(tool), shape: resultShape(tool, templates.text), effect: tool.effect },
    ]),
  );
  return {
    async run(run, signal) {
      const runnable = runnables.get(run.tool);
      if (runnable === undefined) return failure(`There is no tool "${run.tool}".`);
      const answer = await perform(runnable, run, signal);
      return { result: secrets.hide(answer.result), isError: answer.isError };
    },
    schemaOf(tool) {
      const mcp = Object.hasOwn(file.tools, tool) ? file.tools[tool]?.mcp : undefined;
      return mcp === undefined ? undefined : servers.get(mcp.server)?.schemaOf(mcp.tool);
    },
    async connect() {
      await Promise.allSettled(preparations.map((prepare) => prepare()));
    },
    async close() {
      await Promise.all([...servers.values()].map((server) => server.close()));
      await outgoing.close();
    },
  };
}

async function perform(
  { perform: work, shape, effect }: Runnable,
  run: ToolRun,
  signal: AbortSignal,
): Promise<ToolResult> {
  const limit = AbortSignal.timeout(run.timeoutMs);
  const either = AbortSignal.any([signal, limit]);
  try {
    const answer = await untilAborted(work(run, either), either);
    return answer.isError ? answer : { result: shape(answer, run.input), isError: false };
  } catch (error) {
    return failure(reasonOf(error, effect, limit.aborted ? run.timeoutMs : undefined));
  }
}

function reasonOf(error: unknown, effect: ToolFile['effect'], timeoutMs: number | undefined): string {
  if (error instanceof OutgoingError || error instanceof ToolError) return error.message;
  const doubt = effect === 'writes' ? ' Whether it was done is not known.' : '';
  if (timeoutMs !== undefined)
    return `The service did not answer within ${timeoutMs / 1000} seconds.${doubt}`;
  return `The service could not be reached.${doubt}`;
}
