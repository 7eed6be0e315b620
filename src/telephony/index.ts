/**
 * The line: the audio path to one caller, whatever carries it.
 *
 * Audio both ways is 8 kHz μ-law. `atMs` is milliseconds since the call's media started.
 */
import type { ResumePlan, Session } from '../sessions/index.ts';

/** A caller's frame is 20 ms: 160 bytes of μ-law. */
export const FRAME_BYTES = 160;
export const FRAME_MS = 20;
/** μ-law at 8 kHz. */
export const BYTES_PER_MS = 8;

export type LineEvent =
  /** Caller audio; usually 160 bytes, never assumed to be. `atMs` is the carrier's media timestamp. */
  | { type: 'frame'; audio: Uint8Array; atMs: number }
  | { type: 'key'; digit: string }
  /** The audio before this mark was played to the caller, or, after a `clear`, thrown away. */
  | { type: 'played'; mark: string }
  /** The carrier fell silent by itself, so much before the end of the audio with this mark: the rest is to be sent again. */
  | { type: 'stopped'; mark: string; unheardBytes: number }
  /** The last event. `reason` says which side or fault ended the line. */
  | { type: 'closed'; reason: LineCloseReason };

export type LineCloseReason = 'stopped' | 'disconnected' | 'closed-here' | 'protocol-error' | 'overflow';

/**
 * One open media stream. Events are pushed to the one listener in the order they came; a listener set late gets
 * what was kept since the stream started (nothing is lost between accept and handler).
 */
export interface Line {
  /** The carrier's id of this stream (Twilio's StreamSid). */
  readonly streamId: string;
  readonly callSid: string;
  /** `<Parameter>`s of the stream, without the token. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Sets the one listener. Called synchronously, never re-entered. */
  listen(listener: (event: LineEvent) => void): void;
  /** Queues audio at the carrier and, where a mark is given, a mark after it. False when the line is closed. */
  play(audio: Uint8Array, mark?: string): boolean;
  /** Throws away what the carrier has queued and not yet played. Outstanding marks then come back as `played`. */
  clear(): void;
  /** Bytes accepted by `play` that the socket has not yet taken. */
  readonly bufferedBytes: number;
  /** Closes the stream from this side; `closed` follows with `closed-here`. Idempotent. */
  close(): void;
}

/** What this node takes; others are sent elsewhere. Read anew for each. */
export interface Acceptance {
  /** Calls that are not answered yet. */
  readonly calls: boolean;
  /** Media streams, those of calls that come from other nodes too. */
  readonly streams: boolean;
}

/** The parameter of a relay that says in which language (BCP 47) it begins. */
export const LANGUAGE_PARAMETER = 'language';

export type RelayEvent =
  /** What the caller said, as the carrier understood it. Until `isLast` it is unfinished, and may be told again. */
  | { type: 'said'; text: string; isLast: boolean }
  | { type: 'key'; digit: string }
  /** The caller spoke or pressed a key over the agent, and the carrier fell silent; `heard`: what was said by then. */
  | { type: 'interrupted'; heard: string }
  /** Somebody begins or ceases to be heard. Not every carrier tells. */
  | { type: 'speaking'; who: 'agent' | 'caller'; isSpeaking: boolean }
  /** These words of the agent's were played to the caller. Not every carrier tells. */
  | { type: 'spoken'; text: string }
  /** The last event. */
  | { type: 'closed'; reason: LineCloseReason };

/**
 * One open relay: the carrier recognises and speaks, and what goes to and fro is text. Events are pushed to the one
 * listener in the order they came; a listener set late gets what was kept.
 */
export interface RelayLine {
  /** The carrier's id of this relay (Twilio's session id, VX…). */
  readonly streamId: string;
  readonly callSid: string;
  /** `<Parameter>`s of the relay, without the token. */
  readonly parameters: Readonly<Record<string, string>>;
  /** Sets the one listener. Called synchronously. */
  listen(listener: (event: RelayEvent) => void): void;
  /** Has this spoken next. `isLast`: the carrier need not wait for more before it speaks. `language`: BCP 47. */
  say(text: string, options: { isLast: boolean; language: string }): void;
  /** From here on the caller is understood in this language (BCP 47). */
  understand(language: string): void;
  /** Ends the relay; the carrier then asks how to go on. `closed` follows with `closed-here`. Idempotent. */
  end(): void;
}

/** What the service asks of the carrier about a call, outside the media stream. */
export interface CallControl {
  /** Ends the call whatever it is doing. */
  hangUp(callSid: string): Promise<void>;
  /** Makes the carrier fetch `/twilio/resume` for the call. */
  redirectToResume(callSid: string): Promise<void>;
  /** Rings somebody, who is put into a conference on answering; returns the CallSid of this new call, the leg. */
  dialIntoConference(leg: ConferenceLeg): Promise<string>;
  /** Sends a text message; returns the carrier's id of it. Never repeated: a request without an answer may have sent it. */
  sendSms(message: TextMessage): Promise<string>;
}

