/** Tools that call HTTP. */
import { setTimeout as pause } from 'node:timers/promises';
import type { ToolFile } from '../schema-tools.ts';
import { buildRequest, type HttpFile, type Makings } from './http-request.ts';
import { readResponse } from './http-response.ts';
import { type Outgoing, OutgoingError } from './outgoing.ts';
import type { Perform } from './perform.ts';
import { type Answer, MOST_MAPPED_BYTES, MOST_RESULT_BYTES, ToolError } from './tool-result.ts';

/** Answers that say: not now. Nothing was done, or it was done once for the same Idempotency-Key. */
const BUSY: ReadonlySet<number> = new Set([429, 502, 503, 504]);
const DEFAULT_WAIT_MS = 200;

export function httpTool(
  tool: ToolFile & { http: HttpFile },
  { outgoing, ...makings }: Makings & { outgoing: Outgoing },
): Perform {
  const { attempts, waitMs } = retriesOf(tool);
  const mostBytes = tool.result === undefined ? MOST_RESULT_BYTES : MOST_MAPPED_BYTES;
  return async (run, signal) => {
    const { url, init } = buildRequest(tool, run, makings);
    const startedAt = performance.now();
    const leftMs = (): number => run.timeoutMs - (performance.now() - startedAt);
    const tryOnce = async (): Promise<{ answer: Answer; isBusy: boolean; askedMs: number }> => {
      const response = await outgoing.fetch(url, { ...init, signal });
      const answer = await readResponse(response, mostBytes);
      return { answer, isBusy: BUSY.has(response.status), askedMs: retryAfterMs(response) };
    };
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      try {
        const { answer, isBusy, askedMs } = await tryOnce();
        const nextMs = Math.max(waitMs, askedMs);
        if (isLast || !isBusy || nextMs >= leftMs()) return answer;
        await pause(nextMs, undefined, { signal });
      } catch (error) {
        const isFinal = error instanceof OutgoingError || error instanceof ToolError;
        if (isLast || isFinal || signal.aborted || waitMs >= leftMs()) throw error;
        await pause(waitMs, undefined, { signal });
      }
    }
  };
}

/** Only what may safely happen twice is tried twice without being asked to. */
function retriesOf({ http, effect }: ToolFile & { http: HttpFile }): { attempts: number; waitMs: number } {
  const byDefault = http.method === 'GET' && effect === 'reads' ? 2 : 1;
  return {
    attempts: http.retries?.attempts ?? byDefault,
    waitMs: http.retries?.wait_ms ?? DEFAULT_WAIT_MS,
  };
}

/** RFC 9110: seconds, or a date; 0 where the service says nothing. */
function retryAfterMs(response: Response): number {
  const written = response.headers.get('retry-after') ?? '';
  if (/^\d{1,6}$/.test(written)) return Number(written) * 1000;
  const atMs = Date.parse(written);
  return Number.isNaN(atMs) ? 0 : Math.max(0, atMs - Date.now());
}
