import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { deadUrl, watchForCrashes } from '../async/testing.ts';
import { createCartesia } from './cartesia.ts';
import { all, audio, chunk, done, failure, logger, settled, Voice, words } from './testing.ts';

afterEach(() => {
  vi.useRealTimers();
});

describe('the connection', () => {
  it('is plain for an http base URL, and authenticates in a header, never in the URL', async () => {
    // The SDK's ES module build takes the browser's way on Node 22 and newer: `?api_key=…`, and always over TLS.
    await using voice = await Voice.start();
    await voice.tts.warm();
    const { request } = await voice.server.accept();
    expect(request.url).toBe('/tts/websocket');
    expect(request.headers).toMatchObject({ authorization: 'Bearer KEY' });
    expect(request.headers['cartesia-version']).toMatch(/^\d{4}-\d\d-\d\d$/);
  });

  it('does not compress, whatever the server would take', async () => {
    await using voice = await Voice.start({}, { perMessageDeflate: true });
    await voice.tts.warm();
    expect((await voice.server.accept()).request.headers['sec-websocket-extensions']).toBeUndefined();
  });

  it('is one for all replies', async () => {
    await using voice = await Voice.start();
    const first = await voice.speaking();
    const second = voice.open();
    second.say('Two.');
    const id = (await first.peer.receiveJson())['context_id'];
    expect(id).not.toBe(first.id);
    first.peer.send(chunk(id, 2));
    first.peer.send(chunk(first.id, 1));
    first.peer.send(done(id));
    first.peer.send(done(first.id));
    second.end();
    first.stream.end();
    expect(await all(second)).toEqual([audio(2), { type: 'done' }]);
    expect(await all(first.stream)).toEqual([audio(1), { type: 'done' }]);
    expect(voice.server.upgrades).toHaveLength(1);
  });

  it('is opened again when the vendor closes it for idleness', async () => {
    await using voice = await Voice.start({ reopenAfterMs: 0 });
    await voice.tts.warm();
    (await voice.server.accept()).socket.close(1000);
    const peer = await voice.server.accept();
    voice.open().say('Hello.');
    expect(await peer.receiveJson()).toMatchObject({ transcript: 'Hello.' });
    expect(voice.server.upgrades).toHaveLength(2);
  });

  it('is opened by the next reply only, when it was closed soon after it opened', async () => {
    await using voice = await Voice.start();
    await voice.tts.warm();
    const first = await voice.server.accept();
    first.socket.close(1000);
    await first.closed;
    expect(voice.server.upgrades).toHaveLength(1);
    await voice.speaking();
    expect(voice.server.upgrades).toHaveLength(2);
  });

  it('may be lost under a reply that has nothing at the vendor', async () => {
    await using voice = await Voice.start();
    const stream = voice.open();
    const lost = await voice.server.accept();
    lost.socket.close(1000);
    await lost.closed;
    stream.say('Hello.');
    const next = await voice.server.accept();
    expect(await next.receiveJson()).toMatchObject({ transcript: 'Hello.' });
  });

  it('that cannot be warmed is no error', async () => {
    await using watch = watchForCrashes();
    const tts = createCartesia({ apiKey: 'KEY', baseUrl: await deadUrl(), logger });
    await tts.warm();
    await tts.close();
    expect(watch.crashes).toEqual([]);
  });

  it('is closed with the voice, for good', async () => {
    await using voice = await Voice.start({ reopenAfterMs: 0 });
    await voice.tts.warm();
    const peer = await voice.server.accept();
    const stream = voice.open();
    await voice.tts.close();
    await voice.tts.close();
    expect(await peer.closed).toBe(1000);
    stream.say('Too late.');
    expect(await failure(stream)).toMatchObject({ code: 'tts-unreachable', retryable: false });
    await voice.tts.warm();
    expect(voice.server.upgrades).toHaveLength(1);
  });
});

