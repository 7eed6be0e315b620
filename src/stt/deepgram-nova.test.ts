import { afterEach, describe, expect, it, vi } from 'vitest';
import { connected, frame, listen, numberOf, receive, results } from './testing.ts';

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

  it('keeps an utterance end within what the vendor takes', async () => {
    await using ear = await listen({}, { utteranceEndMs: 400 });
    expect((await ear.server.accept()).request.url).toContain('utterance_end_ms=1000');
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
});
