/** How Twilio's REST API says no. Source: Twilio docs, "Error and warning dictionary". */
import type { ErrorRequestHandler } from 'express';
import type { z } from 'zod';

/** An answer of the API's that is no success. */
export interface ApiError {
  status: number;
  /** Twilio's error code. */
  code: number;
  message: string;
}

export class ApiFailure extends Error {
  readonly answer: ApiError;
  constructor(status: number, code: number, message: string) {
    super(message);
    this.answer = { status, code, message };
  }
}

/** Express's last handler: an {@link ApiFailure} as Twilio would answer; the rest is for whoever comes next. */
export const answerErrors: ErrorRequestHandler = (error: unknown, _request, response, next) => {
  if (!(error instanceof ApiFailure)) return next(error);
  const { status, code, message } = error.answer;
  response
    .status(status)
    .json({ code, message, more_info: `https://www.twilio.com/docs/errors/${code}`, status });
};

export function refuse(status: number, code: number, message: string): never {
  throw new ApiFailure(status, code, message);
}

/** Throws {@link ApiFailure} with the code that Twilio has for the field. */
export function parse<T>(schema: z.ZodType<T>, value: unknown): T {
  const result = schema.safeParse(value ?? {});
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  const field = issue?.path.join('.') ?? '';
  const code = field === 'To' ? 21201 : field === 'From' ? 21213 : field.endsWith('Url') ? 21205 : 20001;
  throw new ApiFailure(400, code, `${field}: ${issue?.message ?? 'not valid'}`);
}
