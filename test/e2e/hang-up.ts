/** The caller is gone in the middle of things: what was done for the call is let go of. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { changeDelays } from '../../src/sandbox/delays.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { Stage, StageCall } from './harness.ts';
import type { Programme } from './programme.ts';

/** The promise is a second; a busy machine gets another. */
const LET_GO_WITHIN_MS = 2000;
/** Connections that HTTP keeps for the next request go by themselves after some seconds. */
const AT_REST_WITHIN_MS = 15_000;
const EVERY_MS = 50;

/** Everything that keeps this process, service and sandbox both, from ending, by kind. */
function activeResources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

function moreThan(before: Record<string, number>): string[] {
  return Object.entries(activeResources())
    .filter(([kind, count]) => count > (before[kind] ?? 0))
    .map(([kind, count]) => `${kind}: ${count}, before ${before[kind] ?? 0}`);
}

async function vendorSockets({ sandbox }: Stage): Promise<unknown> {
  const response = await fetch(`${sandbox.baseUrl}/sandbox/state`);
  const { vendors } = (await response.json()) as { vendors: Record<string, { openSockets: number }> }; // the sandbox's own answer
  return { deepgram: vendors['deepgram']?.openSockets, cartesia: vendors['cartesia']?.openSockets };
}

/** Each hangs up at another moment of its call. */
const question = { say: 'When do you open?' };
const LEAVING: { call: StageCall; when: (call: SandboxCall, stage: Stage) => Promise<unknown> }[] = [
  {
    // While the greeting is spoken.
    call: { to: 'mainMenu', steps: [] },
    when: (call) => call.timeline.first('heard-agent-start'),
  },
  {
    // While the caller is speaking.
    call: { to: 'talk', steps: [question] },
    when: (call) => call.timeline.first('saying'),
  },
  {
    // While the model is thinking.
    call: { to: 'talk', steps: [{ say: 'When do you close?' }] },
    when: (_, { sandbox }) =>
      new Promise((resolve) => {
        const stop = sandbox.wire.follow(({ type, text }) => {
          if (type !== 'llm-request-received' || text !== 'When do you close?') return;
          stop();
          resolve(undefined);
        });
      }),
  },
  {
    // While the answer is spoken.
    call: { to: 'talk', steps: [question] },
    when: async ({ timeline }) => {
      const { atMs } = await timeline.first('said');
      await timeline.first('heard-agent-start', (event) => event.atMs > atMs);
    },
  },
];

export function hangUpTests(on: Programme): void {
  it('a caller who hangs up leaves nothing running, whatever the moment', async () => {
    const stage = await on.stage;
    const { sandbox, service } = stage;
    changeDelays(sandbox.delays, { anthropic: { firstTokenMs: 1000 } });
    await stage.rehearse(LEAVING.map(({ call }) => call));
    await vendorSockets(stage);
    const atRest = { resources: activeResources(), sockets: await vendorSockets(stage) };
    expect(atRest.sockets).toEqual({ deepgram: 0, cartesia: 1 });

    const calls = await Promise.all(
      LEAVING.map(async ({ call: plan, when }) => {
        const call = stage.call(plan);
        await when(call, stage);
        call.hangUp();
        return call;
      }),
    );
    await expect
      .poll(async () => ({ live: service.liveCalls, ...Object(await vendorSockets(stage)) }), {
        timeout: LET_GO_WITHIN_MS,
        interval: EVERY_MS,
      })
      .toEqual({ live: 0, deepgram: 0, cartesia: 1 });
    await expect
      .poll(() => moreThan(atRest.resources), { timeout: AT_REST_WITHIN_MS, interval: EVERY_MS })
      .toEqual([]);

    // The request to the model was given up: its answer never began.
    await sleep(sandbox.delays.anthropic.firstTokenMs);
    const answered = sandbox.wire.events.filter(
      ({ type, text }) => type === 'llm-first-token-sent' && text === 'When do you close?',
    );
    expect(answered).toEqual([]);
    for (const call of calls) {
      expect(await stage.record(call.sid)).toMatchObject({ outcome: 'caller-hung-up', hasAudio: true });
    }
  });
}
