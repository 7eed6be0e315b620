/** What a reply costs. */
import type { LanguageModel } from '../llm/index.ts';
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

/** The cost with one more request to the model. */
export function withRequest(
  cost: ReplyCost,
  model: LanguageModel,
  name: string | undefined,
  used: JournalData<'model-used'>,
): ReplyCost {
  const usage = {
    inputTokens: used.modelInputTokens,
    outputTokens: used.modelOutputTokens,
    cacheReadTokens: used.modelCacheReadTokens,
    cacheWriteTokens: used.modelCacheWriteTokens,
  };
  const { inputTokens, cacheReadTokens, cacheWriteTokens, outputTokens } = usage;
  return {
    ...cost,
    modelInputTokens: cost.modelInputTokens + inputTokens + cacheReadTokens + cacheWriteTokens,
    modelOutputTokens: cost.modelOutputTokens + outputTokens,
    usd: cost.usd + (model.priceUsd(name, usage) ?? 0),
  };
}
