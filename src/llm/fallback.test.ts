import { describe, expect, it } from 'vitest';
import { ProviderHealth } from '../provider-health.ts';
import { outcomeOf, type VendorScripts, vendorBench } from './conformance.ts';
import { createFallback, type FallbackOptions } from './fallback.ts';
import type { LanguageModel, LlmEvent, ModelRequest } from './index.ts';
import { REQUEST, type Script, type ScriptedApi } from './testing.ts';
import { VENDORS } from './testing-vendors.ts';

const { claude, openAi } = VENDORS;
const { serve, connect } = vendorBench();
const SECOND = { provider: 'anthropic', model: 'claude-sonnet-5' };
/** Long enough for a busy machine, where time is not what is looked at. */
const PATIENT = { firstLinkMs: 10_000, nextLinkMs: 10_000, totalMs: 20_000 };
const seen = (request: ScriptedApi['exchanges'][number] | undefined): string => JSON.stringify(request?.body);

/** A chain of one model for each vendor. */
async function chain(
  links: readonly (readonly [VendorScripts, ...Script[]])[],
  options: Partial<FallbackOptions> = {},
): Promise<{ model: LanguageModel; apis: ScriptedApi[] }> {
  const apis = await Promise.all(links.map(([vendor, ...scripts]) => serve(vendor, ...scripts)));
  const adapters = links.map(([vendor], at) =>
    connect(vendor, apis[at] as ScriptedApi, { stallTimeoutMs: 150 }),
  );
  const [first, ...rest] = adapters;
  if (first === undefined) throw new Error('a chain has links');
  const model = createFallback({
    adapters: [first, ...rest],
    links: adapters.map(({ provider }) => ({ provider })),
    health: new ProviderHealth(),
    ...PATIENT,
    ...options,
  });
  return { model, apis };
}

const cut =
  (vendor: VendorScripts, ...texts: string[]): Script =>
  async (exchange) => {
    await vendor.begin(...texts)(exchange);
    // What was sent goes out before the connection is cut.
    setTimeout(() => exchange.response.destroy(), 50);
  };
const switches = (events: readonly LlmEvent[]): LlmEvent[] =>
  events.filter(({ type }) => type === 'switched');

const PAIRS = [
  [claude, openAi],
  [openAi, claude],
] as const;

describe.each(PAIRS)('from $provider to the next', (from, to) => {
  it.each<[string, Script, string]>([
    ['refuses the connection', ({ response }) => void response.socket?.resetAndDestroy(), 'llm-unreachable'],
    ['answers 401', from.fail(401), 'llm-unauthorised'],
    ['answers 429', from.fail(429, { 'retry-after': '30' }), 'llm-rate-limited'],
    ['answers 500', from.fail(500), 'llm-unreachable'],
    ['answers 529', from.fail(529), 'llm-overloaded'],
    ['answers garbage', from.raw('{"secret'), 'llm-bad-message'],
    ['answers a web page', ({ response }) => void response.end('<html>Welcome</html>'), 'llm-disconnected'],
    ['dies before its first word', cut(from), 'llm-unreachable'],
  ])('one that %s is followed at once', async (_, script, code) => {
    const { model, apis } = await chain([
      [from, script],
      [to, to.reply('Hello.')],
    ]);
    const { text, events, error } = await outcomeOf(model);
    expect(error).toBeUndefined();
    expect(text).toBe('Hello.');
    const by = { provider: to.provider };
    expect(switches(events)).toMatchObject([{ from: { provider: from.provider }, to: by }]);
    if (code !== 'llm-unreachable') expect(switches(events)).toMatchObject([{ code }]);
    expect(events.at(-1)).toMatchObject({ type: 'done', by });
    expect(apis[0]?.exchanges).toHaveLength(1);
  });

  it('one that says nothing is left after its time', async () => {
    const links = [
      [from, () => undefined],
      [to, to.reply('Hello.')],
    ] as const;
    const { model, apis } = await chain(links, { firstLinkMs: 200 });
    const { text, events } = await outcomeOf(model);
    expect(text).toBe('Hello.');
    expect(switches(events)).toMatchObject([{ code: 'llm-no-first-token' }]);
    expect(await apis[0]?.exchanges[0]?.closed).toBe(false);
  });

  it.each<[string, Script, string]>([
    ['dies', cut(from, 'We have ', 'nine, te'), 'ten or three.'],
    ['stalls', from.begin('We have ', 'nine, te'), 'We have nine, ten or three.'],
    ['turns to garbage', cutByGarbage(from), 'nine, ten or three.'],
  ])('one that %s in the middle is taken up where it stopped', async (_, script, more) => {
    const { model, apis } = await chain([
      [from, script],
      [to, to.reply(...(more.match(/.{1,4}/g) ?? []))],
    ]);
    const { text, error } = await outcomeOf(model);
    expect(error).toBeUndefined();
    expect(text).toBe('We have nine, ten or three.');
    expect(seen(apis[1]?.exchanges[0])).toMatch(/already heard.*We have nine,/);
  });

  it('one that dies before its tool call is whole is followed by one that makes it', async () => {
    const { model } = await chain([
      [from, cut(from, 'One moment. ')],
      [to, to.toolCall(['{"day":1}'])],
    ]);
    const { events, text } = await outcomeOf(model);
    expect(text).toBe('One moment. ');
    expect(events.filter(({ type }) => type === 'tool-call')).toHaveLength(1);
  });
});

