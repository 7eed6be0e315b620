import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { DeepgramClient } from '@deepgram/sdk';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { type Sandbox, startSandbox } from '../server.ts';
import { silence } from './testing.ts';

let sandbox: Sandbox;
beforeAll(async () => {
  sandbox = await startSandbox({ logger: pino({ level: 'silent' }), keys: { deepgram: 'good-key' } });
});
afterEach(() => sandbox.faults.clear());
afterAll(() => sandbox.close());

async function listen(options: object = {}) {
  const client = new DeepgramClient({ apiKey: 'good-key', baseUrl: sandbox.baseUrl });
  const connection = await client.listen.v2.connect({
    model: 'flux-general-en',
    encoding: 'mulaw',
    sample_rate: 8000,
    eager_eot_threshold: 0.5,
    reconnectAttempts: 0,
    ...options,
  });
  const messages: { type: string; [field: string]: unknown }[] = [];
  const closed = Promise.withResolvers<number | undefined>();
  connection.on('message', (message) => messages.push({ ...message }));
  connection.on('close', ({ code }) => closed.resolve(code));
  connection.connect();
  await connection.waitForOpen();
  const until = (type: string, fields: object = {}) =>
    vi.waitUntil(
      () =>
        messages.find(
          (message) =>
            message.type === type && Object.entries(fields).every(([name, value]) => message[name] === value),
        ),
      { timeout: 10_000 },
    );
  return { connection, messages, until, closed: closed.promise };
}

/** The handshake's answer to a query, when it is refused. */
async function refusalOf(query: string, key = 'good-key'): Promise<IncomingMessage> {
  const socket = new WebSocket(`${sandbox.baseUrl}/v2/listen?${query}`, {
    headers: { authorization: `Token ${key}` },
  });
  const [, response] = (await once(socket, 'unexpected-response')) as [unknown, IncomingMessage];
  response.resume();
  return response;
}

test('a turn of known speech, from its start to its end', async () => {
  const speech = await sandbox.voice.speak('Good morning, my name is Anna.', 'rms');
  sandbox.knownSpeech.register(speech);
  const { connection, messages, until, closed } = await listen();
  expect(await until('Connected')).toMatchObject({ sequence_id: 0 });
  connection.sendMedia(silence(12));
  connection.sendMedia(speech.audio);
  connection.sendMedia(silence(40));
  const end = await until('TurnInfo', { event: 'EndOfTurn' });
  expect(end).toMatchObject({
    turn_index: 0,
    transcript: 'Good morning, my name is Anna.',
    trigger: 'model',
    end_of_turn_confidence: 0.7,
  });
  const events = messages.flatMap((message) => (message.type === 'TurnInfo' ? [message['event']] : []));
  expect(events.filter((event) => event !== 'Update').slice(0, 1)).toEqual(['StartOfTurn']);
  expect(events.slice(-2)).toEqual(['EagerEndOfTurn', 'EndOfTurn']);
  expect(events.filter((event) => event === 'Update').length).toBeGreaterThan(2);
  const eager = messages.findLast((message) => message['event'] === 'EagerEndOfTurn');
  expect(eager?.['transcript']).toBe(end['transcript']);
  expect(messages.map((message) => message['sequence_id'])).toEqual(messages.map((_, index) => index));
  expect(sandbox.wire.events.slice(-2).map(({ type }) => type)).toEqual(['stt-speech-end', 'stt-final-sent']);
  connection.sendCloseStream({ type: 'CloseStream' });
  expect(await closed).toBe(1005);
});

test('a stream that is closed in the middle of a turn leaves it at an update', async () => {
  const speech = await sandbox.voice.speak('Good evening to everybody in the room.', 'rms');
  sandbox.knownSpeech.register(speech);
  const { connection, messages, until, closed } = await listen();
  connection.sendMedia(speech.audio.subarray(0, 160 * 50));
  await until('TurnInfo', { event: 'StartOfTurn' });
  connection.sendCloseStream({ type: 'CloseStream' });
  await closed;
  expect(messages.at(-1)).toMatchObject({ event: 'Update', transcript: expect.stringMatching(/^Good/) });
});

