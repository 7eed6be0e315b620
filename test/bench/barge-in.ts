/**
 * How soon the agent yields to people who interrupt it in the middle of a long answer, and how soon nothing is made any
 * more that nobody will hear.
 */
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import { FRAME_MS } from '../../src/telephony/index.ts';
import type { SpokenWord } from '../../src/tts/flite/index.ts';
import { type Figure, type PartReport, plainFigure, timesFigure } from './figures.ts';
import { isLecture, LECTURES, type Lecture, rehearse } from './lectures.ts';
import { loadRecordings, type Recording } from './recordings.ts';
import { type FinishedCall, type FlowName, Stage, together } from './stage.ts';
import type { VendorTap } from './vendor-tap.ts';

const RECORDINGS = 30;
/** What the recogniser is to make of a recording: no word of it says "go on". */
const WORDS = 'hold on please I wanted to ask about something else before that thing closes today'.split(' ');
/** How fast people speak, about. */
const WORD_MS = 320;
/** A model and a voice so slow that both are at work when they are interrupted, and still faster than the caller hears. */
const SLOW = { anthropic: { tokensPerSecond: 12 }, cartesia: { realTimeFactor: 1.4 } };
const YIELD_GOAL_MS = 250;
const CANCEL_GOAL_MS = 700;
/** Later than this it is not this interruption's doing. */
const LATEST_MS = 3000;

interface Interruption {
  /** Of the recording. */
  name: string;
  yieldedMs: number | undefined;
  /** Undefined where neither was at work. */
  cancelledMs: number | undefined;
}

/** One after the other, each with its own lecture, so that a request tells which caller it is for. */
interface Lane {
  flow: FlowName;
  lecture: Lecture;
  recordings: Recording[];
}

export async function measureBargeIn(signal: AbortSignal): Promise<PartReport> {
  const part = 'barge-in on human speech';
  const recordings = await loadRecordings(RECORDINGS).catch((error: unknown) =>
    error instanceof Error ? error.message : String(error),
  );
  if (typeof recordings === 'string') return { part, figures: [], notes: [`Not measured: ${recordings}.`] };
  const figures: Figure[] = [];
  const flows = [
    { flow: 'lectureFlux', by: 'the ear alone' },
    { flow: 'lectureNova', by: 'with a second opinion' },
  ] as const;
  const remarks: string[] = [];
  const found = await together(flows.map(({ flow }) => interruptAll(flow, recordings, signal)));
  for (const [index, { by }] of flows.entries()) {
    const interruptions = found[index] ?? [];
    const yielded = present(interruptions.map(({ yieldedMs }) => yieldedMs));
    const cancelled = present(interruptions.map(({ cancelledMs }) => cancelledMs));
    for (const { name, yieldedMs } of interruptions) {
      if (yieldedMs === undefined) remarks.push(`Not noticed, ${by}: ${name}.`);
      else if (yieldedMs > YIELD_GOAL_MS) remarks.push(`Late, ${by}: ${yieldedMs.toFixed(0)} ms, ${name}.`);
    }
    figures.push(
      timesFigure(`yields, ${by}`, yielded, { of: 'p95', atMost: YIELD_GOAL_MS }),
      timesFigure(`all is cancelled, ${by}`, cancelled, { of: 'p95', atMost: CANCEL_GOAL_MS }),
      plainFigure(`interruptions not noticed, ${by}`, interruptions.length - yielded.length, {
        count: interruptions.length,
        atMost: 0,
      }),
    );
  }
  return {
    part,
    figures,
    notes: [
      `${recordings.length} recordings of people (Spanish and French telephone prompts), from their first audible frame on.`,
      'Yields: `clear` has reached the carrier. All is cancelled: the model’s answer and the voice’s context, where they were at work, have been broken off at the stand-ins.',
      ...remarks,
    ],
  };
}

