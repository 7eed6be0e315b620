import { beforeAll, describe, expect, test } from 'vitest';
import { BadCursorError, type CallRecord, type Records, type Turn } from './index.ts';

let count = 0;

/** A record nobody has seen before, with something in every field. */
export function someRecord(change: Partial<CallRecord> = {}): CallRecord {
  count += 1;
  return {
    id: `call-${String(count).padStart(5, '0')}`,
    callSid: `CA${count}`,
    direction: 'inbound',
    from: '+15550100',
    to: '+15550199',
    flow: 'dental-reception',
    flowVersion: 'abc123+greeting.long',
    arms: { greeting: 'long' },
    startedAt: '2026-03-01T10:00:00.123Z',
    endedAt: '2026-03-01T10:01:02.456Z',
    durationMs: 62_333,
    outcome: 'completed',
    result: 'booked',
    carrierStatus: 'completed',
    interruptions: 1,
    turns: [
      {
        role: 'agent',
        text: 'Good morning, how',
        generated: 'Good morning, how can I help?',
        startMs: 0.5,
        endMs: 900,
        interrupted: true,
        node: 'greet',
        latency: { speechEndMs: 0, firstFrameMs: 812.25, voiceToVoiceMs: 812.25 },
        sources: [{ source: 'FAQ', heading: 'Prices › Cleaning', score: 3.25 }],
        voices: ['cartesia', 'prompt-cache'],
      },
      { role: 'caller', text: '', keys: '1#', startMs: 950, endMs: 2_000, interrupted: false, node: 'greet' },
    ],
    tools: [
      {
        callId: 'toolu_1',
        name: 'book',
        effect: 'writes',
        input: { date: '2026-03-02', at: { hour: 9, camelCase: true, snake_case: [1, null, 'x'] } },
        result: '{"ok":true}',
        isError: false,
        startMs: 2_100,
        endMs: 2_400.5,
        node: 'book',
      },
      {
        callId: 'toolu_2',
        name: 'look',
        effect: 'reads',
        input: {},
        isError: true,
        startMs: 1,
        node: 'book',
      },
    ],
    slots: { patientName: 'Zoë "Z" O’Neill', party_size: 2 },
    path: ['greet', 'book'],
    events: [
      {
        type: 'endpoint',
        atMs: 1200,
        data: { reason: 'full-stop', score: 0.8, waitMs: 0, progress: 'unknown' },
      },
      { type: 'back-channel', atMs: 3000, data: { text: 'Uh-huh.' } },
    ],
    usage: {
      modelInputTokens: 1_200,
      modelOutputTokens: 80,
      modelCacheReadTokens: 900,
      modelCacheWriteTokens: 0,
      spokenCharacters: 420,
      spokenBy: { cartesia: 420 },
      draftsAdopted: 2,
      draftsDropped: 1,
      wastedInputTokens: 40,
      wastedOutputTokens: 9,
      wastedCharacters: 31,
      wastedUsd: 0.0001,
      models: [],
      recognisedMs: 61_000,
      relayedMs: 0,
    },
    hasAudio: true,
    ...change,
  };
}

/** What {@link Records} are on every database. `open` gives an empty store; the suite's caller closes it. */
export function describeRecords(name: string, open: () => Promise<Records>): void {
  describe(name, () => {
    let records: Records;
    beforeAll(async () => {
      records = await open();
    }, 60_000);
    describe('a record', () => describeSaving(() => records));
    describe('a list', () => describeListing(() => records));
    describe('experiments', () => describeExperiments(() => records));
  });
}

