/**
 * One answer of the model for a reply: streamed, cut into clauses for the voice, its cost counted, also where it is cut
 * short.
 */
import {
  type AnsweredBy,
  LlmError,
  type LlmEvent,
  type ModelRequest,
  type StopReason,
  type ToolCall,
} from '../llm/index.ts';
import { SpeechSegmenter } from '../llm/speakable.ts';
import type { CallContext } from './context.ts';
import { priceOf } from './cost.ts';
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
  /** Another model is asked; `code`: what became of the one before. */
  onSwitch(code: string): void;
  /** What it cost, once for each model that was asked. */
  onUsed(usage: ModelUsed): void;
}

type ModelUsed = JournalData<'model-used'>;

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
  try {
    await streamInto(answer, options);
    return signal.aborted ? undefined : { answer };
  } catch (error) {
    if (signal.aborted) return undefined;
    const { code, provider } =
      error instanceof LlmError ? error : { code: 'llm-failed', provider: context.model.provider };
    context.trouble('llm', code, provider);
    return { answer: { ...answer, toolCalls: [] }, failed: code };
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
        case 'switched':
          tellOfSwitch(context, event);
          options.onSwitch(event.code);
          break;
        case 'started':
      }
    }
    take(openings.end());
    speak(segmenter.end());
  } finally {
    for (const { used, by } of cost.used) {
      const usd = priceOf(context.model, by, request.model, used);
      options.onUsed({ ...used, ...by, ...(usd === undefined ? {} : { usd }) });
    }
  }
}

/** Who answered, as a turn of the record tells it. */
export function answeredBy({ provider, model }: ModelUsed): { provider?: string; model?: string } {
  return { ...(provider === undefined ? {} : { provider }), ...(model === undefined ? {} : { model }) };
}

/** One that was only passed over has caused no trouble this time. */
function tellOfSwitch(context: CallContext, event: Extract<LlmEvent, { type: 'switched' }>): void {
  const { from, to, code } = event;
  if (code !== 'llm-resting') context.trouble('llm', code, from.provider);
  const [left, next] = [from, to].map(({ provider, model }) => [provider, model ?? []].flat().join('/'));
  if (left !== next) context.switched('llm', left, next, code);
}

interface Used {
  used: ModelUsed;
  by: AnsweredBy | undefined;
}

/** What an answer has cost so far, model by model: as told, and estimated while it is not. */
class Cost {
  readonly #used: (Used & { letters: number; isFinal: boolean })[] = [];

  count(event: LlmEvent): void {
    const last = this.#used.at(-1);
    if (event.type === 'text' && last !== undefined) last.letters += event.text.length;
    if (event.type !== 'started' && event.type !== 'done') return;
    const { usage, by } = event;
    const isFinal = event.type === 'done';
    // The end of what has begun; a beginning is another model's.
    if (isFinal && last?.isFinal === false) this.#used.pop();
    const used = {
      modelInputTokens: usage.inputTokens,
      modelOutputTokens: usage.outputTokens,
      modelCacheReadTokens: usage.cacheReadTokens,
      modelCacheWriteTokens: usage.cacheWriteTokens,
    };
    this.#used.push({ used, by, letters: 0, isFinal });
  }

  get used(): Used[] {
    return this.#used.map(({ used, by, letters, isFinal }) => {
      const estimated = isFinal ? 0 : Math.ceil(letters / LETTERS_A_TOKEN);
      return { by, used: { ...used, modelOutputTokens: Math.max(used.modelOutputTokens, estimated) } };
    });
  }
}
