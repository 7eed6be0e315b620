/** What the caller does: sounds, words, the end of a turn, keys. Part of the turn-taking core; pure. */
import { comparable } from './comparable.ts';
import { completeness, endpointWaitMs } from './endpointing.ts';
import {
  asksForTime,
  isBackchannel,
  isInterruptingWord,
  mayBecomeBackchannel,
} from './endpointing-phrases.ts';
import { adoptDraft, considerDraft, FINISHED_SCORE, reviewDraft } from './turn-drafts.ts';
import type { ReplyInput, TurnEvent } from './turn-events.ts';
import { isBehind, isLeaving, languageOf, NOTHING_HEARD, type Reply, unfinishedText } from './turn-state.ts';
import { dropDraft, goOn, interrupt, type Step, startReply, waitForCaller } from './turn-step.ts';

type Of<T extends TurnEvent['type']> = Extract<TurnEvent, { type: T }>;

/** How often audible speech without words is asked for again before silence handling takes over. */
export const MAX_UNHEARD = 2;
/** What it takes to notice that a sound has ended and to say something about it; so much earlier it must begin. */
export const UNHEARD_LEAD_MS = 1500;
/** A sound as short as a cough is not worth asking about, should nobody have understood it. */
const LEAST_SPEECH_MS = 500;
/** From the end of a sound over the agent to going on: words of it may be on their way. */
const AFTER_SOUND_MS = 60;
/** The same from the end of long speech, however late that is known: its final comes by then. */
const LAST_WORDS_MS = 450;
/** Silence on the line after which the recogniser's end is believed although voice activity, slower to let go, is not over. */
const QUIET_MS = 200;
/** A sound told of so long after the end of speech is other speech: more than the ear's clocks and frames differ. */
const GONE_ON_MS = 200;
/** As sure as this it must be that a sound without words is speech before it cuts the agent short. */
const SURE_SPEECH = 0.75;
/** Speech over the agent that began with a back-channel is more than one once it is so long. */
const LONG_LISTENING_MS = 800;
/** After a cut without words: longer than a recogniser takes for its first interim, shorter than an awkward pause. */
const AFTER_CUT_MS = 900;
/** A sound that cut the agent short and goes on without words for so long is a radio. */
const LONGEST_CUT_MS = 3000;
/** A back-channel over this much of what is left, or less, may be an answer given a moment early. */
const ANSWER_TAIL_MS = 1500;
/** Words that stayed for so long, and are a finished thought, are worth a draft. */
const STABLE_MS = 150;
/** After the recogniser's end, while there is still a sound: the next words would have come by then. */
const GOING_ON_MS = 1200;
/** The recogniser's own end is due by so much before words are held to stand as they are. */
const UNTOLD_LEAD_MS = 700;
/** Speech without a new word for longer than this is not the caller's. */
const MOST_WORDLESS_MS = 4000;
/** Keys nobody asked for still mean something: a number, ended by a pause or `#`. */
const UNASKED_KEYS = { max: 32, terminator: '#', betweenMs: 1500 } as const;

// ── sounds ───────────────────────────────────────────────────────────────────────────────────────────────────────

export function onSpeechStarted(step: Step, { by, protected: isProtected }: Of<'speech-started'>): void {
  const { reply, settings, deaf } = step.state;
  const isHeard = by === 'voice' || !settings.hearsVoice;
  step.disarm('silence', 'unheard');
  if (isHeard) {
    step.set({ callerSpeaking: true, soundAtMs: step.atMs });
    step.setHeard({ quietSinceMs: undefined });
  }
  if (reply === undefined) {
    if (isHeard) putOffEnd(step);
    return step.arm('decide', settings.decideMs);
  }
  // Where speech is heard in the audio, a recogniser's onset without it is a knock or a cough: words will tell.
  if (!isHeard || isProtected || isLeaving(reply) || deaf) return;
  step.arm('decide', settings.decideMs);
  if (reply.paused) return;
  step.setReply({ paused: true, pausedAtMs: step.atMs });
  step.do({ type: 'pause-line' });
}

/** The caller goes on: what was nearly a turn waits for its end. */
function putOffEnd(step: Step): void {
  if (unfinishedText(step.state) === '') return;
  step.disarm('draft');
  step.arm('endpoint', step.state.settings.endpointMs);
}

