/**
 * What each Claude model makes of thinking. A voice waits for the first word, so thinking is off wherever it can be.
 * Sources: Anthropic docs, "Thinking" and "Migration guide"; a `thinking` a model refuses is answered with a 400.
 */
import type Anthropic from '@anthropic-ai/sdk';
import type { Usage } from './index.ts';

/** The fastest model, and one whose thinking can be turned off. */
export const DEFAULT_MODEL = 'claude-haiku-5-5';

/** The next fastest whose thinking can be turned off; asked where the first one cannot be had. */
const SECOND_MODEL = 'claude-sonnet-5';

/** The model to ask where `model` fails: another one, for models fail apart. */
export function secondModel(model: string = DEFAULT_MODEL): string {
  return model.replace(/-\d{8}$/, '') === SECOND_MODEL ? DEFAULT_MODEL : SECOND_MODEL;
}

type Thinking =
  /** Thinks unless told not to. */
  | 'disabled'
  /** Refuses `disabled`; this is its way to be asked not to think before it answers. */
  | 'between-tools'
  /** Always thinks: all that can be asked is little of it. */
  | 'always'
  /** Thinks only when asked to. */
  | 'off-by-default';

const THINKING: ReadonlyMap<string, Thinking> = new Map([
  ['claude-haiku-5-5', 'disabled'],
  ['claude-sonnet-5', 'disabled'],
  ['claude-opus-5', 'disabled'],
  ['claude-sonnet-5-5', 'between-tools'],
  ['claude-opus-5-5', 'always'],
]);
/** Families of which no member can be told not to think. */
const ALWAYS_THINKS = /^claude-(?:fable|mythos)-/;

/** Thinking counts against `max_tokens`: a model that always thinks needs room for it, or says nothing at all. */
const ROOM_FOR_THINKING_TOKENS = 2048;

type ModelSettings = Pick<
  Anthropic.MessageCreateParamsStreaming,
  'max_tokens' | 'thinking' | 'output_config'
>;

/**
 * The request parameters that depend on the model. An unknown model is sent nothing about thinking: what is left out is
 * never refused.
 */
export function modelSettings(model: string, maxTokens: number): ModelSettings {
  const name = model.replace(/-\d{8}$/, '');
  const thinking = THINKING.get(name) ?? (ALWAYS_THINKS.test(name) ? 'always' : 'off-by-default');
  switch (thinking) {
    case 'disabled':
      return { max_tokens: maxTokens, thinking: { type: 'disabled' } };
    case 'between-tools':
      return { max_tokens: maxTokens, thinking: { type: 'between_tools' } };
    case 'always':
      return { max_tokens: maxTokens + ROOM_FOR_THINKING_TOKENS, output_config: { effort: 'low' } };
    case 'off-by-default':
      return { max_tokens: maxTokens };
  }
}

/** US dollars a million tokens, in and out, for prompts up to 100,000 tokens. Source: Anthropic's table of models. */
const PRICES: ReadonlyMap<string, { input: number; output: number }> = new Map([
  ['claude-haiku-5-5', { input: 0.1, output: 0.5 }],
]);
/** Of the price of input. Source: Anthropic docs, "Prompt caching"; writes are kept for an hour. */
const CACHE_READ_SHARE = 0.1;
const CACHE_WRITE_SHARE = 2;

/** Undefined for a model whose price is not known here. */
export function priceUsd(model: string, usage: Usage): number | undefined {
  const price = PRICES.get(model.replace(/-\d{8}$/, ''));
  if (price === undefined) return undefined;
  const input =
    usage.inputTokens + usage.cacheReadTokens * CACHE_READ_SHARE + usage.cacheWriteTokens * CACHE_WRITE_SHARE;
  return (input * price.input + usage.outputTokens * price.output) / 1e6;
}
