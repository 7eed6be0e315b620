/** Long answers, and which question brings which. */
import { changeDelays, type DelaysPatch } from '../../src/sandbox/delays.ts';
import { type FlowName, type Stage, together } from './stage.ts';
import type { VoiceExchange } from './vendor-tap.ts';

export interface Lecture {
  question: string;
  /** How its answer begins; no other does so. */
  begins: string;
}

/** They stand in the flows `bench-lecture-…`. Each takes the agent some fifteen seconds. */
export const LECTURES: readonly Lecture[] = [
  { question: 'What ships are in the harbour hall?', begins: 'The old harbour' },
  { question: 'What does the great painting show?', begins: 'A great painting' },
  { question: 'What hangs in the clock tower?', begins: 'In the clock tower' },
  { question: 'What lies behind the chapel wall?', begins: 'Our garden' },
  { question: 'What is the old train carriage?', begins: 'The last train' },
  { question: 'How does the spring festival end?', begins: 'Every spring' },
];

/** Whether this is the answer, as far as it goes. */
export function isLecture({ text }: Pick<VoiceExchange, 'text'>, { begins }: Lecture): boolean {
  return text.startsWith(begins);
}

/** As fast as the stand-ins can. */
const AT_ONCE = {
  anthropic: { firstTokenMs: 0, tokensPerSecond: 10_000 },
  cartesia: { firstByteMs: 0, realTimeFactor: 1000 },
} as const satisfies DelaysPatch;
/** What the stand-in voice needs to synthesise all lectures on a busy machine. */
const SYNTHESIS_MS = 8000;

/**
 * Has every lecture asked for once: the stand-in voice takes seconds to synthesise one for the first time, and gaps in
 * an answer would be its doing. The stage's tap knows nothing of it.
 */
export async function rehearse(stage: Stage, flow: FlowName): Promise<void> {
  const usual = structuredClone(stage.sandbox.delays);
  changeDelays(stage.sandbox.delays, AT_ONCE);
  await together(
    LECTURES.map(({ question }) =>
      stage.call(flow, {
        steps: [{ say: question }, { hangUp: true, when: { afterMs: SYNTHESIS_MS } }],
      }),
    ),
  );
  changeDelays(stage.sandbox.delays, usual);
  stage.tap?.forget();
}