/** Speech that goes on over the agent is meant, even before its words are known. */
export function onSpeechContinues(step: Step, event: Of<'speech-continues'>): void {
  const { reply, settings, deaf } = step.state;
  // Where no word can follow, a sound decides nothing: only keys interrupt.
  const leastMs = deaf ? 0 : settings.interruptByLengthMs;
  step.set({ soundAtMs: step.atMs });
  if (reply === undefined && settings.hearsVoice) onGoingOn(step);
  if (reply === undefined || !reply.paused || event.protected || leastMs === 0) return;
  if (isLeaving(reply)) return;
  // Somebody who said "okay" and goes on for long is not listening any more.
  const enoughMs = unfinishedText(step.state) === '' ? leastMs : Math.max(leastMs, LONG_LISTENING_MS);
  if (event.lengthMs < enoughMs || event.probability < SURE_SPEECH) return;
  // Nothing is at work for it any more, so nothing is lost by hearing what it was: a long "mm-hmm", for one.
  if (reply.audible && reply.state === 'complete') return step.setReply({ spokenOver: true });
  interrupt(step, reply, 'length', { addsUp: true });
  step.arm('endpoint', settings.endpointMs);
}

/** A pause that voice activity had not let go of is over: the silence that ends the turn is yet to come. */
function onGoingOn(step: Step): void {
  const { callerSpeaking, heard } = step.state;
  if (callerSpeaking && heard.quietSinceMs === undefined) return;
  if (!callerSpeaking) putOffEnd(step);
  step.set({ callerSpeaking: true });
  step.setHeard({ quietSinceMs: undefined });
}

export function onSpeechStopped(step: Step, { atMs, endMs, lengthMs }: Of<'speech-stopped'>): void {
  const { reply, wasCut, unheards, settings } = step.state;
  const text = unfinishedText(step.state);
  step.set({ callerSpeaking: false });
  step.setHeard({ quietSinceMs: endMs });
  if (reply !== undefined) {
    if (!reply.paused) return;
    if (text !== '') return goOn(step);
    const wordsMs = reply.spokenOver ? LAST_WORDS_MS - (atMs - endMs) : 0;
    return step.arm('decide', Math.max(AFTER_SOUND_MS, wordsMs));
  }
  if (text !== '') {
    considerEnd(step, atMs);
    return considerDraft(step);
  }
  if (wasCut) return step.arm('endpoint', AFTER_CUT_MS);
  if (lengthMs > LEAST_SPEECH_MS && unheards < MAX_UNHEARD)
    step.arm('unheard', settings.watchdogMs - UNHEARD_LEAD_MS);
  waitForCaller(step);
}

// ── words ────────────────────────────────────────────────────────────────────────────────────────────────────────

export function onWords(step: Step, event: Of<'words'>): void {
  const { atMs, final, protected: isProtected, remainingMs } = event;
  const words = event.text.trim();
  // An empty interim takes the last one back.
  if (words === '' && (final || step.state.heard.interim === '')) return;
  const { settings } = step.state;
  // The same interim again, as recognisers send it in a pause, changes nothing.
  if (!final && words === step.state.heard.interim && step.state.reply === undefined) return;
  const reading = readingOf(step, words, final);
  if (reading.type === 'known') return;
  step.disarm('silence', 'unheard');
  const { finals } = step.state.heard;
  step.setHeard({
    finals: final ? [...finals, words] : finals,
    interim: final ? '' : words,
    firstWordsAtMs: step.state.heard.firstWordsAtMs ?? atMs,
    wordsAtMs: atMs,
    ended: false,
    ...(settings.hearsVoice ? {} : { quietSinceMs: undefined }),
  });
  const { reply } = step.state;
  if (reply !== undefined && words !== '' && !isProtected && !isLeaving(reply)) {
    if (isListening(step, reply, final)) return onBackChannel(step, reply, remainingMs);
    interrupt(step, reply, 'words', {
      addsUp: true,
      replacing: reading.type === 'replaces' ? reading.before : undefined,
    });
  }
  // Said over what must not be interrupted: kept until it is over.
  if (step.state.reply !== undefined) return;
  step.disarm('decide', 'draft');
  step.set({ unheards: 0, callerSpeaking: settings.hearsVoice ? step.state.callerSpeaking : true });
  step.arm('endpoint', settings.endpointMs);
  step.do({ type: 'assess-words', text: unfinishedText(step.state) });
}

