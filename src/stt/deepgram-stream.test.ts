import { getEventListeners } from 'node:events';
import { pino } from 'pino';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { LoopbackServer, watchForCrashes } from '../async/testing.ts';
import {
  all,
  connected,
  endpoints,
  failure,
  frame,
  listen,
  openAt,
  receive,
  writeMessage,
} from './testing.ts';

const FRAME_MS = 20;

afterEach(() => {
  vi.useRealTimers();
});

describe.each(endpoints)('a stream to $path', (endpoint) => {
  const { model, path, framesPerMessage } = endpoint;

  describe('the connection', () => {
    it('goes to the endpoint of its model, whether the stream or the service names it', async () => {
      await using byService = await listen({ model });
      expect((await byService.server.accept()).request.url).toContain(`${path}?model=${model}`);
      await using byStream = await listen({ model: 'other' }, { model });
      expect((await byStream.server.accept()).request.url).toContain(`${path}?model=${model}`);
    });

    it('authenticates in a header and keeps the key out of the URL', async () => {
      await using ear = await listen({ model });
      const { request } = await ear.server.accept();
      expect(request.headers.authorization).toBe('Token KEY');
      expect(request.url).not.toContain('KEY');
    });

    it('does not compress, whatever the server would take', async () => {
      // The SDK's own socket offers permessage-deflate and has no switch for it.
      await using server = await LoopbackServer.start({ perMessageDeflate: true });
      const { stt } = openAt(server.url, { model });
      const peer = await server.accept();
      expect(peer.request.headers['sec-websocket-extensions']).toBeUndefined();
      peer.socket.close();
      await stt.close();
    });
  });

  describe('audio', () => {
    it('written before the connection is up is sent in order, with requests in their places', async () => {
      await using ear = await listen({ model });
      writeMessage(ear.stream, endpoint, 1);
      writeMessage(ear.stream, endpoint, 2);
      ear.stream.finalize();
      writeMessage(ear.stream, endpoint, 3);
      const expected = [1, 2, ...endpoint.finalize, 3];
      expect(await receive(await ear.server.accept(), expected.length)).toEqual(expected);
    });

    it('stays in order, and requests behind it', async () => {
      // Wrapped in Blobs, as the SDK wraps audio elsewhere, frames are read asynchronously and control overtakes them.
      await using ear = await listen({ model });
      const peer = await connected(ear);
      const expected: unknown[] = [];
      for (let number = 0; number < 1000; number += 1) {
        writeMessage(ear.stream, endpoint, number);
        expected.push(number);
        if (number % 100 !== 0) continue;
        ear.stream.finalize();
        expected.push(...endpoint.finalize);
        await new Promise((resolve) => setImmediate(resolve));
      }
      ear.stream.close();
      expect(await receive(peer, expected.length + 1)).toEqual([...expected, 'CloseStream']);
    });

    it('is not changed in the caller’s hands', async () => {
      // A WebSocket client masks what it sends; masking in place would spoil the recording of the call.
      await using ear = await listen({ model });
      const peer = await ear.server.accept();
      const frames = Array.from({ length: framesPerMessage }, () => new Uint8Array(frame(7)));
      for (const bytes of frames) ear.stream.write(bytes);
      await peer.receive();
      expect(frames.map((bytes) => Buffer.from(bytes))).toEqual(frames.map(() => frame(7)));
    });

    it('that the connection does not take ends the stream instead of piling up', async () => {
      await using ear = await listen({ model });
      const peer = await connected(ear);
      peer.socket.pause();
      const failed = failure(ear.stream);
      const second = Buffer.alloc(8000);
      // More than the sockets' own buffers of a loopback connection hold.
      for (let count = 0; count < 3000; count += 1) ear.stream.write(second);
      expect(await failed).toMatchObject({ code: 'stt-overflow', retryable: true });
    });

    it('that was dropped or kept back before the connection was up still counts', async () => {
      await using ear = await listen({ model });
      const backlogFrames = 32_000 / FRAME_MS;
      for (let number = 0; number < backlogFrames + 8; number++) ear.stream.write(frame(number));
      const peer = await ear.server.accept();
      expect(await receive(peer, 1)).toEqual([8]);
      peer.send(endpoint.onset(1));
      expect((await ear.stream[Symbol.asyncIterator]().next()).value).toMatchObject({
        type: 'speech-started',
        atMs: 1000 + 8 * FRAME_MS,
      });
    });
  });

  describe('what the vendor says', () => {
    it('of unknown types is ignored, and logged without a spoken word', async () => {
      const lines: string[] = [];
      const spy = pino({ level: 'debug' }, { write: (line: string) => lines.push(line) });
      await using ear = await listen({ model, logger: spy });
      const peer = await ear.server.accept();
      peer.send({ type: 'Novelty', transcript: 'secret' });
      peer.send({ type: 'Metadata', request_id: 'r' });
      peer.send(endpoint.final('secret'));
      const { value } = await ear.stream[Symbol.asyncIterator]().next();
      expect(value).toMatchObject({ type: 'final' });
      expect(lines.join('')).toContain('Novelty');
      expect(lines.join('')).not.toContain('secret');
    });

    it.each([
      ['is not JSON', 'no json'],
      ['is not an object', '42'],
      ['is binary', Buffer.from('{"type":"Metadata"}')],
      ['has a known type and the wrong shape', JSON.stringify(endpoint.misshapen)],
      ['has no type', '{}'],
    ])('and %s ends the stream with an error', async (_, message) => {
      await using watch = watchForCrashes();
      await using ear = await listen({ model });
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
      const { stream, stt, abort } = openAt(server.url, { model });
      const peer = await connected({ server, stream });
      stream.close();
      stream.close();
      expect(await all(stream)).toEqual([]);
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
      expect(await receive(peer, 1)).toEqual(['CloseStream']);
      peer.send(endpoint.final('late'));
      peer.socket.close(1000);
      await stt.close();
      expect(await peer.closed).toBe(1000);
      expect(watch.crashes).toEqual([]);
    });

    it('cuts a vendor that never closes', async () => {
      await using server = await LoopbackServer.start();
      const { stream, stt } = openAt(server.url, { model, closeTimeoutMs: 10 });
      const peer = await connected({ server, stream });
      stream.close();
      await stt.close();
      expect(await peer.closed).toBe(1006);
      expect(await peer.rest()).toEqual(['{"type":"CloseStream"}']);
    });

    it('works in the turn in which the stream was opened', async () => {
      await using watch = watchForCrashes();
      await using server = await LoopbackServer.start();
      const { stream, stt } = openAt(server.url, { model });
      stream.close();
      expect(await all(stream)).toEqual([]);
      await stt.close();
      expect(watch.crashes).toEqual([]);
    });

    it('works in the middle of the handshake', async () => {
      await using watch = watchForCrashes();
      await using server = await LoopbackServer.start();
      server.refuseWith = 'silence';
      const { stream, stt } = openAt(server.url, { model });
      await vi.waitUntil(() => server.upgrades.length === 1, { timeout: 10_000 });
      stream.close();
      await stt.close();
      await vi.waitUntil(() => server.raw.size === 0, { timeout: 10_000 });
      expect(await all(stream)).toEqual([]);
      expect(watch.crashes).toEqual([]);
    });

    it('happens on the signal', async () => {
      await using ear = await listen({ model });
      const peer = await connected(ear);
      ear.abort.abort();
      expect(await all(ear.stream)).toEqual([]);
      expect(await receive(peer, 1)).toEqual(['CloseStream']);
    });

    it('has happened where the signal was aborted before', async () => {
      await using server = await LoopbackServer.start();
      const signal = AbortSignal.abort();
      const { stream, stt } = openAt(server.url, { model }, { signal });
      expect(await all(stream)).toEqual([]);
      await stt.close();
      expect(server.upgrades).toEqual([]);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    });

    it('happens when the reader leaves its loop', async () => {
      await using ear = await listen({ model });
      const peer = await connected(ear);
      peer.send(endpoint.onset(0));
      for await (const _ of ear.stream) break;
      expect(await receive(peer, 1)).toEqual(['CloseStream']);
    });

    it('leaves no timer', async () => {
      vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
      await using ear = await listen({ model });
      const peer = await connected(ear);
      ear.stream.close();
      peer.socket.close(1000);
      await peer.closed;
      await ear[Symbol.asyncDispose]();
      expect(vi.getTimerCount()).toBe(0);
    });
  });
});
