import type Anthropic from '@anthropic-ai/sdk';
import { describe, expect, it } from 'vitest';
import { modelSettings } from './claude-models.ts';
import { toClaudeRequest } from './claude-request.ts';
import type { Message, ModelRequest, ToolCall } from './index.ts';

const TOOL = { name: 'book', description: 'Books.', input: { type: 'object', properties: {} } };

const user = (text: string): Message => ({ role: 'user', text });
const agent = (text: string, ...toolCalls: ToolCall[]): Message => ({ role: 'assistant', text, toolCalls });
const call = (id: string): ToolCall => ({ id, name: 'book', input: { day: 'Tuesday' } });
const result = (callId: string, text = 'booked', isError = false): Message => ({
  role: 'tool',
  callId,
  name: 'book',
  result: text,
  isError,
});

type Body = Anthropic.MessageCreateParamsStreaming;

function convert(messages: Message[], change: Partial<ModelRequest> = {}): Body {
  const request = { system: [], messages, tools: [TOOL], maxTokens: 100, ...change };
  return toClaudeRequest(request, 'claude-haiku-5-5', {});
}

/** The conversation as the API would read it: marks for the cache are not part of it. */
function conversation(messages: Message[]): { role: string; content: object[] }[] {
  return withoutMarks(convert(messages)).messages.map(({ role, content }) => ({
    role,
    content: Array.isArray(content) ? content : [],
  }));
}

function withoutMarks<T extends object>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (key, field: unknown) => (key === 'cache_control' ? undefined : field)),
  );
}

const said = (role: string, ...texts: string[]) => ({
  role,
  content: texts.map((text) => ({ type: 'text', text })),
});

describe('messages', () => {
  it('of one role in a row become one, block by block', () => {
    const history = [
      user('Hello'),
      user('Are you there?'),
      agent('Yes.'),
      agent('How can I help?'),
      user('Book.'),
    ];
    expect(conversation(history)).toEqual([
      said('user', 'Hello', 'Are you there?'),
      said('assistant', 'Yes.', 'How can I help?'),
      said('user', 'Book.'),
    ]);
  });

  it('without a word are left out', () => {
    expect(conversation([user('Hello'), agent(' \n'), user(''), user('Hm')])).toEqual([
      said('user', 'Hello', 'Hm'),
    ]);
  });

  it('begin with the user, also when the agent spoke first', () => {
    const history = [agent('Good morning!'), user('Hello')];
    expect(conversation(history)[0]).toEqual(said('user', '(The call has begun.)'));
    expect(conversation(history)).toHaveLength(3);
  });

  it('end with the user: a reply to go on from would be refused', () => {
    expect(conversation([user('Hello'), agent('Hi')]).at(-1)?.role).toBe('user');
  });

  it('are never none', () => {
    expect(conversation([])).toEqual([said('user', '(The call has begun.)')]);
  });

  it('hold no half of a surrogate pair', () => {
    expect(conversation([user(`Hi ${'😀'.slice(0, 1)}`)])).toEqual([said('user', 'Hi \uFFFD')]);
  });
});

describe('tool calls', () => {
  it('are answered together, in the message right after them and before any words', () => {
    const history = [
      user('Book two.'),
      agent('Sure.', call('a'), call('b')),
      user('Hello?'),
      result('b', 'full', true),
      result('a'),
    ];
    expect(conversation(history)).toEqual([
      said('user', 'Book two.'),
      {
        role: 'assistant',
        content: [
          { type: 'text', text: 'Sure.' },
          { type: 'tool_use', id: 'a', name: 'book', input: { day: 'Tuesday' } },
          { type: 'tool_use', id: 'b', name: 'book', input: { day: 'Tuesday' } },
        ],
      },
      {
        role: 'user',
        content: [
          { type: 'tool_result', tool_use_id: 'a', content: 'booked' },
          { type: 'tool_result', tool_use_id: 'b', content: 'full', is_error: true },
          { type: 'text', text: 'Hello?' },
        ],
      },
    ]);
  });

  it('whose result was lost are answered with an error', () => {
    expect(conversation([user('Book.'), agent('', call('a')), user('And?')]).at(-1)).toMatchObject({
      content: [{ type: 'tool_result', tool_use_id: 'a', is_error: true }, { text: 'And?' }],
    });
  });

  it('that answer nothing, answer twice or answer with nothing do no harm', () => {
    const history = [
      user('Book.'),
      result('x'),
      agent('', call('a')),
      result('a', ' '),
      result('a', 'again'),
      result('y'),
    ];
    expect(conversation(history).at(-1)).toEqual({
      role: 'user',
      content: [{ type: 'tool_result', tool_use_id: 'a', content: '(no content)' }],
    });
  });

  it('carry ids that the API accepts, each once', () => {
    const history = [
      user('Book.'),
      agent('', call('turn 1:a')),
      result('turn 1:a'),
      agent('Done.', call('turn 1:a')),
    ];
    const blocks = conversation(history).flatMap(({ content }) => content);
    expect(blocks).toMatchObject([
      { text: 'Book.' },
      { type: 'tool_use', id: 'turn_1_a' },
      { type: 'tool_result', tool_use_id: 'turn_1_a' },
      { text: 'Done.' },
      { type: 'text' },
    ]);
  });

  it('are told in words where no tools are offered', () => {
    const history = [user('Book.'), agent('', call('a')), result('a'), agent('Booked.'), user('Thanks')];
    const body = convert(history, { tools: [] });
    expect(body).not.toHaveProperty('tools');
    expect(withoutMarks(body.messages)).toEqual([
      said('user', 'Book.', '(Result of book, used earlier: booked)'),
      said('assistant', 'Booked.'),
      said('user', 'Thanks'),
    ]);
  });
});

