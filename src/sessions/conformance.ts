import { describe, expect, test } from 'vitest';
import type { JournalEntry, Notice, Session, Sessions } from './index.ts';
import { JOURNAL_LIMIT } from './rules.ts';

/** Opens the adapter under test; every call opens another view of the same store, as another node would. */
export type OpenSessions = (options?: { ttlMs: number }) => Sessions;

let count = 0;

/** A session nobody has seen before. */
export function someSession(change: Partial<Session> = {}): Session {
  count += 1;
  return {
    callId: `call-${process.pid}-${count}`,
    callSid: `CA${process.pid}x${count}`,
    direction: 'inbound',
    from: '+15550100',
    to: '+15550199',
    flowId: 'dental-reception',
    flowVersion: 'abc123',
    createdAt: Date.now(),
    streams: 0,
    plan: { type: 'reconnect' },
    ended: false,
    ...change,
  };
}

export function someEntry(text: string): JournalEntry {
  return { at: 1_700_000_000_000, atMs: 20, type: 'caller-said', data: { text } };
}

/** What every adapter of {@link Sessions} does. */
export function describeSessions(name: string, open: OpenSessions): void {
  describe(name, () => {
    describe('a session', () => describeStoring(open));
    describe('a lease', () => describeLeases(open));
    describe('a journal', () => describeJournal(open));
    describe('notices', () => describeNotices(open));
    describe('a token', () => describeTokens(open));
    describe('closing', () => describeClosing(open));
  });
}

function describeStoring(open: OpenSessions): void {
  test('is found by its call id and by its carrier id', async () => {
    const sessions = open();
    const session = someSession({
      flowState: { node: 'greet', slots: { name: 'Zoë "Z"', tries: 2 } },
      variables: { name: 'Ada', amount: 12.5 },
    });
    expect(await sessions.create(session)).toEqual(session);
    expect(await sessions.load(session.callId)).toEqual(session);
    expect(await sessions.findByCallSid(session.callSid)).toEqual(session);
  });

  test('is unknown until it is created', async () => {
    const sessions = open();
    expect(await sessions.load('nobody')).toBeUndefined();
    expect(await sessions.findByCallSid('CAnobody')).toBeUndefined();
  });

  test('is created once: the first one stays, by either id', async () => {
    const sessions = open();
    const first = someSession();
    await sessions.create(first);
    expect(await sessions.create({ ...first, flowId: 'other' })).toEqual(first);
    expect(await sessions.create(someSession({ callSid: first.callSid, flowId: 'other' }))).toEqual(first);
    expect((await sessions.load(first.callId))?.flowId).toBe('dental-reception');
  });

  test('is created once by many who try at the same time', async () => {
    const sessions = open();
    const { callSid } = someSession();
    const tries = Array.from({ length: 20 }, () => sessions.create(someSession({ callSid })));
    expect(new Set((await Promise.all(tries)).map((session) => session.callId)).size).toBe(1);
  });

  test('is a copy: changing what was handed in or out changes nothing stored', async () => {
    const sessions = open();
    const session = someSession({ flowState: { node: 'greet' } });
    const returned = await sessions.create(session);
    session.streams = 7;
    returned.streams = 8;
    returned.flowState = { node: 'elsewhere' };
    expect(await sessions.load(session.callId)).toMatchObject({ streams: 0, flowState: { node: 'greet' } });
  });

  test('ends once, whoever says so, and stays ended', async () => {
    const sessions = open();
    const session = await sessions.create(someSession());
    const said = await Promise.all(Array.from({ length: 5 }, () => sessions.markEnded(session.callId)));
    expect(said.filter(Boolean)).toHaveLength(1);
    expect(await sessions.markEnded('nobody')).toBe(false);
    const lease = await claimed(sessions, session.callId, 'node-a');
    expect(await sessions.checkpoint(lease, { ended: false, streams: 3 })).toBe('written');
    expect(await sessions.load(session.callId)).toMatchObject({ ended: true, streams: 3 });
  });

  test('is listed while it is live, newest first, up to a limit', async () => {
    const sessions = open();
    const start = Date.now() + 1_000_000;
    const created = [];
    for (const offset of [1, 3, 2, 4]) {
      created.push(await sessions.create(someSession({ createdAt: start + offset })));
    }
    const [oldest, newer, middle, newest] = created.map(({ callId }) => callId);
    const liveIds = async (limit: number) => (await sessions.live(limit)).map(({ callId }) => callId);
    expect(await liveIds(4)).toEqual([newest, newer, middle, oldest]);
    expect(await liveIds(2)).toEqual([newest, newer]);
    await sessions.markEnded(newest ?? '');
    await sessions.checkpoint(await claimed(sessions, middle ?? '', 'node-a'), { ended: true });
    expect(await liveIds(2)).toEqual([newer, oldest]);
  });

  test('expires after its last write, with all that belongs to it', async () => {
    const sessions = open({ ttlMs: 150 });
    const { callId, callSid } = await sessions.create(someSession());
    await sessions.append(callId, [someEntry('hello')]);
    await expect.poll(() => sessions.load(callId), { interval: 20 }).toBeUndefined();
    await expect.poll(() => sessions.findByCallSid(callSid), { interval: 20 }).toBeUndefined();
    await expect.poll(() => sessions.journal(callId), { interval: 20 }).toEqual([]);
    expect((await sessions.live(100)).map((session) => session.callId)).not.toContain(callId);
    expect((await sessions.create(someSession({ callSid }))).callSid).toBe(callSid);
  });
}

