/** What every adapter of a language model must do, whoever the vendor is; each runs it against a script of its own wire. */
import { getEventListeners } from 'node:events';
import { type Logger, pino } from 'pino';
import { afterEach, describe, expect, it } from 'vitest';
import { type LanguageModel, LlmError, type LlmEvent, type Message, type ModelRequest } from './index.ts';
import { collect, contentOf, REQUEST, type Script, type ScriptedApi, startScriptedApi } from './testing.ts';

/** One vendor's wire, as scripts of a loopback server. */
export interface VendorScripts {
  provider: string;
  connect(options: {
    baseUrl: string;
    logger: Logger;
    firstTokenTimeoutMs?: number;
    stallTimeoutMs?: number;
  }): LanguageModel;
  /** A whole answer. */
  reply(...texts: string[]): Script;
  /** A whole answer that calls the tool `book`, its input in these pieces of JSON. */
  toolCall(pieces: string[]): Script;
  /** The same, cut short by the token limit. */
  cutToolCall(pieces: string[]): Script;
  /** An answer that begins with these texts, and does not end. */
  begin(...texts: string[]): Script;
  fail(status: number, headers?: Record<string, string>): Script;
  /** One event of a stream, written as it stands. */
  raw(data: string): Script;
  /** Ids of the tool calls of a request, and of the results in it. */
  pairsIn(body: Record<string, unknown>): { calls: string[]; results: string[] };
}

export interface Bench {
  serve(scripts: VendorScripts, ...script: Script[]): Promise<ScriptedApi>;
  connect(scripts: VendorScripts, api: ScriptedApi, options?: Limits): LanguageModel;
}
type Limits = { firstTokenTimeoutMs?: number; stallTimeoutMs?: number };

/** Servers and clients for one test file; whatever a test opens is closed after it. */
export function vendorBench(): Bench {
  const toClose: (() => Promise<void>)[] = [];
  afterEach(async () => {
    for (const close of toClose.splice(0).reverse()) await close();
  });
  return {
    async serve(_, ...scripts) {
      const api = await startScriptedApi(...scripts);
      toClose.push(() => api.close());
      return api;
    },
    connect(scripts, { baseUrl }, options = {}) {
      const model = scripts.connect({ baseUrl, logger: pino({ level: 'silent' }), ...options });
      toClose.push(() => model.close());
      return model;
    },
  };
}

/** A conversation with a tool call that another vendor named. */
const HISTORY: Message[] = [
  { role: 'user', text: 'Book me in.' },
  {
    role: 'assistant',
    text: 'One moment.',
    toolCalls: [{ id: 'other:vendor.1', name: 'book', input: { day: 1 } }],
  },
  { role: 'tool', callId: 'other:vendor.1', name: 'book', result: '{"id":"A7"}', isError: false },
  { role: 'assistant', text: '', toolCalls: [{ id: 'x'.repeat(80), name: 'book', input: {} }] },
  { role: 'user', text: 'Thanks.' },
];

/** What an answer yielded, and the error it ended with. */
export async function outcomeOf(
  model: LanguageModel,
  request: ModelRequest = REQUEST,
  signal = new AbortController().signal,
): Promise<{ events: LlmEvent[]; text: string; error: unknown }> {
  const events: LlmEvent[] = [];
  let error: unknown;
  try {
    for await (const event of contentOf(model.stream(request, signal))) events.push(event);
  } catch (thrown) {
    error = thrown;
  }
  return { events, text: events.map((event) => (event.type === 'text' ? event.text : '')).join(''), error };
}

export function describeModel(vendor: VendorScripts): void {
  describe(`the adapter of ${vendor.provider}`, () => {
    describe('answers', () => answers(vendor));
    describe('failures', () => failures(vendor));
    describe('an abort', () => aborts(vendor));
  });
}

