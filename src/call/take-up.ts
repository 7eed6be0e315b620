/**
 * Taking up a call that has been carried before: by this process or another, which ended its stream in order or died in
 * the middle of something. What that was is brought to its end here, as it would have been there.
 */
import type { ToolFate } from '../flows/index.ts';
import type { JournalEntry, Session } from '../sessions/index.ts';
import { agentTurn } from './agent-turn.ts';
import type { Conversation } from './conversation.ts';
import { heardParts, type InFlight, inFlightSchema } from './in-flight.ts';
import { type JournalData, type JournalWriter, journalDataSchemas } from './journal.ts';
import { MACHINE_ENTRY } from './resuming.ts';
import type { ReplyInput } from './turn-events.ts';

export interface TakenUp {
  session: Session;
  /** It stands where the session says; undefined where the call has never stood anywhere. */
  conversation: Conversation | undefined;
  journal: JournalWriter;
  /** The journal so far. */
  earlier: readonly JournalEntry[];
}

/** A call that was handed over goes on in silence, even if that took a little longer than nobody notices. */
const HANDED_OVER_MS = 3000;

/** Why the agent speaks first on a new stream. */
export function takeUp({ session, conversation, journal, earlier }: TakenUp): ReplyInput {
  if (conversation === undefined) {
    const isMachine = earlier.some((entry) => entry.type === MACHINE_ENTRY);
    return { type: isMachine ? 'machine-answered' : 'call-started' };
  }
  const gone = lastStream(earlier);
  const inFlight = inFlightOf(session);
  if (inFlight !== undefined) finish(inFlight, gone.at, { conversation, journal, earlier });
  const failed = session.plan.type === 'reconnect' ? session.plan.transferFailed : undefined;
  if (failed !== undefined) return { type: 'transfer-failed', status: failed };
  const lostMs = Math.max(0, Date.now() - gone.at);
  const { awaitedTool } = conversation;
  if (awaitedTool !== undefined) return { type: 'line-resumed', lostMs, tool: fateOf(awaitedTool, earlier) };
  const { reply, caller } = inFlight ?? {};
  const lostSpeech =
    gone.lostSpeech ||
    (reply === undefined && caller !== undefined && (caller.sounding || caller.text === ''));
  // The caller was in the middle of a sentence, or not a word of it was caught: only asking helps.
  if (lostSpeech) return { type: 'unheard' };
  if (gone.isHandedOver && (gone.isSaidElsewhere || lostMs < HANDED_OVER_MS)) return { type: 'go-on' };
  return { type: 'line-resumed', lostMs, ...(reply === undefined ? {} : { goesOn: true }) };
}

/** The call's last stream was ended by us, for the call to go on elsewhere. */
export function wasHandedOver(earlier: readonly JournalEntry[]): boolean {
  return lastStream(earlier).isHandedOver;
}

/** Null where a stream ended in order. */
function inFlightOf(session: Session): InFlight | undefined {
  const parsed = inFlightSchema.safeParse(session.inFlight);
  return parsed.success ? parsed.data : undefined;
}

/** How the last stream ended, and when: milliseconds since 1970. */
function lastStream(earlier: readonly JournalEntry[]): {
  at: number;
  lostSpeech: boolean;
  isHandedOver: boolean;
  /** The carrier had something to say meanwhile: however long it took, nothing was lost. */
  isSaidElsewhere: boolean;
} {
  const since = earlier.slice(earlier.findLastIndex(({ type }) => type === 'stream-started') + 1);
  const end = since.findLast(({ type }) => type === 'stream-ended' || type === 'stream-lost');
  return {
    at: end?.at ?? earlier.at(-1)?.at ?? Date.now(),
    lostSpeech: end?.data['lostSpeech'] === true,
    isHandedOver: end?.data['reason'] === 'handed-over',
    isSaidElsewhere: since.some(({ type, data }) => type === 'speech-moved' && data['to'] === 'carrier'),
  };
}

/** What was being said and heard when the process died: the flow's history and the record get what was heard of it. */
function finish(
  inFlight: InFlight,
  lostAt: number,
  { conversation, journal, earlier }: Omit<TakenUp, 'session'> & { conversation: Conversation },
): void {
  const isWritten = (turn: JournalData<'turn'>): boolean =>
    earlier.some(
      ({ type, data }) => type === 'turn' && data['role'] === turn.role && data['startMs'] === turn.startMs,
    );
  const write = (turn: JournalData<'turn'> | undefined): void => {
    if (turn !== undefined && !isWritten(turn)) journal.add('turn', turn);
  };
  const { reply, caller, at } = inFlight;
  const node = conversation.node;
  if (reply !== undefined) {
    write(reply.answers);
    const parts = heardParts(inFlight, reply, lostAt);
    conversation.step({ type: 'reply-heard', parts });
    const endMs = reply.startMs + Math.max(0, lostAt - at);
    write(agentTurn(parts, { startMs: reply.startMs, endMs, interrupted: true, node: reply.node }));
  }
  if (caller === undefined || caller.text === '') return;
  const { text, startMs, isAside = false } = caller;
  write({ role: 'caller', text, startMs, endMs: startMs, interrupted: false, node });
  // Nothing may come between a tool and its result.
  const isPiece = isAside || (reply === undefined && caller.sounding);
  if (conversation.awaitedTool === undefined && !isPiece) conversation.keepSaid(text);
  else conversation.step({ type: 'caller-overheard', text });
}

/** What the journal knows of a tool's call. */
function fateOf(callId: string, earlier: readonly JournalEntry[]): ToolFate {
  const of = (entry: JournalEntry): boolean => entry.data['callId'] === callId;
  const wasSent = earlier.some((entry) => entry.type === 'tool-started' && of(entry));
  const finished = earlier.findLast((entry) => entry.type === 'tool-finished' && of(entry));
  const answer = journalDataSchemas['tool-finished'].safeParse(finished?.data);
  if (!answer.success) return { callId, wasSent };
  const { result, isError, isText } = answer.data;
  return { callId, wasSent, answer: { result: isText ? result : parsedOr(result), isError } };
}

/** What was cut is no JSON any more, and stays a text. */
function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
