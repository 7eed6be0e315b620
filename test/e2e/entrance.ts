/** Who comes in: requests that are not Twilio's, and streams that have no right to a call. */
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { type Signing, signatureHeaders } from '../../src/sandbox/twilio/signature.ts';
import { NUMBERS, type Stage } from './harness.ts';
import type { EndedCall, Programme } from './programme.ts';

const WEBHOOKS = ['voice', 'resume', 'status', 'amd', 'recording', 'fallback'] as const;
const POLICY_VIOLATION = 1008;

let sids = 0;
const newSid = (prefix: string): string => prefix + String(++sids).padStart(32, '0');

/** A request as Twilio makes it, but for its signature. */
async function post(
  stage: Stage,
  webhook: (typeof WEBHOOKS)[number],
  callSid: string,
  signing: Signing,
  further: Record<string, string> = {},
): Promise<Response> {
  const url = `${stage.url}/twilio/${webhook}`;
  const form = {
    AccountSid: stage.sandbox.accountSid,
    CallSid: callSid,
    CallStatus: 'in-progress',
    From: '+15550123',
    To: NUMBERS.form,
    Direction: 'inbound',
    ...further,
  };
  const headers = signatureHeaders(signing, stage.sandbox.authToken, url, form);
  return fetch(url, { method: 'POST', headers, body: new URLSearchParams(form) });
}

function openStream(stage: Stage, signing: Signing): WebSocket {
  const url = `${stage.url.replace('http', 'ws')}/twilio/media`;
  return new WebSocket(url, { headers: signatureHeaders(signing, stage.sandbox.authToken, url) });
}

/** Says `start` with this token on a socket of its own; resolves with the code it was closed with. */
async function startStream(stage: Stage, callSid: string, token: string): Promise<number> {
  const socket = openStream(stage, 'right');
  await once(socket, 'open');
  const streamSid = newSid('MZ');
  socket.send(JSON.stringify({ event: 'connected', protocol: 'Call', version: '1.0.0' }));
  const start = {
    accountSid: stage.sandbox.accountSid,
    callSid,
    streamSid,
    tracks: ['inbound'],
    mediaFormat: { encoding: 'audio/x-mulaw', sampleRate: 8000, channels: 1 },
    customParameters: { token },
  };
  socket.send(JSON.stringify({ event: 'start', sequenceNumber: '1', start, streamSid }));
  const [code] = await once(socket, 'close');
  return Number(code);
}

function tokenOf({ timeline }: EndedCall['call']): string {
  return timeline.ofType('stream-opened')[0]?.parameters['token'] ?? '';
}

function withOtherMac(token: string): string {
  const [payload = '', mac = ''] = token.split('.');
  return `${payload}.${[...mac].reverse().join('')}`;
}

export function entranceTests(on: Programme): void {
  describe.each(['wrong', 'missing'] as const)('with a %s signature', (signing) => {
    it.each(WEBHOOKS)('%s is answered with 403, and no call comes of it', async (webhook) => {
      const stage = await on.stage;
      const callSid = newSid('CA');
      const response = await post(stage, webhook, callSid, signing);
      expect(response.status).toBe(403);
      expect(await response.text()).not.toContain('<');
      expect(await stage.service.sessions.findByCallSid(callSid)).toBeUndefined();
    });

    it('the upgrade is answered with 403, and no stream is opened', async () => {
      const stage = await on.stage;
      const socket = openStream(stage, signing);
      const [, response] = await once(socket, 'unexpected-response');
      expect(response.statusCode).toBe(403);
      response.destroy();
      const reason = signing === 'wrong' ? 'bad-signature' : 'missing-signature';
      const metrics = await (await stage.api('/metrics')).text();
      expect(metrics).toContain(`telephony_refused_total{entrance="upgrade",reason="${reason}"} 1`);
    });
  });

  it('a call whose webhooks are not signed rightly never begins', async () => {
    const stage = await on.stage;
    const call = stage.call({ to: 'form', steps: [], faults: { webhookSignature: 'wrong' } });
    await call.timeline.first('webhook', ({ purpose }) => purpose === 'fallback');
    call.hangUp();
    await call.ended;
    expect(await stage.service.sessions.findByCallSid(call.sid)).toBeUndefined();
    expect(call.timeline.ofType('webhook').map(({ statusCode }) => statusCode)).not.toContain(200);
  });

  describe('the token of a stream', () => {
    const faithful = on.call({
      to: 'form',
      steps: [{ say: 'Three.' }, { say: 'Yes.' }],
      // A second stream with the token of the one that is open.
      meanwhile: async (call, stage) => {
        await call.timeline.first('saying');
        expect(await startStream(stage, call.sid, tokenOf(call))).toBe(POLICY_VIOLATION);
      },
    });
    // These callers give up: to a stream that is refused, the carrier can only be told to try again.
    const steps = [{ hangUp: true as const, when: { afterMs: 3000 } }];
    const omitted = on.call({ to: 'form', steps, faults: { parameters: () => ({}) } });
    const altered = on.call({
      to: 'form',
      steps,
      faults: { parameters: ({ token = '' }) => ({ token: withOtherMac(token) }) },
    });

    it.each([
      ['left out', omitted],
      ['altered', altered],
    ])('is %s: the stream is closed and nothing of the call is touched', async (_, planned) => {
      const { call, record, stage } = await planned();
      expect(call.timeline.ofType('stream-ended')).toContainEqual(
        expect.objectContaining({ by: 'service', closeCode: POLICY_VIOLATION }),
      );
      expect(call.timeline.ofType('media-received')).toEqual([]);
      const session = await stage.service.sessions.findByCallSid(call.sid);
      expect(session?.streams).toBe(0);
      const journal = await stage.service.sessions.journal(record.id);
      expect(journal.map(({ type }) => type).filter((type) => type !== 'carrier-status')).toEqual([]);
      expect(record).toMatchObject({ outcome: 'no-media', turns: [], hasAudio: false });
    });

    it('is used again, on its own call and on another: closed, and the call it belongs to goes on', async () => {
      const { call, record, stage } = await faithful();
      expect(record).toMatchObject({ outcome: 'completed', result: 'ordered', slots: { tickets: 3 } });
      expect(call.timeline.ofType('stream-opened')).toHaveLength(1);
      const stranger = newSid('CA');
      await post(stage, 'voice', stranger, 'right');
      expect(await startStream(stage, stranger, tokenOf(call))).toBe(POLICY_VIOLATION);
      expect((await stage.service.sessions.findByCallSid(stranger))?.streams).toBe(0);
    });
  });

  it('a call that ends before any stream is told of by its status alone, and has a record', async () => {
    const stage = await on.stage;
    const callSid = newSid('CA');
    expect((await post(stage, 'voice', callSid, 'right')).status).toBe(200);
    expect((await post(stage, 'status', callSid, 'right', { CallStatus: 'completed' })).ok).toBe(true);
    expect(await stage.record(callSid)).toMatchObject({
      outcome: 'no-media',
      carrierStatus: 'completed',
      turns: [],
      hasAudio: false,
    });
  });
}