/** A text message. */
export interface TextMessage {
  /** E.164. */
  to: string;
  /** A number of the account's that can send texts. */
  from: string;
  /** At most 1600 characters; longer ones the carrier refuses. */
  text: string;
}

/** Somebody to be rung for a caller who waits in a conference. What becomes of it goes to `CallDesk.legReported`. */
export interface ConferenceLeg {
  /** The call of the caller who waits. */
  callSid: string;
  conference: string;
  /** E.164, or a SIP address. */
  to: string;
  /** A number of the account's, or one it has verified. */
  from: string;
  timeoutSec: number;
  /** Whoever answers first hears what `CallDesk.briefing` says. */
  isBriefed: boolean;
}

/** What whoever answers a transfer hears next: a summary, or the caller. */
export type Briefing = { type: 'say'; text: string; language: string } | { type: 'join' };

/** What a caller hears who waits for a transfer, instead of the ringing. */
export type HoldKind = 'music' | 'noise';

/** What the carrier itself says for a caller whom the agent cannot take, and whom it connects them to. */
export interface CarrierWords {
  say: string;
  /** Said where nobody takes the call. */
  goodbye: string;
  /** BCP 47. */
  language: string;
  transfer?: { to: string; timeoutSec: number };
}

/** A call that wants to be answered, for the first time or again after a wait. */
export interface NewCall {
  callSid: string;
  to: string;
  direction: 'inbound' | 'outbound';
  /** Milliseconds since 1970; undefined: it has only just come. */
  waitingSinceMs: number | undefined;
  /** How often it was told to ask again. */
  round: number;
}

/** What becomes of a new call. */
export type Admission =
  | { type: 'answer' }
  /** It asks again in a few seconds; `isSaid`: the words are due. */
  | { type: 'wait'; words: CarrierWords; isSaid: boolean }
  /** It asks again at once: another node may have room. */
  | { type: 'elsewhere' }
  | { type: 'transfer'; words: CarrierWords }
  | { type: 'refuse'; words: CarrierWords }
  /** The service can keep nothing of a call just now. */
  | { type: 'fallback' };

/** Who decides about new calls, and knows what to say to those that cannot be taken. Neither waits for anything. */
export interface Reception {
  admit(call: NewCall): Admission;
  /** For when nothing else works. Undefined: no flow answers this number, or it has no such words. */
  wordsFor(number: string): CarrierWords | undefined;
  /** The shared store of live calls is away: another node may know what this one does not. */
  readonly isAlone: boolean;
}

/**
 * What the webhooks and the media stream ask of the part of the service that knows calls. Every method is idempotent:
 * Twilio repeats requests, and its signals arrive in any order.
 */
export interface CallDesk {
  /** A call wants to be answered. Undefined: no flow answers this number. Repeated: the same session. */
  answer(call: {
    callSid: string;
    from: string;
    to: string;
    direction: 'inbound' | 'outbound';
    /** What whoever placed the call gives the flow. Default: none. */
    variables?: Readonly<Record<string, unknown>>;
  }): Promise<Session | undefined>;
  /**
   * The media stream has ended, or a transfer's dialling has (`dialStatus`: Twilio's DialCallStatus): what next?
   * `hasSaid`: the words of a plan to say something were said. Undefined: nothing is known of this call.
   */
  resume(
    callSid: string,
    dialStatus?: string,
    hasSaid?: boolean,
  ): Promise<{ plan: ResumePlan; session: Session } | undefined>;
  /** A verified media stream has started. Returns at once and owns the line from now on. */
  carry(line: Line, session: Session): void;
  /** The same of a verified relay. */
  carryRelay(line: RelayLine, session: Session): void;
  /** The carrier reports the call as over; `status` is its CallStatus. */
  callEnded(callSid: string, status: string): Promise<void>;
  /** The carrier reports the media stream as over. */
  streamEnded(callSid: string, streamId: string, error?: string): Promise<void>;
  /** The carrier found an answering machine on the line. */
  machineAnswered(callSid: string): Promise<void>;
  /** The carrier asks what a caller in a conference should hear. Returns after how many milliseconds to ask again. */
  waiting(callSid: string): Promise<number>;
  /**
   * The carrier reports on the leg of a transfer: `callSid` is the caller who waits, `leg.callSid` the leg, `status` its
   * CallStatus.
   */
  legReported(callSid: string, leg: { callSid: string; conference: string; status: string }): Promise<void>;
  /**
   * Whoever answered a transfer asks what comes next; `hasHeard`: the summary was played to them. Undefined: the caller
   * waits no more.
   */
  briefing(
    callSid: string,
    leg: { callSid: string; conference: string; hasHeard: boolean },
  ): Promise<Briefing | undefined>;
}
