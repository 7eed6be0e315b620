import { afterEach, describe, expect, it, vi } from 'vitest';
import { connected, failure, frame, listen, numberOf, receive, turnInfo } from './testing.ts';

const FRAME_MS = 20;
const model = 'flux-general-en';

afterEach(() => {
  vi.useRealTimers();
});

async function queryOf(...options: Parameters<typeof listen>) {
  await using ear = await listen(...options);
  const { request } = await ear.server.accept();
  return new URL(request.url ?? '', ear.server.url).searchParams;
}

describe('the connection', () => {
  it('asks for telephone audio and for eager ends of turn, and for nothing that Flux refuses', async () => {
    const query = await queryOf({ model }, { keyterms: ['Acme Corp', 'Ng'], endpointingMs: 250 });
    expect(query.getAll('keyterm')).toEqual(['Acme Corp', 'Ng']);
    query.delete('keyterm');
    expect(Object.fromEntries(query)).toEqual({
      model,
      encoding: 'mulaw',
      sample_rate: '8000',
      eot_threshold: '0.7',
      eager_eot_threshold: '0.5',
      eot_timeout_ms: '5000',
    });
  });

  it('ends turns as it is set to, and is never eager beyond that', async () => {
    const query = await queryOf({
      model,
      flux: { eotThreshold: 0.6, eagerEotThreshold: 0.8, eotTimeoutMs: 900 },
    });
    expect(query.get('eot_threshold')).toBe('0.6');
    expect(query.get('eager_eot_threshold')).toBe('0.6');
    expect(query.get('eot_timeout_ms')).toBe('900');
  });

  it.each([
    ['flux', 'en-GB', 'flux-general-en', []],
    ['flux', 'es-MX', 'flux-general-multi', ['es']],
    ['flux', 'pl', 'flux-general-multi', []],
    ['flux-general-multi', 'en-US', 'flux-general-multi', ['en']],
    ['flux-general-en', 'es', 'flux-general-en', []],
  ])('to %s in %s is heard by %s', async (name, language, expected, hints) => {
    const query = await queryOf({}, { model: name, language });
    expect([query.get('model'), query.getAll('language_hint')]).toEqual([expected, hints]);
  });
});

describe('audio', () => {
  it('goes out in chunks of four frames', async () => {
    await using ear = await listen({ model });
    const peer = await connected(ear);
    for (let number = 1; number <= 9; number++) ear.stream.write(frame(number));
    ear.stream.close();
    const chunks = [await peer.receive(), await peer.receive()];
    expect(chunks.map((chunk) => chunk.length)).toEqual([640, 640]);
    expect(Buffer.concat(chunks.map((chunk) => Buffer.from(chunk)))).toEqual(
      Buffer.concat([1, 2, 3, 4, 5, 6, 7, 8].map(frame)),
    );
    expect(numberOf(await peer.receive())).toBe('CloseStream');
  });

  it('does not wait for its chunk to fill once it is asked for', async () => {
    await using ear = await listen({ model });
    const peer = await connected(ear);
    ear.stream.write(frame(1));
    ear.stream.finalize();
    ear.stream.finalize();
    for (let count = 0; count < 4; count++) ear.stream.write(frame(2));
    expect([await peer.receive(), await peer.receive()].map((chunk) => chunk.length)).toEqual([160, 640]);
  });
});

describe('while muted', () => {
  it('silence goes out instead, so that the vendor’s clock runs on', async () => {
    await using ear = await listen({ model });
    const peer = await connected(ear);
    ear.stream.write(frame(1));
    ear.stream.mute(true);
    for (let count = 0; count < 3; count++) ear.stream.write(frame(99));
    expect(await peer.receive()).toEqual(Buffer.concat([frame(1), Buffer.alloc(480, 0xff)]));
    ear.stream.mute(false);
    for (let count = 0; count < 4; count++) ear.stream.write(frame(2));
    expect(await receive(peer, 1)).toEqual([2]);
    peer.send(turnInfo('StartOfTurn', 'so', { startSec: (8 * FRAME_MS) / 1000 }));
    expect((await ear.stream[Symbol.asyncIterator]().next()).value).toEqual({
      type: 'speech-started',
      atMs: 8 * FRAME_MS,
    });
  });
});

it('pings a silent connection, and only a silent one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await using ear = await listen({ model });
  const peer = await connected(ear);
  let pings = 0;
  const pinged = () => vi.waitUntil(() => pings > 0, { timeout: 10_000 });
  peer.socket.on('ping', () => pings++);
  vi.advanceTimersByTime(3999);
  ear.stream.write(frame(2));
  vi.advanceTimersByTime(3999);
  ear.stream.write(frame(3));
  vi.advanceTimersByTime(3999);
  vi.useRealTimers();
  ear.stream.finalize();
  expect((await peer.receive()).length).toBe(320);
  expect(pings).toBe(0);

  await using silent = await listen({ model, keepAliveMs: 10 });
  const listener = await connected(silent);
  listener.socket.on('ping', () => pings++);
  await pinged();
});

describe('what the vendor says', () => {
  it('arrives as events', async () => {
    await using ear = await listen({ model });
    const peer = await ear.server.accept();
    peer.send({ type: 'Connected', request_id: 'r', sequence_id: 0 });
    peer.send(turnInfo('StartOfTurn', 'book'));
    peer.send({ type: 'ConfigureSuccess', request_id: 'r', thresholds: {}, keyterms: [], sequence_id: 3 });
    peer.send(turnInfo('EagerEndOfTurn', 'book me'));
    peer.send(turnInfo('EndOfTurn', 'book me'));
    const types: string[] = [];
    for await (const event of ear.stream) {
      types.push(event.type);
      if (event.type === 'turn-ended') ear.stream.close();
    }
    expect(types).toEqual(['speech-started', 'interim', 'interim', 'turn-likely', 'final', 'turn-ended']);
  });

  it('when it gives up ends the stream, which may be opened again', async () => {
    await using ear = await listen({ model });
    const peer = await ear.server.accept();
    peer.send({ type: 'Error', sequence_id: 9, code: 'INTERNAL_SERVER_ERROR', description: 'oh' });
    const error = await failure(ear.stream);
    expect(error).toMatchObject({ code: 'stt-disconnected', retryable: true });
    expect(error.message).toContain('INTERNAL_SERVER_ERROR');
  });
});
