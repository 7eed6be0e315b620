/**
 * One answer of the model for a reply: streamed, cut into clauses for the voice, its cost counted, also where it is cut
 * short.
 */
import { LlmError, type LlmEvent, type ModelRequest, type StopReason, type ToolCall } from '../llm/index.ts';
import { SpeechSegmenter } from '../llm/speakable.ts';
import type { CallContext } from './context.ts';
import type { JournalData } from './journal.ts';
import { OpeningMatch } from './openings.ts';

/** What the model said, as far as it came. */
export interface ModelAnswer {
  text: string;
  toolCalls: ToolCall[];
  stopReason: StopReason;
}

export interface ModelAnswerOptions {
  context: CallContext;
  request: ModelRequest;
  signal: AbortSignal;
  /** The next clause, with the white space that parts it from the one before. */
  onClause(text: string): void;
  onRequest(): void;
  onFirstToken(): void;
  /** What it cost, once for each request. */
  onUsed(usage: JournalData<'model-used'>): void;
}

/** One more try for a model that failed at once; a second failure is the flow's to deal with. */
const MODEL_TRIES = 2;
/** Tokens of English text, roughly; only for answers that were cut short, whose real count is never told. */
const LETTERS_A_TOKEN = 4;

/**
 * Resolves with the answer; with what there was of it before the model failed, and the error's code as `failed`; or
 * with undefined when the signal aborted: whoever aborted has the word then.
 */
export async function answerOf(
  options: ModelAnswerOptions,
): Promise<{ answer: ModelAnswer; failed?: string } | undefined> {
  const { context, signal } = options;
  const answer: ModelAnswer = { text: '', toolCalls: [], stopReason: 'end' };
  for (let attempt = 1; ; attempt++) {
    answer.toolCalls = [];
    try {
      await streamInto(answer, options);
      return signal.aborted ? undefined : { answer };
    } catch (error) {
      if (signal.aborted) return undefined;
      const code = error instanceof LlmError ? error.code : 'llm-failed';
      context.trouble('llm', code, context.model.provider);
      const mayRetry = error instanceof LlmError && error.retryable && answer.text === '';
      if (attempt >= MODEL_TRIES || !mayRetry) return { answer, failed: code };
    }
  }
}

async function streamInto(answer: ModelAnswer, options: ModelAnswerOptions): Promise<void> {
  const { context, request, signal, onClause } = options;
  const segmenter = new SpeechSegmenter({ isEager: true });
  const openings = new OpeningMatch(context.flow.settings.openings);
  const take = ({ opening, rest }: { opening?: string; rest: string }): void => {
    if (opening !== undefined) speak([opening]);
    if (rest !== '') speak(segmenter.push(rest));
  };
  const speak = (clauses: readonly string[]): void => {
    for (const clause of clauses) {
      const isApart = answer.text === '' || /^\s/.test(clause) || /\s$/.test(answer.text);
      const text = isApart ? clause : ` ${clause}`;
      answer.text += text;
      onClause(text);
    }
  };
  const cost = new Cost();
  options.onRequest();
  try {
    for await (const event of context.model.stream(request, signal)) {
      cost.count(event);
      switch (event.type) {
        case 'text':
          options.onFirstToken();
          take(openings.push(event.text));
          break;
        case 'tool-call':
          options.onFirstToken();
          answer.toolCalls.push(event.call);
          break;
        case 'done':
          answer.stopReason = event.stopReason;
          break;
        case 'started':
      }
    }
    take(openings.end());
    speak(segmenter.end());
  } finally {
    if (cost.used !== undefined) options.onUsed(cost.used);
  }
}

/** What a request has cost so far: as told, and estimated while it is not. */
class Cost {
  #used: JournalData<'model-used'> | undefined;
  #letters = 0;
  #isFinal = false;

  count(event: LlmEvent): void {
    if (event.type === 'text') this.#letters += event.text.length;
    if (event.type !== 'started' && event.type !== 'done') return;
    const { usage } = event;
    this.#isFinal = event.type === 'done';
    this.#used = {
      modelInputTokens: usage.inputTokens,
      modelOutputTokens: usage.outputTokens,
      modelCacheReadTokens: usage.cacheReadTokens,
      modelCacheWriteTokens: usage.cacheWriteTokens,
    };
  }

  get used(): JournalData<'model-used'> | undefined {
    if (this.#used === undefined || this.#isFinal) return this.#used;
    const estimated = Math.ceil(this.#letters / LETTERS_A_TOKEN);
    return { ...this.#used, modelOutputTokens: Math.max(this.#used.modelOutputTokens, estimated) };
  }
}
