import { getEventListeners } from 'node:events';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LoopbackServer, watchForCrashes } from '../async/testing.ts';
import { all, connected, failure, frame, listen, numberOf, openAt, receive, results } from './testing.ts';

const FRAME_MS = 20;

afterEach(() => {
  vi.useRealTimers();
});

describe('the connection', () => {
  it('asks for telephone audio and everything that turn-taking needs', async () => {
    await using ear = await listen({}, { keyterms: ['Acme Corp', 'Ng'], endpointingMs: 250 });
    const { request } = await ear.server.accept();
    const url = new URL(request.url ?? '', ear.server.url);
    expect(url.pathname).toBe('/v1/listen');
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      model: 'nova-3',
      language: 'en-US',
      encoding: 'mulaw',
      sample_rate: '8000',
      channels: '1',
      interim_results: 'true',
      smart_format: 'true',
      punctuate: 'true',
      vad_events: 'true',
      endpointing: '250',
      utterance_end_ms: '1000',
    });
    expect(url.searchParams.getAll('keyterm')).toEqual(['Acme Corp', 'Ng']);
  });

  it('authenticates in a header and keeps the key out of the URL', async () => {
    await using ear = await listen();
    const { request } = await ear.server.accept();
    expect(request.headers.authorization).toBe('Token KEY');
    expect(request.url).not.toContain('KEY');
  });

  it('does not compress, whatever the server would take', async () => {
    // The SDK's own socket offers permessage-deflate and has no switch for it.
    await using server = await LoopbackServer.start({ perMessageDeflate: true });
    const { stt } = openAt(server.url);
    const peer = await server.accept();
    expect(peer.request.headers['sec-websocket-extensions']).toBeUndefined();
    peer.socket.close();
    await stt.close();
  });

  it('keeps an utterance end within what the vendor takes', async () => {
    await using ear = await listen({}, { utteranceEndMs: 400 });
    expect((await ear.server.accept()).request.url).toContain('utterance_end_ms=1000');
  });
});

describe('audio', () => {
  it('written before the connection is up is sent in order, with requests in their places', async () => {
    await using ear = await listen();
    ear.stream.write(frame(1));
    ear.stream.write(frame(2));
    ear.stream.finalize();
    ear.stream.write(frame(3));
    expect(await receive(await ear.server.accept(), 4)).toEqual([1, 2, 'Finalize', 3]);
  });

  it('stays in order, and requests behind it', async () => {
    // Wrapped in Blobs, as the SDK wraps audio elsewhere, frames are read asynchronously and control overtakes them.
    await using ear = await listen();
    const peer = await connected(ear);
    const expected: unknown[] = [];
    for (let number = 0; number < 1000; number += 1) {
      ear.stream.write(frame(number));
      expected.push(number);
      if (number % 100 !== 0) continue;
      ear.stream.finalize();
      expected.push('Finalize');
      await new Promise((resolve) => setImmediate(resolve));
    }
    ear.stream.close();
    expect(await receive(peer, expected.length + 1)).toEqual([...expected, 'CloseStream']);
  });

  it('is not changed in the caller’s hands', async () => {
    // A WebSocket client masks what it sends; masking in place would spoil the recording of the call.
    await using ear = await listen();
    const peer = await ear.server.accept();
    const bytes = new Uint8Array(frame(7));
    ear.stream.write(bytes);
    await peer.receive();
    expect(Buffer.from(bytes)).toEqual(frame(7));
  });

  it('that the connection does not take ends the stream instead of piling up', async () => {
    await using ear = await listen();
    const peer = await connected(ear);
    peer.socket.pause();
    const failed = failure(ear.stream);
    const second = Buffer.alloc(8000);
    // More than the sockets' own buffers of a loopback connection hold.
    for (let count = 0; count < 3000; count += 1) ear.stream.write(second);
    expect(await failed).toMatchObject({ code: 'stt-overflow', retryable: true });
  });
});

describe('while muted', () => {
  it('no audio is sent, the connection is kept alive, and times go on counting', async () => {
    await using ear = await listen({ keepAliveMs: 10 });
    const peer = await ear.server.accept();
    ear.stream.write(frame(1));
    ear.stream.mute(true);
    for (let count = 0; count < 5; count += 1) ear.stream.write(frame(99));
    expect(await receive(peer, 3)).toEqual([1, 'KeepAlive', 'KeepAlive']);
    ear.stream.mute(false);
    ear.stream.write(frame(2));
    let next = numberOf(await peer.receive());
    while (next === 'KeepAlive') next = numberOf(await peer.receive());
    expect(next).toBe(2);

    peer.send({ type: 'SpeechStarted', timestamp: FRAME_MS / 1000 });
    expect((await ear.stream[Symbol.asyncIterator]().next()).value).toEqual({
      type: 'speech-started',
      atMs: 6 * FRAME_MS,
    });
  });

  it('before the connection is up, times count just the same', async () => {
    await using ear = await listen();
    ear.stream.mute(true);
    ear.stream.write(frame(1));
    ear.stream.mute(false);
    ear.stream.write(frame(2));
    const peer = await ear.server.accept();
    expect(await receive(peer, 1)).toEqual([2]);
    peer.send({ type: 'SpeechStarted', timestamp: 0 });
    expect((await ear.stream[Symbol.asyncIterator]().next()).value).toMatchObject({ atMs: FRAME_MS });
  });
});

