import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { afterEach, expect, test } from 'vitest';
import { z } from 'zod';
import { createOpenAIEmbedder } from './openai.ts';

const wanted = z.looseObject({ input: z.array(z.string()) });
const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

interface Asked {
  path: string | undefined;
  authorization: string | undefined;
  body: unknown;
}

/** @param answer undefined: never */
async function vendor(
  answer: (input: string[]) => { status?: number; body: unknown } | undefined,
): Promise<{ baseUrl: string; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    void json(request).then((body) => {
      asked.push({ path: request.url, authorization: request.headers.authorization, body });
      const given = answer(wanted.parse(body).input);
      if (given === undefined) return;
      response.writeHead(given.status ?? 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(given.body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  return { baseUrl: `http://127.0.0.1:${port}`, asked };
}

const { signal } = new AbortController();
const list = (data: unknown[]): { body: unknown } => ({
  body: { object: 'list', model: 'm', data, usage: { prompt_tokens: 1, total_tokens: 1 } },
});

test('asks for plain numbers, and puts the vectors into the order of the texts', async () => {
  const { baseUrl, asked } = await vendor((input) =>
    list(
      input
        .map((text, index) => ({ object: 'embedding', index, embedding: [text.length, 0.5] }))
        .toReversed(),
    ),
  );
  const embedder = createOpenAIEmbedder({ apiKey: 'key-1', baseUrl, model: 'text-embedding-3-small' });
  const vectors = await embedder.embed(['a', 'bb', 'ccc'], signal);
  expect(vectors.map((vector) => [...vector])).toEqual([
    [1, 0.5],
    [2, 0.5],
    [3, 0.5],
  ]);
  expect(asked).toEqual([
    {
      path: '/v1/embeddings',
      authorization: 'Bearer key-1',
      body: { model: 'text-embedding-3-small', input: ['a', 'bb', 'ccc'], encoding_format: 'float' },
    },
  ]);
});

test.each([
  ['an error', () => ({ status: 500, body: { error: { message: 'away' } } })],
  ['a refused key', () => ({ status: 401, body: { error: { message: 'no' } } })],
  ['something else', () => ({ body: { hello: 'there' } })],
  ['a vector too few', () => list([{ index: 0, embedding: [1, 2] }])],
  [
    'vectors of two lengths',
    () =>
      list([
        { index: 0, embedding: [1, 2] },
        { index: 1, embedding: [1] },
      ]),
  ],
  ['words for numbers', () => list([0, 1].map((index) => ({ index, embedding: ['x'] })))],
])('%s rejects, at once and without another try', async (_, answer) => {
  const { baseUrl, asked } = await vendor(answer);
  const embedder = createOpenAIEmbedder({ baseUrl, model: 'm' });
  await expect(embedder.embed(['a', 'b'], signal)).rejects.toThrow();
  expect(asked).toHaveLength(1);
});

test('is given up with the signal', async () => {
  const { baseUrl } = await vendor(() => undefined);
  const embedder = createOpenAIEmbedder({ baseUrl, model: 'm' });
  const reason = new Error('too late');
  const controller = new AbortController();
  const made = embedder.embed(['a'], controller.signal);
  controller.abort(reason);
  await expect(made).rejects.toBe(reason);
});
