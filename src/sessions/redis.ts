import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { followJournal } from './follow.ts';
import {
  type AppendMark,
  type AppendResult,
  type JournalEntry,
  journalEntrySchema,
  type Lease,
  type Notice,
  noticeSchema,
  type Session,
  type Sessions,
  sessionSchema,
  type WriteResult,
} from './index.ts';
import { Listeners } from './listeners.ts';
import { RedisChannels } from './redis-channels.ts';
import { openRedis, RedisUnreachableError } from './redis-connection.ts';
import { defineScripts } from './redis-scripts.ts';
import { JOURNAL_LIMIT, type SessionChange } from './rules.ts';

export interface RedisSessionsOptions {
  /** `redis://` or `rediss://`. One server or a failover pair; the scripts touch several keys, so not a cluster. */
  url: string;
  /**
   * Stands before every key and channel, so that deployments can share a server.
   * @defaultValue `callwright:`
   */
  prefix?: string;
  /**
   * A session and its journal go this long after their last write, in milliseconds.
   * @defaultValue one day
   */
  ttlMs?: number;
  logger: Logger;
}

const DEFAULT_TTL_MS = 24 * 60 * 60_000;

/** Journal entries fetched at once: a long journal is read in steps, not in one reply. */
const READ_BATCH = 500;

/** While Redis is away, a follower tries again this often. */
const FOLLOW_RETRY_MS = 500;

/**
 * Sessions in Redis: a call outlives the process that carries it, and any node may serve any request.
 *
 * Connects by itself and keeps reconnecting; while Redis is away, or cannot do its work, every method rejects within a
 * second ({@link RedisUnreachableError}), and a write that was under way may or may not have happened. Close it when done.
 */
export function createRedisSessions(options: RedisSessionsOptions): Sessions {
  return new RedisSessions(options);
}

class RedisSessions implements Sessions {
  readonly isShared = true;
  readonly #logger: Logger;
  readonly #prefix: string;
  readonly #ttlMs: number;
  readonly #redis: ReturnType<typeof openRedis>;
  readonly #channels: RedisChannels;
  /** Settles with the first attempt to connect, so that the first commands wait for it instead of failing. */
  readonly #started: Promise<void>;
  readonly #noticeListeners = new Listeners<(notice: Notice) => void>();
  readonly #closing = new AbortController();
  /** Why there is no connection: a command that finds none cannot tell. */
  #trouble: Error | undefined;