/**
 * What was answered while it was an interim comes again: the same words say nothing new, others that begin like it
 * replace it. What was heard of the answer by then stays: it is too late to have said something else.
 */
function readingOf(step: Step, words: string, final: boolean): Reading {
  const { reply, unsettled, heard } = step.state;
  // Taking back later words says nothing of those that were answered.
  if (unsettled === undefined || words === '' || step.atMs > unsettled.untilMs) return { type: 'new' };
  const said = comparable(words);
  const isSame = said === unsettled.words;
  if (reply?.id !== unsettled.replyId) {
    // The answer was heard, or given up: a late final without an interim of its own is still that of the answered words.
    if (!final || heard.interim !== '') return { type: 'new' };
    step.set({ unsettled: undefined });
    return { type: isSame || !addsTo(said, unsettled.words, step) ? 'known' : 'new' };
  }
  if (final) step.set({ unsettled: undefined });
  if (isSame) return { type: 'known' };
  // The final replaces the interim, whatever it reads; only an answer that is being heard may be too far to take back.
  const replaces: Reading = { type: 'replaces', before: unsettled.before };
  if (final) return reply.audible && !addsTo(said, unsettled.words, step) ? { type: 'known' } : replaces;
  if (beginsWith(said, unsettled.words)) return replaces;
  return { type: beginsWith(unsettled.words, said) ? 'known' : 'new' };
}

type Reading = { type: 'known' | 'new' } | { type: 'replaces'; before: string };

/** Whether the final says something beyond its interim: "yes, but on Monday", not "yes, okay". */
function addsTo(said: string, answered: string, step: Step): boolean {
  const rest = beginsWith(said, answered) ? said.slice(answered.length).trim() : said;
  if (rest === said && sharesBeginning(said, answered)) return false;
  return rest !== '' && !isBackchannel(rest, languageOf(step.state));
}

/** Word by word: "sorry" does not begin with "so". */
function beginsWith(text: string, beginning: string): boolean {
  return `${text} `.startsWith(`${beginning} `);
}

function sharesBeginning(a: string, b: string): boolean {
  return a.split(' ')[0] === b.split(' ')[0];
}

/** Words that say "I am listening", or an interim that may yet say so, over a reply that can be heard. */
function isListening(step: Step, reply: Readonly<Reply>, final: boolean): boolean {
  const language = languageOf(step.state);
  const text = unfinishedText(step.state);
  if (!reply.audible || isInterruptingWord(text, language)) return false;
  return isBackchannel(text, language) || (!final && mayBecomeBackchannel(text, language));
}

/** The agent goes on once the sound is over; nothing is cancelled. */
function onBackChannel(step: Step, reply: Readonly<Reply>, remainingMs: number): void {
  const { settings, callerSpeaking, heard } = step.state;
  const mayAnswer = heard.mayAnswer || (reply.state === 'complete' && remainingMs <= ANSWER_TAIL_MS);
  step.setHeard({ mayAnswer });
  if (!reply.paused) return;
  if (!settings.hearsVoice) step.arm('decide', AFTER_SOUND_MS);
  else if (!callerSpeaking) goOn(step);
}

/** The answer to what the flow was asked about the words so far. */
export function onWordsAssessed(step: Step, { atMs, text, progress }: Of<'words-assessed'>): void {
  const { reply, settings, expect } = step.state;
  if (reply !== undefined || text !== unfinishedText(step.state)) return;
  const { kind, endpointing } = expect;
  const verdict = completeness({ text, progress, kind, language: languageOf(step.state) });
  const waitMs = endpointWaitMs(verdict, endpointing);
  const { score, reason } = verdict;
  step.setHeard({ assessed: { text, progress, score, reason, waitMs } });
  reviewDraft(step, text);
  const isSounding = settings.hearsVoice && step.state.callerSpeaking;
  if (score >= FINISHED_SCORE && !isSounding) step.arm('draft', STABLE_MS);
  considerEnd(step, atMs);
}

