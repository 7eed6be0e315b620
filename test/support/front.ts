/**
 * A balancer in front of several nodes, as small as it can be: each request goes to the next node that says it is ready,
 * and to another where that one cannot be reached.
 */
import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';

export interface Front extends AsyncDisposable {
  readonly url: string;
  /** Which node each media stream went to, oldest first: its port. */
  readonly streams: readonly number[];
}

/** How often nodes are asked whether they are ready. */
const CHECK_EVERY_MS = 200;

/** Listens on loopback. The caller disposes of it. */
export async function startFront(port: number, nodes: () => readonly number[]): Promise<Front> {
  const unready = new Set<number>();
  const streams: number[] = [];
  const sockets = new Set<Duplex>();
  let turn = 0;
  /** Those that are ready, the next in turn first; the others after them. */
  const candidates = (): number[] => {
    const all = nodes();
    const from = turn++ % Math.max(1, all.length);
    const inTurn = [...all.slice(from), ...all.slice(0, from)];
    return inTurn.sort((a, b) => Number(unready.has(a)) - Number(unready.has(b)));
  };
  const check = async (node: number): Promise<void> => {
    const response = await fetch(`http://127.0.0.1:${node}/readyz`, {
      signal: AbortSignal.timeout(1000),
    }).catch(() => undefined);
    if (response?.ok) unready.delete(node);
    else unready.add(node);
  };
  const timer = setInterval(() => void Promise.all(nodes().map(check)), CHECK_EVERY_MS);

  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => void pass(req, Buffer.concat(chunks), res, candidates()));
  });
  server.on('upgrade', (req: IncomingMessage, client: Duplex, head: Buffer) => {
    sockets.add(client);
    client.on('close', () => sockets.delete(client));
    client.on('error', () => client.destroy());
    void tunnel(req, client, head, candidates(), streams);
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${port}`,
    streams,
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function pass(
  req: IncomingMessage,
  body: Buffer,
  res: ServerResponse,
  candidates: readonly number[],
): Promise<void> {
  for (const port of candidates) {
    const answer = await ask(req, body, port);
    if (answer === undefined) continue;
    res.writeHead(answer.status, { 'content-type': answer.type }).end(answer.body);
    return;
  }
  res.writeHead(503).end();
}

/** Undefined where the node cannot be reached, or broke off. */
function ask(
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  port: number,
): Promise<{ status: number; type: string; body: Buffer } | undefined> {
  return new Promise((resolve) => {
    const upstream = httpRequest(
      { host: '127.0.0.1', port, method, path: url, headers, agent: false },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('error', () => resolve(undefined));
        response.on('aborted', () => resolve(undefined));
        response.on('end', () =>
          resolve({
            status: response.statusCode ?? 502,
            type: response.headers['content-type'] ?? '',
            body: Buffer.concat(chunks),
          }),
        );
      },
    );
    upstream.on('error', () => resolve(undefined));
    upstream.end(body);
  });
}

/** A node that does not take the upgrade is passed over, as a balancer does that tries again on 503. */
async function tunnel(
  req: IncomingMessage,
  client: Duplex,
  head: Buffer,
  candidates: readonly number[],
  streams: number[],
): Promise<void> {
  for (const port of candidates) {
    const opened = await upgrade(req, head, port);
    if (opened === undefined) continue;
    streams.push(port);
    const { socket, first } = opened;
    client.write(first);
    socket.pipe(client);
    client.pipe(socket);
    socket.on('close', () => client.destroy());
    client.on('close', () => socket.destroy());
    return;
  }
  client.destroy();
}

function upgrade(
  { method, url, rawHeaders }: IncomingMessage,
  head: Buffer,
  port: number,
): Promise<{ socket: Socket; first: Buffer } | undefined> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: '127.0.0.1' });
    socket.on('error', () => {
      socket.destroy();
      resolve(undefined);
    });
    socket.on('close', () => resolve(undefined));
    socket.once('connect', () => {
      const lines = rawHeaders.flatMap((value, i) => (i % 2 === 0 ? [`${value}: ${rawHeaders[i + 1]}`] : []));
      socket.write(`${method} ${url} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`);
      socket.write(head);
    });
    socket.once('data', (first: Buffer) => {
      if (!first.toString('latin1', 0, 12).endsWith(' 503')) {
        socket.pause();
        return resolve({ socket, first });
      }
      socket.destroy();
      resolve(undefined);
    });
  });
}
