/** What is known of single models of OpenAI's. Whatever else a server offers is asked without any of this. */
import type OpenAI from 'openai';
import type { Usage } from './index.ts';

/** US dollars a million tokens. Source: OpenAI's table of prices. */
const PRICES: ReadonlyMap<string, { input: number; cached: number; output: number }> = new Map([
  ['gpt-5.4-mini', { input: 0.75, cached: 0.075, output: 4.5 }],
  ['gpt-5.4-nano', { input: 0.2, cached: 0.02, output: 1.25 }],
  ['gpt-4.1-mini', { input: 0.4, cached: 0.1, output: 1.6 }],
]);

/** These think before they answer unless they are told not to; a voice waits for the first word. */
const THINKS_BY_DEFAULT = /^gpt-5(?:-mini|-nano)?$/;

/** Undefined for a model whose price is not known here. */
export function priceUsd(model: string, usage: Usage): number | undefined {
  const price = PRICES.get(withoutDate(model));
  if (price === undefined) return undefined;
  const { inputTokens, cacheReadTokens, outputTokens } = usage;
  return (inputTokens * price.input + cacheReadTokens * price.cached + outputTokens * price.output) / 1e6;
}

export function thinkingOf(model: string): { reasoning_effort?: OpenAI.ReasoningEffort } {
  return THINKS_BY_DEFAULT.test(withoutDate(model)) ? { reasoning_effort: 'minimal' } : {};
}

function withoutDate(model: string): string {
  return model.replace(/-\d{4}-\d\d-\d\d$/, '');
}
