/** What the parts of one live call share. */
import type { Logger } from 'pino';
import type { PlayoutLine } from '../audio/playout.ts';
import type { CallFacts, CallFlow, ListenExpectation } from '../flows/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import type { TurnLatency } from '../records/index.ts';
import type { TextToSpeech, TtsOptions } from '../tts/index.ts';
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
  /** In order of preference; see `ReplyVoice`. */
  readonly voices: readonly TextToSpeech[];
  readonly voiceOptions: Omit<TtsOptions, 'signal'>;
  /** Aborts when the call ends. */
  readonly signal: AbortSignal;
  /** Audio that is ready. */
  readonly prompts: Prompts;
  /** What the flow last waited for. */
  lastExpectation(): ListenExpectation;
  /** Milliseconds since the call's media started. */
  nowMs(): number;
  /** Something of a vendor's failed: counted, logged and journalled. */
  trouble(stage: 'stt' | 'llm' | 'tts' | 'reply' | 'line', code: string, provider: string): void;
  turnMeasured(latency: TurnLatency): void;
  /** A draft was adopted, or dropped at this cost. */
  draftEnded(outcome: 'adopted' | 'dropped', cost: ReplyCost): void;
}
