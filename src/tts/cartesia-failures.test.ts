import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deadUrl, type Peer, watchForCrashes } from '../async/testing.ts';
import { createCartesia } from './cartesia.ts';
import { all, audio, chunk, done, failure, logger, settled, Voice } from './testing.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('a failing vendor', () => {
  it.each([
    [401, 'tts-unauthorised', false],
    [402, 'tts-refused', false],
    [429, 'tts-rate-limited', true],
    [400, 'tts-refused', false],
    [500, 'tts-unreachable', true],
  ])('that answers a reply with %i is %s', async (status, code, retryable) => {
    await using watch = watchForCrashes();
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.send({ type: 'error', context_id: id, title: 'No', message: 'a reason', status_code: status });
    const error = await failure(stream);
    expect(error).toMatchObject({ code, retryable, provider: 'cartesia' });
    expect(error.message).toContain('a reason');
    expect(watch.crashes).toEqual([]);
  });

  it.each([
    [401, 'tts-unauthorised', false],
    [402, 'tts-refused', false],
    [429, 'tts-rate-limited', true],
    [503, 'tts-unreachable', true],
  ])('that refuses the connection with %i is %s', async (status, code, retryable) => {
    // `tts.websocket()` of the SDK rejects and raises an unhandled rejection besides.
    await using watch = watchForCrashes();
    await using voice = await Voice.start();
    voice.server.refuseWith = { status };
    const stream = voice.open();
    stream.say('Hello.');
    expect(await failure(stream)).toMatchObject({ code, retryable });
    await voice.tts.warm();
    expect(watch.crashes).toEqual([]);
  });

  it('that is not there is unreachable', async () => {
    await using watch = watchForCrashes();
    const tts = createCartesia({ apiKey: 'KEY', baseUrl: await deadUrl(), logger });
    const stream = tts.open({ language: 'en', signal: new AbortController().signal });
    stream.say('Hello.');
    expect(await failure(stream)).toMatchObject({ code: 'tts-unreachable', retryable: true });
    await tts.close();
    expect(watch.crashes).toEqual([]);
  });

  it('that does not answer the handshake is unreachable', async () => {
    await using voice = await Voice.start({ connectTimeoutMs: 20 });
    voice.server.refuseWith = 'silence';
    const stream = voice.open();
    stream.say('Hello.');
    expect(await failure(stream)).toMatchObject({ code: 'tts-unreachable' });
  });

  it('that is given up in the middle of the handshake leaves nothing behind', async () => {
    await using watch = watchForCrashes();
    await using voice = await Voice.start();
    voice.server.refuseWith = 'silence';
    voice.open();
    await vi.waitUntil(() => voice.server.upgrades.length === 1, { timeout: 10_000 });
    await voice.tts.close();
    await vi.waitUntil(() => voice.server.raw.size === 0, { timeout: 10_000 });
    expect(watch.crashes).toEqual([]);
  });

  it.each([
    ['with a close', (peer: Peer) => peer.socket.close(1000)],
    ['without a word', (peer: Peer) => peer.socket.terminate()],
  ])(
    'that leaves %s in mid-reply is an error at once, and the next reply finds another',
    async (_, leave) => {
      // The SDK's `receive` waits for ever here.
      await using voice = await Voice.start();
      const { stream, peer, id } = await voice.speaking();
      peer.send(chunk(id, 1));
      await settled(peer);
      leave(peer);
      expect(await failure(stream)).toMatchObject({ code: 'tts-disconnected', retryable: true });
      await voice.speaking();
      expect(voice.server.upgrades).toHaveLength(2);
    },
  );

  it.each([
    ['is not JSON', () => 'no json'],
    ['is not an object', () => '42'],
    ['has a chunk without data', (id: unknown) => JSON.stringify({ type: 'chunk', context_id: id })],
    ['has data of another type', (id: unknown) => JSON.stringify({ type: 'chunk', context_id: id, data: 5 })],
    [
      'has lists of different lengths',
      (id: unknown) =>
        JSON.stringify({
          type: 'timestamps',
          context_id: id,
          word_timestamps: { words: ['a'], start: [], end: [1] },
        }),
    ],
  ])('whose message %s ends the reply with an error', async (_, garbage) => {
    // The SDK throws out of the socket at a chunk without data, which would end the process.
    await using watch = watchForCrashes();
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.socket.send(garbage(id));
    expect(await failure(stream)).toMatchObject({ code: 'tts-bad-message', retryable: true });
    expect(watch.crashes).toEqual([]);
  });

  it('whose message says nothing about whose it is harms none of several replies', async () => {
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    voice.open().say('Another.');
    await peer.receive();
    peer.socket.send('no json');
    peer.send({ type: 'error', message: 'what?', status_code: 400 });
    peer.send(chunk(id, 1));
    stream.end();
    peer.send(done(id));
    expect(await all(stream)).toEqual([audio(1), { type: 'done' }]);
  });
});

