/**
 * One MCP server as a flow uses it: connected when it is first needed, connected anew once the connection is lost, its
 * list of tools read once per connection. Of what a server says about itself only the schemas of its tools are used:
 * its own descriptions never reach a model, and it is offered nothing (no sampling, no elicitation, no roots).
 */
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { CallToolResult } from '@modelcontextprotocol/sdk/types.js';
import type { JsonSchema } from '../index.ts';
import type { McpServerFile } from '../schema-tools.ts';
import type { Templates } from '../templates.ts';
import { untilAborted } from './abort.ts';
import { CONNECTION_CLOSED, isMcpError, isStreamError } from './mcp-errors.ts';
import type { Outgoing } from './outgoing.ts';
import type { Secrets } from './secrets.ts';
import { MOST_MAPPED_BYTES, ToolError, tooLong } from './tool-result.ts';

/** A program may have to be fetched and started first; calls in between wait only as long as they may take. */
const CONNECT_TIMEOUT_MS = 30_000;
/** The longest goodbye to a server. */
const FAREWELL_MS = 1000;
const MOST_PAGES = 10;
/** As long as the longest call by default: after that, only a flow that nobody is in any more has not asked. */
const IDLE_MS = 1_800_000;

export interface McpServerOptions {
  templates: Templates;
  secrets: Secrets;
  outgoing: Outgoing;
  /** Where its program runs; default: where this process does. */
  folder?: string | undefined;
}

interface Connection {
  client: Client;
  /** The schema of what each tool takes. */
  schemas: ReadonlyMap<string, JsonSchema>;
  /** Aborts with what is wrong with the server where it cannot be gone on with. */
  broken: AbortSignal;
}

export interface McpCall {
  tool: string;
  input: Record<string, unknown>;
  timeoutMs: number;
  /** Whether it may safely be asked twice. */
  isRepeatable: boolean;
}

export class McpServer {
  readonly #name: string;
  readonly #file: McpServerFile;
  readonly #options: McpServerOptions;
  #connection: Promise<Connection> | undefined;
  #schemas: ReadonlyMap<string, JsonSchema> = new Map();
  readonly #closed = new AbortController();
  #idle: NodeJS.Timeout | undefined;

  constructor(name: string, file: McpServerFile, options: McpServerOptions) {
    this.#name = name;
    this.#file = file;
    this.#options = options;
  }

  /** What a tool takes, as the server said when it was last connected; undefined before that. */
  schemaOf(tool: string): JsonSchema | undefined {
    return this.#schemas.get(tool);
  }

  /** Connects where there is no connection. Rejects where none comes about. */
  async connect(): Promise<void> {
    await this.#connected();
  }

  /** Rejects where the server cannot be reached, has no such tool, or does not answer. */
  async call(call: McpCall, signal: AbortSignal): Promise<CallToolResult> {
    for (let isRetry = false; ; isRetry = true) {
      const connecting = this.#connected();
      this.#idle?.refresh();
      const { client, schemas, broken } = await untilAborted(connecting, signal);
      if (!schemas.has(call.tool))
        throw new ToolError(`The tool is not set up: its server has no tool "${call.tool}".`);
      const params = { name: call.tool, arguments: call.input };
      try {
        const options = { signal, timeout: call.timeoutMs };
        return (await client.callTool(params, undefined, options)) as CallToolResult; // typed as any version's result
      } catch (error) {
        if (signal.aborted || !isLost(error)) throw error;
        this.#forget(connecting);
        broken.throwIfAborted();
        if (isRetry || !(call.isRepeatable || isUnknownSession(error))) throw error;
      }
    }
  }