function describeSaving(records: () => Records): void {
  test('is found whole, by its id and by its carrier id', async () => {
    const record = someRecord();
    await records().save(record);
    expect(await records().find(record.id)).toEqual(record);
    expect(await records().find(record.callSid)).toEqual(record);
    expect(await records().find('nobody')).toBeUndefined();
  });

  test('may be nearly empty', async () => {
    const { result: _result, carrierStatus: _status, ...rest } = someRecord();
    const record: CallRecord = {
      ...rest,
      outcome: 'no-media',
      turns: [],
      tools: [],
      slots: {},
      path: [],
      events: [],
      arms: {},
    };
    await records().save(record);
    expect(await records().find(record.id)).toEqual(record);
  });

  test('saved again replaces the first, whatever it held', async () => {
    const first = someRecord();
    await records().save(first);
    const { result: _result, ...rest } = first;
    const second: CallRecord = {
      ...rest,
      outcome: 'failed',
      error: 'the voice broke',
      turns: first.turns.slice(0, 1),
    };
    await records().save(second);
    await records().save(second);
    expect(await records().find(first.id)).toEqual(second);
  });

  test('older than what is kept of the call changes nothing', async () => {
    const newer = someRecord();
    await records().save(newer);
    await records().save({ ...newer, endedAt: '2026-03-01T10:00:30.000Z', turns: [], outcome: 'no-media' });
    expect(await records().find(newer.id)).toEqual(newer);
  });

  test('has its audio, also where one who writes it too did not find that yet', async () => {
    const record = someRecord({ hasAudio: true });
    await records().save(record);
    await records().save({ ...record, hasAudio: false });
    expect(await records().find(record.id)).toEqual(record);
  });

  test('saved by several at the same time is there once and whole', async () => {
    const record = someRecord();
    await Promise.all(Array.from({ length: 8 }, () => records().save(record)));
    expect(await records().find(record.id)).toEqual(record);
  });

  test('that cannot be stored leaves nothing behind and says which field is wrong', async () => {
    const record = someRecord({ startedAt: 'yesterday' });
    await expect(records().save(record)).rejects.toThrow(/startedAt/);
    expect(await records().find(record.id)).toBeUndefined();
  });

  test('survives text that no database column can hold', async () => {
    const record = someRecord({ slots: { ['na\0me']: 'a\0b\ud800c' } });
    const [turn] = record.turns;
    if (turn !== undefined) turn.text = 'one\0two\udfff';
    await records().save(record);
    const found = await records().find(record.id);
    expect(found?.slots).toEqual({ name: 'ab\ufffdc' });
    expect(found?.turns[0]?.text).toBe('onetwo\ufffd');
  });

  test('keeps the order of thousands of turns', async () => {
    const [turn] = someRecord().turns;
    if (turn === undefined) throw new Error('the sample has no turn');
    const record = someRecord({
      turns: Array.from({ length: 2_500 }, (_, n) => ({ ...turn, text: `say ${n}` })),
    });
    await records().save(record);
    expect((await records().find(record.id))?.turns.map(({ text }) => text)).toEqual(
      record.turns.map(({ text }) => text),
    );
  });

  test('text is data, never SQL', async () => {
    const record = someRecord({ flow: `x'); drop table calls; --` });
    await records().save(record);
    expect((await records().list({ limit: 5, flow: record.flow })).calls.map(({ id }) => id)).toEqual([
      record.id,
    ]);
  });
}

