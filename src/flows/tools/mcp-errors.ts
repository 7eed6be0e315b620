/**
 * The errors of the MCP SDK by what they look like, so that looking at one does not load the SDK: only a flow with a
 * server needs it. Names and codes are those of `@modelcontextprotocol/sdk` (`types.js`, `client/streamableHttp.js`).
 */

/** JSON-RPC codes of the SDK's own, for what happens on this side of the connection. */
export const CONNECTION_CLOSED = -32_000;
export const REQUEST_TIMEOUT = -32_001;

type CodedError = Error & { code: number };

/** What the server said, or what the SDK says in its place. `code`: of JSON-RPC. */
export function isMcpError(error: unknown): error is CodedError {
  return isCoded(error) && error.name === 'McpError';
}

/** A request that was not answered as MCP asks for. `code`: the status of HTTP. */
export function isStreamError(error: unknown): error is CodedError {
  return isCoded(error) && error.constructor.name === 'StreamableHTTPError';
}

function isCoded(error: unknown): error is CodedError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