function describeLeases(open: OpenSessions): void {
  test('belongs to one owner until it is released', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    const lease = await claimed(sessions, callId, 'node-a');
    expect(await sessions.claim(callId, 'node-b', 60_000)).toBeUndefined();
    expect(await sessions.renew(lease, 60_000)).toBe('written');
    await sessions.release(lease);
    expect(await sessions.renew(lease, 60_000)).toBe('fenced');
    expect(await sessions.checkpoint(lease, { streams: 9 })).toBe('fenced');
    const next = await claimed(sessions, callId, 'node-b');
    expect(next.fence).toBeGreaterThan(lease.fence);
  });

  test('goes to exactly one of many who claim at the same time', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    const claims = Array.from({ length: 20 }, (_, index) => sessions.claim(callId, `node-${index}`, 60_000));
    expect((await Promise.all(claims)).filter((lease) => lease !== undefined)).toHaveLength(1);
  });

  test('runs out; the next owner is let in and the late writer is told', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    const late = await claimed(sessions, callId, 'node-a', 30);
    const lease = await expect
      .poll(() => sessions.claim(callId, 'node-b', 60_000), { interval: 10 })
      .toBeDefined()
      .then(() => claimed(sessions, callId, 'node-b'));
    expect(await sessions.checkpoint(late, { streams: 1 })).toBe('fenced');
    expect(await sessions.renew(late, 60_000)).toBe('fenced');
    await sessions.release(late);
    expect(await sessions.checkpoint(lease, { streams: 2 })).toBe('written');
    expect(await sessions.load(callId)).toMatchObject({ streams: 2 });
  });

  test('that ran out is kept by renewing it, where nobody else came', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    const lease = await claimed(sessions, callId, 'node-a', 1);
    await expect.poll(() => sessions.renew(lease, 60_000)).toBe('written');
    expect(await sessions.claim(callId, 'node-b', 60_000)).toBeUndefined();
  });

  test('is ended by anybody who revokes it: its owner is fenced, and exactly one other has the call', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession({ inFlight: { text: 'Hel' } }));
    const lost = await claimed(sessions, callId, 'node-a');
    expect(await sessions.revoke(callId)).toBe(true);
    expect(await sessions.checkpoint(lost, { streams: 9, inFlight: null })).toBe('fenced');
    expect(await sessions.renew(lost, 60_000)).toBe('fenced');
    await sessions.release(lost);
    const next = await claimed(sessions, callId, 'node-b');
    expect(next.fence).toBeGreaterThan(lost.fence);
    expect(await sessions.checkpoint(lost, { streams: 9 })).toBe('fenced');
    expect(await sessions.claim(callId, 'node-a', 60_000)).toBeUndefined();
    expect(await sessions.load(callId)).toMatchObject({ streams: 0, inFlight: { text: 'Hel' } });
    expect(await sessions.checkpoint(next, { inFlight: null })).toBe('written');
    expect(await sessions.load(callId)).toMatchObject({ inFlight: null });
  });

  test('that nobody holds can be revoked, too', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    expect(await sessions.revoke(callId)).toBe(false);
    expect(await sessions.revoke('nobody')).toBe(false);
    expect((await claimed(sessions, callId, 'node-a')).owner).toBe('node-a');
  });

  test('claimed again by its owner fences the older one', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    const older = await claimed(sessions, callId, 'node-a');
    const newer = await claimed(sessions, callId, 'node-a');
    expect(await sessions.checkpoint(older, { streams: 1 })).toBe('fenced');
    expect(await sessions.checkpoint(newer, { streams: 1 })).toBe('written');
  });

  test('of a call nobody knows cannot be had', async () => {
    const sessions = open();
    expect(await sessions.claim('nobody', 'node-a', 60_000)).toBeUndefined();
    const lease = { callId: 'nobody', owner: 'node-a', fence: 1 };
    expect(await sessions.renew(lease, 60_000)).toBe('missing');
    expect(await sessions.checkpoint(lease, { streams: 1 })).toBe('missing');
    await sessions.release(lease);
  });

  test('lets its owner change what is given and nothing else', async () => {
    const sessions = open();
    const session = await sessions.create(someSession({ flowState: { node: 'greet' } }));
    const lease = await claimed(sessions, session.callId, 'node-a');
    const plan = { type: 'transfer', to: '+15550123', timeoutSec: 20 } as const;
    expect(await sessions.checkpoint(lease, { plan, flowState: { node: 'bye' } })).toBe('written');
    expect(await sessions.checkpoint(lease, { streams: 1, flowState: undefined })).toBe('written');
    expect(await sessions.load(session.callId)).toEqual({
      ...session,
      plan,
      streams: 1,
      flowState: { node: 'bye' },
    });
  });
}

