/** Long answers, and which question brings which. */
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
