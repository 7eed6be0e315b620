/** The model's thread: audio of all live streams in, their events out. */
import { parentPort, workerData } from 'node:worker_threads';
import { Ear } from './ear.ts';
import type { VoiceActivityEvent } from './index.ts';
import { type FromWorker, pack, type ToWorker, toWorker, workerSettings } from './messages.ts';
import { RunGuard } from './run-guard.ts';
import { Silero, type SileroWindow } from './silero.ts';
import { AudioTray } from './tray.ts';

/** A stream that has audio this tick, and its next window to be judged. */
interface Listener extends SileroWindow {
  ear: Ear;
  emit(event: VoiceActivityEvent): void;
}

const NO_AUDIO = new Uint8Array(0);
const ears = new Map<number, Ear>();

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

async function listen(): Promise<void> {
  const { modelPath, guard: flags, tray: memory } = workerSettings.parse(workerData);
  const silero = await Silero.load(modelPath);
  const guard = new RunGuard(flags);
  const tray = new AudioTray(memory);
  parentPort?.on('message', (message: unknown) => {
    const told = toWorker.parse(message);
    if (told.type === 'audio') {
      // What throws here ends the thread, and the owner starts another.
      void hear(silero, guard, tray, told.pieces).then((events) => tell({ type: 'heard', events }));
    } else if (told.type === 'end') {
      parentPort?.close();
      void silero.release();
    } else {
      attend(told);
    }
  });
}

function attend(told: Exclude<ToWorker, { type: 'audio' | 'end' }>): void {
  if (told.type === 'open') ears.set(told.id, new Ear(told.options));
  else if (told.type === 'close') ears.delete(told.id);
  else ears.get(told.id)?.configure(told.options);
}

/**
 * The events, packed. The owner sends the next audio only after this one's answer, so two never overlap, and the tray is
 * this thread's until then.
 */
async function hear(
  silero: Silero,
  guard: RunGuard,
  tray: AudioTray,
  pieces: number,
): Promise<Float64Array<ArrayBuffer>> {
  const events: number[] = [];
  let busy: Listener[] = [];
  tray.read(pieces, (id, atMs, audio) => {
    const ear = ears.get(id);
    if (ear === undefined) return;
    ear.write(audio, atMs);
    const emit = (event: VoiceActivityEvent): void => pack(events, id, event);
    if (busy.at(-1)?.ear !== ear) busy.push({ ear, emit, memory: ear.memory, audio: NO_AUDIO });
  });
  while (busy.length > 0) {
    busy = busy.filter((listener) => {
      listener.audio = listener.ear.ask(listener.emit) ?? NO_AUDIO;
      return listener.audio.length > 0;
    });
    if (busy.length === 0 || !guard.enter()) break;
    const probabilities = await silero.judge(busy).finally(() => guard.leave());
    for (const [index, { ear, emit }] of busy.entries()) ear.judged(probabilities[index] ?? 0, emit);
  }
  return Float64Array.from(events);
}

listen().then(
  () => tell({ type: 'ready' }),
  (error: unknown) =>
    tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) }),
);
