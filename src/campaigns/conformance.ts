import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { importContacts } from './import.ts';
import { type Campaign, type Campaigns, importOptionsSchema, type SetAsideRow } from './index.ts';

const OPTIONS = importOptionsSchema.parse({ defaultCountry: 'US' });

/** What every implementation of campaigns does. `open` gives the same database each time. */
export function describeCampaigns(name: string, open: () => Promise<Campaigns>): void {
  describe(name, () => {
    let campaigns: Campaigns;
    beforeAll(async () => {
      campaigns = await open();
    }, 60_000);

    const someCampaign = (): Promise<Campaign> =>
      campaigns.create(
        { name: 'Recall', flow: 'recall', settings: { a: { camelCase: 1, snake_case: [2] } }, priority: 3 },
        'ann',
      );

    const file = async (content: string): Promise<string> => {
      const folder = await temporaryFolder();
      const path = join(folder, 'list.csv');
      await writeFile(path, content);
      return path;
    };

    const imported = async (campaign: Campaign, content: string, options: object = {}, store = campaigns) => {
      const result = await importContacts(store, {
        campaignId: campaign.id,
        path: await file(content),
        fileName: 'list.csv',
        options: importOptionsSchema.parse({ ...OPTIONS, ...options }),
      });
      if (result === undefined) throw new Error('there is no such campaign');
      return result;
    };

    const allSetAside = (importId: string): Promise<SetAsideRow[]> =>
      campaigns.setAside(importId, { afterLine: 0, limit: 1_000 });

    const claim = (campaign: Campaign, limit = 100, now = new Date(Date.now() + 60_000)) =>
      campaigns.claimDue({ campaignId: campaign.id, owner: 'node-1', limit, now, leaseMs: 30_000 });

    test('a campaign is a draft at first, and found and listed as it was made', async () => {
      const campaign = await someCampaign();
      expect(campaign).toMatchObject({ name: 'Recall', state: 'draft', flow: 'recall', priority: 3 });
      expect(campaign.settings).toEqual({ a: { camelCase: 1, snake_case: [2] } });
      expect(await campaigns.find(campaign.id)).toEqual(campaign);
      expect(await campaigns.find('no-such')).toBeUndefined();
      const next = await someCampaign();
      expect(await campaigns.list({ limit: 1, after: campaign.id })).toEqual([next]);
    });

    test('a state changes once, and the trail tells who changed it', async () => {
      const { id } = await someCampaign();
      const start = { from: ['draft', 'paused'], to: 'running' } as const;
      const moved = await Promise.all([campaigns.move(id, start, 'ann'), campaigns.move(id, start, 'bob')]);
      expect(moved.filter((each) => each !== undefined)).toHaveLength(1);
      const pause = { from: ['running'], to: 'paused', reason: 'too many failures' } as const;
      expect(await campaigns.move(id, pause, 'dialer')).toMatchObject({
        state: 'paused',
        pauseReason: 'too many failures',
      });
      const resumed = await campaigns.move(id, start, 'ann');
      expect(resumed?.pauseReason).toBeUndefined();
      expect((await campaigns.auditTrail(id)).map(({ who, what }) => [who, what])).toEqual([
        ['ann', 'created'],
        [expect.stringMatching(/ann|bob/), 'running'],
        ['dialer', 'paused'],
        ['ann', 'running'],
      ]);
    });

    test('every row of a list is a contact or set aside with its reason', async () => {
      const campaign = await someCampaign();
      await campaigns.addDoNotCall(
        [{ number: '+12025550109', source: 'a person', at: '2026-01-02T03:04:05.000Z' }],
        'ann',
      );
      onTestFinished(async () => void (await campaigns.removeDoNotCall('+12025550109', 'ann')));
      const list = [
        'Name,Mobile,TZ,Consent source,Priority',
        'Ann,(202) 555-0101,,web form,',
        'Bob,202-555-0102,America/Denver,web form,9',
        'Cid,202 555 0101,,web form,',
        'Dan,12,,web form,',
        'Eve,1.20256E+10,,web form,',
        'Fay,2025550103,Mars/Olympus,web form,',
        'Gus,2025550104,,,',
        'Hal,2025550109,,web form,',
        'Ina,,,web form,',
        'Joe,2025550105,,web form,,,x',
        'Kim,8005550199,,web form,',
      ];
      const result = await imported(campaign, `${list.join('\n')}\n`, { requireConsent: true });
      expect(result).toMatchObject({ state: 'done', rowsRead: 11, rowsImported: 2, rowsSetAside: 9 });
      expect(result.bytesRead).toBe(result.bytesTotal);
      const setAside = await allSetAside(result.id);
      expect(setAside.map(({ line, reason }) => [line, reason])).toEqual([
        [4, 'duplicate-in-file'],
        [5, 'number-invalid'],
        [6, 'number-inexact'],
        [7, 'value-invalid'],
        [8, 'no-consent'],
        [9, 'do-not-call'],
        [10, 'number-missing'],
        [11, 'row-malformed'],
        [12, 'number-not-callable'],
      ]);
      expect(setAside[0]?.raw).toEqual(['Cid', '202 555 0101', '', 'web form', '']);
      expect(Object.values(result.reasons)).toEqual(Array.from({ length: 9 }, () => 1));
      expect(await campaigns.listImports(campaign.id)).toEqual([result]);
      expect(await campaigns.progress(campaign.id)).toEqual({ waiting: 2 });
      expect(await claim(campaign, 1)).toMatchObject([
        { number: '+12025550102', country: 'US', timeZones: ['America/Denver'], variables: { name: 'Bob' } },
      ]);
      expect(await claim(campaign)).toMatchObject([
        { number: '+12025550101', timeZones: ['America/New_York'] },
      ]);
    });

    test('another list brings nobody twice', async () => {
      const campaign = await someCampaign();
      await imported(campaign, 'phone\n2025550101\n2025550102\n');
      const second = await imported(campaign, 'phone,x\n2025550102,1\n2025550103,2\n2025550103,3\n');
      expect(second).toMatchObject({ rowsRead: 3, rowsImported: 1 });
      expect((await allSetAside(second.id)).map(({ line, reason }) => [line, reason])).toEqual([
        [2, 'duplicate-in-campaign'],
        [4, 'duplicate-in-file'],
      ]);
      const other = await someCampaign();
      expect(await imported(other, 'phone\n2025550101\n')).toMatchObject({ rowsImported: 1 });
    });

    test('a list that is imported again changes nothing', async () => {
      const campaign = await someCampaign();
      const content = 'phone\n2025550101\nno number\n';
      const first = await imported(campaign, content);
      expect(await imported(campaign, content)).toEqual(first);
      expect(await campaigns.progress(campaign.id)).toEqual({ waiting: 1 });
    });

    test('an import that was interrupted goes on where it was, and no row is there twice', async () => {
      const campaign = await someCampaign();
      const rows = Array.from({ length: 9_000 }, (_, index) =>
        index % 3 === 2 ? 'nobody' : `+1202${5_550_000 + index}`,
      );
      const content = `phone\n${rows.join('\n')}\n`;
      let batches = 0;
      const failing: Campaigns = Object.create(campaigns, {
        addBatch: {
          value: async (...args: Parameters<Campaigns['addBatch']>) => {
            batches += 1;
            if (batches === 3) throw new Error('the process was killed');
            return campaigns.addBatch(...args);
          },
        },
        openImport: {
          value: (...args: Parameters<Campaigns['openImport']>) => campaigns.openImport(...args),
        },
      });
      await expect(imported(campaign, content, {}, failing)).rejects.toThrow('the process was killed');
      const [half] = await campaigns.listImports(campaign.id);
      expect(half).toMatchObject({ state: 'running', rowsRead: 2_000 });
      const whole = await imported(campaign, content);
      expect(whole).toMatchObject({ id: half?.id, state: 'done', rowsRead: 9_000, rowsImported: 6_000 });
      expect(await campaigns.progress(campaign.id)).toEqual({ waiting: 6_000 });
      expect(await campaigns.setAside(whole.id, { afterLine: 0, limit: 10_000 })).toHaveLength(3_000);
    });

    test('of two who run the same import at once one gives way, and no row is there twice', async () => {
      const campaign = await someCampaign();
      const content = `phone\n${Array.from({ length: 5_000 }, (_, index) => `+1202${5_550_000 + index}`).join('\n')}\n`;
      const runs = await Promise.allSettled([imported(campaign, content), imported(campaign, content)]);
      const refusals = runs.filter((run) => run.status === 'rejected');
      for (const { reason } of refusals) expect(reason).toMatchObject({ code: 'import-taken' });
      expect(await imported(campaign, content)).toMatchObject({
        state: 'done',
        rowsRead: 5_000,
        rowsImported: 5_000,
      });
      expect(await campaigns.progress(campaign.id)).toEqual({ waiting: 5_000 });
    });

    test('a file that breaks off keeps what was read before, and says where', async () => {
      const campaign = await someCampaign();
      await expect(imported(campaign, 'phone,x\n2025550101,1\n2025550102,"2\n')).rejects.toThrow(
        /after line 2/,
      );
      const [failed] = await campaigns.listImports(campaign.id);
      expect(failed).toMatchObject({
        state: 'failed',
        error: expect.stringMatching(/after line 2/),
        rowsRead: 1,
      });
    });

    test('text that no column can hold does not stop an import', async () => {
      const campaign = await someCampaign();
      const content = '{"phone":"+12025550101","a":"x\\u0000y\\ud800"}\n{"phone":"\\u0000\\udfff"}\n';
      expect(await imported(campaign, content)).toMatchObject({ rowsRead: 2, rowsImported: 1 });
      expect(await claim(campaign)).toMatchObject([{ variables: { a: expect.stringMatching(/^xy/) } }]);
    });

    test('a file is imported where the campaigns are', async () => {
      const { id: campaignId } = await someCampaign();
      const request = { campaignId, fileName: 'list.csv', options: OPTIONS };
      const done = await campaigns.importFile({ ...request, path: await file('phone\n2025550101\n') });
      expect(done).toMatchObject({ state: 'done', rowsImported: 1, fileName: 'list.csv' });
      const broken = campaigns.importFile({ ...request, path: await file('nothing of use\n') });
      await expect(broken).rejects.toMatchObject({
        code: 'user-error',
        message: expect.stringMatching(/phone=COLUMN/),
      });
    });

    test('an import into a campaign that is not there is none', async () => {
      const options = OPTIONS;
      const path = await file('phone\n2025550101\n');
      expect(
        await importContacts(campaigns, { campaignId: 'none', path, fileName: 'x', options }),
      ).toBeUndefined();
    });

    test('contacts are claimed once, the urgent first, and not before their time', async () => {
      const campaign = await someCampaign();
      const rows = Array.from({ length: 40 }, (_, index) => `+12025550${String(100 + index)},${index % 2},`);
      await imported(campaign, `phone,priority,call_at\n${rows.join('\n')}\n+12025550999,9,2999-01-01\n`);
      const claims = await Promise.all(Array.from({ length: 6 }, () => claim(campaign, 5)));
      const numbers = claims.flat().map(({ number }) => number);
      expect(new Set(numbers).size).toBe(numbers.length);
      expect(numbers.length).toBeLessThanOrEqual(30);
      const rest = await claim(campaign, 100);
      expect(numbers.length + rest.length).toBe(40);
      expect(numbers.slice(0, 5).every((number) => Number(number.slice(-1)) % 2 === 1)).toBe(true);
      expect(await claim(campaign, 100)).toEqual([]);
      expect(await claim(campaign, 100, new Date('2999-01-02'))).toMatchObject([{ number: '+12025550999' }]);
    });

    test('who is on the do-not-call list leaves the queue of every campaign', async () => {
      const [one, two] = [await someCampaign(), await someCampaign()];
      for (const campaign of [one, two]) await imported(campaign, 'phone\n2025550171\n2025550172\n');
      const entry = {
        number: '+12025550171',
        source: 'call',
        reason: 'asked',
        callId: 'c1',
        at: '2026-01-02T03:04:05.000Z',
      };
      expect(await campaigns.addDoNotCall([entry], 'dialer')).toBe(1);
      expect(await campaigns.addDoNotCall([{ ...entry, reason: 'again' }], 'dialer')).toBe(0);
      expect(await campaigns.findDoNotCall(entry.number)).toEqual(entry);
      expect(await campaigns.listDoNotCall({ limit: 1, after: '+12025550170' })).toEqual([entry]);
      expect(await claim(one)).toMatchObject([{ number: '+12025550172' }]);
      expect(await campaigns.progress(two.id)).toEqual({ 'do-not-call': 1, waiting: 1 });
      expect(await campaigns.removeDoNotCall(entry.number, 'ann')).toBe(true);
      expect(await campaigns.removeDoNotCall(entry.number, 'ann')).toBe(false);
      expect(await campaigns.findDoNotCall(entry.number)).toBeUndefined();
      expect(await claim(two)).toHaveLength(2);
    });
  });
}