describe('Configure', () => {
  test('changes what it names and tells what holds now', async () => {
    const { connection, until } = await listen({ keyterm: ['a'] });
    connection.sendConfigure({ type: 'Configure', thresholds: { eot_threshold: 0.8 } });
    expect(await until('ConfigureSuccess')).toMatchObject({
      thresholds: { eot_threshold: 0.8, eager_eot_threshold: 0.5, eot_timeout_ms: 5000 },
      keyterms: ['a'],
    });
    connection.close();
  });

  test.each([
    { thresholds: { eot_threshold: 0.2 } },
    { thresholds: { eager_eot_threshold: 0.8 } },
    { thresholds: { silence: 3 } },
    { keyterms: 'a' },
    { language_hints: ['en'] },
  ])('%j is refused, and the stream goes on', async (fields) => {
    const { connection, until } = await listen();
    connection.socket.send(JSON.stringify({ type: 'Configure', ...fields }));
    await until('ConfigureFailure');
    connection.sendConfigure({ type: 'Configure', keyterms: [] });
    await until('ConfigureSuccess');
    connection.close();
  });

  test('may put the end of a turn off to its timeout', async () => {
    const speech = await sandbox.voice.speak('One two three.', 'rms');
    sandbox.knownSpeech.register(speech);
    const { connection, until } = await listen();
    connection.sendConfigure({ type: 'Configure', thresholds: { eot_threshold: 1, eot_timeout_ms: 500 } });
    await until('ConfigureSuccess');
    connection.sendMedia(speech.audio);
    connection.sendMedia(silence(40));
    expect(await until('TurnInfo', { event: 'EndOfTurn' })).toMatchObject({ trigger: 'timeout' });
    connection.close();
  });
});

test.each(['{"type":"ForceEndTurn"}', '{"type":"Finalize"}', 'no json'])(
  'gives up over %s',
  async (message) => {
    const { connection, until, closed } = await listen();
    connection.socket.send(message);
    expect(await until('Error')).toMatchObject({ code: 'UNPARSABLE_CLIENT_MESSAGE' });
    await closed;
  },
);

const audio = 'encoding=mulaw&sample_rate=8000';
test.each([
  [`${audio}&model=nova-3`, 'model'],
  [audio, 'model'],
  ['model=flux-general-en&encoding=linear16&sample_rate=8000', 'encoding'],
  [`model=flux-general-en&${audio}&eot_threshold=0.4`, 'eot_threshold'],
  [`model=flux-general-en&${audio}&eot_threshold=high`, 'eot_threshold'],
  [`model=flux-general-en&${audio}&eager_eot_threshold=0.2`, 'eager_eot_threshold'],
  [`model=flux-general-en&${audio}&eager_eot_threshold=0.8`, 'eager_eot_threshold'],
  [`model=flux-general-en&${audio}&eot_timeout_ms=100`, 'eot_timeout_ms'],
  [`model=flux-general-en&${audio}&language_hint=en`, 'language_hint'],
  [`model=flux-general-multi&${audio}&language_hint=pl`, 'language'],
  [`model=flux-general-en&${audio}&language=en`, 'language'],
  [`model=flux-general-en&${audio}&keyterm=`, 'keyterm'],
])('refuses ?%s, naming %s', async (query, field) => {
  const response = await refusalOf(query);
  expect(response.statusCode).toBe(400);
  expect(response.headers['dg-error']).toContain(field);
});

test('refuses a wrong key', async () => {
  const response = await refusalOf(`model=flux-general-en&${audio}`, 'wrong');
  expect([response.statusCode, response.headers['dg-error']]).toEqual([401, 'Invalid credentials.']);
});