  constructor({ url, prefix = 'callwright:', ttlMs = DEFAULT_TTL_MS, logger }: RedisSessionsOptions) {
    this.#logger = logger;
    this.#prefix = prefix;
    this.#ttlMs = ttlMs;
    this.#redis = openRedis(url, 'commands', logger);
    this.#redis.on('error', (error: Error) => {
      this.#trouble = error;
    });
    this.#redis.on('ready', () => {
      this.#trouble = undefined;
    });
    defineScripts(this.#redis);
    this.#started = this.#redis.connect().catch(() => undefined);
    this.#channels = new RedisChannels(url, logger);
    // One channel for the notices of all calls: they are few, and none is lost to a subscription still under way.
    this.#channels.listen(this.#key('notices'), { message: (payload) => this.#hearNotice(payload) });
  }

  async create(session: Session): Promise<Session> {
    const fresh = sessionSchema.parse(session);
    const { callId, callSid, createdAt } = fresh;
    const knownId = await this.#send(() =>
      this.#redis.createSession(
        this.#key('session', callId),
        this.#key('call-sid', callSid),
        this.#key('live'),
        callId,
        String(createdAt),
        String(this.#ttlMs),
        this.#key('session', ''),
        ...encodeFields(fresh),
      ),
    );
    const known = knownId === '' ? undefined : await this.load(knownId);
    return known ?? structuredClone(fresh);
  }

  async load(callId: string): Promise<Session | undefined> {
    const fields = await this.#send(() => this.#redis.hgetall(this.#key('session', callId)));
    return decodeSession(callId, fields);
  }

  async findByCallSid(callSid: string): Promise<Session | undefined> {
    const callId = await this.#send(() => this.#redis.get(this.#key('call-sid', callSid)));
    return callId === null ? undefined : this.load(callId);
  }

  async claim(callId: string, owner: string, ttlMs: number): Promise<Lease | undefined> {
    const fence = await this.#send(() =>
      this.#redis.claimSession(this.#key('session', callId), this.#key('lease', callId), owner, ttlMs),
    );
    return fence === 0 ? undefined : { callId, owner, fence };
  }

  async renew({ callId, owner, fence }: Lease, ttlMs: number): Promise<WriteResult> {
    const reply = await this.#send(() =>
      this.#redis.renewLease(this.#key('session', callId), this.#key('lease', callId), owner, fence, ttlMs),
    );
    return writeResultSchema.parse(reply);
  }

  async release({ callId, fence }: Lease): Promise<void> {
    await this.#send(() =>
      this.#redis.releaseLease(this.#key('session', callId), this.#key('lease', callId), fence),
    );
  }

  async revoke(callId: string): Promise<boolean> {
    const owned = await this.#send(() =>
      this.#redis.revokeLease(this.#key('session', callId), this.#key('lease', callId)),
    );
    return owned === 1;
  }

  async checkpoint({ callId, fence }: Lease, change: SessionChange): Promise<WriteResult> {
    const reply = await this.#send(() =>
      this.#redis.checkpointSession(
        this.#key('session', callId),
        this.#key('live'),
        callId,
        String(fence),
        String(this.#ttlMs),
        this.#key('call-sid', ''),
        ...encodeFields(changeSchema.parse(change)),
      ),
    );
    return writeResultSchema.parse(reply);
  }

  async markEnded(callId: string): Promise<boolean> {
    const first = await this.#send(() =>
      this.#redis.markSessionEnded(this.#key('session', callId), this.#key('live'), callId),
    );
    return first === 1;
  }

  async append(callId: string, entries: readonly JournalEntry[], mark?: AppendMark): Promise<AppendResult> {
    if (entries.length === 0) return 'written';
    const reply = await this.#send(() =>
      this.#redis.appendToJournal(
        this.#key('journal', callId),
        this.#key('session', callId),
        this.#key('live'),
        this.#key('writers', callId),
        this.#key('appended', callId),
        String(JOURNAL_LIMIT),
        String(this.#ttlMs),
        this.#key('call-sid', ''),
        mark?.writer ?? '',
        String(mark?.position ?? 0),
        ...entries.map((entry) => JSON.stringify(journalEntrySchema.parse(entry))),
      ),
    );
    return appendResultSchema.parse(reply);
  }

  async journal(callId: string): Promise<JournalEntry[]> {
    const all: JournalEntry[] = [];
    let cursor: string | undefined;
    for (;;) {
      const batch = await this.#readJournal(callId, cursor);
      if (batch.cursor === cursor) return all;
      for (const entry of batch.entries) all.push(entry);
      cursor = batch.cursor;
    }
  }

  follow(callId: string, signal: AbortSignal): AsyncIterable<JournalEntry> {
    const stop = AbortSignal.any([signal, this.#closing.signal]);
    const read = async (after: string | undefined) => {
      while (!stop.aborted) {
        try {
          return await this.#readJournal(callId, after);
        } catch (error) {
          // Whoever follows a call sees a pause while Redis is away, not the end.
          if (!(error instanceof RedisUnreachableError)) throw error;
          await delay(FOLLOW_RETRY_MS, undefined, { signal: stop }).catch(() => undefined);
        }
      }
      return { entries: [], cursor: after };
    };
    const onAppend = (wake: () => void) =>
      this.#channels.listen(this.#key('appended', callId), { message: wake, subscribed: wake });
    return followJournal({ read, onAppend }, stop);
  }

  async notify(callId: string, notice: Notice): Promise<void> {
    const payload = JSON.stringify({ callId, notice: noticeSchema.parse(notice) });
    await this.#send(() => this.#redis.publish(this.#key('notices'), payload));
  }

  onNotice(callId: string, listener: (notice: Notice) => void, signal: AbortSignal): void {
    if (signal.aborted || this.#closing.signal.aborted) return;
    signal.addEventListener('abort', this.#noticeListeners.add(callId, listener), { once: true });
  }

  async useOnce(tokenId: string, ttlMs: number): Promise<boolean> {
    const reply = await this.#send(() => this.#redis.set(this.#key('used', tokenId), '1', 'PX', ttlMs, 'NX'));
    return reply === 'OK';
  }

  async live(limit: number): Promise<Session[]> {
    const sessions: Session[] = [];
    const liveKey = this.#key('live');
    let skip = 0;
    while (sessions.length < limit) {
      const callIds = await this.#send(() =>
        this.#redis.zrange(liveKey, skip, String(skip + limit - 1), 'REV'),
      );
      if (callIds.length === 0) break;
      const loaded = await Promise.all(
        callIds.map(async (callId) => ({ callId, session: await this.load(callId) })),
      );
      // A session that ran out without having ended leaves its name behind; it is tidied up by whoever meets it.
      const gone = loaded.filter(({ session }) => session === undefined).map(({ callId }) => callId);
      if (gone.length > 0) await this.#send(() => this.#redis.zrem(liveKey, ...gone));
      for (const { session } of loaded) if (session !== undefined && !session.ended) sessions.push(session);
      skip += callIds.length - gone.length;
    }
    return sessions.slice(0, limit);
  }

  async ping(): Promise<void> {
    await this.#send(async () => {
      await this.#redis.ping();
      await this.#channels.ping();
    });
  }

  async close(): Promise<void> {
    if (this.#closing.signal.aborted) return;
    this.#closing.abort();
    this.#noticeListeners.clear();
    this.#channels.close();
    // Commands under way are answered first, where Redis answers at all.
    if (this.#redis.status === 'ready') await this.#redis.quit().catch(() => undefined);
    this.#redis.disconnect();
  }

  #key(kind: string, id?: string): string {
    return `${this.#prefix}${kind}${id === undefined ? '' : `:${id}`}`;
  }

  async #send<Reply>(command: () => Promise<Reply>): Promise<Reply> {
    await this.#started;
    try {
      return await command();
    } catch (error) {
      // A `ReplyError` is Redis's own answer; all else means that none came.
      if (error instanceof Error && error.name === 'ReplyError' && !UNFIT.test(error.message)) throw error;
      throw new RedisUnreachableError(this.#trouble ?? error);
    }
  }

  async #readJournal(callId: string, after: string | undefined) {
    const rows = await this.#send(() =>
      this.#redis.xrange(
        this.#key('journal', callId),
        after === undefined ? '-' : `(${after}`,
        '+',
        'COUNT',
        READ_BATCH,
      ),
    );
    const entries: JournalEntry[] = [];
    for (const [entryId, fields] of rows) {
      const entry = journalEntrySchema.safeParse(parseJson(fields[1]));
      if (entry.success) entries.push(entry.data);
      else
        this.#logger.warn({ callId, entryId }, 'a journal entry in Redis is not readable and was left out');
    }
    return { entries, cursor: rows.at(-1)?.[0] ?? after };
  }

  #hearNotice(payload: string): void {
    const heard = heardNoticeSchema.safeParse(parseJson(payload));
    if (!heard.success) {
      this.#logger.warn({ bytes: payload.length }, 'a notice in Redis is not readable and was ignored');
      return;
    }
    for (const listener of this.#noticeListeners.of(heard.data.callId)) {
      try {
        listener(heard.data.notice);
      } catch (error) {
        this.#logger.error({ err: error, callId: heard.data.callId }, 'a listener to notices threw');
      }
    }
  }
}

