import { getEventListeners } from 'node:events';
import { describe, expect, it } from 'vitest';
import { deadUrl, LoopbackServer, type Peer, watchForCrashes } from '../async/testing.ts';
import { endpoints, failure, frame, listen, openAt } from './testing.ts';

describe.each(endpoints)('a failing vendor at $path', ({ model }) => {
  it.each([
    [401, 'stt-unauthorised', false],
    [403, 'stt-unauthorised', false],
    [400, 'stt-refused', false],
    [402, 'stt-refused', false],
    [429, 'stt-refused', true],
    [503, 'stt-unreachable', true],
  ])('that answers %i is %s', async (status, code, retryable) => {
    await using watch = watchForCrashes();
    await using server = await LoopbackServer.start();
    server.refuseWith = { status, headers: { 'dg-error': 'a reason' } };
    const { stream, abort, stt } = openAt(server.url, { model });
    const error = await failure(stream);
    expect(error).toMatchObject({ code, retryable, provider: 'deepgram' });
    expect(error.message).toContain('a reason');
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    await stt.close();
    expect(watch.crashes).toEqual([]);
  });

  it('that is not there is unreachable', async () => {
    await using watch = watchForCrashes();
    const { stream } = openAt(await deadUrl(), { model });
    expect(await failure(stream)).toMatchObject({ code: 'stt-unreachable', retryable: true });
    expect(watch.crashes).toEqual([]);
  });

  it('that does not answer the handshake is unreachable', async () => {
    await using server = await LoopbackServer.start();
    server.refuseWith = 'silence';
    const { stream, stt } = openAt(server.url, { model, connectTimeoutMs: 20 });
    expect(await failure(stream)).toMatchObject({ code: 'stt-unreachable', retryable: true });
    await stt.close();
  });

  it.each([
    ['with a close', (peer: Peer) => peer.socket.close(1011, 'NET-0001')],
    ['politely', (peer: Peer) => peer.socket.close(1000)],
    ['without a word', (peer: Peer) => peer.socket.terminate()],
  ])('that leaves %s in the middle is an error, and is not called again', async (_, leave) => {
    // The SDK would reconnect up to 30 times on its own, and lose the audio in between.
    await using watch = watchForCrashes();
    await using ear = await listen({ model });
    leave(await ear.server.accept());
    expect(await failure(ear.stream)).toMatchObject({ code: 'stt-disconnected', retryable: true });
    const second = openAt(ear.server.url, { model: 'second' });
    expect((await ear.server.accept()).request.url).toContain('model=second');
    expect(ear.server.upgrades).toHaveLength(2);
    second.stream.close();
    expect(getEventListeners(ear.abort.signal, 'abort')).toEqual([]);
    expect(watch.crashes).toEqual([]);
  });

  it('takes calls on a dead stream quietly', async () => {
    await using ear = await listen({ model });
    (await ear.server.accept()).socket.terminate();
    await failure(ear.stream);
    ear.stream.write(frame(1));
    ear.stream.finalize();
    ear.stream.mute(true);
    ear.stream.close();
    ear.stream.close();
  });
});
