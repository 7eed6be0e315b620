import { getEventListeners } from 'node:events';
import { describe, expect, it, vi } from 'vitest';
import type { LlmEvent } from './index.ts';
import {
  ask,
  askInVain,
  beginAndHang,
  callTool,
  claudeBench,
  contentOf,
  failWith,
  REQUEST,
  replyWith,
  type Script,
  startScriptedApi,
  wire,
} from './testing.ts';

const { serve, connect } = claudeBench();

describe('the watchdog', () => {
  it.each<[string, Script]>([
    ['sends no response', () => undefined],
    ['sends its head and pings only', ({ send }) => send(wire.messageStart(), wire.ping, wire.ping)],
    ['opens a block and says nothing', ({ send }) => send(wire.messageStart(), wire.blockStart(0))],
    [
      'keeps sending events without content',
      ({ send, closed }) => {
        const events = setInterval(() => send({ type: 'weather_report' }), 20);
        return closed.then(() => clearInterval(events));
      },
    ],
  ])('ends a request when the vendor %s', async (_, script) => {
    const api = await serve(script);
    const model = connect(api.baseUrl, { firstTokenTimeoutMs: 100, stallTimeoutMs: 60_000 });
    const { error } = await askInVain(model);
    expect(error).toMatchObject({ code: 'llm-no-first-token', retryable: true });
    expect(await api.exchanges[0]?.closed).toBe(false);
  });

  it('ends a request that stalls, however many pings come', async () => {
    const api = await serve((exchange) => {
      void beginAndHang(exchange);
      const pings = setInterval(() => exchange.send(wire.ping), 20);
      return exchange.closed.then(() => clearInterval(pings));
    });
    const { error, events } = await askInVain(connect(api.baseUrl, { stallTimeoutMs: 150 }));
    expect(error).toMatchObject({ code: 'llm-stalled', retryable: true });
    expect(events).toEqual([{ type: 'text', text: 'Let me' }]);
    expect(await api.exchanges[0]?.closed).toBe(false);
  });

  it('lets a slow reply go on as long as content of any kind keeps coming', async () => {
    const api = await serve(async ({ send, response }) => {
      send(wire.messageStart(), wire.blockStart(0, { type: 'thinking', thinking: '' }));
      send(wire.blockStart(1, { type: 'tool_use', id: 'toolu_1', name: 'book', input: {} }));
      const pieces = [
        wire.thinking(0),
        wire.thinking(0),
        wire.json(1, '{'),
        wire.json(1, '"a"'),
        wire.json(1, ':1}'),
      ];
      for (const piece of pieces) {
        await new Promise((resolve) => setTimeout(resolve, 150));
        send(piece);
      }
      send(wire.blockStop(1), wire.messageDelta('tool_use'), wire.messageStop);
      response.end();
    });
    const model = connect(api.baseUrl, { firstTokenTimeoutMs: 600, stallTimeoutMs: 600 });
    expect(await ask(model)).toMatchObject([{ call: { input: { a: 1 } } }, { type: 'done' }]);
  });

  it('does not count the time that the reader takes', async () => {
    const api = await serve(replyWith('One', 'Two'));
    const read: string[] = [];
    for await (const event of contentOf(
      connect(api.baseUrl, { stallTimeoutMs: 50 }).stream(REQUEST, new AbortController().signal),
    )) {
      read.push(event.type);
      await new Promise((resolve) => setTimeout(resolve, 120));
    }
    expect(read).toEqual(['text', 'text', 'done']);
  });
});

