/** What a reply costs. */
import type { AnsweredBy, LanguageModel } from '../llm/index.ts';
import type { JournalData } from './journal.ts';

/** `usd`: the model's part, as far as its price is known; voices are counted in characters. */
export interface ReplyCost {
  modelInputTokens: number;
  modelOutputTokens: number;
  spokenCharacters: number;
  usd: number;
}

export const NO_COST: Readonly<ReplyCost> = {
  modelInputTokens: 0,
  modelOutputTokens: 0,
  spokenCharacters: 0,
  usd: 0,
};

/** What a model cost at its list price; undefined where that is not known. `by`: who answered, where that is told. */
export function priceOf(
  model: LanguageModel,
  by: AnsweredBy | undefined,
  name: string | undefined,
  used: JournalData<'model-used'>,
): number | undefined {
  const usage = {
    inputTokens: used.modelInputTokens,
    outputTokens: used.modelOutputTokens,
    cacheReadTokens: used.modelCacheReadTokens,
    cacheWriteTokens: used.modelCacheWriteTokens,
  };
  return by === undefined ? model.priceUsd(name, usage) : model.priceUsd(by.model, usage, by.provider);
}

/** The cost with one more request to the model. */
export function withRequest(cost: ReplyCost, used: JournalData<'model-used'>): ReplyCost {
  const { modelInputTokens, modelCacheReadTokens, modelCacheWriteTokens, modelOutputTokens, usd = 0 } = used;
  return {
    ...cost,
    modelInputTokens: cost.modelInputTokens + modelInputTokens + modelCacheReadTokens + modelCacheWriteTokens,
    modelOutputTokens: cost.modelOutputTokens + modelOutputTokens,
    usd: cost.usd + usd,
  };
}
