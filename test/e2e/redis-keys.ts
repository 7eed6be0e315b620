/** What a call leaves in Redis while it lasts, seen from outside. */
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { Stage } from './harness.ts';

export interface RedisWatch {
  /** Length of the call's journal each time the caller had finished a step. */
  readonly lengths: number[];
  /** Keys of the call without an expiry; looked for during the call and at its end. */
  readonly lasting: string[];
  /** Kinds of keys that were seen, such as `session` and `journal`. */
  readonly kinds: Set<string>;
}

/** Looks at the keys of one call until it has ended. */
export async function watchRedis(
  url: string,
  call: SandboxCall,
  stage: Stage,
  watch: RedisWatch,
): Promise<void> {
  const redis = new Redis(url);
  try {
    await call.timeline.first('stream-opened');
    const session = await stage.service.sessions.findByCallSid(call.sid);
    expect(session).toBeDefined();
    const callId = session?.callId ?? '';
    const looks: Promise<void>[] = [];
    const look = async (): Promise<void> => {
      watch.lengths.push(await redis.xlen(`callwright:journal:${callId}`));
      for (const key of await redis.keys('callwright:*')) {
        if (!key.includes(callId) && !key.includes(call.sid)) continue;
        watch.kinds.add(key.split(':')[1] ?? '');
        if ((await redis.pttl(key)) === -1) watch.lasting.push(key);
      }
    };
    call.listen(({ type }) => {
      if (type === 'said' || type === 'pressed') looks.push(look());
    });
    await call.ended;
    await Promise.all(looks);
    await look();
  } finally {
    redis.disconnect();
  }
}
