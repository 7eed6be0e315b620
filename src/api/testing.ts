/** The API on a loopback port over real stores that hold a few finished calls, for tests. */
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import { pino } from 'pino';
import { expect } from 'vitest';
import { createAudioFiles } from '../records/audio-files.ts';
import { someRecord } from '../records/conformance.ts';
import { createRecords } from '../records/records.ts';
import { createMemorySessions } from '../sessions/memory.ts';
import { type ApiOptions, createApi, type LoadedFlows } from './router.ts';
import { errorSchema } from './schemas.ts';

export const TOKEN = 'correct-horse-battery-staple';
/** The finished calls: one with audio, one without, and one whose audio is gone. */
export const spoken = someRecord({ flow: 'spoken' });
export const silent = someRecord({ flow: 'silent', hasAudio: false, outcome: 'silent', from: '+15557777' });
export const lost = someRecord({ flow: 'lost', hasAudio: true });
/** The audio of {@link spoken}, without the header of its file. */
export const audioBytes = Buffer.from(Array.from({ length: 3_200 }, (_, index) => index % 251));

/** What {@link startApi} started. Whoever started it closes it. */
export type TestApi = Awaited<ReturnType<typeof startApi>>;

export async function startApi() {
  const logger = pino({ level: 'silent' });
  // A data directory whose name starts with a dot, as ~/.callwright would: its files are served all the same.
  const directory = await mkdtemp(join(tmpdir(), '.callwright-api-'));
  const records = await createRecords({ memory: true }, logger);
  for (const record of [spoken, silent, lost]) await records.save(record);
  const audio = await createAudioFiles({ dataDir: directory, logger });
  const sink = await audio.create(spoken.id);
  sink.write(audioBytes);
  await sink.commit();
  const sessions = createMemorySessions();
  const flows = bakeryAlone();
  const campaigns = { campaigns: records.campaigns, uploadsDir: join(directory, 'imports') };
  const served = await serveApi({ records, flows, audio, sessions, campaigns, adminToken: TOKEN, logger });
  return {
    ...served,
    records,
    flows,
    audio,
    sessions,
    async close() {
      served.close();
      await records.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Serves an API at `origin`; `call` asks it with the token. */
export async function serveApi(options: ApiOptions) {
  const app = express();
  app.use('/api/v1', createApi(options));
  const server = app.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('the server has no port');
  const origin = `http://127.0.0.1:${address.port}/api/v1`;
  return {
    origin,
    call: (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Response> =>
      fetch(origin + path, { method, headers: { authorization: `Bearer ${TOKEN}`, ...headers } }),
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** The error that an answer holds. */
export async function errorOf(response: Response) {
  expect(response.headers.get('content-type')).toMatch(/^application\/json/);
  return errorSchema.parse(await response.json()).error;
}

function bakeryAlone(): LoadedFlows & { reloads: number } {
  return {
    reloads: 0,
    flows: [
      {
        settings: { id: 'bakery', version: 'abc123', language: 'en-GB' },
        numbers: ['+15550123'],
        variants: [{ settings: { version: 'abc123+greeting.long' } }],
      },
    ],
    lastReload: undefined,
    async reload() {
      this.reloads++;
      const reload = { changed: ['bakery'], removed: [], problems: ['flows/b.yaml:1:1: wrong'] };
      Object.assign(this, { lastReload: { ...reload, at: '2026-01-01T00:00:00.000Z' } });
      return reload;
    },
  };
}
