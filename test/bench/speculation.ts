/** What drafts, parsers and ready audio save of the caller's waiting. */
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import { type PartReport, plainFigure, timesFigure } from './figures.ts';
import { formSteps, questionSteps } from './questions.ts';
import { type FinishedCall, type FlowName, Stage, together } from './stage.ts';
import { TOLD } from './told.ts';

/** Callers of each flow at once: few enough for a small machine to keep its times. */
const CALLERS = 4;
const QUESTIONS_A_CALL = 8;

export async function measureSpeculation(signal: AbortSignal): Promise<PartReport> {
  await using stage = await Stage.start({ signal });
  // Once each, so that everything is synthesised and compiled.
  await together([
    ...(['drafts', 'noDrafts', 'opening'] as const).map((flow) =>
      stage.call(flow, { steps: questionSteps(2, 2) }),
    ),
    stage.call('form', { steps: formSteps() }),
  ]);
  const callsTo = (flow: FlowName): Promise<FinishedCall[]> =>
    together(
      Array.from({ length: CALLERS }, (_, seed) =>
        stage.call(flow, {
          steps: flow === 'form' ? formSteps() : questionSteps(QUESTIONS_A_CALL, seed),
        }),
      ),
    );
  const kinds = [callsTo('drafts'), callsTo('noDrafts'), callsTo('opening'), callsTo('form')] as const;
  await Promise.allSettled(kinds);
  const [drafts, noDrafts, opening, form] = await Promise.all(kinds);
  const all = [...drafts, ...noDrafts, ...opening, ...form];
  return {
    part: 'speculation: voice to voice',
    figures: [
      timesFigure('with drafts', drafts.flatMap(waits), { of: 'p50', atMost: 600 }),
      timesFigure('without drafts', noDrafts.flatMap(waits)),
      timesFigure('no model needed', form.flatMap(waits), { of: 'p50', atMost: 320 }),
      timesFigure('opening is ready', opening.flatMap(waits), { of: 'p50', atMost: 320 }),
      wasted(drafts),
      plainFigure('callers who waited in vain', all.filter(({ stuck }) => stuck !== undefined).length, {
        count: all.length,
        atMost: 0,
      }),
    ],
    notes: [
      `The stand-ins were told: end of speech ${TOLD.endOfSpeechMs} ms, likely end ${TOLD.eagerEndMs} ms, first token ` +
        `${TOLD.firstTokenMs} ms, then ${TOLD.tokensPerSecond} tokens/s, voice first byte ${TOLD.firstByteMs} ms: in a row, with a first clause of four tokens, 800 ms.`,
      'One question in four is asked with a hesitation in the middle.',
    ],
  };
}

function wasted(calls: readonly FinishedCall[]): ReturnType<typeof plainFigure> {
  const sum = (pick: (usage: FinishedCall['record']['usage']) => number): number =>
    calls.reduce((total, { record }) => total + pick(record.usage), 0);
  const dropped = sum((usage) => usage.draftsDropped);
  const all = dropped + sum((usage) => usage.draftsAdopted);
  return plainFigure('drafts wasted', (100 * dropped) / all, { unit: '%', count: all });
}

/** Each answer the caller heard: from the last audible frame of the question to the first message with audio. */
export function waits({ call }: { call: SandboxCall }): number[] {
  const said = call.timeline.ofType('said');
  const starts = call.timeline.ofType('heard-agent-start');
  return said.flatMap(({ atMs }, i) => {
    const next = said[i + 1]?.startedAtMs ?? Number.POSITIVE_INFINITY;
    const start = starts.find(({ receivedAtMs }) => receivedAtMs > atMs && receivedAtMs < next);
    return start === undefined ? [] : [start.receivedAtMs - atMs];
  });
}
