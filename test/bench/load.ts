/** What a call costs and how long its caller waits, with many calls at once. */
import { type Figure, type PartReport, percentile, plainFigure, timesFigure } from './figures.ts';
import type { AnswerTimes } from './own-part.ts';
import { type RunResult, runCalls } from './run.ts';
import { TOLD } from './told.ts';

export interface LoadOptions {
  /** Calls at once; one run each. */
  calls: readonly number[];
  /** Length of each run. */
  seconds: number;
  signal: AbortSignal;
}

/** The service's own part at p99, on two cores; no goal is set for more calls. */
const OWN_GOALS = [
  { calls: 50, p99Ms: 10 },
  { calls: 200, p99Ms: 20 },
];
/** An answer whose exchanges are not found is none whose times are known. */
const MOST_NOT_FOUND_PERCENT = 1;
/** From this share on, other programs are worth a word: the figures are theirs, too. */
const NOTABLE_OTHERS_PERCENT = 3;

/** A report for each number of calls, as soon as it is there. Rejects as {@link runCalls} does. */
export async function* measureLoad({ calls, seconds, signal }: LoadOptions): AsyncGenerator<PartReport> {
  for (const count of calls) {
    const result = await runCalls({ count, seconds, signal });
    yield {
      part: `load: ${count} call${count === 1 ? '' : 's'} at once, ${seconds} s`,
      figures: figuresOf(count, result),
      notes: notesOf(result),
    };
  }
}

function figuresOf(count: number, result: RunResult): Figure[] {
  const { times, voiceToVoiceMs } = result;
  const goal = OWN_GOALS.find(({ calls }) => count <= calls);
  const asked = voiceToVoiceMs.length + result.unanswered;
  const notFound = voiceToVoiceMs.length - times.length;
  return [
    timesFigure('voice to voice', voiceToVoiceMs),
    timesFigure(
      'of it, the stand-ins',
      times.map(({ standInsMs }) => standInsMs),
    ),
    timesFigure(
      'of it, the service’s own part',
      times.map(({ ownMs }) => ownMs),
      goal && { of: 'p99', atMost: goal.p99Ms },
    ),
    plainFigure('answers whose exchanges were not found', (100 * notFound) / voiceToVoiceMs.length, {
      unit: '%',
      count: voiceToVoiceMs.length,
      atMost: MOST_NOT_FOUND_PERCENT,
    }),
    plainFigure('questions without an answer', result.unanswered, { count: asked, atMost: 0 }),
    timesFigure('barge-in to clear', result.bargeInMs),
    plainFigure('processor time, ms a call-second', result.cpuMsPerCallSecond),
    plainFigure('memory, MB a call', result.memoryPerCallBytes / 1e6),
    plainFigure('event loop’s lateness, p99', result.eventLoopDelayP99Ms, { unit: 'ms' }),
    plainFigure('longest collection', result.longestCollectionMs, { unit: 'ms' }),
  ];
}

function notesOf({ times, ownLoopDelayP99Ms, othersShare }: RunResult): string[] {
  const middle = (hop: keyof AnswerTimes['hopsMs']): string =>
    percentile(
      times.map(({ hopsMs }) => hopsMs[hop]),
      0.5,
    ).toFixed(1);
  const { endOfSpeechMs, firstTokenMs, tokensPerSecond, firstByteMs } = TOLD;
  const othersPercent = 100 * othersShare;
  return [
    `The stand-ins were told: end of speech ${endOfSpeechMs} ms, first token ${firstTokenMs} ms, then ${tokensPerSecond} tokens/s, voice first byte ${firstByteMs} ms; no drafts.`,
    'Own part: voice to voice less what the stand-ins really took, so their late timers are not the service’s.',
    `In the middle (p50 each): caller to recogniser ${middle('callerToRecogniser')}, recogniser to model ${middle('recogniserToModel')}, ` +
      `model to voice ${middle('modelToVoice')}, voice to caller ${middle('voiceToCaller')} ms.`,
    `Callers and stand-ins run on the same cores. Their event loop’s lateness, p99 ${ownLoopDelayP99Ms.toFixed(1)} ms, delays what arrives there, and so counts against the service four times an answer.`,
    'Barge-in includes the time the stand-in recogniser takes to notice speech.',
    ...(othersPercent < NOTABLE_OTHERS_PERCENT
      ? []
      : [`Other programs took ${othersPercent.toFixed(0)} % of the processors: measure again without them.`]),
  ];
}
