/** Which language models a service has, and in which order they are asked. */
import type { Logger } from 'pino';
import type { Config } from './config.ts';
import { createClaude } from './llm/claude.ts';
import { secondModel } from './llm/claude-models.ts';
import { createFallback } from './llm/fallback.ts';
import type { LanguageModel } from './llm/index.ts';
import { createOpenAi } from './llm/openai.ts';
import type { ProviderHealth, ProviderLink } from './provider-health.ts';

export interface ModelsOptions {
  config: Pick<Config, 'mode' | 'anthropic' | 'openai' | 'providers'>;
  /** Stands in for vendors without a key; undefined where every vendor is real. */
  sandboxUrl: string | undefined;
  health: ProviderHealth;
  logger: Logger;
}

/**
 * Claude, a second Claude and, where it is set up, the OpenAI-compatible server, as one model. Stand-ins are asked only
 * by a sandbox as a whole: beside a real model they would be no help to anybody. Whoever calls it closes the model.
 */
export function createModels({ config, sandboxUrl, health, logger }: ModelsOptions): LanguageModel {
  const { anthropic, openai, mode, providers } = config;
  const standIn = (): { apiKey: string; baseUrl: string } => {
    if (sandboxUrl === undefined) throw new Error('a vendor without a key needs the sandbox');
    return { apiKey: 'sandbox', baseUrl: sandboxUrl };
  };
  const claude = createClaude({
    ...(anthropic.source === 'real' ? accountOf(anthropic) : standIn()),
    ...(anthropic.model === undefined ? {} : { model: anthropic.model }),
    logger,
  });
  const hasOpenAi = openai.source === 'real' || mode === 'sandbox';
  const others = hasOpenAi
    ? [
        createOpenAi({
          ...(openai.source === 'real' ? accountOf(openai) : standIn()),
          model: openai.model,
          logger,
        }),
      ]
    : [];
  return createFallback({
    adapters: [claude, ...others],
    links: providers.llm ?? usual(anthropic.model),
    health,
  });
}

function accountOf<Key extends string | undefined>({ apiKey, baseUrl }: { apiKey: Key; baseUrl: string }) {
  return { apiKey, baseUrl };
}

/** Those that are not there are passed over. */
function usual(model: string | undefined): ProviderLink[] {
  return [
    { provider: 'anthropic' },
    { provider: 'anthropic', model: secondModel(model) },
    { provider: 'openai' },
  ];
}