async function interruptAll(
  flow: FlowName,
  recordings: readonly Recording[],
  signal: AbortSignal,
): Promise<Interruption[]> {
  await using stage = await Stage.start({ delays: SLOW, tapped: true, signal });
  await rehearse(stage, flow);
  const lanes = LECTURES.map(
    (lecture, i): Lane => ({
      flow,
      lecture,
      recordings: recordings.filter((_, index) => index % LECTURES.length === i),
    }),
  );
  const found = await together(
    lanes.map(async (lane) => {
      const finished = await stage.call(flow, { steps: laneSteps(lane) });
      if (finished.stuck !== undefined) throw new Error(`a caller got stuck: ${finished.stuck}`);
      return interruptionsOf(finished, lane, stage.tap);
    }),
  );
  return found.flat();
}

function laneSteps({ lecture, recordings }: Lane): CallerScriptInput['steps'] {
  return [
    ...recordings.flatMap(({ name, audio, lengthMs }, i): CallerScriptInput['steps'] => [
      { say: lecture.question },
      {
        play: { name, audio, words: wordsOver(lengthMs) },
        // Not always at the same place.
        when: { agentSpokeMs: 1500 + (i % 5) * 250 },
      },
    ]),
    { hangUp: true },
  ];
}

/** Words at the pace of speech over the whole recording. */
function wordsOver(lengthMs: number): SpokenWord[] {
  const count = Math.max(2, Math.floor(lengthMs / WORD_MS));
  return Array.from({ length: count }, (_, i) => ({
    text: WORDS[i % WORDS.length] ?? '',
    startMs: i * WORD_MS,
    endMs: Math.min(lengthMs, (i + 1) * WORD_MS),
  }));
}

function interruptionsOf(
  { call }: FinishedCall,
  { lecture, recordings }: Lane,
  tap: VendorTap | undefined,
): Interruption[] {
  const clears = call.timeline.ofType('clear-received');
  const names = new Set(recordings.map(({ name }) => name));
  return call.timeline
    .ofType('saying')
    .filter(({ text, atMs }) => names.has(text) && isPlaying(call, atMs))
    .map(({ atMs, text: name }) => {
      // A frame goes out when its last sample was spoken: the sound began with its first.
      const onsetMs = atMs - FRAME_MS;
      const within = (ms: number | undefined): boolean =>
        ms !== undefined && ms > onsetMs && ms < onsetMs + LATEST_MS;
      const clear = clears.find((event) => within(event.atMs));
      const atWork = (one: { fromMs: number; doneMs?: number }): boolean =>
        one.fromMs < onsetMs && (one.doneMs === undefined || one.doneMs > onsetMs);
      const voices = tap?.voice.filter((one) => isLecture(one, lecture) && atWork(one)) ?? [];
      const models = tap?.model.filter((one) => one.said.includes(lecture.question) && atWork(one)) ?? [];
      const ends = [
        ...voices.map(({ cancelledMs }) => cancelledMs),
        ...models.map(({ abortedMs }) => abortedMs),
      ].filter((ms) => ms === undefined || ms > onsetMs);
      return {
        name,
        yieldedMs: clear === undefined ? undefined : clear.atMs - onsetMs,
        // One that was never broken off counts as the latest there is.
        cancelledMs:
          ends.length === 0
            ? undefined
            : Math.max(...ends.map((ms) => (ms === undefined ? LATEST_MS : ms - onsetMs))),
      };
    });
}

/** Whether audio of the agent's is on its way to the caller's ear: in a hole of its answer it has nothing to yield. */
function isPlaying({ timeline }: FinishedCall['call'], atMs: number): boolean {
  const last = timeline.ofType('media-received').findLast((one) => one.atMs < atMs);
  const cleared = timeline
    .ofType('clear-received')
    .some((one) => one.atMs > (last?.atMs ?? 0) && one.atMs < atMs);
  return last !== undefined && !cleared && last.atMs + last.queuedMs > atMs + YIELD_GOAL_MS;
}

function present(values: readonly (number | undefined)[]): number[] {
  return values.filter((value) => value !== undefined);
}