function cutByGarbage(vendor: VendorScripts): Script {
  return async (exchange) => {
    await vendor.begin('We have ', 'nine, te')(exchange);
    exchange.response.end('event: content_block_delta\ndata: {"type":"content_bl\n\n');
  };
}

/** A model that yields a tool call and then dies. */
function callsAndDies(): LanguageModel {
  return {
    provider: 'first',
    async *stream() {
      yield { type: 'text', text: 'One moment.' };
      yield { type: 'tool-call', call: { id: 'c1', name: 'book', input: {} } };
      throw new Error('gone');
    },
    priceUsd: () => undefined,
    warm: async () => undefined,
    close: async () => undefined,
  };
}

it('never calls a tool again: the answer ends with the call', async () => {
  const api = await serve(openAi, openAi.toolCall(['{}']));
  const model = createFallback({
    adapters: [callsAndDies(), connect(openAi, api)],
    links: [{ provider: 'first' }, { provider: 'openai' }],
    health: new ProviderHealth(),
  });
  const { events, error } = await outcomeOf(model);
  expect(error).toBeUndefined();
  expect(events).toMatchObject([
    { type: 'text', text: 'One moment.' },
    { type: 'tool-call', call: { id: 'c1' } },
    { type: 'done', stopReason: 'tool-calls' },
  ]);
  expect(api.exchanges).toHaveLength(0);
});

it('asks a second model of the same vendor, each by its name', async () => {
  const { model, apis } = await chain([[claude, claude.fail(529), claude.reply('Hello.')]], {
    links: [{ provider: 'anthropic' }, SECOND],
  });
  const { events } = await outcomeOf(model, { ...REQUEST, model: 'claude-haiku-5-5' });
  expect(apis[0]?.exchanges.map(({ body }) => body['model'])).toEqual([
    'claude-haiku-5-5',
    'claude-sonnet-5',
  ]);
  expect(switches(events)).toMatchObject([{ from: { model: 'claude-haiku-5-5' }, to: SECOND }]);
});

it('goes by the chain of the request, as far as it is there', async () => {
  const { model, apis } = await chain([
    [claude, claude.reply('Hello.')],
    [openAi, openAi.reply('Hi.')],
  ]);
  const providers = [{ provider: 'nobody' }, { provider: 'openai', model: 'another' }];
  expect((await outcomeOf(model, { ...REQUEST, providers, model: 'claude-x' })).text).toBe('Hi.');
  expect(apis[1]?.exchanges[0]?.body['model']).toBe('another');
});

