/**
 * eSpeak NG in WebAssembly: plain speech of a hundred languages, made in this process on one thread for all calls. It is
 * optional (see {@link isEspeakInstalled}); a text is spoken some thirty times faster than it is heard, and its audio comes
 * as it is made.
 */
import { Worker } from 'node:worker_threads';
import { EventQueue } from '../../async/event-queue.ts';
import type { Manner, SpokenPiece, Synthesiser } from '../in-process.ts';
import { voicesFor } from './languages.ts';
import { type Order, type Report, report } from './messages.ts';

export { HOW_TO_INSTALL, isEspeakInstalled } from './package.ts';

export interface EspeakOptions {
  /** @defaultValue a thread of the package; a test keeps hold of it to end it */
  startWorker?: () => Worker;
}

/** Its name in chains. */
export const ESPEAK = 'espeak';
/**
 * The thread speaks one text at a time and cannot be stopped within it, so a long one is cut: some twenty seconds of
 * speech, which take about half a second.
 */
const MOST_CHARACTERS = 300;
/** Texts that wait, over all calls. So many are some ten seconds late already: the next one is refused. */
const MOST_WAITING = 64;
/** Pieces of sound of one text that nobody has read; each is about 50 ms. */
const MOST_UNREAD = 2000;
const BYTES_PER_MS = 8;
const SPEAKABLE = /[\p{L}\p{N}]/u;

interface Job extends Order {
  readonly pieces: EventQueue<SpokenPiece>;
}

/** Starts no thread until it is warmed or asked to speak; a thread that died is started again by the next text. */
export function createEspeak(options: EspeakOptions = {}): Synthesiser {
  return new Espeak(options);
}

class Espeak implements Synthesiser {
  readonly provider = ESPEAK;
  readonly #startWorker: () => Worker;
  /** The first is with the thread, if any is. */
  readonly #jobs: Job[] = [];
  #worker: Worker | undefined;
  #isBusy = false;
  #ready = Promise.withResolvers<void>();
  #nextId = 1;
  #isClosed = false;

  constructor({ startWorker = () => new Worker(new URL('./worker.ts', import.meta.url)) }: EspeakOptions) {
    this.#startWorker = startWorker;
  }

  speaks(language: string): boolean {
    return voicesFor(language).length > 0;
  }

  async warm(): Promise<void> {
    if (this.#isClosed || this.#worker !== undefined) return;
    this.#startedWorker();
    await this.#ready.promise;
  }

  async *speak(text: string, { language, speed, signal }: Manner): AsyncGenerator<SpokenPiece> {
    let fromMs = 0;
    for (const part of partsOf(text)) {
      if (signal.aborted) return;
      if (!SPEAKABLE.test(part)) continue;
      let partMs = 0;
      for await (const piece of this.#say({ text: part, voices: [...voicesFor(language)], speed }, signal)) {
        if (piece.type === 'audio') partMs += piece.audio.length / BYTES_PER_MS;
        yield piece.type === 'audio'
          ? piece
          : { ...piece, startMs: fromMs + piece.startMs, endMs: fromMs + piece.endMs };
      }
      fromMs += partMs;
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const worker = this.#worker;
    this.#gone('eSpeak was closed');
    await worker?.terminate();
  }

  async *#say(asked: Omit<Order, 'id'>, signal: AbortSignal): AsyncGenerator<SpokenPiece> {
    if (this.#isClosed) throw new Error('eSpeak is closed');
    if (this.#jobs.length >= MOST_WAITING) throw new Error(`${MOST_WAITING} texts are waiting already`);
    const pieces = new EventQueue<SpokenPiece>({ capacity: MOST_UNREAD });
    const job: Job = { ...asked, id: this.#nextId++, pieces };
    const onAbort = (): void => pieces.discard();
    signal.addEventListener('abort', onAbort, { once: true });
    this.#jobs.push(job);
    this.#sendNext();
    try {
      yield* pieces;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#forget(job);
    }
  }

  /** What waits is not spoken any more; what the thread has is spoken for nobody. */
  #forget(job: Job): void {
    const index = this.#jobs.indexOf(job);
    if (index > 0 || (index === 0 && !this.#isBusy)) this.#jobs.splice(index, 1);
  }

  #sendNext(): void {
    const [job] = this.#jobs;
    if (this.#isBusy || job === undefined) return;
    this.#isBusy = true;
    const worker = this.#startedWorker();
    worker.ref();
    const { pieces: _, ...sent } = job;
    worker.postMessage(sent);
  }

  #startedWorker(): Worker {
    if (this.#worker !== undefined) return this.#worker;
    const worker = this.#startWorker();
    const gone = (reason: string): void => {
      if (this.#worker === worker) this.#gone(reason);
    };
    worker.on('message', (message: unknown) => {
      const told = report.safeParse(message);
      if (this.#worker === worker && told.success) this.#onReport(told.data);
    });
    worker.on('error', (error) => gone(error instanceof Error ? error.message : String(error)));
    worker.on('exit', (code) => gone(`eSpeak's thread exited with code ${code}`));
    // An idle voice does not keep the process alive.
    worker.unref();
    this.#worker = worker;
    return worker;
  }

  #onReport(told: Report): void {
    if (told.type === 'ready') return this.#ready.resolve();
    const [job] = this.#jobs;
    if (job?.id !== told.id) return;
    if (told.type === 'audio') {
      if (!job.pieces.push(told)) job.pieces.fail(new Error('nobody reads the audio'));
      return;
    }
    if (told.type === 'spoken') {
      for (const word of told.words) job.pieces.push({ type: 'word', ...word });
      job.pieces.end();
    } else job.pieces.fail(new Error(told.message));
    this.#jobs.shift();
    this.#isBusy = false;
    this.#worker?.unref();
    this.#sendNext();
  }

  /** All that waits fails; the next text starts another thread. */
  #gone(reason: string): void {
    this.#worker = undefined;
    this.#isBusy = false;
    this.#ready.resolve();
    this.#ready = Promise.withResolvers();
    for (const { pieces } of this.#jobs.splice(0)) pieces.fail(new Error(reason));
  }
}

/** As much as is spoken at once, cut after a clause, else after a word, where it must be cut. */
function partsOf(text: string): string[] {
  const parts: string[] = [];
  let rest = text.trim();
  while (rest.length > MOST_CHARACTERS) {
    const room = rest.slice(0, MOST_CHARACTERS);
    const clause = room.search(/[.?!,;:](?=\s)(?!.*[.?!,;:]\s)/s);
    const blank = room.lastIndexOf(' ');
    const end = clause > 0 ? clause + 1 : blank > 0 ? blank : MOST_CHARACTERS;
    parts.push(rest.slice(0, end));
    rest = rest.slice(end).trim();
  }
  return rest === '' ? parts : [...parts, rest];
}
