import { readFileSync } from 'node:fs';
import type { Redis, Result } from 'ioredis';

/** The Lua scripts of this room as commands of a connection; each file says what its keys and arguments are. */
declare module 'ioredis' {
  interface RedisCommander<Context> {
    createSession(...keysAndArguments: [string, string, string, ...string[]]): Result<string, Context>;
    claimSession(session: string, lease: string, owner: string, ttlMs: number): Result<number, Context>;
    renewLease(
      session: string,
      lease: string,
      owner: string,
      fence: number,
      ttlMs: number,
    ): Result<string, Context>;
    releaseLease(session: string, lease: string, fence: number): Result<number, Context>;
    revokeLease(session: string, lease: string): Result<number, Context>;
    checkpointSession(...keysAndArguments: [string, string, ...string[]]): Result<string, Context>;
    markSessionEnded(session: string, live: string, callId: string): Result<number, Context>;
    appendToJournal(
      ...keysAndArguments: [string, string, string, string, ...string[]]
    ): Result<string, Context>;
  }
}

/** Defines the commands; ioredis sends a script's text once and its hash from then on. */
export function defineScripts(redis: Redis): void {
  const define = (name: string, file: string, numberOfKeys: number) =>
    redis.defineCommand(name, {
      numberOfKeys,
      lua: readFileSync(new URL(`./scripts/${file}.lua`, import.meta.url), 'utf8'),
    });
  define('createSession', 'create', 3);
  define('claimSession', 'claim', 2);
  define('renewLease', 'renew', 2);
  define('releaseLease', 'release', 2);
  define('revokeLease', 'revoke', 2);
  define('checkpointSession', 'checkpoint', 2);
  define('markSessionEnded', 'mark-ended', 2);
  define('appendToJournal', 'append', 4);
}
