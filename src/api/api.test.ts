import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CallRecord } from '../records/index.ts';
import { someSession } from '../sessions/conformance.ts';
import { callPageSchema, experimentsSchema, liveCallsSchema } from './schemas.ts';
import { errorOf, lost, serveApi, silent, spoken, startApi, type TestApi, TOKEN } from './testing.ts';

let api: TestApi;
let call: TestApi['call'];

beforeAll(async () => {
  api = await startApi();
  call = api.call;
}, 60_000);

afterAll(async () => {
  await api?.close();
});

describe('the token', () => {
  test.each([
    ['none', undefined],
    ['a wrong one', 'Bearer wrong'],
    ['a longer one', `Bearer ${TOKEN}x`],
    ['half of one', `Bearer ${TOKEN.slice(0, 10)}`],
    ['another scheme', `Basic ${Buffer.from(`admin:${TOKEN}`).toString('base64')}`],
    ['the token without a scheme', TOKEN],
    ['no token after the scheme', 'Bearer '],
    ['two tokens', `Bearer ${TOKEN} ${TOKEN}`],
    ['a huge one', `Bearer ${'x'.repeat(8_000)}`],
  ])('%s is answered with 401, for what exists and what does not', async (_name, authorization) => {
    for (const path of [
      '/calls',
      `/calls/${spoken.id}`,
      `/calls/${spoken.id}/audio`,
      '/calls/live',
      '/nothing',
    ]) {
      const response = await fetch(
        api.origin + path,
        authorization === undefined ? {} : { headers: { authorization } },
      );
      expect(response.status).toBe(401);
      expect(response.headers.get('www-authenticate')).toMatch(/^Bearer realm="callwright"/);
      expect(await errorOf(response)).toMatchObject({
        code: 'unauthorised',
        message: expect.stringContaining('ADMIN_TOKEN'),
      });
    }
  });

  test('is not asked for by the OpenAPI document', async () => {
    const response = await fetch(`${api.origin}/openapi.json`);
    expect(response.status).toBe(200);
  });

  test('may come with its scheme in any case', async () => {
    expect((await call('/calls', { authorization: `bearer  ${TOKEN}` })).status).toBe(200);
  });
});

