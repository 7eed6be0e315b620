import { describe, expect, it, vi } from 'vitest';
import {
  ask,
  askInVain,
  callTool,
  claudeBench,
  collect,
  contentOf,
  REQUEST,
  replyWith,
  wire,
} from './testing.ts';

const { serve, connect } = claudeBench();

describe('a reply', () => {
  it('tells first what it has cost by then', async () => {
    const api = await serve(replyWith('Hello.'));
    const events = await collect(connect(api.baseUrl).stream(REQUEST, new AbortController().signal));
    expect(events[0]).toMatchObject({ type: 'started', usage: { inputTokens: 10 } });
  });

  it('yields each piece of text while the vendor is still writing', async () => {
    const heard = Promise.withResolvers<void>();
    const api = await serve(async ({ send, response }) => {
      send(wire.messageStart(), wire.blockStart(0), wire.text(0, 'Hello'));
      await heard.promise;
      send(wire.text(0, ' there'), wire.blockStop(0), wire.messageDelta('end_turn'), wire.messageStop);
      response.end();
    });
    const texts: string[] = [];
    for await (const event of contentOf(connect(api.baseUrl).stream(REQUEST, new AbortController().signal))) {
      if (event.type === 'text') texts.push(event.text);
      heard.resolve();
    }
    expect(texts).toEqual(['Hello', ' there']);
  });

  it('ends with its stop reason and the latest count of every kind of token', async () => {
    const api = await serve(({ send, response }) => {
      send(
        wire.messageStart({
          input_tokens: 5,
          cache_read_input_tokens: 900,
          cache_creation_input_tokens: 40,
          output_tokens: 1,
        }),
      );
      send(wire.messageDelta('end_turn', { output_tokens: 12, input_tokens: null }), wire.messageStop);
      response.end();
    });
    expect(await ask(connect(api.baseUrl))).toEqual([
      {
        type: 'done',
        stopReason: 'end',
        usage: { inputTokens: 5, outputTokens: 12, cacheReadTokens: 900, cacheWriteTokens: 40 },
      },
    ]);
  });

  it.each([
    ['end_turn', 'end'],
    ['stop_sequence', 'end'],
    ['a_reason_of_next_year', 'end'],
    ['max_tokens', 'max-tokens'],
    ['model_context_window_exceeded', 'max-tokens'],
    ['refusal', 'refusal'],
  ])('that stopped for %s is done for %s', async (wireReason, stopReason) => {
    const api = await serve(({ send, response }) => {
      send(wire.messageStart(), wire.messageDelta(wireReason), wire.messageStop);
      response.end();
    });
    expect(await ask(connect(api.baseUrl))).toMatchObject([{ type: 'done', stopReason }]);
  });

  it('is not disturbed by pings, thinking, and kinds of events and blocks it does not know', async () => {
    const api = await serve(({ send, response }) => {
      send(wire.ping, wire.messageStart(), { type: 'weather_report', sunny: true });
      send(wire.blockStart(0, { type: 'thinking', thinking: '' }), wire.thinking(0), wire.blockStop(0));
      send(wire.blockStart(1, { type: 'hologram' }), wire.blockStop(1), wire.json(9, '{'));
      send(
        wire.blockStart(2, { type: 'text', text: 'Yes' }),
        wire.text(2, ''),
        wire.text(2, '.'),
        wire.blockStop(2),
      );
      send(wire.messageDelta('end_turn'), wire.messageStop);
      response.end();
    });
    expect(await ask(connect(api.baseUrl))).toMatchObject([{ text: 'Yes' }, { text: '.' }, { type: 'done' }]);
  });

  it('is over with its last event, even if the response never ends', async () => {
    const api = await serve(({ send }) =>
      send(wire.messageStart(), wire.messageDelta('end_turn'), wire.messageStop),
    );
    const patient = connect(api.baseUrl, { firstTokenTimeoutMs: 60_000, stallTimeoutMs: 60_000 });
    expect(await ask(patient)).toMatchObject([{ type: 'done' }]);
    expect(await api.exchanges[0]?.closed).toBe(false);
  });
});