function answers(vendor: VendorScripts): void {
  const { serve, connect } = vendorBench();

  it('streams text, then the stop reason and the usage', async () => {
    const model = connect(vendor, await serve(vendor, vendor.reply('Hello, ', 'Anna.')));
    const { events, error } = await outcomeOf(model);
    expect(error).toBeUndefined();
    expect(events.slice(0, -1)).toEqual([
      { type: 'text', text: 'Hello, ' },
      { type: 'text', text: 'Anna.' },
    ]);
    expect(events.at(-1)).toMatchObject({ type: 'done', stopReason: 'end', usage: { outputTokens: 7 } });
    expect(model.provider).toBe(vendor.provider);
  });

  it('yields a tool call whole and parsed', async () => {
    const model = connect(vendor, await serve(vendor, vendor.toolCall(['{"da', 'y":"Mon', 'day"}'])));
    expect((await outcomeOf(model)).events).toMatchObject([
      { type: 'tool-call', call: { name: 'book', input: { day: 'Monday' } } },
      { type: 'done', stopReason: 'tool-calls' },
    ]);
  });

  it.each([['{"day":"Mon'], ['{}'], ['{"day":"Monday"}']])(
    'yields none that the token limit cut short: %s',
    async (json) => {
      const model = connect(vendor, await serve(vendor, vendor.cutToolCall([json])));
      expect((await outcomeOf(model)).events).toMatchObject([{ type: 'done', stopReason: 'max-tokens' }]);
    },
  );

  it('shows every call of a history, whoever named it, with its result', async () => {
    const api = await serve(vendor, vendor.reply('You are welcome.'));
    await outcomeOf(connect(vendor, api), { ...REQUEST, messages: HISTORY });
    const { calls, results } = vendor.pairsIn(api.exchanges[0]?.body ?? {});
    expect(calls).toHaveLength(2);
    expect(results).toEqual(calls);
  });

  it('keeps its connection for the next answer', async () => {
    const api = await serve(vendor, vendor.reply('One'), vendor.fail(500), vendor.reply('Two'));
    const model = connect(vendor, api);
    for (let answer = 0; answer < 3; answer++) await outcomeOf(model);
    expect(api.connections.accepted).toBe(1);
  });
}