describe('a stalled vendor', () => {
  const TIMEOUT_MS = 3000;

  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] });
  });

  it('is given up when no audio comes for the first text, and told so', async () => {
    await using voice = await Voice.start({ firstByteTimeoutMs: TIMEOUT_MS });
    const { stream, peer, id } = await voice.speaking();
    vi.advanceTimersByTime(TIMEOUT_MS);
    expect(await failure(stream)).toMatchObject({ code: 'tts-stalled', retryable: true });
    expect(await peer.receiveJson()).toEqual({ cancel: true, context_id: id });
  });

  it('is not asked again on the same socket when that was silent altogether', async () => {
    await using voice = await Voice.start({ firstByteTimeoutMs: TIMEOUT_MS });
    const { stream, peer } = await voice.speaking();
    vi.advanceTimersByTime(TIMEOUT_MS);
    await failure(stream);
    voice.open().say('Again.');
    expect(await (await voice.server.accept()).receiveJson()).toMatchObject({ transcript: 'Again.' });
    await peer.closed;
  });

  it('is asked again on the same socket when others were heard on it', async () => {
    await using voice = await Voice.start({ firstByteTimeoutMs: TIMEOUT_MS });
    const { stream, peer } = await voice.speaking();
    vi.advanceTimersByTime(1);
    peer.send(done('another'));
    await settled(peer);
    vi.advanceTimersByTime(TIMEOUT_MS);
    await failure(stream);
    voice.open().say('Again.');
    await peer.receive();
    expect(await peer.receiveJson()).toMatchObject({ transcript: 'Again.' });
  });

  it('is given up when neither audio nor the end comes after the text has ended', async () => {
    await using voice = await Voice.start({ firstByteTimeoutMs: TIMEOUT_MS });
    const { stream, peer, id } = await voice.speaking();
    peer.send(chunk(id, 1));
    await settled(peer);
    stream.end();
    const events = stream[Symbol.asyncIterator]();
    expect((await events.next()).value).toEqual(audio(1));
    vi.advanceTimersByTime(TIMEOUT_MS);
    await expect(events.next()).rejects.toMatchObject({ code: 'tts-stalled' });
  });

  it('is not one that waits for more text, however long, and owes no audio for a dash', async () => {
    await using voice = await Voice.start({ firstByteTimeoutMs: TIMEOUT_MS });
    const { stream, peer, id } = await voice.speaking();
    peer.send(chunk(id, 1));
    await settled(peer);
    vi.advanceTimersByTime(60_000);
    stream.say(' – ');
    vi.advanceTimersByTime(60_000);
    stream.say('more.');
    vi.advanceTimersByTime(TIMEOUT_MS - 1);
    peer.send(chunk(id, 2));
    stream.end();
    await settled(peer);
    vi.advanceTimersByTime(TIMEOUT_MS - 1);
    peer.send(chunk(id, 3));
    await settled(peer);
    vi.advanceTimersByTime(TIMEOUT_MS - 1);
    peer.send(done(id));
    expect(await all(stream)).toEqual([audio(1), audio(2), audio(3), { type: 'done' }]);
  });
});
