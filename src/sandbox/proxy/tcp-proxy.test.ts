import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { TcpProxy } from './tcp-proxy.ts';

let server: Server;
let proxy: TcpProxy;
/** Gives back what it is sent, and ends when the other side does. */
beforeEach(async () => {
  server = createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
  proxy = await TcpProxy.start({ to: { host: '127.0.0.1', port }, port: 0 });
});
afterEach(async () => {
  await proxy.close();
  server.close();
});

const dial = (): Socket => connect({ port: proxy.port, host: '127.0.0.1', allowHalfOpen: true });

test('passes everything on, and the end after it', async () => {
  const sent = 'x'.repeat(3_000_000);
  expect((await text(dial().end(sent))).length).toBe(sent.length);
});

test('what is delayed comes late and whole, the end included, also when the delay ends meanwhile', async () => {
  proxy.delayMs = 200;
  const socket = dial();
  socket.write('a');
  const startedAtMs = performance.now();
  expect(String(await once(socket, 'data'))).toBe('a');
  expect(performance.now() - startedAtMs).toBeGreaterThan(390);
  socket.write('b');
  proxy.delayMs = 0;
  socket.end('c');
  expect(await text(socket)).toBe('bc');
});

test('refuses as a port does at which nobody listens, and listens there again', async () => {
  const open = dial();
  await once(open, 'connect');
  const cut = once(open, 'error');
  await proxy.refuse();
  expect((await cut)[0]).toMatchObject({ code: 'ECONNRESET' });
  expect((await once(dial(), 'error'))[0]).toMatchObject({ code: 'ECONNREFUSED' });
  await proxy.listen();
  expect(await text(dial().end('a'))).toBe('a');
});

test('paused, it accepts and passes nothing; then everything', async () => {
  proxy.paused = true;
  const socket = dial();
  socket.end('a');
  await once(socket, 'connect');
  const early = await Promise.race([
    once(socket, 'data'),
    new Promise((resolve) => setTimeout(resolve, 100, 'nothing')),
  ]);
  expect(early).toBe('nothing');
  proxy.paused = false;
  expect(await text(socket)).toBe('a');
});
