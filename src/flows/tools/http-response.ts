/** What came back from a tool's HTTP request, bounded, as a result for flow and model. */

export interface ToolResult {
  result: unknown;
  isError: boolean;
}

/** More than any answer on the phone can use; what is longer is not read on. */
const MOST_BYTES = 65_536;
const MOST_MESSAGE_CHARACTERS = 500;
const MOST_REFUSAL_CHARACTERS = 2000;

export async function readResponse(response: Response): Promise<ToolResult> {
  const { text, isWhole } = await readText(response);
  if (!isWhole) return { result: `The service's answer is longer than ${MOST_BYTES} bytes.`, isError: true };
  const value = parsedBody(text, response.headers.get('content-type') ?? '');
  if (response.ok) return { result: value, isError: false };
  return { result: { status: response.status, ...refusal(value) }, isError: true };
}

/** What the service said about what went wrong: all of it where that is short, so that a model can act on it. */
function refusal(value: unknown): object {
  const isShort = typeof value === 'object' && value !== null && !Array.isArray(value) && !('ok' in value);
  if (isShort && JSON.stringify(value).length <= MOST_REFUSAL_CHARACTERS) return value;
  return { message: messageOf(value) };
}

function parsedBody(text: string, contentType: string): unknown {
  if (text.trim() === '') return { ok: true };
  const looksLikeJson = /\bjson\b/i.test(contentType) || /^\s*[[{]/.test(text);
  if (!looksLikeJson) return text;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** The service's own words about what went wrong, wherever it puts them. */
function messageOf(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, MOST_MESSAGE_CHARACTERS);
  if (typeof value !== 'object' || value === null) return 'The service refused.';
  if ('ok' in value && Object.keys(value).length === 1) return 'The service refused without saying why.';
  for (const key of ['message', 'error', 'detail', 'title'] as const) {
    const words: unknown = Object.entries(value).find(([name]) => name === key)?.[1];
    if (typeof words === 'string' && words !== '') return words.slice(0, MOST_MESSAGE_CHARACTERS);
    if (typeof words === 'object' && words !== null) return messageOf(words);
  }
  return JSON.stringify(value).slice(0, MOST_MESSAGE_CHARACTERS);
}

async function readText(response: Response): Promise<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > MOST_BYTES) return { text, isWhole: false };
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), isWhole: true };
}
