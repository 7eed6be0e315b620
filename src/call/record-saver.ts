/** Saves records of finished calls: one call's saves follow each other, and a database that is away is tried again. */
import type { Logger } from 'pino';
import type { AudioSink, AudioStore, Records } from '../records/index.ts';
import type { JournalEntry, Session } from '../sessions/index.ts';
import { foldRecord } from './record.ts';

export interface RecordSaverOptions {
  records: Records;
  audio: AudioStore;
  logger: Logger;
}

/** Tried this often, with growing waits: about eight seconds in all. */
const TRIES = 5;
const FIRST_WAIT_MS = 500;

export class RecordSaver {
  readonly #options: RecordSaverOptions;
  readonly #saving = new Map<string, Promise<void>>();

  constructor(options: RecordSaverOptions) {
    this.#options = options;
  }

  /** Saves what the journal tells of the call so far. Resolves when it is stored or given up, which is logged. */
  save(session: Session, entries: readonly JournalEntry[]): Promise<void> {
    const { callId } = session;
    const saving = this.settled(callId)
      .then(() => this.#save(session, entries))
      .catch((error: unknown) => this.#options.logger.error({ err: error, callId }, 'record lost'))
      .finally(() => {
        if (this.#saving.get(callId) === saving) this.#saving.delete(callId);
      });
    this.#saving.set(callId, saving);
    return saving;
  }

  /** Resolves when no save of this call is under way. */
  async settled(callId: string): Promise<void> {
    await this.#saving.get(callId);
  }

  /** Resolves when no save is under way. */
  async close(): Promise<void> {
    await Promise.all(this.#saving.values());
  }

  async #save(session: Session, entries: readonly JournalEntry[]): Promise<void> {
    const { records, audio, logger } = this.#options;
    const stored = await audio.open(session.callId);
    stored?.stream.destroy();
    const record = foldRecord(session, entries, stored !== undefined);
    for (let attempt = 1; ; attempt++) {
      try {
        await records.save(record);
        return;
      } catch (error) {
        if (attempt === TRIES) throw error;
        logger.warn({ err: error, callId: session.callId, attempt }, 'record not saved yet');
        await new Promise((resolve) => setTimeout(resolve, FIRST_WAIT_MS * 2 ** (attempt - 1)));
      }
    }
  }
}

/** Where the audio of the call goes; undefined where it cannot be stored, which the log tells. */
export async function openSink(
  audio: AudioStore,
  callId: string,
  logger: Logger,
): Promise<AudioSink | undefined> {
  try {
    return await audio.create(callId);
  } catch (error) {
    logger.error({ err: error }, 'audio cannot be stored; the call goes on without');
    return undefined;
  }
}