function describeListing(records: () => Records): void {
  /** Seven calls of a flow of their own, some started in the same millisecond. */
  async function sevenCalls(flow: string): Promise<string[]> {
    const startedAt = [1, 2, 2, 2, 3, 4, 5].map((day) => `2026-04-0${day}T00:00:00.001Z`);
    const saved = startedAt.map((start) => someRecord({ flow, startedAt: start }));
    await Promise.all(saved.map((record) => records().save(record)));
    return saved.map(({ id }) => id).reverse();
  }

  test('is newest first, page by page, with nothing lost or repeated', async () => {
    const newestFirst = await sevenCalls('paging');
    for (const limit of [1, 2, 3, 6, 7, 200]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await records().list({ limit, flow: 'paging', ...(cursor !== undefined && { cursor }) });
        expect(page.calls.length).toBeLessThanOrEqual(limit);
        seen.push(...page.calls.map(({ id }) => id));
        cursor = page.cursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(newestFirst);
    }
  });

  test('goes on where it was when newer calls have come in between', async () => {
    const [, , third, fourth] = await sevenCalls('moving');
    const first = await records().list({ limit: 2, flow: 'moving' });
    await records().save(someRecord({ flow: 'moving', startedAt: '2026-05-01T00:00:00.000Z' }));
    const second = await records().list({ limit: 2, flow: 'moving', cursor: first.cursor ?? '' });
    expect(second.calls.map(({ id }) => id)).toEqual([third, fourth]);
  });

  test('shows summaries: no turns, tools, slots and path, but how many turns', async () => {
    const record = someRecord({ flow: 'summary' });
    await records().save(record);
    const { turns, tools: _tools, slots: _slots, path: _path, events: _events, ...summary } = record;
    expect(await records().list({ limit: 1, flow: 'summary' })).toEqual({
      calls: [{ ...summary, turnCount: turns.length, slowestTurnMs: 812.25 }],
    });
  });

  test('can be narrowed by outcome and by either number, all at once', async () => {
    const flow = 'narrow';
    const [from, to, other] = [
      someRecord({ flow, from: '+15557001', outcome: 'failed' }),
      someRecord({ flow, to: '+15557001' }),
      someRecord({ flow }),
    ];
    for (const record of [from, to, other]) await records().save(record);
    const ids = async (query: object) =>
      new Set((await records().list({ limit: 10, flow, ...query })).calls.map(({ id }) => id));
    expect(await ids({ number: '+15557001' })).toEqual(new Set([from.id, to.id]));
    expect(await ids({ number: '+15557001', outcome: 'failed' })).toEqual(new Set([from.id]));
    expect(await ids({ number: '+1555700' })).toEqual(new Set());
  });

  test('can be narrowed to an arm of an experiment', async () => {
    const flow = 'arms';
    const short = someRecord({ flow, arms: { greeting: 'short', voice: 'a' } });
    for (const record of [short, someRecord({ flow }), someRecord({ flow, arms: {} })])
      await records().save(record);
    const ids = async (experiment: string, arm: string) =>
      (await records().list({ limit: 10, flow, arm: { experiment, arm } })).calls.map(({ id }) => id);
    expect(await ids('greeting', 'short')).toEqual([short.id]);
    expect(await ids('voice', 'a')).toEqual([short.id]);
    expect(await ids('voice', 'short')).toEqual([]);
    expect(await ids('nothing', '\'"} --')).toEqual([]);
  });

  test.each([
    '',
    'x',
    '!!!!',
    Buffer.from('[]').toString('base64url'),
    Buffer.from('["2026-01-01T00:00:00.000Z"]').toString('base64url'),
    Buffer.from('["never","call-1"]').toString('base64url'),
    Buffer.from('["2026-01-01T00:00:00.000Z","a\\u0000b"]').toString('base64url'),
    `${Buffer.from('["2026-01-01T00:00:00.000Z","call-1"]').toString('base64url')}==`,
  ])('refuses %j as a cursor', async (cursor) => {
    await expect(records().list({ limit: 5, cursor })).rejects.toBeInstanceOf(BadCursorError);
  });
}

function describeExperiments(records: () => Records): void {
  const wait = (voiceToVoiceMs: number): Turn => ({
    role: 'agent',
    text: 'Yes.',
    startMs: 0,
    endMs: 1,
    interrupted: false,
    node: 'a',
    latency: { voiceToVoiceMs },
  });

  test('are reported arm by arm, over all versions of the flow', async () => {
    const flow = 'tried-out';
    const { usage } = someRecord();
    const arm = (name: string, change: Partial<CallRecord> = {}): CallRecord =>
      someRecord({
        flow,
        flowVersion: `v${name}`,
        arms: { greeting: name, voice: 'a' },
        turns: [],
        durationMs: 1000,
        interruptions: 0,
        usage: { ...usage, wastedUsd: 0.25 },
        ...change,
      });
    const { result: _result, ...left } = arm('long', { outcome: 'caller-hung-up', durationMs: 4000 });
    const calls = [
      arm('short', { turns: [wait(100), wait(300)], interruptions: 2 }),
      arm('short', { turns: [wait(500)], result: 'cancelled' }),
      arm('short'),
      left,
      someRecord({ flow, arms: {} }),
      someRecord({ flow: 'another', arms: { greeting: 'short' } }),
    ];
    for (const call of calls) await records().save(call);
    const reports = await records().experiments({ flow });
    expect(reports.map(({ experiment, calls: of }) => [experiment, of])).toEqual([
      ['greeting', 4],
      ['voice', 4],
    ]);
    expect(reports[0]).toEqual({
      flow,
      experiment: 'greeting',
      calls: 4,
      arms: [
        {
          arm: 'long',
          calls: 1,
          share: 0.25,
          outcomes: { 'caller-hung-up': 1 },
          results: {},
          meanDurationMs: 4000,
          interruptions: 0,
          wastedUsd: 0.25,
        },
        {
          arm: 'short',
          calls: 3,
          share: 0.75,
          outcomes: { completed: 3 },
          results: { booked: 2, cancelled: 1 },
          meanDurationMs: 1000,
          medianVoiceToVoiceMs: 300,
          interruptions: 2,
          wastedUsd: 0.75,
        },
      ],
    });
    const all = await records().experiments({});
    expect(new Set(all.map((report) => report.flow))).toContain('another');
  });

  test('there are none where no call was in one', async () => {
    expect(await records().experiments({ flow: 'nobody' })).toEqual([]);
  });
}
