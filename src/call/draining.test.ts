import pino from 'pino';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { type DrainOptions, drain } from './draining.ts';

const logger = pino({ level: 'silent' });

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

/** A desk whose calls leave when they are asked to as `leavesOn` says. */
function deskOf(leavesOn: string) {
  const asked: string[] = [];
  let wake = (): void => {};
  const desk = {
    liveCalls: 2,
    asked,
    leave() {
      desk.liveCalls = 0;
      wake();
    },
    idle: (signal: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (desk.liveCalls === 0 || signal.aborted) return resolve();
        wake = resolve;
        signal.addEventListener('abort', () => resolve(), { once: true });
      }),
    ask(what: string) {
      asked.push(what);
      if (what === leavesOn) desk.leave();
    },
    handOver: (when: string) => desk.ask(when),
    sayGoodbye: () => desk.ask('goodbye'),
  };
  return desk;
}

async function drained(desk: ReturnType<typeof deskOf>, options: Partial<DrainOptions> = {}) {
  let isDone = false;
  const onLeaving = vi.fn(() => void desk.asked.push('leaving'));
  const work = drain({
    desk,
    hasOthers: true,
    timeoutMs: 60_000,
    now: new AbortController().signal,
    onLeaving,
    logger,
    ...options,
  }).then(() => {
    isDone = true;
  });
  await vi.advanceTimersByTimeAsync(0);
  return { work, isDone: () => isDone };
}

/** `AbortSignal.timeout` keeps the process's own time, not that of the test. */
function fakeTimeouts(): void {
  vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
    const controller = new AbortController();
    setTimeout(() => controller.abort(), ms);
    return controller.signal;
  });
}

it('lets calls come to their end', async () => {
  fakeTimeouts();
  const desk = deskOf('');
  const { work, isDone } = await drained(desk);
  await vi.advanceTimersByTimeAsync(59_000);
  expect(isDone()).toBe(false);
  desk.leave();
  await work;
  expect(desk.asked).toEqual(['leaving']);
});

it('hands over at the next turn what is live when the time is up, and at once what has no turn', async () => {
  fakeTimeouts();
  const atTurn = deskOf('at-turn');
  const first = await drained(atTurn);
  await vi.advanceTimersByTimeAsync(60_000);
  await first.work;
  expect(atTurn.asked).toEqual(['leaving', 'at-turn', 'now']);
  const silent = deskOf('now');
  const second = await drained(silent);
  await vi.advanceTimersByTimeAsync(64_000);
  expect(silent.asked).toEqual(['leaving', 'at-turn']);
  await vi.advanceTimersByTimeAsync(1000);
  await second.work;
  expect(silent.asked).toEqual(['leaving', 'at-turn', 'now']);
});

it('hands over at once when it is asked a second time', async () => {
  fakeTimeouts();
  const desk = deskOf('now');
  const now = new AbortController();
  const { work } = await drained(desk, { now: now.signal });
  now.abort();
  await work;
  expect(desk.asked).toEqual(['leaving', 'now']);
});

it('says goodbye where no other node could go on, and not even that when it is asked a second time', async () => {
  fakeTimeouts();
  const desk = deskOf('goodbye');
  const { work } = await drained(desk, { hasOthers: false });
  await vi.advanceTimersByTimeAsync(60_000);
  await work;
  expect(desk.asked).toEqual(['leaving', 'goodbye']);
  const hurried = deskOf('');
  await (await drained(hurried, { hasOthers: false, now: AbortSignal.abort() })).work;
  expect(hurried.asked).toEqual(['leaving']);
});