describe('after all have failed', () => {
  it('those whose failure passes are asked again, and nobody else', async () => {
    const { model, apis } = await chain([
      [claude, claude.fail(401)],
      [openAi, openAi.fail(500), openAi.fail(500), openAi.reply('Hi.')],
    ]);
    expect((await outcomeOf(model)).text).toBe('Hi.');
    expect(apis.map(({ exchanges }) => exchanges.length)).toEqual([1, 3]);
  });

  it('one that asks for a pause gets it where there is the time', async () => {
    const { model, apis } = await chain([
      [openAi, openAi.fail(429, { 'retry-after': '1' }), openAi.reply('Hi.')],
    ]);
    const startedAt = performance.now();
    expect((await outcomeOf(model)).text).toBe('Hi.');
    expect(performance.now() - startedAt).toBeGreaterThan(950);
    expect(apis[0]?.exchanges).toHaveLength(2);
  });

  it('one whose pause is too long is not asked again', async () => {
    const { model, apis } = await chain([[openAi, openAi.fail(429, { 'retry-after': '60' })]]);
    expect((await outcomeOf(model)).error).toMatchObject({ code: 'llm-rate-limited' });
    expect(apis[0]?.exchanges).toHaveLength(1);
  });

  it('the last error is told within the time for all', async () => {
    const silent: Script = () => undefined;
    const { model } = await chain(
      [
        [claude, silent],
        [openAi, silent],
      ],
      { firstLinkMs: 200, nextLinkMs: 200, totalMs: 600 },
    );
    const startedAt = performance.now();
    expect((await outcomeOf(model)).error).toMatchObject({ code: 'llm-no-first-token', provider: 'openai' });
    expect(performance.now() - startedAt).toBeLessThan(2000);
  });
});

it('passes over who failed again and again, until it works', async () => {
  const health = new ProviderHealth({ firstRestMs: 60_000 });
  const { model, apis } = await chain(
    [
      [claude, claude.fail(500)],
      [openAi, openAi.reply('Hi.')],
    ],
    { health },
  );
  for (let answer = 0; answer < 4; answer++) expect((await outcomeOf(model)).text).toBe('Hi.');
  expect(apis.map(({ exchanges }) => exchanges.length)).toEqual([3, 4]);
  expect(switches((await outcomeOf(model)).events)).toMatchObject([{ code: 'llm-resting' }]);
});

it('a request that is wrong says nothing against the provider', async () => {
  const { model, apis } = await chain([
    [claude, claude.fail(400)],
    [openAi, openAi.reply('Hi.')],
  ]);
  for (let answer = 0; answer < 4; answer++) await outcomeOf(model);
  expect(apis[0]?.exchanges).toHaveLength(4);
});

it('an abort ends it silently, and nobody else is asked', async () => {
  const { model, apis } = await chain([
    [claude, claude.begin('Let me')],
    [openAi, openAi.reply('Hi.')],
  ]);
  const call = new AbortController();
  const events: LlmEvent[] = [];
  const request: ModelRequest = REQUEST;
  const reading = (async () => {
    for await (const event of model.stream(request, call.signal)) events.push(event);
  })();
  await expect.poll(() => apis[0]?.exchanges.length).toBe(1);
  call.abort();
  await reading;
  expect(switches(events)).toEqual([]);
  expect(apis[1]?.exchanges).toHaveLength(0);
});

it('counts the price of each at its own vendor', async () => {
  const { model } = await chain([
    [claude, claude.reply('Hi.')],
    [openAi, openAi.reply('Hi.')],
  ]);
  const usage = { inputTokens: 1e6, outputTokens: 0, cacheReadTokens: 0, cacheWriteTokens: 0 };
  expect(model.priceUsd(undefined, usage)).toBe(0.1);
  expect(model.priceUsd('gpt-5.4-mini', usage, 'openai')).toBe(0.75);
  expect(model.priceUsd('unknown', usage, 'openai')).toBeUndefined();
});
