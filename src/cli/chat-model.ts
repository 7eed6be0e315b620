/** The language model for conversations in text: whole answers, cleaned as they would be spoken. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Config } from '../config.ts';
import type { ModelRequest } from '../flows/index.ts';
import type { TextAnswer } from '../flows/test/judge.ts';
import { createClaude } from '../llm/claude.ts';
import { type LanguageModel, LlmError } from '../llm/index.ts';
import { SpeechSegmenter } from '../llm/speakable.ts';
import { createLogger } from '../telemetry/logger.ts';

/** Nobody waits on a line, so a slow model is waited for. */
const PATIENCE_MS = 30_000;
/** A model that is busy is asked again, after a second, then two. */
const TRIES = 3;
const RETRY_AFTER_MS = 1000;

/** @param account key and origin; the sandbox's where it plays the model. The caller closes the model. */
export function connectModel(
  account: { apiKey: string; baseUrl: string },
  { model }: Pick<Config['anthropic'], 'model'>,
): LanguageModel {
  return createClaude({
    apiKey: account.apiKey,
    baseUrl: account.baseUrl,
    ...(model === undefined ? {} : { model }),
    firstTokenTimeoutMs: PATIENCE_MS,
    stallTimeoutMs: PATIENCE_MS,
    // Text goes to the terminal, and what fails is told there.
    logger: createLogger({ level: 'silent' }),
  });
}

/** Asks for a whole answer; `onText` hears it clause by clause. Never rejects: a failure is in the answer. */
export async function askInText(
  model: LanguageModel,
  request: ModelRequest,
  signal: AbortSignal,
  onText: (text: string) => void = () => undefined,
): Promise<TextAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer: { text: string; calls: TextAnswer['calls'][number][] } = { text: '', calls: [] };
    try {
      await streamInto(answer, model, request, signal, onText);
      return signal.aborted ? { ...answer, failed: 'aborted' } : answer;
    } catch (error) {
      const isWorthRetrying = error instanceof LlmError && error.retryable && answer.text === '';
      if (attempt >= TRIES || !isWorthRetrying || signal.aborted)
        return { ...answer, failed: error instanceof LlmError ? error.code : String(error) };
      await sleep(RETRY_AFTER_MS * attempt, undefined, { signal }).catch(() => undefined);
    }
  }
}

async function streamInto(
  answer: { text: string; calls: TextAnswer['calls'][number][] },
  model: LanguageModel,
  request: ModelRequest,
  signal: AbortSignal,
  onText: (text: string) => void,
): Promise<void> {
  const segmenter = new SpeechSegmenter({ isEager: true });
  const take = (clauses: readonly string[]): void => {
    for (const clause of clauses) {
      const isApart = answer.text === '' || /^\s/.test(clause) || /\s$/.test(answer.text);
      const text = isApart ? clause : ` ${clause}`;
      answer.text += text;
      onText(text);
    }
  };
  for await (const event of model.stream(request, signal)) {
    if (event.type === 'text') take(segmenter.push(event.text));
    else if (event.type === 'tool-call') answer.calls.push(event.call);
  }
  take(segmenter.end());
}