// ── the end of a turn ────────────────────────────────────────────────────────────────────────────────────────────

export function onTurnEnded(step: Step, { atMs, speechEndMs }: Of<'turn-ended'>): void {
  const { reply, settings, heard, wasCut, soundAtMs } = step.state;
  const text = unfinishedText(step.state);
  // The caller was heard after it: it is the end of an earlier phrase, told late.
  const isPast = settings.hearsVoice && speechEndMs !== undefined && soundAtMs - speechEndMs > GONE_ON_MS;
  const isQuiet = !isPast && speechEndMs !== undefined && atMs - speechEndMs >= QUIET_MS;
  if (!settings.hearsVoice || isQuiet) step.set({ callerSpeaking: false });
  const endMs = isPast ? undefined : (speechEndMs ?? (reply === undefined ? atMs : undefined));
  step.setHeard({ ended: true, quietSinceMs: heard.quietSinceMs ?? endMs });
  if (reply !== undefined) return endOverReply(step, reply, text);
  step.disarm('decide');
  if (text !== '') {
    considerEnd(step, atMs);
    // Where the words want a longer silence, the answer is made meanwhile.
    return considerDraft(step);
  }
  // After a cut, a sound that goes on is waited for: its words may be on their way.
  if (!wasCut) return waitForCaller(step);
  if (!settings.hearsVoice || !step.state.callerSpeaking) startReply(step, { type: 'go-on' });
}

/** Nothing was said, or it was a back-channel, or it was said over something that must not be interrupted. */
function endOverReply(step: Step, reply: Readonly<Reply>, text: string): void {
  if (!step.state.heard.mayAnswer) {
    if (text !== '') noteWords(step, text);
    step.set({ heard: { ...NOTHING_HEARD, quietSinceMs: step.state.heard.quietSinceMs } });
  }
  // A sound that goes on is judged by the ear.
  if (reply.paused && step.state.settings.hearsVoice && step.state.callerSpeaking) return;
  goOn(step);
}

/** Words that are no turn. */
export function noteWords(step: Step, text: string): void {
  const overheard = !isBackchannel(text, languageOf(step.state));
  step.do({ type: 'note-words', text, overheard });
}

/** Ends the turn if the silence is long enough for what was said, or says when it will be. */
export function considerEnd(step: Step, atMs: number): void {
  const { reply, settings, heard, callerSpeaking } = step.state;
  const text = unfinishedText(step.state);
  const { assessed, quietSinceMs, ended } = heard;
  if (reply !== undefined || text === '' || assessed?.text !== text || isBehind(step.state, atMs)) return;
  if (isLongEnough(step, atMs)) return commit(step, atMs);
  if (settings.hearsVoice && callerSpeaking) {
    // Either the caller goes on, and words come soon, or the sound is not theirs.
    if (ended) step.arm('endpoint', Math.max(assessed.waitMs, GOING_ON_MS));
    return;
  }
  const heardEnd = settings.hearsVoice && quietSinceMs !== undefined && assessed.progress === 'whole';
  if (!ended && !heardEnd) {
    // A recogniser that has died without a word never tells the end; the ear has heard it.
    const untoldMs = Math.max(assessed.waitMs, settings.endpointMs - UNTOLD_LEAD_MS);
    if (settings.hearsVoice && quietSinceMs !== undefined)
      step.arm('endpoint', quietSinceMs + untoldMs - atMs);
    return;
  }
  const leftMs = (quietSinceMs ?? atMs) + assessed.waitMs - atMs;
  if (leftMs <= 0) commit(step, atMs);
  else step.arm('endpoint', leftMs);
}

/** A turn that may take only so long, such as a message, has taken it; whoever talks on brings new words soon. */
function isLongEnough(step: Step, atMs: number): boolean {
  const { expect, heard } = step.state;
  const { maxTurnMs } = expect;
  return maxTurnMs !== undefined && atMs - (heard.firstWordsAtMs ?? atMs) >= maxTurnMs;
}

