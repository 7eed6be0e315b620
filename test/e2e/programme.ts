/**
 * The calls of one test file. Calls take real time, so they are declared where they are tested and all begin at once
 * when the stage is up; a test only waits for its own.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { CallRecord } from '../../src/records/index.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { Stage, type StageCall, type StageOptions } from './harness.ts';

/** A call that is over. */
export interface EndedCall {
  stage: Stage;
  call: SandboxCall;
  end: Awaited<SandboxCall['ended']>;
  record: CallRecord;
}

export interface PlannedCall extends StageCall {
  /** Puts the call off until this resolves. */
  after?: (stage: Stage) => Promise<unknown>;
  /** Goes on beside the call; waited for with its end. */
  meanwhile?: (call: SandboxCall, stage: Stage) => Promise<unknown>;
}

/** Calls do not all begin in the same instant, in life as here. */
const BETWEEN_CALLS_MS = 50;

export class Programme {
  readonly #plans: { plan: PlannedCall; played: PromiseWithResolvers<EndedCall> }[] = [];
  readonly #options: () => Promise<StageOptions>;
  readonly #stage = Promise.withResolvers<Stage>();

  /** What `options` opens is the file's to close. */
  constructor(options: () => Promise<StageOptions> = async () => ({})) {
    this.#options = options;
    // Whoever waits for the stage gets the error; a file in which nobody does has no unhandled one.
    this.#stage.promise.catch(() => undefined);
  }

  /** The stage, once it is up. */
  get stage(): Promise<Stage> {
    return this.#stage.promise;
  }

  /** Declares a call; the result waits for its end. */
  call(plan: PlannedCall): () => Promise<EndedCall> {
    const played = Promise.withResolvers<EndedCall>();
    played.promise.catch(() => undefined);
    this.#plans.push({ plan, played });
    return () => played.promise;
  }

  /** Rejects where the stage cannot be started. */
  async start(): Promise<void> {
    try {
      const stage = await Stage.start(await this.#options());
      this.#stage.resolve(stage);
      await stage.rehearse(this.#plans.map(({ plan }) => plan));
    } catch (error) {
      this.#stage.reject(error);
      throw error;
    }
  }

  async placeCalls(): Promise<void> {
    const stage = await this.#stage.promise;
    for (const { plan, played } of this.#plans) {
      play(plan, stage).then(played.resolve, played.reject);
      await sleep(BETWEEN_CALLS_MS);
    }
  }

  async close(): Promise<void> {
    const stage = await this.#stage.promise.catch(() => undefined);
    await stage?.[Symbol.asyncDispose]();
  }

  /** Declares the test of the log, over all calls declared so far. */
  testLog(): void {
    const plans = [...this.#plans];
    it('logged no word of these calls and no secret', async () => {
      const ended = await Promise.all(plans.map(({ played }) => played.promise));
      const { log, secrets } = await this.stage;
      const tokens = ended.flatMap(({ call }) =>
        call.timeline.ofType('stream-opened').map(({ parameters }) => parameters['token'] ?? ''),
      );
      expect(log).toContain('"level":"debug"');
      for (const { call } of ended) expect(log).toContain(call.sid);
      expect([...secrets, ...tokens].filter((secret) => secret === '' || log.includes(secret))).toEqual([]);
      const told = log.toLowerCase();
      expect(ended.flatMap(({ record }) => spokenIn(record)).filter((words) => told.includes(words))).toEqual(
        [],
      );
    });
  }
}

/**
 * Registers the hooks of a file: all stages are started, one after the other, before the first call begins. Starting is
 * hard work, and audio in the same process would stutter.
 */
export function perform(...programmes: Programme[]): void {
  beforeAll(async () => {
    for (const programme of programmes) await programme.start();
    for (const programme of programmes) await programme.placeCalls();
  });
  afterAll(async () => {
    for (const programme of programmes) await programme.close();
  });
}

async function play({ after, meanwhile, ...plan }: PlannedCall, stage: Stage): Promise<EndedCall> {
  await after?.(stage);
  const call = stage.call(plan);
  const [end] = await Promise.all([call.ended, meanwhile?.(call, stage)]);
  return { stage, call, end, record: await stage.record(call.sid) };
}

/** Every three words in a row that somebody said on the call, and what tools were given and gave. */
function spokenIn({ turns, tools, slots }: CallRecord): string[] {
  const texts = turns.flatMap(({ text, generated, keys }) => [text, generated ?? '', keys ?? '']);
  const phrases = texts.flatMap((text) => {
    const words = text.toLowerCase().split(/\s+/);
    return words.slice(2).map((_, i) => words.slice(i, i + 3).join(' '));
  });
  const values = [...tools.flatMap(({ input }) => Object.values(input)), ...Object.values(slots)]
    .map((value) => String(value).toLowerCase())
    // A phone number or a name is telling, a lone digit turns up everywhere.
    .filter((value) => value.length > 4);
  return [...phrases, ...values];
}
