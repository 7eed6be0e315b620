/** What a tool answers, whichever kind it is: a result within bounds, or an error in words a model can act on. */

export interface ToolResult {
  result: unknown;
  isError: boolean;
}

/** As it came, before the flow's mapping. `status`: of HTTP. */
export interface Answer extends ToolResult {
  status?: number;
}

/** More than any answer on the phone can use. */
export const MOST_RESULT_BYTES = 65_536;
/** What is read of an answer of which the flow keeps only a part. */
export const MOST_MAPPED_BYTES = 1_048_576;
const MOST_ERROR_CHARACTERS = 500;

/** A tool that cannot answer; the message is for the model. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly code = 'tool-failed';
}

export function tooLong(mostBytes: number): ToolError {
  return new ToolError(`The service's answer is longer than ${mostBytes} bytes.`);
}

export function failure(message: string): ToolResult {
  return { result: message, isError: true };
}

/** Somebody else's words about what went wrong, as long as anybody needs them. */
export function errorWords(text: string): string {
  const words = text.trim();
  return words.length > MOST_ERROR_CHARACTERS ? `${words.slice(0, MOST_ERROR_CHARACTERS)}…` : words;
}

/** JSON where it is some, else the text. Nothing at all is a success without details. */
export function parsedText(text: string, contentType = ''): unknown {
  if (text.trim() === '') return { ok: true };
  const looksLikeJson = /\bjson\b/i.test(contentType) || /^\s*[[{]/.test(text);
  if (!looksLikeJson) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The value as plain JSON. Throws {@link ToolError} where it is none, or is too long. */
export function plainJson(value: unknown): unknown {
  if (value === undefined) return { ok: true };
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    text = undefined;
  }
  if (text === undefined) throw new ToolError('The answer of the tool cannot be written as JSON.');
  if (Buffer.byteLength(text) > MOST_RESULT_BYTES) throw tooLong(MOST_RESULT_BYTES);
  return JSON.parse(text);
}