/** No end was told: the words stand as they are. */
export function onEndpoint(step: Step, atMs: number): void {
  const { reply, wasCut, cutAtMs, heard, callerSpeaking, settings } = step.state;
  if (reply !== undefined) return;
  if (unfinishedText(step.state) === '') {
    if (!wasCut) return waitForCaller(step);
    const leftMs = settings.hearsVoice && callerSpeaking ? cutAtMs + LONGEST_CUT_MS - atMs : 0;
    if (leftMs > 0) return step.arm('endpoint', Math.min(AFTER_CUT_MS, leftMs));
    return startReply(step, { type: 'go-on' });
  }
  const isSpeech = settings.hearsVoice && callerSpeaking && !heard.ended;
  const goesOn = isBehind(step.state, atMs) || (isSpeech && atMs - heard.wordsAtMs < MOST_WORDLESS_MS);
  if (goesOn) step.arm('endpoint', settings.endpointMs);
  else commit(step, atMs);
}

/** The turn is over. */
function commit(step: Step, atMs: number): void {
  const { wasCut, heard, keys, expect } = step.state;
  if (keys !== '') return step.arm('keys', (expect.keys ?? UNASKED_KEYS).betweenMs);
  const text = unfinishedText(step.state);
  if (wasCut && isBackchannel(text, languageOf(step.state))) {
    noteWords(step, text);
    return startReply(step, { type: 'go-on' });
  }
  const speechEndMs = heard.quietSinceMs;
  const waitedMs = speechEndMs === undefined ? 0 : atMs - speechEndMs;
  const isPause = heard.assessed?.progress !== 'whole' && asksForTime(text, languageOf(step.state));
  const input: ReplyInput = {
    type: isPause ? 'looking-up' : 'speech',
    text,
    ...(speechEndMs === undefined ? {} : { speechEndMs }),
  };
  const { assessed } = heard;
  if (assessed?.text === text) {
    const { reason, score, waitMs, progress } = assessed;
    step.do({ type: 'note-endpoint', reason, score, waitMs, progress });
  }
  reviewDraft(step, text);
  if (isPause || !adoptDraft(step, text, input, waitedMs)) startReply(step, input, waitedMs);
}

// ── keys ─────────────────────────────────────────────────────────────────────────────────────────────────────────

export function onKey(step: Step, { digit, protected: isProtected }: Of<'key'>): void {
  const { reply } = step.state;
  if (isLeaving(reply) || endsWhatIsComplete(step, digit)) return;
  if (reply !== undefined && isProtected) {
    step.set({ keys: step.state.keys + digit });
    return;
  }
  step.disarm('silence', 'decide', 'endpoint', 'unheard', 'draft');
  const endsTurn = reply === undefined && step.state.keys === '' && digit === step.state.expect.endKey;
  if (endsTurn && unfinishedText(step.state) !== '') {
    // Whoever says that this was all means it: "okay" is an answer too.
    step.set({ wasCut: false });
    return commit(step, step.atMs);
  }
  dropDraft(step, 'keys');
  if (reply !== undefined) interrupt(step, reply, 'keys', { addsUp: false });
  // Keys win over words half said, also where their final is yet to come.
  const heard = { ...NOTHING_HEARD, interim: step.state.heard.interim };
  step.set({ keys: step.state.keys + digit, heard, wasCut: false });
  const wanted = step.state.expect.keys ?? UNASKED_KEYS;
  if (digit === wanted.terminator || step.state.keys.length >= wanted.max) commitKeys(step);
  else step.arm('keys', wanted.betweenMs);
}

/** "1234#" to a question for four digits: the last of them was the end already, and the key after it is no answer. */
function endsWhatIsComplete({ state: { reply, keys }, atMs }: Step, digit: string): boolean {
  if (reply?.input.type !== 'keys' || keys !== '') return false;
  const { terminator, max = 0, betweenMs = 0 } = reply.expectBefore.keys ?? {};
  // Later than any two keys of one number, it means what the agent says it does by then.
  const isOfNumber = atMs - reply.startedAtMs <= betweenMs;
  return isOfNumber && digit === terminator && max > 1 && reply.input.digits.length >= max;
}

export function commitKeys(step: Step): void {
  const { keys, expect } = step.state;
  if (keys === '') return;
  const terminator = (expect.keys ?? UNASKED_KEYS).terminator;
  const digits = keys.length > 1 && keys.at(-1) === terminator ? keys.slice(0, -1) : keys;
  startReply(step, { type: 'keys', digits });
}