describe('the list of calls', () => {
  test('holds summaries and is kept out of caches', async () => {
    const response = await call('/calls');
    expect(response.status).toBe(200);
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(response.headers.get('access-control-allow-origin')).toBeNull();
    const page = callPageSchema.strict().parse(await response.json());
    expect(new Set(page.calls.map(({ id }) => id))).toEqual(new Set([spoken.id, silent.id, lost.id]));
    expect(page.calls[0]).toHaveProperty('turnCount', 2);
    expect(page.calls[0]).not.toHaveProperty('turns');
  });

  test('comes in pages', async () => {
    const seen: string[] = [];
    let query = '?limit=1';
    for (let pages = 0; pages < 3; pages += 1) {
      const page = callPageSchema.parse(await (await call(`/calls${query}`)).json());
      seen.push(...page.calls.map(({ id }) => id));
      query = `?limit=1&cursor=${page.cursor}`;
    }
    expect(query).toBe('?limit=1&cursor=undefined');
    expect(new Set(seen).size).toBe(3);
  });

  test.each([
    ['flow=silent', [silent]],
    ['outcome=silent', [silent]],
    ['number=%2B15557777', [silent]],
    ['number=+15557777', [silent]],
    ['number=%2B15557777&outcome=completed', []],
    ['flow=nothing', []],
    ['arm=greeting.long&flow=silent', [silent]],
    ['arm=greeting.short', []],
    ["flow=x'--", []],
  ] satisfies [string, CallRecord[]][])('is narrowed by %s', async (query, expected) => {
    const response = await call(`/calls?${query}`);
    expect(response.status).toBe(200);
    const page = callPageSchema.parse(await response.json());
    expect(page.calls.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
  });

  test.each([
    ['limit=0', 'limit'],
    ['limit=201', 'limit'],
    ['limit=-1', 'limit'],
    ['limit=1.5', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=', 'limit'],
    ['limit=ten', 'limit'],
    ['limit=99999999999999999999', 'limit'],
    ['limit=1&limit=2', 'limit'],
    ['cursor=garbage', 'cursor'],
    ['cursor=', 'cursor'],
    [`cursor=${'x'.repeat(5_000)}`, 'cursor'],
    ['outcome=splendid', 'outcome'],
    ['arm=greeting', 'arm'],
    ['arm=a.b.c', 'arm'],
    ["arm=a.b'--", 'arm'],
    ['flow=', 'flow'],
    ['flow=a%00b', 'flow'],
    [`number=${'1'.repeat(129)}`, 'number'],
    ['number[$ne]=1', 'number[$ne]'],
    ['page=2', 'page'],
  ])('answers %s with 400 and names the field', async (query, field) => {
    const response = await call(`/calls?${query}`);
    expect(response.status).toBe(400);
    const error = await errorOf(response);
    expect(error.field).toBe(field);
    expect(error.message).toContain(field);
  });
});

describe('one call', () => {
  test('is found by its id and by its carrier id', async () => {
    for (const id of [spoken.id, spoken.callSid]) {
      const response = await call(`/calls/${id}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual(spoken);
    }
  });

  test('answers HEAD without a body', async () => {
    const response = await call(`/calls/${spoken.id}`, {}, 'HEAD');
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('');
  });

  test('that nobody knows is 404', async () => {
    const response = await call('/calls/CAnobody');
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'no-such-call', field: 'id' });
  });

  test.each(['x'.repeat(129), 'a%20b', 'a%00b', '%2e%2e%2fsecret', 'call-1.wav', "'--", '%E2%98%8E'])(
    'with the id %s is 400',
    async (id) => {
      const response = await call(`/calls/${id}`);
      expect(response.status).toBe(400);
      expect(await errorOf(response)).toMatchObject({ code: 'bad-parameter', field: 'id' });
    },
  );

  test('with a malformed escape is 400, in JSON', async () => {
    const response = await call('/calls/%E0%A4%A');
    expect(response.status).toBe(400);
    expect(await errorOf(response)).toMatchObject({ code: 'bad-request' });
  });
});

describe('live calls', () => {
  test('are listed until they end, without what the flow keeps', async () => {
    const session = await api.sessions.create(
      someSession({ createdAt: Date.UTC(2026, 0, 1), flowState: { secret: 1 } }),
    );
    const response = await call('/calls/live');
    const live = liveCallsSchema.parse(await response.clone().json());
    expect(live.calls).toEqual([
      {
        id: session.callId,
        callSid: session.callSid,
        direction: 'inbound',
        from: session.from,
        to: session.to,
        flow: session.flowId,
        flowVersion: session.flowVersion,
        startedAt: '2026-01-01T00:00:00.000Z',
      },
    ]);
    expect(await response.text()).not.toContain('secret');
    await api.sessions.markEnded(session.callId);
    expect(await (await call('/calls/live')).json()).toEqual({ calls: [] });
  });
});

describe('experiments', () => {
  test('are compared arm by arm', async () => {
    const response = await call('/experiments?flow=silent');
    expect(response.status).toBe(200);
    expect(experimentsSchema.parse(await response.json())).toMatchObject({
      experiments: [
        {
          flow: 'silent',
          experiment: 'greeting',
          calls: 1,
          arms: [{ arm: 'long', outcomes: { silent: 1 } }],
        },
      ],
    });
    const all = experimentsSchema.parse(await (await call('/experiments')).json());
    expect(all.experiments.map(({ flow }) => flow)).toEqual(['lost', 'silent', 'spoken']);
    expect(await (await call('/experiments?flow=nothing')).json()).toEqual({ experiments: [] });
  });

  test.each(['flow=', 'flows=x', 'limit=3'])('answer %s with 400', async (query) => {
    expect((await call(`/experiments?${query}`)).status).toBe(400);
  });
});

describe('flows', () => {
  test('are listed, and loaded again when asked to', async () => {
    const listed = {
      flows: [
        {
          id: 'bakery',
          version: 'abc123',
          language: 'en-GB',
          numbers: ['+15550123'],
          variants: ['abc123+greeting.long'],
        },
      ],
    };
    expect(await (await call('/flows')).json()).toEqual(listed);
    const reload = { changed: ['bakery'], removed: [], problems: ['flows/b.yaml:1:1: wrong'] };
    const response = await call('/flows/reload', {}, 'POST');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual(reload);
    expect(await (await call('/flows')).json()).toEqual({
      ...listed,
      lastReload: { ...reload, at: '2026-01-01T00:00:00.000Z' },
    });
  });

  test('are loaded again by nobody else, and by no mere look', async () => {
    const before = api.flows.reloads;
    expect((await fetch(`${api.origin}/flows/reload`, { method: 'POST' })).status).toBe(401);
    expect((await call('/flows/reload')).status).toBe(404);
    expect((await call('/flows/reload?now=1', {}, 'POST')).status).toBe(400);
    expect(api.flows.reloads).toBe(before);
  });
});

describe('everything else', () => {
  test.each([
    ['GET', '/'],
    ['GET', '/nothing'],
    ['POST', '/calls'],
    ['DELETE', `/calls/${spoken.id}`],
    ['GET', '/Calls'],
    ['GET', `/calls/${spoken.id}/video`],
  ])('%s %s is 404 in JSON', async (method, path) => {
    const response = await call(path, {}, method);
    expect(response.status).toBe(404);
    expect(await errorOf(response)).toMatchObject({ code: 'not-found' });
  });

  test('that breaks here is 500 without the reason, which is logged', async () => {
    const logged: string[] = [];
    const { records, flows, audio, sessions } = api;
    const broken = { ...records, find: records.find, list: () => Promise.reject(new Error('secret reason')) };
    const logger = pino({ base: null }, { write: (line: string) => logged.push(line) });
    const other = await serveApi({ records: broken, flows, audio, sessions, adminToken: TOKEN, logger });
    try {
      const response = await other.call('/calls');
      expect(response.status).toBe(500);
      expect(await errorOf(response)).toEqual({ code: 'internal-error', message: 'the request failed here' });
      expect(logged.join()).toContain('secret reason');
    } finally {
      other.close();
    }
  });
});

test('the OpenAPI document describes what is served', async () => {
  const document = JSON.parse(await (await fetch(`${api.origin}/openapi.json`)).text());
  expect(document).toMatchObject({
    openapi: '3.1.0',
    servers: [{ url: '/api/v1' }],
    components: { schemas: { CallRecord: { type: 'object' }, Error: { type: 'object' } } },
  });
  const limit = document.paths['/calls'].get.parameters.find(
    ({ name }: { name: string }) => name === 'limit',
  );
  expect(limit).toMatchObject({
    in: 'query',
    required: false,
    schema: { type: 'integer', minimum: 1, maximum: 200, default: 50 },
  });
  for (const [, path] of JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)) {
    expect(document.components.schemas).toHaveProperty(path ?? '');
  }
  for (const [path, methods] of Object.entries<object>(document.paths)) {
    for (const method of Object.keys(methods)) {
      const response = await call(
        path.replace('{id}', spoken.id).replace(/\{\w+\}/, 'x'),
        {},
        method.toUpperCase(),
      );
      if (!/^\/(campaigns|do-not-call)/.test(path)) expect(response.status, path).toBe(200);
      // Without a campaign or a list they refuse, each in its own words; "not-found" says that nothing is served there.
      else if (!response.ok) expect((await errorOf(response)).code, path).not.toBe('not-found');
    }
  }
});
