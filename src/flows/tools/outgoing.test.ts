import type { LookupAddress } from 'node:dns';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Outgoing } from './outgoing.ts';
import { OutgoingRules } from './outgoing-rules.ts';
import { json, redirect, type ToolServer, toolServer } from './testing.ts';

type Resolve = ConstructorParameters<typeof Outgoing>[1];
type Hosts = ConstructorParameters<typeof OutgoingRules>[0];

/** A DNS of our own: each question for a name takes its next answer. */
function dns(answers: Record<string, string[][]>): Resolve {
  const resolve = (
    hostname: string,
    _: object,
    callback: (error: Error | null, addresses: LookupAddress[]) => void,
  ): void => {
    const [next = [], ...rest] = answers[hostname] ?? [];
    if (rest.length > 0) answers[hostname] = rest;
    const addresses = next.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }));
    queueMicrotask(() =>
      addresses.length === 0 ? callback(new Error('ENOTFOUND'), []) : callback(null, addresses),
    );
  };
  return resolve as unknown as Resolve; // as much of it as is called
}

let server: ToolServer;
let open: Outgoing[] = [];
beforeEach(async () => {
  server = await toolServer();
});
afterEach(async () => {
  await Promise.all(open.map((outgoing) => outgoing.close()));
  open = [];
  await server[Symbol.asyncDispose]();
});

function outgoing(hosts: Hosts, resolve?: Resolve): Outgoing {
  const made = new Outgoing(new OutgoingRules(hosts), resolve);
  open.push(made);
  return made;
}

const any = (name: string, mayBePrivate = false): Hosts[number] => ({ name, port: 'any', mayBePrivate });

async function refusalOf(request: Promise<unknown>): Promise<string> {
  try {
    await request;
    return 'not refused';
  } catch (error) {
    return error instanceof Error && 'code' in error ? String(error.code) : String(error);
  }
}

describe('a host', () => {
  test.each([
    ['http://api.test/', 'host-not-allowed'],
    ['http://evil.test/', 'host-not-allowed'],
    ['http://example.com.evil.test/', 'host-not-allowed'],
    ['http://example.com@evil.test/', 'host-not-allowed'],
    ['http://user:secret@example.com/', 'host-not-allowed'],
    ['http://evilexample.com/', 'host-not-allowed'],
    ['http://example.com:8080/', 'host-not-allowed'],
    ['ftp://example.com/', 'host-not-allowed'],
    ['file:///etc/passwd', 'host-not-allowed'],
    ['data:text/plain,x', 'host-not-allowed'],
  ])('%s is not gone to', async (url, refusal) => {
    const out = outgoing([{ name: 'example.com', port: 'web', mayBePrivate: false }]);
    expect(await refusalOf(out.fetch(url))).toBe(refusal);
  });

  test('may stand for those below it, and not for itself or an address', async () => {
    const out = outgoing([any('*.test', true)], dns({ 'a.b.test': [['127.0.0.1']] }));
    expect((await out.fetch(`http://a.b.test:${server.port}/`)).status).toBe(200);
    expect(await refusalOf(out.fetch(`http://test:${server.port}/`))).toBe('host-not-allowed');
    expect(await refusalOf(out.fetch(`http://127.0.0.1:${server.port}/`))).toBe('host-not-allowed');
  });
});

describe('an address', () => {
  test.each([
    'http://127.0.0.1/',
    'http://2130706433/',
    'http://0x7f000001/',
    'http://0x7f.1/',
    'http://0177.0.0.1/',
    'http://127.1/',
    'http://0/',
    'http://[::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[0:0:0:0:0:ffff:7f00:1]/',
    'http://[::127.0.0.1]/',
    'http://[64:ff9b::7f00:1]/',
    'http://10.0.0.1/',
    'http://192.168.0.1/',
    'http://172.16.0.1/',
    'http://100.64.0.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://[fd00:ec2::254]/',
    'http://[fe80::1]/',
    'http://224.0.0.1/',
    'http://127.0.0.1./',
    'http://①②⑦.⓪.⓪.①/',
  ])('%s is refused, though its host is allowed', async (url) => {
    const out = outgoing([any(new URL(url).hostname.replace(/^\[|\]$/g, ''))]);
    expect(await refusalOf(out.fetch(url))).toBe('address-not-allowed');
  });

  test.each(['127.0.0.1', '::1', '::ffff:127.0.0.1', '10.0.0.1', '169.254.169.254', '100.100.100.200'])(
    'of a name that leads to %s is refused',
    async (address) => {
      const out = outgoing([any('api.test')], dns({ 'api.test': [[address]] }));
      expect(await refusalOf(out.fetch(`http://api.test:${server.port}/`))).toBe('address-not-allowed');
      expect(server.received).toEqual([]);
    },
  );

  test('counts at the moment of connecting: a name that changes its address gains nothing', async () => {
    // The first address stands for a public one: it is allowed, and the second is not.
    const names = dns({ 'api.test': [['127.0.0.1'], ['127.0.0.2']] });
    const out = outgoing([any('127.0.0.1', true), any('api.test')], names);
    server.answer = json(200, {}, { connection: 'close' });
    const url = `http://api.test:${server.port}/`;
    expect(await (await out.fetch(url)).json()).toEqual({});
    expect(await refusalOf(out.fetch(url))).toBe('address-not-allowed');
    expect(server.received).toHaveLength(1);
  });

  test('among several is left out where it is private', async () => {
    const out = outgoing([any('api.test')], dns({ 'api.test': [['127.0.0.1', '::1']] }));
    expect(await refusalOf(out.fetch(`http://api.test:${server.port}/`))).toBe('address-not-allowed');
  });

  test('is allowed where the flow or the operator names its host', async () => {
    const out = outgoing([any('internal.test', true)], dns({ 'internal.test': [['127.0.0.1']] }));
    expect((await out.fetch(`http://internal.test:${server.port}/`)).status).toBe(200);
  });

  test('is allowed where it is named itself, by whichever name it is reached', async () => {
    const out = outgoing([any('127.0.0.1', true), any('api.test')], dns({ 'api.test': [['127.0.0.1']] }));
    expect((await out.fetch(`http://127.0.0.1:${server.port}/`)).status).toBe(200);
    expect((await out.fetch(`http://api.test:${server.port}/`)).status).toBe(200);
  });

  test('of a metadata service is never reached by a name', async () => {
    const out = outgoing([any('internal.test', true)], dns({ 'internal.test': [['169.254.169.254']] }));
    expect(await refusalOf(out.fetch('http://internal.test/'))).toBe('address-not-allowed');
  });
});

