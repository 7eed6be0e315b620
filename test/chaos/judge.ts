/** Whether a call that something befell went as a call should. */
import type { CallRecord } from '../../src/records/index.ts';
import type { BookingRequest } from '../../src/sandbox/booking.ts';
import type { SandboxCall } from '../../src/sandbox/twilio/index.ts';
import type { Speech } from '../../src/tts/flite/index.ts';
import { createSpokenForm } from '../../src/tts/spoken-form/index.ts';
import type { ChaosCase } from './cases.ts';
import { compareWords, longestSilence, plainWords, stutters, wordsHeard } from './heard.ts';

/** What the caller of every case says. */
export const SAID = [
  'Please book next Tuesday.',
  'The first one. My name is Alex Morgan.',
  'No, goodbye.',
] as const;

/** What every caller must hear, whatever else is said. */
const MUST_BE_HEARD = [
  'Welcome to the dental practice in the High Street. How can I help you today?',
  'Thank you for calling. Goodbye.',
];

/** A call that is over, with all that is known of it. */
export interface Evidence {
  call: SandboxCall;
  end: Awaited<SandboxCall['ended']>;
  record: CallRecord | undefined;
  hasAudio: boolean;
  /** What anybody but callers may have said. */
  speeches: readonly Speech[];
  /** All that the booking API was asked in the time of the call. */
  requests: readonly BookingRequest[];
  appointments: number;
  /** How often the caller was asked to say something again, and did. */
  repeats: number;
  /** How often the fault has struck. */
  strikes: number;
}

export interface Verdict {
  name: string;
  /** Nothing is in `problems`. */
  good: boolean;
  /** How the call ended; `proper` where the agent hung up with everything done. */
  end: string;
  longestSilenceMs: number;
  silenceAtMs: number;
  callerWordsLost: string[];
  callerWordsDoubled: string[];
  agentWordsLost: string[];
  agentWordsDoubled: string[];
  /** Requests that changed something again. */
  toolsRepeated: number;
  /** What is wrong with the record; empty where it is complete. */
  record: string[];
  /** False: what was to befall the call never met it. */
  struck: boolean;
  problems: string[];
  seconds: number;
}

export function judge(each: ChaosCase, evidence: Evidence): Verdict {
  const { call, end, record, strikes } = evidence;
  const booked = evidence.appointments === 1;
  const isProper = end.status === 'completed' && end.reason === 'hangup-verb' && booked;
  const silence = longestSilence(call.recording, !isProper);
  const caller = callerWords(record);
  const agent = agentWords(evidence);
  const facts = {
    name: each.name,
    end: isProper ? 'proper' : endOf(end, evidence.appointments),
    longestSilenceMs: silence.lengthMs,
    silenceAtMs: silence.fromMs,
    callerWordsLost: caller.missing,
    // What was said again was first heard in part: that is no doubling.
    callerWordsDoubled: evidence.repeats > 0 ? [] : caller.extra,
    agentWordsLost: agent.lost,
    agentWordsDoubled: agent.doubled,
    toolsRepeated: repeatedOf(evidence.requests),
    record: recordProblems(evidence),
    struck: strikes > 0,
    seconds: call.durationSec,
  };
  const problems = problemsOf(facts, each.longestSilenceMs);
  return { ...facts, good: problems.length === 0, problems };
}

function endOf({ status, reason, detail }: Evidence['end'], appointments: number): string {
  if (status === 'completed' && reason === 'hangup-verb') return `hung up with ${appointments} booked`;
  return `dropped (${reason}${detail === undefined ? '' : `: ${detail}`})`;
}

function problemsOf(facts: Omit<Verdict, 'good' | 'problems'>, longestSilenceMs: number): string[] {
  const told = (what: string, words: readonly string[]): string | false =>
    words.length > 0 && `${what}: ${words.slice(0, 8).join(' ')}${words.length > 8 ? ' …' : ''}`;
  return [
    facts.end !== 'proper' && `ended: ${facts.end}`,
    facts.longestSilenceMs > longestSilenceMs &&
      `silence of ${(facts.longestSilenceMs / 1000).toFixed(1)} s at ${(facts.silenceAtMs / 1000).toFixed(1)} s`,
    told('caller’s words lost', facts.callerWordsLost),
    told('caller’s words doubled', facts.callerWordsDoubled),
    told('agent’s words lost', facts.agentWordsLost),
    told('agent’s words doubled', facts.agentWordsDoubled),
    facts.toolsRepeated > 0 && `tool repeated ${facts.toolsRepeated}×`,
    facts.record.length > 0 && `record: ${facts.record.join(', ')}`,
  ].filter((problem) => problem !== false);
}

/** By the record: what of the caller's words the service has heard, and what twice. */
function callerWords(record: CallRecord | undefined): { missing: string[]; extra: string[] } {
  const heard = record?.turns.filter(({ role }) => role === 'caller').map(({ text }) => text) ?? [];
  return compareWords(plainWords(SAID.join(' ')), plainWords(heard.join(' ')));
}

/**
 * By the sound: what the caller did not hear of what the record says was said and of what every caller must hear, and
 * what the caller heard twice in a row.
 */
function agentWords({ call, record, speeches }: Evidence): { lost: string[]; doubled: string[] } {
  const heard = wordsHeard(call.recording.agent, speeches);
  const texts = heard.map(({ text }) => text);
  const meant = record?.turns.flatMap(({ role, text, generated, interrupted }) =>
    role === 'agent' ? spokenWords(interrupted ? text : (generated ?? text)) : [],
  );
  const lost = [...MUST_BE_HEARD.map(plainWords), meant ?? []].map(
    (words) => compareWords(words, texts).missing,
  );
  // What must be heard is part of what was meant: not counted twice.
  const most = lost.reduce((a, b) => (b.length > a.length ? b : a), []);
  const meantTwice = stutters((meant ?? []).map((text) => ({ text, isWhole: true })));
  return { lost: most, doubled: compareWords(meantTwice, stutters(heard)).extra };
}

/** As a voice says it: what is written as digits is heard as words. */
const spokenForm = createSpokenForm({ language: 'en-US' });
function spokenWords(text: string): string[] {
  return plainWords(spokenForm.spokenText(text));
}

/** Requests beyond the first that change something and do not carry the key of one before. */
function repeatedOf(requests: readonly BookingRequest[]): number {
  const writes = requests.filter(({ method, path }) => method === 'POST' && path.endsWith('/appointments'));
  const keys = new Set(writes.map(({ idempotencyKey }) => idempotencyKey));
  const once = keys.size === 1 && !keys.has(undefined);
  return once ? 0 : Math.max(0, writes.length - 1);
}

function recordProblems({ record, hasAudio, appointments }: Evidence): string[] {
  if (record === undefined) return ['missing'];
  const { outcome, result, turns, tools } = record;
  const bookings = tools.filter(({ name, isError }) => name === 'book_appointment' && !isError);
  return [
    outcome !== 'completed' && `outcome ${outcome}`,
    result !== 'arranged' && `result ${result ?? 'none'}`,
    !turns.some(({ role }) => role === 'caller') && 'no turn of the caller',
    bookings.length !== appointments && `${bookings.length} bookings for ${appointments}`,
    !hasAudio && 'no audio',
  ].filter((problem) => problem !== false);
}
