/**
 * Embeddings of OpenAI, or of a server that speaks its protocol: `POST /v1/embeddings` with `model`, `input` and
 * `encoding_format`, answered by `data: [{ index, embedding }]` in any order.
 */
import OpenAI from 'openai';
import { z } from 'zod';
import type { Embedder } from './index.ts';

const REQUEST_TIMEOUT_MS = 30_000;

const answer = z.object({
  data: z.array(
    z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()).min(1).max(16_384) }),
  ),
});

export interface OpenAIEmbedderOptions {
  /** A server of one's own may need none. */
  apiKey?: string | undefined;
  /** An origin; `/v1` follows. */
  baseUrl: string;
  model: string;
}

export function createOpenAIEmbedder({ apiKey, baseUrl, model }: OpenAIEmbedderOptions): Embedder {
  const client = new OpenAI({
    apiKey: apiKey ?? 'none',
    baseURL: `${baseUrl}/v1`,
    // Whoever asks decides whether it is worth another try: a caller may be waiting.
    maxRetries: 0,
    timeout: REQUEST_TIMEOUT_MS,
    // Its own log would hold what was said.
    logLevel: 'off',
    // Of its own variables of the environment none is meant for this service.
    organization: null,
    project: null,
  });
  return {
    model,
    async embed(texts, signal) {
      signal.throwIfAborted();
      // Unless told otherwise the SDK asks for base64, which servers other than OpenAI's may not know.
      const body = { model, input: [...texts], encoding_format: 'float' as const };
      const response: unknown = await client.embeddings.create(body, { signal }).catch((error: unknown) => {
        signal.throwIfAborted();
        throw error;
      });
      return inOrder(answer.parse(response).data, texts.length);
    },
  };
}

function inOrder(data: z.infer<typeof answer>['data'], count: number): Float32Array[] {
  const byIndex = new Map(data.map(({ index, embedding }) => [index, Float32Array.from(embedding)]));
  const [length] = new Set([...byIndex.values()].map((vector) => vector.length));
  return Array.from({ length: count }, (_, index) => {
    const vector = byIndex.get(index);
    if (vector === undefined || vector.length !== length)
      throw new Error(`the answer lacks the vector of text ${index + 1} of ${count}`);
    return vector;
  });
}
