import type { ErrorRequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { BadCursorError, isRecordsAway } from '../records/index.ts';
import type { ErrorBody } from './schemas.ts';

/** An answer that is not a success. Thrown by a route; {@link errorHandler} writes it. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly code: string;
  readonly field: string | undefined;
  constructor(status: number, code: string, message: string, field?: string) {
    super(message);
    this.status = status;
    this.code = code;
    this.field = field;
  }
}

/** The parameters, checked. Throws an {@link ApiError} that names the first wrong one. */
export function parseParameters<Schema extends z.ZodType>(
  schema: Schema,
  parameters: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(parameters);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.code === 'unrecognized_keys' ? issue.keys[0] : issue?.path.join('.');
  const reason = issue?.code === 'unrecognized_keys' ? 'there is no such parameter' : issue?.message;
  throw new ApiError(400, 'bad-parameter', `${field}: ${reason}`, field);
}

/** Answers every error in the one shape. What the client did not cause is logged and told to nobody. */
export function errorHandler(logger: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, next) => {
    if (response.headersSent) {
      // Half an answer is out: Express closes the connection, so that it is not taken for a whole one.
      next(error);
      return;
    }
    const known = toApiError(error);
    if (known === undefined || known.status === 503)
      logger.error({ err: error, method: request.method, path: request.path }, 'a request failed');
    const { status, code, message, field } =
      known ?? new ApiError(500, 'internal-error', 'the request failed here');
    const parsed = headersSchema.safeParse(error);
    if (parsed.success) response.set(parsed.data.headers);
    for (const header of FILE_HEADERS) response.removeHeader(header);
    const body: ErrorBody = { error: { code, message, ...(field !== undefined && { field }) } };
    response.status(status).json(body);
  };
}

/** Set for a file that is not going to be sent after all. */
const FILE_HEADERS = ['Content-Type', 'Content-Length', 'Content-Disposition', 'ETag', 'Last-Modified'];

/** Errors of Express and what it is built on (a malformed URL, a range beyond the file) carry the answer they mean. */
const httpErrorSchema = z.object({ status: z.number().int().min(400).max(499), message: z.string() });
const headersSchema = z.object({ headers: z.record(z.string(), z.string()) });

const HTTP_ERROR_CODES: Record<number, string> = {
  404: 'not-found',
  412: 'precondition-failed',
  416: 'range-not-satisfiable',
};

function toApiError(error: unknown): ApiError | undefined {
  if (error instanceof ApiError) return error;
  if (error instanceof BadCursorError) return new ApiError(400, error.code, error.message, 'cursor');
  if (isRecordsAway(error))
    return new ApiError(
      503,
      'records-unavailable',
      'the database of finished calls is away; try again later',
    );
  const http = httpErrorSchema.safeParse(error);
  if (!http.success) return undefined;
  const { status, message } = http.data;
  return new ApiError(status, HTTP_ERROR_CODES[status] ?? 'bad-request', message);
}
