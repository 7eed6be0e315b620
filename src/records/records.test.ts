import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { promisify } from 'node:util';
import type { Worker } from 'node:worker_threads';
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

  test('opening and saving leave the thread that asks free', async () => {
    const start = performance.eventLoopUtilization();
    const records = await createRecords({ memory: true }, logger);
    const [turn] = someRecord().turns;
    if (turn === undefined) throw new Error('the example has no turn');
    const record = someRecord({ turns: Array.from({ length: 300 }, () => turn) });
    for (let i = 0; i < 10; i++) await records.save(record);
    // In this very thread, all of this time would be work.
    expect(performance.eventLoopUtilization(start).utilization).toBeLessThan(0.5);
    await records.close();
  });

  test('a thread that dies is reported, and the next request starts another with all that was saved', async () => {
    const lines: string[] = [];
    const loud = pino({}, { write: (line) => lines.push(line) });
    const started = once(process, 'worker');
    const records = await createRecords({ dataDir: directory }, loud);
    const worker: Worker = (await started)[0];
    const record = someRecord();
    await records.save(record);
    const lost = records.save(someRecord());
    await Promise.all([expect(lost).rejects.toMatchObject({ code: 'records-lost' }), worker.terminate()]);
    expect(lines.join('')).toContain('records are without their thread');
    expect(await records.find(record.id)).toEqual(record);
    // What was asked before the end is still answered.
    await Promise.all([records.save(someRecord()), records.save(someRecord()), records.close()]);
    await expect(records.ping()).rejects.toMatchObject({ code: 'records-closed' });
    expect(await readdir(directory)).toEqual(['records']);
  });

  test('more requests than a database can have waiting are refused at once', async () => {
    const records = inMemory ?? (await createRecords({ memory: true }, logger));
    inMemory = records;
    const answers = await Promise.allSettled(Array.from({ length: 1_500 }, () => records.ping()));
    const refused = answers.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(500);
    expect(refused[0]).toMatchObject({ reason: { code: 'records-busy' } });
    await records.ping();
  });

  test('idle records do not keep the process alive', async () => {
    const script = `
      import { pino } from 'pino';
      import { createRecords } from ${JSON.stringify(import.meta.resolve('./records.ts'))};
      const records = await createRecords({ memory: true }, pino({ level: 'silent' }));
      console.log((await records.list({ limit: 1 })).calls.length);`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '--eval', script],
      {
        cwd: import.meta.dirname,
      },
    );
    expect(stdout).toBe('0\n');
  });
});