describe('tools', () => {
  it('are objects whose input is streamed as it is written', () => {
    expect(withoutMarks(convert([user('Hi')], { tools: [{ ...TOOL, input: {} }] })).tools).toEqual([
      { name: 'book', description: 'Books.', input_schema: { type: 'object' }, eager_input_streaming: true },
    ]);
  });
});

/**
 * What of a request the vendor would find in or add to its cache: everything up to each mark, in the order tools,
 * system, messages. Marks themselves are not part of it.
 */
function cachedPrefixes(body: Body): string[] {
  const system = Array.isArray(body.system) ? body.system : [];
  const turns = body.messages.flatMap(({ role, content }) =>
    (Array.isArray(content) ? content : []).map((block) => ({ role, ...block })),
  );
  const blocks: object[] = [...(body.tools ?? []), ...system, ...turns];
  return blocks.flatMap((block, index) =>
    'cache_control' in block ? [JSON.stringify(withoutMarks(blocks.slice(0, index + 1)))] : [],
  );
}

/** The same without marks: what would be compared with the cache. */
function whole(body: Body): string {
  return cachedPrefixes(body).at(-1) ?? '';
}

const extendsPrefix = (later: string, earlier: string): boolean => later.startsWith(earlier.slice(0, -1));

describe('prompt caching', () => {
  const stable = { text: 'Rules.', stable: true };
  const volatile = (text: string) => ({ text, stable: false });

  it('marks the last tool, the last stable part and the end of the conversation', () => {
    const system = [
      volatile('Now: ask for the day.'),
      stable,
      { text: 'Clinic.', stable: true },
      volatile(' '),
    ];
    const body = convert([user('Hi')], { system, tools: [TOOL, { ...TOOL, name: 'cancel' }] });
    const mark = { cache_control: { type: 'ephemeral' } };
    expect(body.system).toEqual([
      { type: 'text', text: 'Rules.' },
      { type: 'text', text: 'Clinic.', ...mark },
      { type: 'text', text: 'Now: ask for the day.' },
    ]);
    expect(body.tools).toMatchObject([{ name: 'book' }, { name: 'cancel', ...mark }]);
    expect(body.tools?.[0]).not.toHaveProperty('cache_control');
    expect(body.messages).toEqual([{ role: 'user', content: [{ type: 'text', text: 'Hi', ...mark }] }]);
    expect(cachedPrefixes(body)).toHaveLength(3);
  });

  it('lets every request of a call go on from the whole of the one before', () => {
    const history: Message[] = [agent('Good morning!')];
    let before: string | undefined;
    const additions: Message[][] = [
      [user('Book.')],
      [agent('', call('a')), result('a')],
      [agent('Done. Anything else?'), user('Er')],
      [user('No.')],
      [agent('Goodbye.'), user('Bye')],
    ];
    for (const added of additions) {
      history.push(...added);
      const now = whole(convert(history, { system: [stable, volatile('Now: help.')] }));
      if (before !== undefined) expect(extendsPrefix(now, before)).toBe(true);
      before = now;
    }
  });

  it('keeps tools and stable parts when a volatile part changes', () => {
    const [first, second] = ['ask for the day', 'confirm'].map((goal) =>
      cachedPrefixes(convert([user('Hi')], { system: [stable, volatile(goal)] })),
    );
    expect(second?.slice(0, 2)).toEqual(first?.slice(0, 2));
    expect(second?.[2]).not.toEqual(first?.[2]);
  });
});

describe('thinking', () => {
  it.each([
    ['claude-haiku-5-5', { max_tokens: 100, thinking: { type: 'disabled' } }],
    ['claude-haiku-5-5-20260915', { max_tokens: 100, thinking: { type: 'disabled' } }],
    ['claude-sonnet-5', { max_tokens: 100, thinking: { type: 'disabled' } }],
    ['claude-sonnet-5-5', { max_tokens: 100, thinking: { type: 'between_tools' } }],
    ['claude-opus-5-5', { max_tokens: 2148, output_config: { effort: 'low' } }],
    ['claude-fable-5-1', { max_tokens: 2148, output_config: { effort: 'low' } }],
    ['claude-haiku-4-5', { max_tokens: 100 }],
    ['claude-sonnet-4-5-20250929', { max_tokens: 100 }],
    ['some-other-model', { max_tokens: 100 }],
    ['constructor', { max_tokens: 100 }],
  ])('of %s is asked for in the way it accepts', (model, settings) => {
    expect(modelSettings(model, 100)).toEqual(settings);
  });
});