/**
 * Answers of a Redis that is there and cannot do its work just now: full, loading its data, unable to save it, a replica,
 * busy with a script, or with all its connections taken.
 */
const UNFIT =
  /^(OOM|LOADING|MISCONF|READONLY|MASTERDOWN|CLUSTERDOWN|NOREPLICAS|TRYAGAIN|BUSY|NOAUTH|WRONGPASS|NOPERM|ERR max number of clients)\b/;

const appendResultSchema = z.enum(['written', 'gap']);
const writeResultSchema = z.enum(['written', 'fenced', 'missing']);
const heardNoticeSchema = z.object({ callId: z.string(), notice: noticeSchema });
const changeSchema = sessionSchema.omit({ callId: true, callSid: true }).partial();

/** Field, value, field, value …; each value as JSON. Undefined means: not given. */
function encodeFields(fields: object): string[] {
  return Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [name, JSON.stringify(value)],
  );
}

function decodeSession(callId: string, fields: Record<string, string>): Session | undefined {
  if (Object.keys(fields).length === 0) return undefined;
  const values = Object.fromEntries(Object.entries(fields).map(([name, json]) => [name, parseJson(json)]));
  const session = sessionSchema.safeParse(values);
  if (session.success) return session.data;
  throw new Error(
    `the session of call ${callId} in Redis is not readable: ${z.prettifyError(session.error)}`,
  );
}

/** Undefined where it is no JSON; the schemas then refuse it. */
function parseJson(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '');
  } catch {
    return undefined;
  }
}
