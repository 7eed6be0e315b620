/** What passes between a reply and the call it belongs to. */
import type { FlowCommand, ListenExpectation } from '../flows/index.ts';
import type { ReplyInput } from './turn-events.ts';
import type { UnspokenWords } from './voice.ts';

/** How the call leaves the agent. */
export type LeavePlan = Extract<FlowCommand, { type: 'hang-up' | 'transfer' }>;

/** No voice is left: the carrier itself says the words, and then the call goes on, or leaves as the flow wants. */
export interface CarrierSpeech {
  type: 'say';
  words: readonly UnspokenWords[];
  next: LeavePlan | undefined;
}

/** How the media of a call ends. */
export type Departure = LeavePlan | CarrierSpeech;

/** What a reply tells the call it belongs to. */
export interface ReplyEvents {
  /** Its first words are on their way to the voice. */
  worded(): void;
  /** Who was asked for words, or to speak them, said nothing in time; somebody else is asked now. */
  delayed(): void;
  audible(): void;
  idle(more: boolean): void;
  complete(expect: ListenExpectation): void;
  leaving(plan: Departure): void;
  toolRequested(callId: string, effect: 'reads' | 'writes'): void;
}

/** What a reply answers. */
export interface ReplyOptions {
  id: number;
  input: ReplyInput;
  /** When the caller began what it answers. */
  callerStartMs: number;
  /** Made before the turn is over: nothing of it reaches the line before it is adopted. */
  isDraft: boolean;
}
