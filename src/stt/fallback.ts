/** Several recognisers as one: what is set up, in the order in which it is asked. */
import type { Logger } from 'pino';
import type { ProviderHealth, ProviderLink } from '../provider-health.ts';
import type { ChainSettings, Link } from './fallback-links.ts';
import { ChainStream } from './fallback-stream.ts';
import type { SpeechToText } from './index.ts';

export interface RecogniserChainOptions {
  /** Those that are set up, by the names that chains call them. The chain closes them. */
  recognisers: readonly [SpeechToText, ...SpeechToText[]];
  /** For streams that name none, in order. @defaultValue all recognisers, in their order */
  providers?: readonly ProviderLink[] | undefined;
  health: ProviderHealth;
  logger: Logger;
  /** From the caller's first sound that brings no sign, to asking another recogniser about it. @defaultValue 1200 */
  stallMs?: number;
  /** From opening a recogniser to its first sign. @defaultValue 1000 */
  connectMs?: number;
  /** A clock in milliseconds. @defaultValue performance.now */
  nowMs?: () => number;
}

/** Two budgets and the replay fit into two seconds: the first one's connection, its successor's, and its first words. */
const DEFAULT_CONNECT_MS = 1000;
/** Longer than any recogniser takes from a sound to its first message about it, interim or empty. */
const DEFAULT_STALL_MS = 1200;

/** One for the whole service. Closing it closes its recognisers. */
export function createRecogniserChain(options: RecogniserChainOptions): SpeechToText {
  const { recognisers } = options;
  const settings: ChainSettings = {
    stallMs: options.stallMs ?? DEFAULT_STALL_MS,
    connectMs: options.connectMs ?? DEFAULT_CONNECT_MS,
    nowMs: options.nowMs ?? (() => performance.now()),
    health: options.health,
    logger: options.logger,
  };
  const usual = linksOf(options.providers ?? [], recognisers);
  const all =
    usual.length > 0
      ? usual
      : recognisers.map((recogniser, index) => ({ index, recogniser, model: undefined }));
  return {
    provider: all[0]?.recogniser.provider ?? recognisers[0].provider,
    open: (stream) => {
      const own = linksOf(stream.providers ?? [], recognisers);
      return new ChainStream(withModel(own.length > 0 ? own : all, stream.model), stream, settings);
    },
    close: async () => {
      await Promise.all(recognisers.map((recogniser) => recogniser.close()));
    },
  };
}

/** Providers that are not set up are passed over. */
function linksOf(wanted: readonly ProviderLink[], recognisers: readonly SpeechToText[]): Link[] {
  return wanted
    .flatMap(({ provider, model }) => {
      const recogniser = recognisers.find((known) => known.provider === provider);
      return recogniser === undefined ? [] : [{ recogniser, model }];
    })
    .map((link, index) => ({ ...link, index }));
}

/** A model that is asked for by itself is the preferred recogniser's. */
function withModel(links: readonly Link[], model: string | undefined): readonly Link[] {
  if (model === undefined) return links;
  return links.map((link) => (link.index === 0 ? { ...link, model: link.model ?? model } : link));
}
