/** Ten minutes of callers who cough, breathe and type on a noisy line while the agent speaks at length. */
import type { CallerScriptInput } from '../../src/sandbox/phone/caller-script.ts';
import { type Figure, type PartReport, plainFigure } from './figures.ts';
import { LECTURES, rehearse } from './lectures.ts';
import { noisyRoom } from './sounds.ts';
import { type FinishedCall, Stage, together } from './stage.ts';

/** As many minutes as there are calls of about a minute. */
const CALLS = 10;
const QUESTIONS_A_CALL = 3;
/** Longer than any call, so that no noise comes twice. */
const ROOM_MS = 100_000;
const YIELDS_GOAL = 2;

export async function measureNoise(signal: AbortSignal): Promise<PartReport> {
  await using stage = await Stage.start({ signal });
  await rehearse(stage, 'lectureFlux');
  const flows = [
    { flow: 'lectureFlux', by: 'the ear alone' },
    { flow: 'lectureNova', by: 'with a second opinion' },
  ] as const;
  const figures = await together(
    flows.map(async ({ flow, by }, index) => {
      const calls = await together(
        Array.from({ length: CALLS }, (_, i) => stage.call(flow, script(i, 1000 * index + 10 * i))),
      );
      return figuresOf(calls, by);
    }),
  );
  return {
    part: 'noise',
    figures: figures.flat(),
    notes: [
      'Pink and white line noise at −55 dBFS, coughs up to −18 dBFS, breaths up to −32 dBFS and keys up to −22 dBFS, whenever the caller does not speak.',
      'With Nova, the recogniser’s stand-in takes every sound of 60 ms for the beginning of speech, as a second opinion that is always wrong.',
    ],
  };
}

function script(index: number, seed: number): CallerScriptInput {
  const steps = Array.from({ length: QUESTIONS_A_CALL }, (_, i) => ({
    say: LECTURES[(index + i) % LECTURES.length]?.question ?? '',
  }));
  return { room: noisyRoom(ROOM_MS, seed), steps: [...steps, { hangUp: true }] };
}

function figuresOf(calls: readonly FinishedCall[], by: string): Figure[] {
  const minutes = calls.reduce((sum, { call }) => sum + call.durationSec, 0) / 60;
  const yields = calls.reduce((sum, finished) => sum + yieldsOf(finished), 0);
  const asked = calls.length * QUESTIONS_A_CALL;
  const answered = calls.reduce((sum, finished) => sum + answersOf(finished), 0);
  const askedFor = calls.reduce(
    (sum, { record }) => sum + record.turns.filter(({ role }) => role === 'caller').length,
    0,
  );
  return [
    plainFigure(`minutes of calls, ${by}`, minutes),
    plainFigure(`yields in ten minutes, ${by}`, (10 * yields) / minutes, {
      count: yields,
      atMost: YIELDS_GOAL,
    }),
    plainFigure(`replies lost, ${by}`, asked - answered, { count: asked, atMost: 0 }),
    plainFigure(`turns of callers that were none, ${by}`, Math.max(0, askedFor - asked), { atMost: 0 }),
  ];
}

/** Each clear of the line: nobody ever spoke over the agent. */
function yieldsOf({ call }: FinishedCall): number {
  return call.timeline.ofType('clear-received').length;
}

/** Lectures that were heard to their end, one for each question. */
function answersOf({ record }: FinishedCall): number {
  return record.turns.filter(
    ({ role, text, generated, interrupted }) =>
      role === 'agent' &&
      generated === undefined &&
      !interrupted &&
      LECTURES.some(({ begins }) => text.includes(begins)),
  ).length;
}
