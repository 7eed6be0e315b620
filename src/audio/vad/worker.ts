/** The model's thread: audio of all live streams in, their events out. */
import { parentPort, workerData } from 'node:worker_threads';
import { Ear } from './ear.ts';
import { type FromWorker, type ToWorker, toWorker, workerSettings } from './messages.ts';
import { RunGuard } from './run-guard.ts';
import { Silero } from './silero.ts';

const ears = new Map<number, Ear>();

function tell(message: FromWorker): void {
  parentPort?.postMessage(message);
}

async function listen(): Promise<void> {
  const { modelPath, guard: flags } = workerSettings.parse(workerData);
  const silero = await Silero.load(modelPath);
  const guard = new RunGuard(flags);
  parentPort?.on('message', (message: unknown) => {
    const told = toWorker.parse(message);
    if (told.type === 'audio') {
      // What throws here ends the thread, and the owner starts another.
      void hear(silero, guard, told).then((events) => tell({ type: 'heard', events }));
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

type Heard = Extract<FromWorker, { type: 'heard' }>['events'];

/** The owner sends the next audio only after this one's answer, so two never overlap. */
async function hear(
  silero: Silero,
  guard: RunGuard,
  { pieces, audio }: Extract<ToWorker, { type: 'audio' }>,
): Promise<Heard> {
  const events: Heard = [];
  const busy = new Map<number, Ear>();
  for (let at = 0, from = 0; at < pieces.length; at += 3) {
    const id = pieces[at] ?? 0;
    const to = from + (pieces[at + 2] ?? 0);
    const ear = ears.get(id);
    if (ear !== undefined) {
      ear.write(audio.subarray(from, to), pieces[at + 1] ?? 0);
      busy.set(id, ear);
    }
    from = to;
  }
  while (busy.size > 0) {
    const asked: { id: number; ear: Ear; memory: Ear['memory']; audio: Uint8Array }[] = [];
    for (const [id, ear] of busy) {
      const window = ear.ask((event) => events.push({ id, event }));
      if (window === undefined) busy.delete(id);
      else asked.push({ id, ear, memory: ear.memory, audio: window });
    }
    if (!guard.enter()) break;
    const probabilities = await silero.judge(asked).finally(() => guard.leave());
    for (const [index, { id, ear }] of asked.entries()) {
      ear.judged(probabilities[index] ?? 0, (event) => events.push({ id, event }));
    }
  }
  return events;
}

listen().then(
  () => tell({ type: 'ready' }),
  (error: unknown) =>
    tell({ type: 'failed', reason: error instanceof Error ? error.message : String(error) }),
);