describe('text', () => {
  it('is sent at once and in order, also before the connection is up, and ends with an empty last input', async () => {
    await using voice = await Voice.start();
    const stream = voice.open();
    stream.say('Hello, ');
    stream.say('world.');
    stream.end();
    stream.end();
    stream.say('Too late.');
    const peer = await voice.server.accept();
    const [first, second, last] = [
      await peer.receiveJson(),
      await peer.receiveJson(),
      await peer.receiveJson(),
    ];
    expect(first).toEqual({
      model_id: 'sonic-3',
      voice: { mode: 'id', id: expect.any(String) },
      language: 'en',
      output_format: { container: 'raw', encoding: 'pcm_mulaw', sample_rate: 8000 },
      add_timestamps: true,
      max_buffer_delay_ms: 0,
      context_id: expect.any(String),
      transcript: 'Hello, ',
      continue: true,
    });
    // The vendor wants everything else unchanged within a context.
    expect(second).toEqual({ ...first, transcript: 'world.' });
    expect(last).toEqual({ ...first, transcript: '', continue: false });
    peer.send(chunk(first?.['context_id'], 1));
    peer.send(done(first?.['context_id']));
    expect(await all(stream)).toEqual([audio(1), { type: 'done' }]);
  });

  it('is spoken as the reply asks: voice, model, language, pace', async () => {
    await using voice = await Voice.start();
    voice.open({ voice: 'V', model: 'M', language: 'de', speed: 3 }).say('Hallo.');
    expect(await (await voice.server.accept()).receiveJson()).toMatchObject({
      model_id: 'M',
      voice: { id: 'V' },
      language: 'de',
      generation_config: { speed: 1.5 },
    });
  });

  it('that is blank waits for a word to go with', async () => {
    await using voice = await Voice.start();
    const stream = voice.open();
    stream.say('');
    stream.say(' ');
    stream.say('\n');
    stream.say('Hello. ');
    const peer = await voice.server.accept();
    expect(await peer.receiveJson()).toMatchObject({ transcript: ' \nHello. ' });
  });

  it('that never came leaves nothing to do', async () => {
    await using voice = await Voice.start();
    const stream = voice.open();
    stream.say(' ');
    stream.end();
    expect(await all(stream)).toEqual([{ type: 'done' }]);
  });
});

describe('speech', () => {
  it('arrives as audio, words and an end', async () => {
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.send({ type: 'flush_done', context_id: id, flush_id: 1, flush_done: true });
    peer.send(chunk(id, 1, 2, 3));
    peer.send(chunk(id));
    peer.send(words(id, 'Hello.', 0.25, 0.5));
    peer.send({ type: 'novelty', context_id: id });
    stream.end();
    peer.send(done(id));
    expect(await all(stream)).toEqual([
      audio(1, 2, 3),
      { type: 'word', text: 'Hello.', startMs: 250, endMs: 500 },
      { type: 'done' },
    ]);
  });

  it('goes on in a new context when the vendor has let the old one expire, and times go on counting', async () => {
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.send(chunk(id, ...new Array<number>(80).fill(1)));
    peer.send(done(id));
    await settled(peer);
    stream.say('Again.');
    const next = await peer.receiveJson();
    expect(next).toMatchObject({ transcript: 'Again.', continue: true });
    expect(next['context_id']).not.toBe(id);
    peer.send(chunk(id, 9)); // of the old context: late
    peer.send(words(next['context_id'], 'Again.', 0, 0.5));
    peer.send(chunk(next['context_id'], 2));
    stream.end();
    peer.send(done(next['context_id']));
    expect((await all(stream)).slice(1)).toEqual([
      { type: 'word', text: 'Again.', startMs: 10, endMs: 510 },
      audio(2),
      { type: 'done' },
    ]);
  });

  it('ends at once when it is ended after the vendor had let its context expire', async () => {
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.send(chunk(id, 1));
    peer.send(done(id));
    await settled(peer);
    stream.end();
    expect(await all(stream)).toEqual([audio(1), { type: 'done' }]);
  });

  it('of text that crossed the expiry on the wire is asked for once more', async () => {
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.send(chunk(id, 1));
    await settled(peer);
    stream.say('Your booking ');
    stream.say('is made.');
    stream.end();
    peer.send(done(id)); // sent before any of it arrived
    for (let late = 0; late < 3; late += 1) await peer.receiveJson();
    expect(await peer.receiveJson()).toEqual({ cancel: true, context_id: id });
    const again = await peer.receiveJson();
    expect(again).toMatchObject({ transcript: 'Your booking is made.', continue: true });
    expect(await peer.receiveJson()).toMatchObject({ context_id: again['context_id'], continue: false });
    // No audio this time either: then there is none to be had, and another voice must say it.
    peer.send(done(again['context_id']));
    expect(await failure(stream)).toMatchObject({ code: 'tts-no-audio', retryable: true });
  });
});