function failures(vendor: VendorScripts): void {
  const { serve, connect } = vendorBench();

  it.each([
    [400, 'llm-bad-request', false],
    [401, 'llm-unauthorised', false],
    [403, 'llm-unauthorised', false],
    [404, 'llm-bad-request', false],
    [429, 'llm-rate-limited', true],
    [500, 'llm-unreachable', true],
    [503, 'llm-overloaded', true],
    [529, 'llm-overloaded', true],
  ])('of status %i are told as %s, at once', async (status, code, retryable) => {
    const api = await serve(vendor, vendor.fail(status, { 'retry-after': '2' }));
    const { error } = await outcomeOf(connect(vendor, api));
    expect(error).toBeInstanceOf(LlmError);
    expect(error).toMatchObject({ code, retryable, provider: vendor.provider, retryAfterMs: 2000 });
    if (status !== 400) expect(api.exchanges).toHaveLength(1);
  });

  it('to connect are unreachable', async () => {
    const api = await serve(vendor);
    const model = connect(vendor, api);
    await api.close();
    expect((await outcomeOf(model)).error).toMatchObject({ code: 'llm-unreachable', retryable: true });
  });

  it.each<[string, Script]>([
    ['sends nothing', () => undefined],
    ['sends its head alone', (exchange) => void exchange.response.writeHead(200).flushHeaders()],
  ])('to begin in time end the request: it %s', async (_, script) => {
    const api = await serve(vendor, script);
    const { error } = await outcomeOf(connect(vendor, api, { firstTokenTimeoutMs: 100 }));
    expect(error).toMatchObject({ code: 'llm-no-first-token', retryable: true });
    expect(await api.exchanges[0]?.closed).toBe(false);
  });

  it('to begin in the time of the request do too', async () => {
    const model = connect(vendor, await serve(vendor, () => undefined));
    const { error } = await outcomeOf(model, { ...REQUEST, firstTokenTimeoutMs: 100 });
    expect(error).toMatchObject({ code: 'llm-no-first-token' });
  });

  it('to go on end the request after what was said', async () => {
    const api = await serve(vendor, vendor.begin('Let me'));
    const { error, text } = await outcomeOf(connect(vendor, api, { stallTimeoutMs: 150 }));
    expect(text).toBe('Let me');
    expect(error).toMatchObject({ code: 'llm-stalled', retryable: true });
    expect(await api.exchanges[0]?.closed).toBe(false);
  });

  it.each<[string, (exchange: Parameters<Script>[0]) => void]>([
    ['is cut', ({ response }) => void response.destroy()],
    ['ends too soon', ({ response }) => void response.end()],
  ])('of a stream that %s are disconnections', async (_, finish) => {
    const heard = Promise.withResolvers<void>();
    const api = await serve(vendor, async (exchange) => {
      await vendor.begin('Let me')(exchange);
      await heard.promise;
      finish(exchange);
    });
    const events: LlmEvent[] = [];
    const reading = async (): Promise<void> => {
      for await (const event of connect(vendor, api).stream(REQUEST, new AbortController().signal)) {
        events.push(event);
        if (event.type === 'text') heard.resolve();
      }
    };
    await expect(reading()).rejects.toMatchObject({ code: 'llm-disconnected', retryable: true });
    expect(events).toContainEqual({ type: 'text', text: 'Let me' });
  });

  it.each([
    ['no JSON', '{"secret words'],
    ['no object', '"secret words"'],
    [
      'another shape',
      JSON.stringify({ type: 'content_block_delta', choices: 'secret words', index: 'secret' }),
    ],
  ])('to make sense (%s) are bad messages that repeat nothing', async (_, data) => {
    const api = await serve(vendor, vendor.raw(data));
    const { error } = await outcomeOf(connect(vendor, api));
    expect(error).toMatchObject({ code: 'llm-bad-message', retryable: true });
    expect(`${String(error)} ${error instanceof Error ? String(error.cause) : ''}`).not.toContain('secret');
  });

  it('to give a tool a readable input are bad messages', async () => {
    const api = await serve(vendor, vendor.toolCall(['[1']), vendor.toolCall(['[1]']));
    const model = connect(vendor, api);
    for (let answer = 0; answer < 2; answer++)
      expect(await outcomeOf(model)).toMatchObject({ events: [], error: { code: 'llm-bad-message' } });
  });
}

function aborts(vendor: VendorScripts): void {
  const { serve, connect } = vendorBench();

  it('ends the answer silently, closes the request and leaves no listener', async () => {
    const api = await serve(vendor, vendor.begin('Let me'));
    const call = new AbortController();
    const events: LlmEvent[] = [];
    for await (const event of contentOf(connect(vendor, api).stream(REQUEST, call.signal))) {
      events.push(event);
      setImmediate(() => call.abort());
    }
    expect(events).toEqual([{ type: 'text', text: 'Let me' }]);
    expect(await api.exchanges[0]?.closed).toBe(false);
    expect(getEventListeners(call.signal, 'abort')).toHaveLength(0);
  });

  it('that came first sends nothing at all', async () => {
    const api = await serve(vendor, vendor.reply('Hi'));
    expect(await collect(connect(vendor, api).stream(REQUEST, AbortSignal.abort()))).toEqual([]);
    expect(api.exchanges).toHaveLength(0);
  });

  it('is not needed by a reader who just leaves', async () => {
    const api = await serve(vendor, vendor.begin('Let me'));
    for await (const event of connect(vendor, api).stream(REQUEST, new AbortController().signal))
      if (event.type === 'text') break;
    expect(await api.exchanges[0]?.closed).toBe(false);
  });
}
