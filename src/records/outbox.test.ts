import { chmod, mkdir, readdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { someRecord } from './conformance.ts';
import { type CallRecord, type Records, RecordsError } from './index.ts';
import { createOutbox, type Outbox } from './outbox.ts';

/** A database in a map, which can be away, and which can refuse. */
class FakeRecords implements Records {
  readonly saved = new Map<string, CallRecord>();
  isAway = false;
  refuses: (record: CallRecord) => boolean = () => false;

  async save(record: CallRecord): Promise<void> {
    await this.ping();
    if (this.refuses(record)) throw new RecordsError('22P05', 'no column can hold it');
    this.saved.set(record.id, record);
  }
  async find(id: string): Promise<CallRecord | undefined> {
    await this.ping();
    return this.saved.get(id);
  }
  async ping(): Promise<void> {
    if (this.isAway) throw new RecordsError('records-away', 'connect ECONNREFUSED');
  }
  list = async () => ({ calls: [] });
  experiments = async () => [];
  keepKnowledge = async () => {};
  searchKnowledge = async () => undefined;
  close = async () => {};
}

async function open(records: Records, dataDir?: string, options: { mostRecords?: number } = {}) {
  const folder = dataDir ?? (await temporaryFolder());
  const said: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line) => void said.push(line) });
  const outbox = await createOutbox({ records, dataDir: folder, logger, retryAfterMs: 5, ...options });
  onTestFinished(() => outbox.close());
  const files = async () => (await readdir(join(folder, 'outbox'))).sort();
  return { outbox, folder, said, files };
}

const allSaved = (outbox: Outbox) => expect.poll(() => outbox.waiting).toBe(0);

test('a record passes through the disk into the database, and leaves nothing behind', async () => {
  const records = new FakeRecords();
  const { outbox, files } = await open(records);
  const record = someRecord();
  await outbox.save(record);
  await allSaved(outbox);
  expect(records.saved.get(record.id)).toEqual(record);
  await expect.poll(files).toEqual([]);
});

test('what a killed process left is saved by the next one', async () => {
  const dataDir = await temporaryFolder();
  const record = someRecord();
  await mkdir(join(dataDir, 'outbox'));
  await writeFile(join(dataDir, 'outbox', `${record.id}.left.json`), JSON.stringify(record));
  // Half written when it was killed: never a record.
  await writeFile(join(dataDir, 'outbox', `${record.id}.half.json.part`), '{"id":');
  const records = new FakeRecords();
  const { outbox } = await open(records, dataDir);
  await allSaved(outbox);
  expect(records.saved.get(record.id)).toEqual(record);
});

test('of one call only the newest waits', async () => {
  const records = new FakeRecords();
  records.isAway = true;
  const { outbox, files } = await open(records);
  const first = someRecord();
  const second = { ...first, outcome: 'transferred' as const };
  await outbox.save(first);
  await outbox.save(second);
  expect(outbox.waiting).toBe(1);
  expect(await files()).toHaveLength(1);
  expect(await outbox.find(first.callSid)).toEqual(second);
  records.isAway = false;
  await allSaved(outbox);
  expect(records.saved.get(first.id)).toEqual(second);
});

test('a record that is refused is set aside, and holds up no other', async () => {
  const records = new FakeRecords();
  const [bad, good] = [someRecord(), someRecord()];
  records.refuses = ({ id }) => id === bad.id;
  const { outbox, files, said } = await open(records);
  await outbox.save(bad);
  await outbox.save(good);
  await allSaved(outbox);
  expect([...records.saved.keys()]).toEqual([good.id]);
  await expect.poll(files).toEqual([expect.stringMatching(`^${bad.id}\\..*\\.json\\.refused$`)]);
  expect(said.join('')).toContain('set aside');
});

test('a file that is not readable is set aside', async () => {
  const dataDir = await temporaryFolder();
  await mkdir(join(dataDir, 'outbox'));
  await writeFile(join(dataDir, 'outbox', 'call-x.1.json'), 'not json');
  const { outbox, files, said } = await open(new FakeRecords(), dataDir);
  await allSaved(outbox);
  await expect.poll(files).toEqual(['call-x.1.json.refused']);
  expect(said.join('')).toContain('not readable');
});

test('a disk that takes nothing costs no record while the process lives', async () => {
  const records = new FakeRecords();
  records.isAway = true;
  const { outbox, folder, said } = await open(records);
  // As good as full, for root too: the folder is gone, and a file stands in its place.
  await rm(join(folder, 'outbox'), { recursive: true });
  await writeFile(join(folder, 'outbox'), '');
  await chmod(join(folder, 'outbox'), 0o400);
  const record = someRecord();
  await outbox.save(record);
  expect(said.join('')).toContain('the disk takes no record');
  expect(await outbox.find(record.id)).toEqual(record);
  records.isAway = false;
  await allSaved(outbox);
  expect(records.saved.get(record.id)).toEqual(record);
});

test('a full outbox says so, and asks the database at once', async () => {
  const records = new FakeRecords();
  records.isAway = true;
  const { outbox, said } = await open(records, undefined, { mostRecords: 2 });
  await outbox.save(someRecord());
  await outbox.save(someRecord());
  await expect(outbox.save(someRecord())).rejects.toThrow('ECONNREFUSED');
  expect(said.join('')).toContain('outbox of records is full');
  expect(outbox.waiting).toBe(2);
});