function describeJournal(open: OpenSessions): void {
  test('keeps entries in order', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    expect(await sessions.journal(callId)).toEqual([]);
    await sessions.append(callId, [someEntry('one'), someEntry('two')]);
    await sessions.append(callId, []);
    await sessions.append(callId, [someEntry('three')]);
    expect(await sessions.journal(callId)).toEqual([someEntry('one'), someEntry('two'), someEntry('three')]);
  });

  test('keeps an entry once, however often its writer sends it', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    const [one, two, three] = [someEntry('one'), someEntry('two'), someEntry('three')];
    const send = (position: number, ...entries: JournalEntry[]) =>
      sessions.append(callId, entries, { writer: 'node-a', position });
    expect(await send(0, one, two)).toBe('written');
    expect(await send(0, one, two)).toBe('written');
    expect(await send(1, two, three)).toBe('written');
    expect(await sessions.append(callId, [one], { writer: 'node-b', position: 0 })).toBe('written');
    expect(await sessions.journal(callId)).toEqual([one, two, three, one]);
    // The store has lost what stood before these.
    expect(await send(5, one)).toBe('gap');
    expect(await sessions.journal(callId)).toHaveLength(4);
  });

  test('is bounded: the oldest entries go first', { timeout: 30_000 }, async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    for (let index = 0; index < JOURNAL_LIMIT + 2_000; index += 1_000) {
      const entries = Array.from({ length: 1_000 }, (_, offset) => someEntry(String(index + offset)));
      await sessions.append(callId, entries);
    }
    const kept = await sessions.journal(callId);
    expect(kept.length).toBeGreaterThanOrEqual(JOURNAL_LIMIT);
    expect(kept.length).toBeLessThanOrEqual(JOURNAL_LIMIT * 1.01);
    expect(kept.at(-1)).toEqual(someEntry(String(JOURNAL_LIMIT + 1_999)));
  });

  test('is followed from its beginning, then live, by another node', async () => {
    const [writer, reader] = [open(), open()];
    const { callId } = await writer.create(someSession());
    await writer.append(callId, [someEntry('0'), someEntry('1')]);
    const abort = new AbortController();
    const seen: unknown[] = [];
    for await (const entry of reader.follow(callId, abort.signal)) {
      seen.push(entry.data['text']);
      if (seen.length === 12) abort.abort();
      else if (seen.length >= 2) await writer.append(callId, [someEntry(String(seen.length))]);
    }
    expect(seen).toEqual(Array.from({ length: 12 }, (_, index) => String(index)));
  });

  test('may be followed before anything is written, by several at once', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    const abort = new AbortController();
    const first = async () => {
      for await (const entry of sessions.follow(callId, abort.signal)) return entry;
      return undefined;
    };
    const followers = [first(), first(), first()];
    await sessions.append(callId, [someEntry('hello')]);
    expect(await Promise.all(followers)).toEqual(Array.from({ length: 3 }, () => someEntry('hello')));
    abort.abort();
  });

  test('ends for its follower when the signal aborts, also while waiting or before it began', async () => {
    const sessions = open();
    const { callId } = await sessions.create(someSession());
    await sessions.append(callId, [someEntry('hello')]);
    const abort = new AbortController();
    const seen = [];
    for await (const entry of sessions.follow(callId, abort.signal)) {
      seen.push(entry);
      setImmediate(() => abort.abort());
    }
    for await (const entry of sessions.follow(callId, AbortSignal.abort())) seen.push(entry);
    expect(seen).toEqual([someEntry('hello')]);
  });
}

