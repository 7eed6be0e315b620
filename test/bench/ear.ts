/**
 * Latency where it counts: in the stereo recording of the call, from the end of the caller's energy to the start of the
 * agent's, against what the service itself says it took.
 */

import type { CallRecord } from '../../src/records/index.ts';
import type { StereoRecording } from '../e2e/recording.ts';
import { soundings } from './energy-edges.ts';
import { type Figure, type PartReport, percentile, plainFigure, timesFigure } from './figures.ts';
import { questionSteps } from './questions.ts';
import { Stage, together } from './stage.ts';

const CALLERS = 4;
const QUESTIONS_A_CALL = 8;
/** No pause within what the callers say is as long, and no answer comes so soon after its question. */
const JOIN_MS = 250;
const AGREE_MS = 20;

/** One answer, measured twice; the times are those of the recording and of the call. */
export interface Compared {
  ear: number;
  service: number;
}

export async function measureEar(signal: AbortSignal): Promise<PartReport> {
  await using stage = await Stage.start({ signal });
  const calls = await together(
    (['drafts', 'noDrafts'] as const).flatMap((flow) =>
      Array.from({ length: CALLERS }, (_, seed) =>
        stage.call(flow, { steps: questionSteps(QUESTIONS_A_CALL, seed) }),
      ),
    ),
  );
  const compared: Compared[] = [];
  let unmatched = 0;
  for (const finished of calls) {
    const found = compare(await stage.recording(finished), finished.record);
    compared.push(...found.compared);
    unmatched += found.unmatched;
  }
  const differences = compared.map(({ ear, service }) => ear - service);
  return {
    part: 'latency at the ear',
    figures: [
      timesFigure(
        'in the recording',
        compared.map(({ ear }) => ear),
      ),
      timesFigure(
        'by the service',
        compared.map(({ service }) => service),
      ),
      distribution('difference', differences),
      {
        ...timesFigure('size of the difference', differences.map(Math.abs), { of: 'p95', atMost: AGREE_MS }),
      },
      plainFigure(
        `within ${AGREE_MS} ms`,
        (100 * differences.filter((ms) => Math.abs(ms) <= AGREE_MS).length) / differences.length,
        { unit: '%', count: differences.length },
      ),
      plainFigure('answers not found in the recording', unmatched, { atMost: 0 }),
    ],
    notes: ['Recording less service: positive where the caller waited longer than the service says.'],
  };
}

/** Each of the agent's turns with a figure of its own, and the silence before it in the recording. */
export function compare(
  recording: StereoRecording,
  record: Pick<CallRecord, 'turns'>,
): { compared: Compared[]; unmatched: number } {
  const caller = soundings(recording.caller, JOIN_MS);
  const agent = soundings(recording.agent, JOIN_MS);
  const measured = record.turns.flatMap(({ latency }) =>
    latency?.voiceToVoiceMs === undefined || latency.firstFrameMs === undefined
      ? []
      : [{ service: latency.voiceToVoiceMs, firstFrameMs: latency.firstFrameMs }],
  );
  const compared = measured.flatMap(({ service, firstFrameMs }) => {
    // Which answer it is is told by the service's clock; when it began, by the sound alone.
    const start = nearest(
      agent.map(({ fromMs }) => fromMs),
      firstFrameMs,
    );
    const end = caller.findLast(({ toMs }) => start !== undefined && toMs <= start)?.toMs;
    return start === undefined || end === undefined ? [] : [{ ear: start - end, service }];
  });
  return { compared, unmatched: measured.length - compared.length };
}

/** Undefined where none is within a second: that is another answer. */
function nearest(values: readonly number[], wanted: number): number | undefined {
  const best = [...values].sort((a, b) => Math.abs(a - wanted) - Math.abs(b - wanted))[0];
  return best !== undefined && Math.abs(best - wanted) < 1000 ? best : undefined;
}

function distribution(name: string, values: readonly number[]): Figure {
  const at = (share: number): number => percentile(values, share);
  return {
    name,
    unit: 'ms',
    count: values.length,
    values: { least: at(0), p5: at(0.05), p50: at(0.5), p95: at(0.95), most: at(1) },
  };
}
