/** What a live call is given. */
import type { Logger } from 'pino';
import type { VoiceActivity } from '../audio/vad/index.ts';
import type { CallFlow } from '../flows/index.ts';
import type { LanguageModel } from '../llm/index.ts';
import type { AudioSink, TurnLatency } from '../records/index.ts';
import type { Session } from '../sessions/index.ts';
import type { SpeechToText } from '../stt/index.ts';
import type { CallControl, Line } from '../telephony/index.ts';
import type { Voices } from '../tts/voice-links.ts';
import type { Conversation } from './conversation.ts';
import type { JournalWriter } from './journal.ts';
import type { Prompts } from './prompts.ts';
import type { Departure } from './reply-contract.ts';
import type { ReplyInput } from './turn-events.ts';

/** What every call of the process uses. */
export interface CallServices {
  recogniser: SpeechToText;
  model: LanguageModel;
  voices: Voices;
  prompts: Prompts;
  voiceActivity: VoiceActivity;
  counters: { inc(name: string, labels?: Record<string, string>, by?: number): void };
  /** One agent turn has ended, and this is what each of its stages took. */
  onTurn(latency: TurnLatency): void;
}

export interface LiveCallOptions extends CallServices {
  line: Line;
  session: Session;
  flow: CallFlow;
  conversation: Conversation;
  /** Sends text messages for the flow. */
  control: Pick<CallControl, 'sendSms'>;
  journal: JournalWriter;
  sink: AudioSink | undefined;
  logger: Logger;
  /** Milliseconds since the call's media started; runs on while the line is away. */
  nowMs(): number;
  input: ReplyInput;
  /** Something has changed that another process would need to know. Often; it is read when there is time. */
  onMoved(): void;
  /** It goes on as it was going: more of what is being said is on its way, or more of a sentence is guessed. */
  onProgress(): void;
  /** The last reply was played. The line is closed by whoever acts on the plan. */
  onLeave(plan: Departure): void;
}

/**
 * When another takes a call up: when the caller has next said something, and takes us to be thinking; as soon as nobody is
 * speaking; or as soon as no tool of the reply is at work.
 */
export type HandOverTime = 'at-turn' | 'at-pause' | 'now';
