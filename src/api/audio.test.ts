import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { audioBytes, errorOf, lost, silent, spoken, startApi, type TestApi, TOKEN } from './testing.ts';

const WAV_BYTES = 58 + audioBytes.length;

let api: TestApi;
let call: TestApi['call'];

beforeAll(async () => {
  api = await startApi();
  call = api.call;
}, 60_000);

afterAll(async () => {
  await api?.close();
});

describe('the audio of a call', () => {
  const path = `/calls/${spoken.id}/audio`;

  test('is a WAV file', async () => {
    for (const id of [spoken.id, spoken.callSid]) {
      const response = await call(`/calls/${id}/audio`);
      expect(response.status).toBe(200);
      expect(response.headers.get('content-type')).toBe('audio/wav');
      expect(response.headers.get('content-length')).toBe(String(WAV_BYTES));
      expect(response.headers.get('accept-ranges')).toBe('bytes');
      expect(response.headers.get('cache-control')).toBe('no-store');
      const file = Buffer.from(await response.arrayBuffer());
      expect(file.subarray(58).equals(audioBytes)).toBe(true);
    }
  });

  test('answers HEAD with its size', async () => {
    const response = await call(path, {}, 'HEAD');
    expect(response.status).toBe(200);
    expect(response.headers.get('content-length')).toBe(String(WAV_BYTES));
    expect(await response.text()).toBe('');
  });

  test.each([
    ['bytes=0-57', `bytes 0-57/${WAV_BYTES}`, 58],
    ['bytes=58-', `bytes 58-${WAV_BYTES - 1}/${WAV_BYTES}`, audioBytes.length],
    ['bytes=-100', `bytes ${WAV_BYTES - 100}-${WAV_BYTES - 1}/${WAV_BYTES}`, 100],
    ['bytes=0-999999', `bytes 0-${WAV_BYTES - 1}/${WAV_BYTES}`, WAV_BYTES],
  ])('in part (%s) is 206', async (range, contentRange, bytes) => {
    const response = await call(path, { range });
    expect(response.status).toBe(206);
    expect(response.headers.get('content-range')).toBe(contentRange);
    expect((await response.arrayBuffer()).byteLength).toBe(bytes);
  });

  test.each(['bytes=x-y', 'pages=1-2', 'bytes=0-1,4-5'])(
    'with a range that means nothing or several (%s) comes whole',
    async (range) => {
      const response = await call(path, { range });
      expect(response.status).toBe(200);
      expect((await response.arrayBuffer()).byteLength).toBe(WAV_BYTES);
    },
  );

  test.each([`bytes=${WAV_BYTES}-`, 'bytes=5-1'])('that cannot be had (%s) is 416', async (range) => {
    const response = await call(path, { range });
    expect(response.status).toBe(416);
    expect(response.headers.get('content-range')).toBe(`bytes */${WAV_BYTES}`);
    expect(response.headers.get('content-disposition')).toBeNull();
    expect(await errorOf(response)).toMatchObject({ code: 'range-not-satisfiable' });
  });

  test('is 404 in JSON where there is none, was lost, or nobody knows the call', async () => {
    for (const [id, code] of [
      [silent.id, 'no-audio'],
      [lost.id, 'no-audio'],
      ['nobody', 'no-such-call'],
    ]) {
      const response = await call(`/calls/${id}/audio`);
      expect(response.status).toBe(404);
      expect((await errorOf(response)).code).toBe(code);
    }
  });

  test.each(['../admin-token', '..%2f..%2fadmin-token', '%2e%2e/%2e%2e/etc/passwd', '....//x'])(
    'reaches no file through %s',
    async (id) => {
      // A raw request: fetch would tidy the path up before sending it.
      const { hostname, port } = new URL(api.origin);
      const socket = connect(Number(port), hostname);
      socket.end(
        `GET /api/v1/calls/${id}/audio HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${TOKEN}\r\nConnection: close\r\n\r\n`,
      );
      expect(await text(socket)).toMatch(/^HTTP\/1\.1 40[04] .*\r\n\r\n\{"error":/s);
    },
  );
});
