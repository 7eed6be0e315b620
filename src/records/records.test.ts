import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, afterEach, beforeEach, describe, expect, test } from 'vitest';
import { describeRecords, someRecord } from './conformance.ts';
import type { Records } from './index.ts';
import { createRecords } from './records.ts';

const logger = pino({ level: 'silent' });
let inMemory: Records | undefined;

afterAll(() => inMemory?.close());

describeRecords('records in PGlite', async () => {
  inMemory = await createRecords({ memory: true }, logger);
  return inMemory;
});

// PGlite takes seconds to set up a new directory on a busy machine.
describe('records in a data directory', { timeout: 60_000 }, () => {
  let directory: string;

  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'callwright-records-'));
  });

  afterEach(() => rm(directory, { recursive: true, force: true }));

  test('outlive a restart, are kept from a second process, and recover from a lock left by a crash', async () => {
    const dataDir = join(directory, 'made', 'on', 'demand');
    // What a first start that was interrupted leaves behind.
    await mkdir(join(dataDir, 'records.new', 'base'), { recursive: true });
    await writeFile(join(dataDir, 'records.new', 'PG_VERSION'), '18');
    const first = await createRecords({ dataDir }, logger);
    const record = someRecord();
    await first.save(record);
    await expect(createRecords({ dataDir }, logger)).rejects.toThrow(
      new RegExp(`${dataDir} is in use by process ${process.pid}.*DATA_DIR.*DATABASE_URL`),
    );
    await first.close();
    await first.close();
    expect(await readdir(dataDir)).toEqual(['records']);

    await writeFile(join(dataDir, 'records.lock'), `${process.pid} 12345`);
    const second = await createRecords({ dataDir }, logger);
    expect(await second.find(record.id)).toEqual(record);
    await second.ping();
    await second.close();
    await expect(second.ping()).rejects.toThrow();
  });
});
