/** What the parts of one live call share. */
import type { Logger } from 'pino';
import type { PlayoutLine } from '../audio/playout.ts';
import type { CallFacts, CallFlow, ListenExpectation } from '../flows/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import type { TurnLatency } from '../records/index.ts';
import type { TextToSpeech, TtsOptions } from '../tts/index.ts';
import type { Conversation } from './conversation.ts';
import type { Journal } from './journal.ts';

export interface CallContext {
  readonly flow: CallFlow;
  readonly facts: CallFacts;
  readonly conversation: Conversation;
  readonly journal: Journal;
  readonly logger: Logger;
  readonly line: PlayoutLine;
  readonly model: LanguageModel;
  /** In order of preference; see `ReplyVoice`. */
  readonly voices: readonly TextToSpeech[];
  readonly voiceOptions: Omit<TtsOptions, 'signal'>;
  /** Aborts when the call ends. */
  readonly signal: AbortSignal;
  /** What the flow last waited for. */
  readonly lastExpectation: ListenExpectation;
  /** Milliseconds since the call's media started. */
  nowMs(): number;
  /** Something of a vendor's failed: counted, logged and journalled. */
  trouble(stage: 'stt' | 'llm' | 'tts' | 'reply' | 'line', code: string, provider: string): void;
  turnMeasured(latency: TurnLatency): void;
}