it('keeps a silent connection alive, and only a silent one', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await using ear = await listen();
  const peer = await connected(ear);
  vi.advanceTimersByTime(3999);
  ear.stream.write(frame(2));
  vi.advanceTimersByTime(3999);
  ear.stream.write(frame(3));
  vi.advanceTimersByTime(4000);
  vi.advanceTimersByTime(4000);
  expect(await receive(peer, 4)).toEqual([2, 3, 'KeepAlive', 'KeepAlive']);
  vi.useRealTimers();
});

describe('what the vendor says', () => {
  it('arrives as events', async () => {
    await using ear = await listen();
    const peer = await ear.server.accept();
    peer.send({ type: 'SpeechStarted', timestamp: 0.2 });
    peer.send(results('book'));
    peer.send(results('book me', { is_final: true, speech_final: true }));
    peer.send({ type: 'UtteranceEnd', channel: [0, 1], last_word_end: 1 });
    const types: string[] = [];
    for await (const event of ear.stream) {
      types.push(event.type);
      if (event.type === 'turn-ended') ear.stream.close();
    }
    expect(types).toEqual(['speech-started', 'interim', 'final', 'turn-ended']);
  });

  it('of unknown types is ignored, and logged without a spoken word', async () => {
    const lines: string[] = [];
    const spy = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
    await using ear = await listen({ logger: spy });
    const peer = await ear.server.accept();
    peer.send({ type: 'Novelty', transcript: 'secret' });
    peer.send({ type: 'Metadata', request_id: 'r' });
    peer.send(results('secret', { is_final: true }));
    const { value } = await ear.stream[Symbol.asyncIterator]().next();
    expect(value).toMatchObject({ type: 'final' });
    expect(lines.join('')).toContain('Novelty');
    expect(lines.join('')).not.toContain('secret');
  });

  it.each([
    ['is not JSON', 'no json'],
    ['is not an object', '42'],
    ['is binary', Buffer.from('{"type":"Metadata"}')],
    ['has a known type and the wrong shape', '{"type":"Results","is_final":"yes"}'],
    ['has no type', '{}'],
  ])('and %s ends the stream with an error', async (_, message) => {
    await using watch = watchForCrashes();
    await using ear = await listen();
    const peer = await ear.server.accept();
    peer.socket.send(message);
    expect(await failure(ear.stream)).toMatchObject({ code: 'stt-bad-message', retryable: true });
    await peer.closed;
    expect(watch.crashes).toEqual([]);
  });
});

describe('closing', () => {
  it('says so to the vendor, and waits for it in the background', async () => {
    await using watch = watchForCrashes();
    await using server = await LoopbackServer.start();
    const { stream, stt, abort } = openAt(server.url);
    const peer = await connected({ server, stream });
    stream.close();
    stream.close();
    expect(await all(stream)).toEqual([]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    expect(await receive(peer, 1)).toEqual(['CloseStream']);
    peer.send(results('late', { is_final: true }));
    peer.socket.close(1000);
    await stt.close();
    expect(await peer.closed).toBe(1000);
    expect(watch.crashes).toEqual([]);
  });

  it('cuts a vendor that never closes', async () => {
    await using server = await LoopbackServer.start();
    const { stream, stt } = openAt(server.url, { closeTimeoutMs: 10 });
    const peer = await connected({ server, stream });
    stream.close();
    await stt.close();
    expect(await peer.closed).toBe(1006);
    expect(await peer.rest()).toEqual(['{"type":"CloseStream"}']);
  });

  it('works in the turn in which the stream was opened', async () => {
    await using watch = watchForCrashes();
    await using server = await LoopbackServer.start();
    const { stream, stt } = openAt(server.url);
    stream.close();
    expect(await all(stream)).toEqual([]);
    await stt.close();
    expect(watch.crashes).toEqual([]);
  });

  it('works in the middle of the handshake', async () => {
    await using watch = watchForCrashes();
    await using server = await LoopbackServer.start();
    server.refuseWith = 'silence';
    const { stream, stt } = openAt(server.url);
    await vi.waitUntil(() => server.upgrades.length === 1);
    stream.close();
    await stt.close();
    await vi.waitUntil(() => server.raw.size === 0);
    expect(await all(stream)).toEqual([]);
    expect(watch.crashes).toEqual([]);
  });

  it('happens on the signal', async () => {
    await using ear = await listen();
    const peer = await connected(ear);
    ear.abort.abort();
    expect(await all(ear.stream)).toEqual([]);
    expect(await receive(peer, 1)).toEqual(['CloseStream']);
  });

  it('has happened where the signal was aborted before', async () => {
    await using server = await LoopbackServer.start();
    const signal = AbortSignal.abort();
    const { stream, stt } = openAt(server.url, {}, { signal });
    expect(await all(stream)).toEqual([]);
    await stt.close();
    expect(server.upgrades).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('happens when the reader leaves its loop', async () => {
    await using ear = await listen();
    const peer = await connected(ear);
    peer.send({ type: 'SpeechStarted', timestamp: 0 });
    for await (const _ of ear.stream) break;
    expect(await receive(peer, 1)).toEqual(['CloseStream']);
  });

  it('leaves no timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using ear = await listen();
    const peer = await connected(ear);
    ear.stream.close();
    peer.socket.close(1000);
    await peer.closed;
    await ear[Symbol.asyncDispose]();
    expect(vi.getTimerCount()).toBe(0);
  });
});