describe('a tool call', () => {
  it('is yielded once, whole and parsed, after the text', async () => {
    const api = await serve(({ send, response }) => {
      send(wire.messageStart(), wire.blockStart(0), wire.text(0, 'One moment.'), wire.blockStop(0));
      send(wire.blockStart(1, { type: 'tool_use', id: 'toolu_1', name: 'book', input: {} }));
      send(
        wire.json(1, ''),
        wire.json(1, '{"da'),
        wire.json(1, 'y":"Tue'),
        wire.json(1, 'sday"}'),
        wire.blockStop(1),
      );
      send(wire.messageDelta('tool_use'), wire.messageStop);
      response.end();
    });
    expect(await ask(connect(api.baseUrl))).toMatchObject([
      { type: 'text', text: 'One moment.' },
      { type: 'tool-call', call: { id: 'toolu_1', name: 'book', input: { day: 'Tuesday' } } },
      { type: 'done', stopReason: 'tool-calls' },
    ]);
  });

  it('without input has an empty one', async () => {
    const api = await serve(callTool([]));
    expect(await ask(connect(api.baseUrl))).toMatchObject([
      { call: { input: {} } },
      { stopReason: 'tool-calls' },
    ]);
  });

  // The SDK's own helper turns what the token limit cut short into `input: {}`, which looks like a whole call.
  it.each([[['{"day":"Tues']], [['{"day":"Tuesday"}']], [[]]])(
    'cut short by the token limit is never yielded: %j',
    async (pieces) => {
      const api = await serve(callTool(pieces, 'max_tokens'));
      expect(await ask(connect(api.baseUrl))).toMatchObject([{ type: 'done', stopReason: 'max-tokens' }]);
    },
  );

  it('is not yielded when the model refused after it', async () => {
    const api = await serve(callTool(['{}'], 'refusal'));
    expect(await ask(connect(api.baseUrl))).toMatchObject([{ type: 'done', stopReason: 'refusal' }]);
  });

  it.each([['{"day": Tuesday'], ['["Tuesday"]'], ['"Tuesday"'], ['null']])(
    'with the input %s is a bad message',
    async (json) => {
      const api = await serve(callTool([json]));
      const { error } = await askInVain(connect(api.baseUrl));
      expect(error).toMatchObject({ code: 'llm-bad-message', retryable: true });
      expect(error.message).not.toContain('Tuesday');
    },
  );

  it('that was never finished is a bad message', async () => {
    const api = await serve(({ send, response }) => {
      send(wire.messageStart(), wire.blockStart(0, { type: 'tool_use', id: 'toolu_1', name: 'book' }));
      send(wire.messageDelta('tool_use'), wire.messageStop);
      response.end();
    });
    expect((await askInVain(connect(api.baseUrl))).error.code).toBe('llm-bad-message');
  });
});

describe('what goes over the wire', () => {
  it('is the key as a bearer token, the API version, and nothing about sampling', async () => {
    const api = await serve(replyWith('Hi'));
    await ask(connect(api.baseUrl));
    const [{ method, path, headers, body } = { body: {} }] = api.exchanges;
    expect({ method, path }).toEqual({ method: 'POST', path: '/v1/messages' });
    expect(headers).toMatchObject({ authorization: 'Bearer the-key', 'anthropic-version': '2026-10-21' });
    expect(headers).not.toHaveProperty('x-api-key');
    expect(Object.keys(body).sort()).toEqual([
      'max_tokens',
      'messages',
      'model',
      'stream',
      'system',
      'thinking',
      'tools',
    ]);
    expect(body).toMatchObject({
      model: 'claude-haiku-5-5',
      thinking: { type: 'disabled' },
      max_tokens: 100,
      stream: true,
    });
  });

  it('takes nothing from the environment', async () => {
    const api = await serve(replyWith('Hi'));
    const stranger = await serve(replyWith('I am somebody else'));
    vi.stubEnv('ANTHROPIC_API_KEY', 'stray-key');
    vi.stubEnv('ANTHROPIC_AUTH_TOKEN', 'stray-token');
    vi.stubEnv('ANTHROPIC_BASE_URL', stranger.baseUrl);
    vi.stubEnv('ANTHROPIC_PROFILE', 'stray-profile');
    vi.stubEnv('ANTHROPIC_CUSTOM_HEADERS', 'authorization: Bearer stray\nx-api-key: stray\nx-stray: stray');
    expect(await ask(connect(api.baseUrl))).toMatchObject([{ text: 'Hi' }, { type: 'done' }]);
    expect(stranger.exchanges).toHaveLength(0);
    expect(api.exchanges[0]?.headers.authorization).toBe('Bearer the-key');
    expect(JSON.stringify(api.exchanges[0]?.headers)).not.toContain('stray');
  });

  it("asks for the request's model before the client's", async () => {
    const api = await serve(replyWith('Hi'));
    const model = connect(api.baseUrl, { model: 'claude-sonnet-5-5' });
    await ask(model);
    await collect(model.stream({ ...REQUEST, model: 'claude-haiku-4-5' }, new AbortController().signal));
    expect(api.exchanges.map(({ body }) => body['model'])).toEqual(['claude-sonnet-5-5', 'claude-haiku-4-5']);
  });
});
