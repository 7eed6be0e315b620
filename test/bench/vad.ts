/** What hearing two hundred callers costs, measured in a process that does nothing else. */
import { fork } from 'node:child_process';
import { join } from 'node:path';
import { z } from 'zod';
import { type PartReport, plainFigure } from './figures.ts';

export const VAD_CALLS = 200;
const GOAL_PERCENT = 10;

export const vadCost = z.object({
  /** Shares of one core, in per cent: all of it, the model's thread, and what is left for the main thread. */
  totalPercent: z.number(),
  workerPercent: z.number(),
  mainPercent: z.number(),
  /** Share of the time that callers talk, in per cent. */
  talkPercent: z.number(),
  seconds: z.number(),
  events: z.number(),
});

export async function measureVad(signal: AbortSignal): Promise<PartReport> {
  const cost = await inItsOwnProcess(signal);
  return {
    part: `voice activity for ${VAD_CALLS} calls`,
    figures: [
      plainFigure('of one core, all of it', cost.totalPercent, { unit: '%', atMost: GOAL_PERCENT }),
      plainFigure('of one core, the model’s thread', cost.workerPercent, { unit: '%' }),
      plainFigure('of one core, the main thread', cost.mainPercent, { unit: '%' }),
      plainFigure('events heard', cost.events, { atLeast: 1 }),
    ],
    notes: [
      `${cost.seconds} s in real time; callers talk ${cost.talkPercent} % of the time, on lines with noise at −60 dBFS.`,
      'Processor time; that of feeding the frames alone is taken off.',
    ],
  };
}

function inItsOwnProcess(signal: AbortSignal): Promise<z.infer<typeof vadCost>> {
  return new Promise((resolve, reject) => {
    const child = fork(join(import.meta.dirname, 'vad-process.ts'), {
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { PATH: process.env['PATH'] },
      signal,
    });
    child.once('error', reject);
    child.once('message', (message) => resolve(vadCost.parse(message)));
    child.once('exit', (code) => reject(new Error(`the process that hears ended with code ${code}`)));
  });
}