  /** Ends the connection, and the server's program where there is one. Idempotent. */
  async close(): Promise<void> {
    this.#closed.abort();
    clearTimeout(this.#idle);
    const connection = this.#connection;
    this.#connection = undefined;
    const client = await connection?.then(({ client: open }) => open).catch(() => undefined);
    if (client !== undefined) await farewell(client);
  }

  #connected(): Promise<Connection> {
    if (this.#closed.signal.aborted) return Promise.reject(new ToolError('The service is shutting down.'));
    if (this.#connection !== undefined) return this.#connection;
    const connection = this.#open(() => this.#forget(connection));
    this.#connection = connection;
    clearTimeout(this.#idle);
    this.#idle = setTimeout(() => this.#forget(connection), IDLE_MS).unref();
    // A connection that fails is tried again for the next call.
    connection.catch(() => this.#forget(connection));
    return connection;
  }

  #forget(connection: Promise<Connection>): void {
    if (this.#connection !== connection) return;
    this.#connection = undefined;
    connection.then(({ client }) => client.close()).catch(() => undefined);
  }

  async #open(onLost: () => void): Promise<Connection> {
    // Most flows have no server, and the SDK takes long to load.
    const { Client: SdkClient } = await import('@modelcontextprotocol/sdk/client/index.js');
    const client = new SdkClient({ name: 'callwright', version: '1.0.0' });
    const broken = new AbortController();
    // The SDK would wait for the rest of a stream that was cut off.
    broken.signal.addEventListener('abort', onLost, { once: true });
    const limits = { timeout: CONNECT_TIMEOUT_MS, signal: this.#closed.signal };
    try {
      await client.connect(await this.#transport(broken), limits);
      const schemas = new Map<string, JsonSchema>();
      let cursor: string | undefined;
      for (let page = 0; page < MOST_PAGES; page++) {
        const list = await client.listTools(cursor === undefined ? {} : { cursor }, limits);
        for (const { name, inputSchema } of list.tools) schemas.set(name, inputSchema);
        cursor = list.nextCursor;
        if (cursor === undefined) break;
      }
      client.onclose = onLost;
      this.#schemas = schemas;
      return { client, schemas, broken: broken.signal };
    } catch (error) {
      await client.close().catch(() => undefined);
      throw error;
    }
  }

  async #transport(broken: AbortController): Promise<Transport> {
    const { url, headers = {}, command, args = [], env = [] } = this.#file;
    const { templates, secrets, outgoing, folder } = this.#options;
    const scope = { env: secrets.values };
    if (command !== undefined) {
      const { StdioClientTransport } = await import('@modelcontextprotocol/sdk/client/stdio.js');
      return new StdioClientTransport({
        command,
        args,
        env: Object.fromEntries(env.flatMap((name) => entryOf(secrets.values, name))),
        stderr: 'ignore', // whatever it writes there may hold what a caller said
        maxBufferSize: MOST_MAPPED_BYTES,
        ...(folder === undefined ? {} : { cwd: folder }),
      });
    }
    const address = templates.render(url ?? '', scope).text.trim();
    if (!URL.canParse(address))
      throw new ToolError(`The tool is not set up: the address of the server "${this.#name}" is not a URL.`);
    const { StreamableHTTPClientTransport } = await import(
      '@modelcontextprotocol/sdk/client/streamableHttp.js'
    );
    const transport = new StreamableHTTPClientTransport(new URL(address), {
      fetch: bounded(outgoing, broken),
      requestInit: {
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, template]) => [name, templates.render(template, scope).text]),
        ),
      },
    });
    return transport as Transport; // its `sessionId` may be undefined, which exact optional properties tell apart
  }
}

function entryOf(values: Readonly<Record<string, string>>, name: string): [string, string][] {
  const value = values[name];
  return value === undefined ? [] : [[name, value]];
}

/** The server forgets the session at once instead of after some time of its own. */
async function farewell(client: Client): Promise<void> {
  const { transport } = client;
  if (transport !== undefined && hasSession(transport)) {
    await untilAborted(transport.terminateSession(), AbortSignal.timeout(FAREWELL_MS)).catch(() => undefined);
  }
  await client.close().catch(() => undefined);
}

/** Only the SDK's way over HTTP has sessions. */
function hasSession(transport: Transport): transport is Transport & { terminateSession(): Promise<void> } {
  return 'terminateSession' in transport;
}

/** Every error but an answer of the server's own means that nothing more will come over this connection. */
function isLost(error: unknown): boolean {
  if (isMcpError(error)) return error.code === CONNECTION_CLOSED;
  return !(error instanceof ToolError);
}

/** The server does not know the session (any more), so it did nothing: MCP says 404; some servers say 400. */
function isUnknownSession(error: unknown): boolean {
  return isStreamError(error) && (error.code === 404 || error.code === 400);
}

type Fetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** The requests of the SDK through the flow's only way out. An answer to a POST ends; the stream of a GET does not. */
function bounded(outgoing: Outgoing, broken: AbortController): Fetch {
  return async (url, init = {}) => {
    const { method = 'GET', headers, body, signal } = init;
    const response = await outgoing.fetch(url, {
      method,
      ...(headers === undefined ? {} : { headers }),
      body: typeof body === 'string' ? body : null,
      ...(signal == null ? {} : { signal }),
    });
    if (method !== 'POST' || response.body === null) return response;
    return new Response(response.body.pipeThrough(atMost(MOST_MAPPED_BYTES, broken)), {
      status: response.status,
      headers: response.headers,
    });
  };
}

function atMost(bytes: number, broken: AbortController): TransformStream<Uint8Array, Uint8Array> {
  let left = bytes;
  return new TransformStream({
    transform(chunk, controller) {
      left -= chunk.byteLength;
      if (left >= 0) controller.enqueue(chunk);
      else {
        const error = tooLong(bytes);
        broken.abort(error);
        controller.error(error);
      }
    },
  });
}
