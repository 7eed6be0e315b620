/** `WS /twilio/relay`: who is let in, what is made of the carrier's messages, and what it is told. */
import { once } from 'node:events';
import twilio from 'twilio';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ResumePlan } from '../sessions/index.ts';
import type { RelayEvent, RelayLine } from './index.ts';
import { AUTH_TOKEN, type Bench, createSession, openBench, PUBLIC_URL, sid } from './test-bench.ts';

const URL_OF_RELAY = `${PUBLIC_URL.replace(/^http/, 'ws')}/twilio/relay`;

let bench: Bench;
const sockets: WebSocket[] = [];
afterEach(async () => {
  for (const socket of sockets.splice(0)) socket.terminate();
  await bench.close();
});

/** The carrier's end of a relay; `received` grows. */
async function connect(signature = twilio.getExpectedTwilioSignature(AUTH_TOKEN, URL_OF_RELAY, {})) {
  const socket = new WebSocket(`ws://127.0.0.1:${bench.port}/twilio/relay`, {
    headers: { 'X-Twilio-Signature': signature },
  });
  sockets.push(socket);
  const received: unknown[] = [];
  const waiting = new Set<() => void>();
  const closed = new Promise<number>((resolve) => socket.on('close', resolve));
  socket.on('message', (data) => {
    received.push(JSON.parse(String(data)));
    for (const wake of waiting) wake();
  });
  await once(socket, 'open');
  return {
    received,
    closed,
    send: (message: unknown) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    async receives(count: number): Promise<void> {
      while (received.length < count) await new Promise<void>((resolve) => waiting.add(resolve));
    },
  };
}

function setup(change: Record<string, unknown> = {}) {
  const session = createSession();
  bench.desk.sessions.set(session.callSid, session);
  return {
    type: 'setup',
    sessionId: `VX${'1'.repeat(32)}`,
    accountSid: sid('AC'),
    callSid: session.callSid,
    from: '+15550001111',
    to: '+15552223333',
    callType: 'PSTN',
    customParameters: { token: bench.tokens.issue(session), language: 'en-US' },
    ...change,
  };
}

async function carried() {
  const carrier = await connect();
  carrier.send(setup());
  let relay: RelayLine | undefined;
  while (relay === undefined) {
    await new Promise((resolve) => setTimeout(resolve, 5));
    [relay] = bench.desk.relays;
  }
  const events: RelayEvent[] = [];
  let wake = (): void => undefined;
  relay.listen((event) => {
    events.push(event);
    wake();
  });
  const tells = async (count: number): Promise<void> => {
    while (events.length < count)
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
  };
  return { carrier, relay, events, tells };
}