function describeNotices(open: OpenSessions): void {
  test('reach whoever listens to that call, on another node too, until the signal aborts', async () => {
    const [teller, listener] = [open(), open()];
    await listener.ping();
    const { callId } = await teller.create(someSession());
    const abort = new AbortController();
    const heard: Notice[] = [];
    const heardLast = Promise.withResolvers<void>();
    listener.onNotice(callId, (notice) => heard.push(notice), abort.signal);
    listener.onNotice(
      callId,
      ({ type }) => (type === 'stream-ended' ? heardLast.resolve() : undefined),
      abort.signal,
    );

    await teller.notify('another-call', { type: 'call-ended', status: 'busy' });
    await teller.notify(callId, { type: 'call-ended', status: 'completed' });
    await teller.notify(callId, { type: 'stream-ended', streamId: 'MZ1', error: 'gone' });
    await heardLast.promise;
    expect(heard).toEqual([
      { type: 'call-ended', status: 'completed' },
      { type: 'stream-ended', streamId: 'MZ1', error: 'gone' },
    ]);

    abort.abort();
    const control = Promise.withResolvers<void>();
    listener.onNotice(callId, () => control.resolve(), new AbortController().signal);
    await teller.notify(callId, { type: 'call-ended', status: 'completed' });
    await control.promise;
    expect(heard).toHaveLength(2);
  });

  test('are no error where nobody listens', async () => {
    await expect(
      open().notify('nobody', { type: 'call-ended', status: 'completed' }),
    ).resolves.toBeUndefined();
  });
}

function describeTokens(open: OpenSessions): void {
  test('is used once, by exactly one of many', async () => {
    const sessions = open();
    const tokenId = someSession().callId;
    const uses = Array.from({ length: 20 }, () => sessions.useOnce(tokenId, 60_000));
    expect((await Promise.all(uses)).filter(Boolean)).toHaveLength(1);
    expect(await sessions.useOnce(tokenId, 60_000)).toBe(false);
    expect(await sessions.useOnce(`${tokenId}-other`, 60_000)).toBe(true);
  });
}

function describeClosing(open: OpenSessions): void {
  test('ends those who follow, and may be done twice', async () => {
    const sessions = open();
    await sessions.ping();
    const follower = (async () => {
      for await (const entry of sessions.follow('a-call', new AbortController().signal)) return entry;
      return 'ended';
    })();
    await sessions.close();
    await sessions.close();
    expect(await follower).toBe('ended');
  });
}

async function claimed(sessions: Sessions, callId: string, owner: string, ttlMs = 60_000) {
  const lease = await sessions.claim(callId, owner, ttlMs);
  if (lease === undefined) throw new Error(`${owner} could not claim ${callId}`);
  return lease;
}
