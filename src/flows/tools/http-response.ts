/** What came back from a tool's HTTP request, bounded, as a result for flow and model. */
import { type Answer, parsedText, tooLong } from './tool-result.ts';

const MOST_MESSAGE_CHARACTERS = 500;
const MOST_REFUSAL_CHARACTERS = 2000;

/** @param mostBytes what is longer is not read on. */
export async function readResponse(response: Response, mostBytes: number): Promise<Answer> {
  const { text, isWhole } = await readText(response, mostBytes);
  if (!isWhole) throw tooLong(mostBytes);
  const { ok, status } = response;
  const value = parsedText(text, response.headers.get('content-type') ?? '');
  return ok
    ? { result: value, isError: false, status }
    : { result: { status, ...refusal(value) }, isError: true };
}

/** What the service said about what went wrong: all of it where that is short, so that a model can act on it. */
function refusal(value: unknown): object {
  const isShort = typeof value === 'object' && value !== null && !Array.isArray(value) && !('ok' in value);
  if (isShort && JSON.stringify(value).length <= MOST_REFUSAL_CHARACTERS) return value;
  return { message: messageOf(value) };
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

async function readText(response: Response, mostBytes: number): Promise<{ text: string; isWhole: boolean }> {
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  for await (const chunk of response.body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > mostBytes) return { text, isWhole: false };
    text += decoder.decode(chunk, { stream: true });
  }
  return { text: text + decoder.decode(), isWhole: true };
}
