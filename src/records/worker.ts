/** The thread of the records: opens the database it is given, answers requests, ends when told to. */
import { parentPort, workerData } from 'node:worker_threads';
import type { Campaigns } from '../campaigns/index.ts';
import { type CampaignsCall, performCall } from '../campaigns/remote.ts';
import { createSqlCampaigns } from '../campaigns/sql-campaigns.ts';
import { type DatabaseLocation, type DatabaseLog, openDatabase } from './database.ts';
import type { CallQuery, CallRecord, KnowledgeSearch, Records, StoredKnowledge } from './index.ts';
import { createSqlRecords } from './sql-records.ts';
import { type FromThread, type ThreadRequest, type ToThread, toFailure } from './thread-messages.ts';

const tell = (message: FromThread): void => parentPort?.postMessage(message);

const log: DatabaseLog = {
  info: (fields, message) => tell({ type: 'log', level: 'info', fields, message }),
  // An error cannot be copied with all its properties, and its message is what counts.
  warn: (fields, message) => tell({ type: 'log', level: 'warn', fields: plain(fields), message }),
};

function plain(fields: object): object {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([key, value]) => [key, value instanceof Error ? value.message : value]),
  );
}

interface Stores {
  records: Records;
  campaigns: Campaigns;
}

/** The argument is of the type that the method takes: the asking side has it from the same interface. */
function perform({ records, campaigns }: Stores, { method, argument }: ThreadRequest): Promise<unknown> {
  switch (method) {
    case 'campaigns':
      return performCall(campaigns, argument as CampaignsCall);
    case 'save':
      return records.save(argument as CallRecord);
    case 'find':
      return records.find(argument as string);
    case 'list':
      return records.list(argument as CallQuery);
    case 'experiments':
      return records.experiments(argument as { flow?: string });
    case 'keepKnowledge':
      return records.keepKnowledge(argument as StoredKnowledge);
    case 'searchKnowledge':
      return records.searchKnowledge(argument as KnowledgeSearch);
    case 'ping':
      return records.ping();
  }
}

const closing = new AbortController();
const underWay = new Set<Promise<void>>();

async function answer(stores: Stores, request: ThreadRequest): Promise<void> {
  const { id } = request;
  try {
    tell({ type: 'answer', id, result: await perform(stores, request) });
  } catch (error) {
    tell({ type: 'refusal', id, failure: toFailure(error) });
  }
}

/** Nothing keeps the thread once its port is closed. */
async function close({ records }: Stores): Promise<void> {
  closing.abort();
  await Promise.all(underWay);
  await records.close().finally(() => parentPort?.close());
}

try {
  const database = await openDatabase(workerData as DatabaseLocation, log);
  const stores: Stores = {
    records: createSqlRecords(database),
    campaigns: createSqlCampaigns(database.db, closing.signal),
  };
  parentPort?.on('message', (message: ToThread) => {
    if ('type' in message) return void close(stores);
    const answering = answer(stores, message);
    underWay.add(answering);
    void answering.then(() => underWay.delete(answering));
  });
  tell({ type: 'ready' });
} catch (error) {
  tell({ type: 'failed', failure: toFailure(error) });
}