describe('an abort', () => {
  it('ends the iteration silently, closes the request and leaves no listener', async () => {
    const api = await serve(beginAndHang);
    const call = new AbortController();
    const events: LlmEvent[] = [];
    for await (const event of contentOf(connect(api.baseUrl).stream(REQUEST, call.signal))) {
      events.push(event);
      expect(getEventListeners(call.signal, 'abort')).toHaveLength(1);
      setImmediate(() => call.abort());
    }
    expect(events).toEqual([{ type: 'text', text: 'Let me' }]);
    expect(await api.exchanges[0]?.closed).toBe(false);
    expect(getEventListeners(call.signal, 'abort')).toHaveLength(0);
  });

  it('before the response has begun does the same', async () => {
    const arrived = Promise.withResolvers<void>();
    const api = await serve(() => arrived.resolve());
    const call = new AbortController();
    const events = ask(connect(api.baseUrl), call.signal);
    await arrived.promise;
    call.abort();
    expect(await events).toEqual([]);
    expect(await api.exchanges[0]?.closed).toBe(false);
  });

  it('leaves out what had already arrived', async () => {
    const api = await serve(callTool(['{}']));
    const call = new AbortController();
    const events: LlmEvent[] = [];
    for await (const event of contentOf(connect(api.baseUrl).stream(REQUEST, call.signal))) {
      events.push(event);
      call.abort();
    }
    expect(events).toMatchObject([{ type: 'tool-call' }]);
  });

  it('that came first sends nothing at all', async () => {
    const api = await serve(replyWith('Hi'));
    expect(await ask(connect(api.baseUrl), AbortSignal.abort())).toEqual([]);
    expect(api.exchanges).toHaveLength(0);
  });

  it('is not needed by a reader who just leaves', async () => {
    const api = await serve(beginAndHang);
    const call = new AbortController();
    for await (const event of contentOf(connect(api.baseUrl).stream(REQUEST, call.signal)))
      if (event.type === 'text') break;
    expect(await api.exchanges[0]?.closed).toBe(false);
    expect(getEventListeners(call.signal, 'abort')).toHaveLength(0);
  });

  it('leaves no listener behind after whole replies and failures either', async () => {
    const api = await serve(replyWith('Hi'), failWith(500, 'api_error'), replyWith('Hi'));
    const call = new AbortController();
    const model = connect(api.baseUrl);
    await ask(model, call.signal);
    await expect(ask(model, call.signal)).rejects.toThrow('500');
    await ask(model, call.signal);
    expect(getEventListeners(call.signal, 'abort')).toHaveLength(0);
  });
});

describe('a failure', () => {
  it.each([
    [400, 'invalid_request_error', 'llm-bad-request', false],
    [401, 'authentication_error', 'llm-unauthorised', false],
    [402, 'billing_error', 'llm-unauthorised', false],
    [403, 'permission_error', 'llm-unauthorised', false],
    [404, 'not_found_error', 'llm-bad-request', false],
    [408, 'timeout_error', 'llm-unreachable', true],
    [413, 'request_too_large', 'llm-bad-request', false],
    [422, 'invalid_request_error', 'llm-bad-request', false],
    [429, 'rate_limit_error', 'llm-rate-limited', true],
    [500, 'api_error', 'llm-unreachable', true],
    [500, 'overloaded_error', 'llm-overloaded', true],
    [503, 'api_error', 'llm-overloaded', true],
    [504, 'timeout_error', 'llm-unreachable', true],
    [529, 'overloaded_error', 'llm-overloaded', true],
  ])('of status %i (%s) is %s', async (status, type, code, retryable) => {
    const api = await serve(failWith(status, type));
    const { error } = await askInVain(connect(api.baseUrl));
    expect(error).toMatchObject({ code, retryable, provider: 'anthropic' });
    expect(error.message).toBe(`anthropic: ${status}: the vendor says why`);
  });

  // The SDK retries twice by default, and waits as long as `retry-after` says.
  it('is told at once: the SDK does not try again by itself', async () => {
    const api = await serve(failWith(429, 'rate_limit_error', { 'retry-after': '30' }));
    expect((await askInVain(connect(api.baseUrl))).error.code).toBe('llm-rate-limited');
    expect(api.exchanges).toHaveLength(1);
  });

  it.each([
    ['overloaded_error', 'llm-overloaded'],
    ['rate_limit_error', 'llm-rate-limited'],
    ['invalid_request_error', 'llm-bad-request'],
    ['authentication_error', 'llm-unauthorised'],
    ['api_error', 'llm-unreachable'],
  ])('inside the stream of type %s is %s', async (type, code) => {
    const api = await serve(({ send, response }) => {
      send(wire.messageStart(), { type: 'error', error: { type, message: 'sorry' } });
      response.end();
    });
    expect((await askInVain(connect(api.baseUrl))).error.code).toBe(code);
  });

  it('to connect is unreachable', async () => {
    const api = await startScriptedApi();
    await api.close();
    const { error } = await askInVain(connect(api.baseUrl));
    expect(error).toMatchObject({ code: 'llm-unreachable', retryable: true });
  });

  it.each<[string, Script]>([
    ['is cut', ({ response }) => void response.destroy()],
    ['ends too soon', ({ response }) => void response.end()],
  ])('of a stream that %s is a disconnection, after what it said', async (_, finish) => {
    const heard = Promise.withResolvers<void>();
    const api = await serve(async (exchange) => {
      await beginAndHang(exchange);
      await heard.promise;
      await finish(exchange);
    });
    const { error, events } = await askInVain(connect(api.baseUrl), heard.resolve);
    expect(events).toEqual([{ type: 'text', text: 'Let me' }]);
    expect(error).toMatchObject({ code: 'llm-disconnected', retryable: true });
  });

  it.each<[string, string]>([
    ['is not JSON', 'data: {"type":"content_block_delta","secret words\n\n'],
    [
      'has a field of the wrong kind',
      'data: {"type":"content_block_delta","index":"secret words","delta":{}}\n\n',
    ],
    ['is no object', 'data: "secret words"\n\n'],
  ])(
    'to say what the API promises (an event %s) is a bad message, and its words stay out of messages and logs',
    async (_, data) => {
      vi.stubEnv('ANTHROPIC_LOG', 'debug');
      const printed = (['error', 'warn', 'info', 'log', 'debug'] as const).map((name) =>
        vi.spyOn(console, name),
      );
      const api = await serve(({ send, response }) => {
        send(wire.messageStart());
        response.end(`event: content_block_delta\n${data}`);
      });
      const { error } = await askInVain(connect(api.baseUrl));
      expect(error.code).toBe('llm-bad-message');
      expect(`${error.message} ${String(error.cause)}`).not.toContain('secret');
      for (const print of printed) expect(print).not.toHaveBeenCalled();
    },
  );
});

