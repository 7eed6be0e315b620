import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Campaign, type ContactImport, campaignSchema, importSchema } from '../campaigns/index.ts';
import { errorOf, startApi, type TestApi, TOKEN } from './testing.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startApi();
}, 60_000);

afterAll(() => api?.close());

const post = (path: string, body: string | Buffer, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(api.origin + path, {
    method: 'POST',
    body,
    headers: { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/octet-stream', ...headers },
  });

const postJson = (path: string, body: unknown): Promise<Response> =>
  post(path, JSON.stringify(body), { 'content-type': 'application/json', 'x-callwright-user': 'ann' });

async function someCampaign(settings: object = {}): Promise<Campaign> {
  const response = await postJson('/campaigns', { name: 'Recall', flow: 'recall', settings });
  expect(response.status).toBe(201);
  return campaignSchema.parse(await response.json());
}

async function imported({ id }: Campaign, list: string, query = ''): Promise<ContactImport> {
  const response = await post(`/campaigns/${id}/imports?file_name=list.csv${query}`, list);
  expect(response.status).toBe(202);
  let current = importSchema.parse(await response.json());
  while (current.state === 'running') {
    await delay(20);
    current = importSchema.parse(await (await api.call(`/campaigns/${id}/imports/${current.id}`)).json());
  }
  return current;
}

const NO_CONSENT_ASKED = { consent: { required: false } };

describe('campaigns over the API', () => {
  test('a list becomes contacts, and what was set aside can be downloaded', async () => {
    const campaign = await someCampaign({ country: 'US' });
    const list = 'Name,Mobile,Consent source\nAnn,2025550101,web\nBob,2025550102,\n=cmd|x,12,web\n';
    const result = await imported(campaign, list);
    expect(result).toMatchObject({ state: 'done', fileName: 'list.csv', rowsRead: 3, rowsImported: 1 });
    const aside = await api.call(`/campaigns/${campaign.id}/imports/${result.id}/set-aside`);
    expect(aside.headers.get('content-type')).toMatch(/^text\/csv/);
    const [head, ...rows] = (await aside.text()).split('\r\n');
    expect(head).toBe('line,reason,detail,Name,Mobile,Consent source');
    expect(rows[0]).toMatch(/^3,no-consent,.*,Bob,2025550102,$/);
    expect(rows[1]).toMatch(/^4,number-invalid,.*,'=cmd\|x,12,web$/);
    const shown = await (await api.call(`/campaigns/${campaign.id}`)).json();
    expect(shown).toMatchObject({ id: campaign.id, state: 'draft', progress: { waiting: 1 } });
    expect(await (await api.call(`/campaigns/${campaign.id}/audit`)).json()).toMatchObject({
      entries: [{ who: 'ann', what: 'created' }],
    });
  });

  test('columns can be named, and consent given for the whole list', async () => {
    const campaign = await someCampaign();
    const query = '&map=phone%3DB&map=first_name%3DA&default_country=us&consent_source=web%20form';
    expect(await imported(campaign, 'A;B\nAnn;2025550101\n', query)).toMatchObject({ rowsImported: 1 });
  });

  test('a list that cannot be read fails with the reason', async () => {
    const campaign = await someCampaign(NO_CONSENT_ASKED);
    expect(await imported(campaign, 'A;B\n1;2\n')).toMatchObject({
      state: 'failed',
      error: expect.stringMatching(/phone=COLUMN.*"A", "B"/),
    });
  });

  test('a preview shows rows, mapping and problems, and imports nothing', async () => {
    const campaign = await someCampaign({ ...NO_CONSENT_ASKED, country: 'US' });
    const list = `Name;Mobile\nAnn;2025550101\nBob;1.2E+10\n${'x;2025550103\n'.repeat(200_000)}`;
    const response = await post(`/campaigns/${campaign.id}/preview?rows=2`, list);
    expect(await response.json()).toMatchObject({
      delimiter: ';',
      mapping: { phone: 'Mobile', name: 'Name' },
      rows: [
        { line: 2, number: '+12025550101', timeZones: ['America/New_York'], variables: { name: 'Ann' } },
        { line: 3, problem: { reason: 'number-inexact' } },
      ],
    });
    const { progress } = (await (await api.call(`/campaigns/${campaign.id}`)).json()) as { progress: object };
    expect(progress).toEqual({});
    const wrong = await post(`/campaigns/${campaign.id}/preview?map=phone%3DNope`, list);
    expect(wrong.status).toBe(400);
    expect(await errorOf(wrong)).toMatchObject({
      code: 'bad-list',
      message: expect.stringMatching(/"Nope"/),
    });
  });

  test.each([
    ['/campaigns/none', 'GET'],
    ['/campaigns/none/imports', 'POST'],
    ['/campaigns/none/imports/x', 'GET'],
  ])('%s is not there', async (path, method) => {
    const response = await api.call(path, {}, method);
    expect(response.status).toBe(404);
    expect((await errorOf(response)).code).toMatch(/no-such/);
  });

  test('without the token there is nothing', async () => {
    for (const path of ['/campaigns', '/do-not-call', '/do-not-call/export']) {
      expect((await fetch(api.origin + path)).status, path).toBe(401);
    }
  });

  test('numbers are put on the do-not-call list and taken off it', async () => {
    const added = await postJson('/do-not-call', {
      number: '(202) 555-0188',
      defaultCountry: 'US',
      reason: 'asked',
    });
    expect(added.status).toBe(201);
    expect((await postJson('/do-not-call', { number: '+12025550188' })).status).toBe(200);
    expect(await errorOf(await postJson('/do-not-call', { number: '12' }))).toMatchObject({
      code: 'number-invalid',
    });
    const result = await post(
      '/do-not-call/import?default_country=US',
      'n\n2025550189\n2025550188\nnobody\n',
    );
    expect(await result.json()).toMatchObject({
      rowsRead: 3,
      added: 1,
      listed: 1,
      invalid: 1,
      firstInvalid: [{ line: 4 }],
    });
    const page = await (await api.call('/do-not-call?limit=1&after=+12025550188')).json();
    expect(page).toMatchObject({ entries: [{ number: '+12025550189', source: 'file: list' }] });
    const file = await (await api.call('/do-not-call/export')).text();
    expect(file).toMatch(/^number,source,reason,call_id,at\r\n\+12025550188,api,asked,,/);
    expect((await api.call('/do-not-call/+12025550188', {}, 'DELETE')).status).toBe(204);
    expect((await api.call('/do-not-call/+12025550188', {}, 'DELETE')).status).toBe(404);
    expect((await api.call('/do-not-call/%2B12025550189', {}, 'DELETE')).status).toBe(204);
  });
});