describe('a relay', () => {
  it('is carried once its token proves the call, which it does not tell on', async () => {
    bench = await openBench();
    const { relay } = await carried();
    expect(relay).toMatchObject({ callSid: sid('CA'), streamId: `VX${'1'.repeat(32)}` });
    expect(relay.parameters).toEqual({ language: 'en-US' });
    expect(bench.desk.told).toContain(`carryRelay:${sid('CA')}:call-1`);
  });

  it('is refused without a signature, with a token used before, and for another account', async () => {
    bench = await openBench({ accountSid: sid('AC') });
    await expect(connect('bm90IGEgc2lnbmF0dXJl')).rejects.toThrow('403');
    const used = setup();
    const [first, second] = [await connect(), await connect()];
    first.send(used);
    while (bench.desk.relays.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    second.send(used);
    expect(await second.closed).toBe(1008);
    const other = await connect();
    other.send(setup({ accountSid: sid('AC', 9) }));
    expect(await other.closed).toBe(1008);
    expect(bench.desk.relays).toHaveLength(1);
    expect([bench.counters.fault('token-already-used'), bench.counters.fault('wrong-account')]).toEqual([
      1, 1,
    ]);
  });

  it('tells what the caller says and presses, what was heard, and who speaks', async () => {
    bench = await openBench();
    const { carrier, events, tells } = await carried();
    carrier.send({ type: 'prompt', voicePrompt: 'Two', lang: 'en-US', last: false });
    carrier.send({ type: 'prompt', voicePrompt: 'Two tickets.', lang: 'en-US', last: true });
    carrier.send({ type: 'dtmf', digit: '5' });
    carrier.send({ type: 'interrupt', utteranceUntilInterrupt: 'We open', durationUntilInterruptMs: '460' });
    carrier.send({ type: 'info', name: 'agentSpeaking', value: 'off', ts: 1 });
    carrier.send({ type: 'info', name: 'tokensPlayed', value: 'We open' });
    carrier.send({ type: 'info', name: 'somethingNew', value: 'on' });
    await tells(6);
    expect(events).toEqual([
      { type: 'said', text: 'Two', isLast: false },
      { type: 'said', text: 'Two tickets.', isLast: true },
      { type: 'key', digit: '5' },
      { type: 'interrupted', heard: 'We open' },
      { type: 'speaking', who: 'agent', isSpeaking: false },
      { type: 'spoken', text: 'We open' },
    ]);
  });

  it('counts what is unusable and lives on, until there is too much of it', async () => {
    bench = await openBench({ limits: { maxFaults: 5 } });
    const { carrier, events, tells } = await carried();
    for (const bad of [
      '{',
      { type: 'surprise' },
      { type: 'prompt' },
      { type: 'error', description: '64107: bad' },
    ])
      carrier.send(bad);
    carrier.send({ type: 'dtmf', digit: '1' });
    await tells(1);
    expect(events).toEqual([{ type: 'key', digit: '1' }]);
    expect(
      ['malformed-json', 'unknown-event', 'invalid-message', 'carrier-complained'].map((fault) =>
        bench.counters.fault(fault),
      ),
    ).toEqual([1, 1, 1, 1]);
    carrier.send('{');
    expect(await carrier.closed).toBe(1008);
    await tells(2);
    expect(events.at(-1)).toEqual({ type: 'closed', reason: 'protocol-error' });
  });

  it('speaks, changes its language and ends with a word for the action, once', async () => {
    bench = await openBench();
    const { carrier, relay, events } = await carried();
    relay.say('Hello.', { isLast: true, language: 'en-US' });
    relay.understand('es-ES');
    relay.end();
    relay.end();
    relay.say('Too late.', { isLast: true, language: 'en-US' });
    await carrier.receives(3);
    expect(carrier.received).toEqual([
      { type: 'text', token: 'Hello.', last: true, lang: 'en-US' },
      { type: 'language', ttsLanguage: 'es-ES', transcriptionLanguage: 'es-ES' },
      { type: 'end', handoffData: expect.any(String) },
    ]);
    expect(events).toEqual([{ type: 'closed', reason: 'closed-here' }]);
    expect(bench.streams.open).toBe(0);
  });

  it('is begun by the voice webhook and by resume where that is the plan', async () => {
    bench = await openBench();
    const plan: ResumePlan = { type: 'relay', language: 'en-GB', hints: ['Morgan', 'Q&A'] };
    bench.desk.sessions.set(sid('CA'), createSession({ plan }));
    bench.desk.plan = plan;
    const form = { CallSid: sid('CA'), To: '+15552223333', From: '+15550001111' };
    for (const path of ['/twilio/voice', '/twilio/resume']) {
      const document = await (await bench.post(path, form)).text();
      expect(document).toContain(`url="${URL_OF_RELAY}"`);
      expect(document).toContain('language="en-GB"');
      expect(document).toContain('hints="Morgan,Q&amp;A"');
      expect(document).toContain(`<Connect action="${PUBLIC_URL}/twilio/resume" method="POST">`);
      expect(document).toMatch(/<Parameter name="token" value="[^"]+"\/>/);
    }
  });
});