describe('a redirect', () => {
  const hosts = (): Hosts => [
    { name: 'a.test', port: server.port, mayBePrivate: true },
    { name: 'b.test', port: server.port, mayBePrivate: true },
    any('c.test'),
  ];
  const names = (): Resolve =>
    dns({ 'a.test': [['127.0.0.1']], 'b.test': [['127.0.0.1']], 'c.test': [['127.0.0.1']] });
  const start = (): string => `http://a.test:${server.port}/`;

  test.each([
    'http://evil.test/',
    'http://127.0.0.1/',
    'http://169.254.169.254/',
    'file:///etc/passwd',
    'http://c.test/',
    '//evil.test/x',
    'http://a.test:1/',
  ])('to %s is not followed', async (location) => {
    server.answer = redirect(location);
    expect(await refusalOf(outgoing(hosts(), names()).fetch(start()))).toMatch(
      /^(redirect-refused|address-not-allowed)$/,
    );
    expect(server.received).toHaveLength(1);
  });

  test('takes no secret to another host', async () => {
    server.answer = (response, request) =>
      (request.headers.host?.startsWith('a.test') === true
        ? redirect(`http://b.test:${server.port}/there`)
        : json(200, {}))(response, request);
    const headers = {
      authorization: 'Bearer secret',
      'x-api-key': 'secret',
      cookie: 's',
      accept: 'application/json',
    };
    await outgoing(hosts(), names()).fetch(start(), { headers });
    const [first, second] = server.received;
    expect(first?.headers).toMatchObject(headers);
    expect(second).toMatchObject({ url: '/there', headers: { accept: 'application/json' } });
    expect(JSON.stringify(second?.headers)).not.toContain('secret');
    expect(second?.headers.cookie).toBeUndefined();
  });

  test('within a host keeps its headers, three times', async () => {
    server.answer = redirect('/again');
    const out = outgoing(hosts(), names());
    expect(await refusalOf(out.fetch(start(), { headers: { 'x-api-key': 'secret' } }))).toBe(
      'redirect-refused',
    );
    expect(server.received).toHaveLength(4);
    expect(server.received.every(({ headers }) => headers['x-api-key'] === 'secret')).toBe(true);
  });

  test.each([
    [301, 'POST', 'redirect-refused', []],
    [302, 'POST', 'redirect-refused', []],
    [303, 'POST', 'not refused', [['GET', '']]],
    [307, 'POST', 'not refused', [['POST', 'body']]],
    [308, 'PUT', 'not refused', [['PUT', 'body']]],
  ])('%i of a %s', async (status, method, refusal, then) => {
    server.answer = (response, request) =>
      (request.url === '/there' ? json(200, {}) : redirect('/there', status))(response, request);
    const sent = outgoing(hosts(), names()).fetch(start(), { method, body: 'body' });
    expect(await refusalOf(sent)).toBe(refusal);
    expect(server.received.slice(1).map((one) => [one.method, one.body])).toEqual(then);
  });

  test('takes a change to no other host', async () => {
    server.answer = redirect(`http://b.test:${server.port}/there`, 307);
    const sent = outgoing(hosts(), names()).fetch(start(), { method: 'POST', body: 'body' });
    expect(await refusalOf(sent)).toBe('redirect-refused');
    expect(server.received).toHaveLength(1);
  });
});