describe('connections', () => {
  it('are shared by replies, also after errors', async () => {
    const api = await serve(replyWith('Hi'), failWith(529, 'overloaded_error'), callTool(['{}']));
    const model = connect(api.baseUrl);
    await ask(model);
    await askInVain(model);
    await ask(model);
    expect(api.connections.accepted).toBe(1);
  });

  // Node's own fetch drops an idle connection after four seconds. The pool's timers are faked, the sockets are real, so
  // this shows that the pool in use is this client's and that an idle connection lives for its minute, and no longer.
  it('outlast the pauses between turns, and are dropped after a minute', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const api = await serve(replyWith('Hi'));
    const model = connect(api.baseUrl);
    for (let turn = 0; turn < 3; turn++) {
      await ask(model);
      await vi.advanceTimersByTimeAsync(50_000);
    }
    expect(api.connections).toEqual({ accepted: 1, closed: 0 });
    const closed = api.connectionClosed();
    await vi.advanceTimersByTimeAsync(15_000);
    await closed;
    expect(api.connections).toEqual({ accepted: 1, closed: 1 });
  });

  it('are opened ahead by warm(), without asking for a reply', async () => {
    const api = await serve(({ response }) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{"data":[],"has_more":false}');
    }, replyWith('Hi'));
    const model = connect(api.baseUrl);
    await model.warm();
    await ask(model);
    expect(api.exchanges.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /v1/models?limit=1',
      'POST /v1/messages',
    ]);
    expect(api.connections.accepted).toBe(1);
  });

  it.each<[string, Script]>([
    ['refuses', failWith(401, 'authentication_error')],
    ['does not know the route', failWith(404, 'not_found_error')],
    ['hangs up', ({ response }) => void response.destroy()],
    ['answers nonsense', ({ response }) => void response.end('hello')],
  ])('are no trouble when the vendor %s while warming', async (_, script) => {
    const api = await serve(script);
    await expect(connect(api.baseUrl).warm()).resolves.toBeUndefined();
  });

  it('and replies under way end with the client', async () => {
    const api = await serve(beginAndHang);
    const model = connect(api.baseUrl);
    const stream = contentOf(model.stream(REQUEST, new AbortController().signal));
    await stream.next();
    const rest = expect(stream.next()).rejects.toMatchObject({ code: 'llm-disconnected', retryable: false });
    const dropped = api.connectionClosed();
    await Promise.all([model.close(), model.close()]);
    await dropped;
    await rest;
    const { error } = await askInVain(model);
    expect(error).toMatchObject({ code: 'llm-disconnected', retryable: false });
    await model.warm();
    expect(api.exchanges).toHaveLength(1);
  });
});