describe('cancelling', () => {
  it('stops the vendor and the events at once', async () => {
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.send(chunk(id, 1));
    await settled(peer);
    stream.cancel();
    stream.cancel();
    stream.say('More.');
    stream.end();
    expect(await all(stream)).toEqual([]);
    expect(await peer.receiveJson()).toEqual({ cancel: true, context_id: id });
    peer.send(chunk(id, 2));
    peer.send(done(id));
    const next = voice.open();
    next.say('Next.');
    expect(await peer.receiveJson()).toMatchObject({ transcript: 'Next.' });
  });

  it('before the connection is up leaves nothing to send', async () => {
    await using voice = await Voice.start();
    const stream = voice.open();
    stream.say('Never mind.');
    stream.cancel();
    voice.open().say('This.');
    expect(await (await voice.server.accept()).receiveJson()).toMatchObject({ transcript: 'This.' });
  });

  it('leaves the turn in which it was asked for, and opens no socket where the old one is closing', async () => {
    // The SDK's own `send` would take a closing socket for a reason to open another.
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    stream.cancel();
    const closed = voice.tts.close();
    expect(await peer.rest()).toEqual([JSON.stringify({ cancel: true, context_id: id })]);
    await closed;
    expect(voice.server.upgrades).toHaveLength(1);
  });

  it('happens on the signal, which is left without a listener', async () => {
    await using voice = await Voice.start();
    const abort = new AbortController();
    const { stream, peer, id } = await voice.speaking({ signal: abort.signal });
    abort.abort();
    expect(await all(stream)).toEqual([]);
    expect(await peer.receiveJson()).toEqual({ cancel: true, context_id: id });
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('has happened where the signal was aborted before', async () => {
    await using voice = await Voice.start();
    const signal = AbortSignal.abort();
    const stream = voice.open({ signal });
    stream.say('Never.');
    expect(await all(stream)).toEqual([]);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });

  it('happens when the reader leaves its loop', async () => {
    await using voice = await Voice.start();
    const { stream, peer, id } = await voice.speaking();
    peer.send(chunk(id, 1));
    for await (const _ of stream) break;
    expect(await peer.receiveJson()).toEqual({ cancel: true, context_id: id });
  });

  it('is not needed after the end, which leaves neither listener nor timer', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    await using voice = await Voice.start();
    const abort = new AbortController();
    const { stream, peer, id } = await voice.speaking({ signal: abort.signal });
    stream.end();
    peer.send(chunk(id, 1));
    peer.send(done(id));
    await all(stream);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
    stream.cancel();
    voice.open().say('Next.');
    expect(await peer.receiveJson()).toMatchObject({ continue: false });
    expect(await peer.receiveJson()).toMatchObject({ transcript: 'Next.' });
  });
});

it('refuses a base URL that is none', () => {
  expect(() => createCartesia({ apiKey: 'KEY', baseUrl: 'nowhere', logger })).toThrow(TypeError);
});
