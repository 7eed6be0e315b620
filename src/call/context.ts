/** What the parts of one live call share. */
import type { Logger } from 'pino';
import type { PlayoutLine } from '../audio/playout.ts';
import type { CallFacts, CallFlow, ListenExpectation, ToolRunner } from '../flows/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import type { Stage } from '../provider-health.ts';
import type { TurnLatency } from '../records/index.ts';
import type { Session } from '../sessions/index.ts';
import type { CallVoices } from './call-voices.ts';
import type { Conversation } from './conversation.ts';
import type { ReplyCost } from './cost.ts';
import type { JournalWriter } from './journal.ts';
import type { Prompts } from './prompts.ts';

export interface CallContext {
  readonly flow: CallFlow;
  readonly facts: CallFacts;
  readonly conversation: Conversation;
  readonly journal: JournalWriter;
  readonly logger: Logger;
  readonly line: PlayoutLine;
  readonly model: LanguageModel;
  /** Runs what the flow asks for: its own tools, and those of the carrier. */
  readonly tools: ToolRunner;
  /** Who speaks, and who when that fails. */
  readonly voices: CallVoices;
  /** Aborts when the call ends. */
  readonly signal: AbortSignal;
  /** Audio that is ready. */
  readonly prompts: Prompts;
  /** What the flow waited for before the reply that asks. */
  lastExpectation(): ListenExpectation;
  /** Milliseconds since the call's media started. */
  nowMs(): number;
  /** Something of a vendor's failed: counted, logged and journalled. */
  trouble(stage: 'stt' | 'llm' | 'tts' | 'reply' | 'line', code: string, provider: string): void;
  /** Another provider does the work of a stage from here on: counted and journalled. Undefined: none does. `code`: why the one before was left. */
  switched(stage: Stage, from: string | undefined, to: string | undefined, code?: string): void;
  turnMeasured(latency: TurnLatency): void;
  /** A draft was adopted, or dropped at this cost. */
  draftEnded(outcome: 'adopted' | 'dropped', cost: ReplyCost): void;
}

/** What the flow is told of the call. */
export function factsOf({ callId, direction, from, to, createdAt, variables }: Session): CallFacts {
  const startedAt = new Date(createdAt).toISOString();
  return { callId, direction, from, to, startedAt, ...(variables === undefined ? {} : { variables }) };
}
