/** TwiML: what the carrier is told to do with a call. Every address in it is absolute, from the public URL. */
import twilio from 'twilio';
import type TwilioVoice from 'twilio/lib/twiml/VoiceResponse.js';
import type { ResumePlan } from '../sessions/index.ts';
import { type CarrierWords, type HoldKind, LANGUAGE_PARAMETER } from './index.ts';
import { readPublicUrl } from './public-url.ts';

const { VoiceResponse } = twilio.twiml;

/** The name of the `<Parameter>` that carries the stream token. */
export const TOKEN_PARAMETER = 'token';

/** The name of the `<Parameter>` that tells a node of a call which the shared store could not keep. */
export const SESSION_PARAMETER = 'session';

/** Where the media stream is served. */
export const MEDIA_PATH = '/twilio/media';

/** Where the carrier's own recognition and voice are relayed to. */
export const RELAY_PATH = '/twilio/relay';

/** In the address that is asked how to go on once the carrier has said what a plan wants said. */
export const AFTER_SPEECH = 'say';

/** Where the sound is served that a waiting caller hears. */
export function holdAudioPath(hold: HoldKind): string {
  return `/twilio/hold/${hold}.wav`;
}

/** Spoken by the carrier itself when there is nobody else to speak. */
const APOLOGY = 'Sorry, something went wrong at our end. Please call again in a little while. Goodbye.';
const NOT_IN_SERVICE = 'Sorry, this number is not in service. Goodbye.';

/** Words that the carrier itself speaks. `language`: BCP 47. */
interface Spoken {
  text: string;
  language: string;
}

interface Twiml {
  /**
   * Connects the media stream; `token` opens it, and `session` tells a node of the call that cannot know it otherwise.
   * When the stream ends, Twilio asks `/twilio/resume` what next.
   */
  connect(token: string, session?: string): string;
  /**
   * Connects the relay: Twilio recognises and speaks by itself. `token` opens it, and its end goes to `/twilio/resume`.
   * Attributes: Twilio docs, "<ConversationRelay>"; `events` from the same table.
   */
  relay(token: string, plan: Omit<Extract<ResumePlan, { type: 'relay' }>, 'type'>, session?: string): string;
  /** Dials somebody else for the caller, who hears it ring; the outcome goes to `/twilio/resume`. */
  transfer(plan: Extract<ResumePlan, { type: 'transfer' }>): string;
  /** Says what no voice of ours could, then asks `/twilio/resume` how to go on. */
  speak(words: readonly Spoken[]): string;
  /** Lets the caller wait alone in a conference until somebody joins; its end goes to `/twilio/resume`. */
  wait(room: { conference: string; hold: HoldKind; callSid: string; summary?: Spoken }): string;
  /** Tells whoever answered a transfer what it is about, and asks again what comes next. */
  brief(summary: Spoken, leg: { conference: string; callSid: string }): string;
  /** Takes whoever answered a transfer to the caller who waits. */
  join(conference: string): string;
  /** What a waiting caller hears: the sound so many times in a row, and then whatever is to be heard next. */
  hold(sound: { hold: HoldKind; callSid: string; times: number }): string;
  /** Asks for the same call again, in the hope that another node answers; the later the try, the longer it waits. */
  tryElsewhere(attempt: number): string;
  hangUp(): string;
  /** Says sorry, then hangs up. */
  apologise(): string;
  /** Says the words, if any, and asks `path` again: after so many seconds, and with this query. */
  askAgain(path: string, query: Record<string, string>, pauseSec: number, words?: Spoken): string;
  /** Goes on with `/twilio/fallback`. */
  toFallback(): string;
  /** Says that it is sorry and connects the caller to somebody (the outcome goes to `/twilio/fallback`), or hangs up. */
  handOver(words: CarrierWords): string;
  /** Says goodbye, then hangs up. */
  sayGoodbye(words: CarrierWords): string;
  /** No flow answers the number: says so, then hangs up. */
  notInService(): string;
}

/** Throws a TypeError for a public URL that is none. */
export function createTwiml(publicUrl: string): Twiml {
  const url = readPublicUrl(publicUrl);
  const method = 'POST';
  const holdUrl = (hold: HoldKind, callSid: string) =>
    url.web(`/twilio/hold?${new URLSearchParams({ kind: hold, call: callSid })}`);

  function say(response: InstanceType<typeof VoiceResponse>, { text, language }: Spoken): void {
    // A flow may have a language that Twilio does not speak; it then takes its own default, and says so in its log.
    const attributes = { language } as TwilioVoice.SayAttributes;
    response.say(attributes, text);
  }

  function sayGoodbye(text: string): string {
    const response = new VoiceResponse();
    response.say(text);
    response.hangup();
    return response.toString();
  }

  return {
    connect(token, session) {
      const response = new VoiceResponse();
      const stream = response.connect({ action: url.web('/twilio/resume'), method }).stream({
        // No query here: Twilio refuses a stream URL that has one (error 31920).
        url: url.socket(MEDIA_PATH),
        statusCallback: url.web('/twilio/status?kind=stream'),
        statusCallbackMethod: method,
      });
      stream.parameter({ name: TOKEN_PARAMETER, value: token });
      if (session !== undefined) stream.parameter({ name: SESSION_PARAMETER, value: session });
      // Should `action` not be requested after a broken stream, the next verb is; without one the call would end.
      response.redirect({ method }, url.web('/twilio/resume'));
      return response.toString();
    },

    relay(token, { language, hints = [] }, session) {
      const response = new VoiceResponse();
      const relay = response.connect({ action: url.web('/twilio/resume'), method }).conversationRelay({
        url: url.socket(RELAY_PATH),
        language,
        dtmfDetection: true,
        interruptible: 'any',
        // Told while the caller is still speaking, so that nobody takes them to be silent.
        partialPrompts: true,
        events: 'speaker-events tokens-played',
        ...(hints.length === 0 ? {} : { hints: hints.join(',') }),
      });
      relay.parameter({ name: TOKEN_PARAMETER, value: token });
      if (session !== undefined) relay.parameter({ name: SESSION_PARAMETER, value: session });
      relay.parameter({ name: LANGUAGE_PARAMETER, value: language });
      response.redirect({ method }, url.web('/twilio/resume'));
      return response.toString();
    },

    transfer(plan) {
      const response = new VoiceResponse();
      const dial = response.dial({
        answerOnBridge: true,
        timeout: plan.timeoutSec,
        action: url.web('/twilio/resume?after=dial'),
        method,
        ...(plan.callerId === undefined ? {} : { callerId: plan.callerId }),
      });
      if (/^sips?:/i.test(plan.to)) dial.sip(plan.to);
      else dial.number(plan.to);
      return response.toString();
    },

    speak(words) {
      const response = new VoiceResponse();
      for (const each of words) say(response, each);
      // Not connected in the same document: what opens the stream would be too old by the end of a long text.
      response.redirect({ method }, url.web(`/twilio/resume?after=${AFTER_SPEECH}`));
      return response.toString();
    },

    wait({ conference, hold, callSid, summary }) {
      const response = new VoiceResponse();
      if (summary !== undefined) say(response, summary);
      response.dial({ action: url.web('/twilio/resume?after=dial'), method }).conference(
        {
          // Not by the caller alone: the music is heard until somebody else joins.
          startConferenceOnEnter: false,
          endConferenceOnExit: true,
          beep: 'false',
          waitUrl: holdUrl(hold, callSid),
          waitMethod: method,
        },
        conference,
      );
      return response.toString();
    },

    brief(summary, { conference, callSid }) {
      const response = new VoiceResponse();
      say(response, summary);
      const query = new URLSearchParams({ call: callSid, conference, heard: 'true' });
      response.redirect({ method }, url.web(`/twilio/briefing?${query}`));
      return response.toString();
    },

    join(conference) {
      const response = new VoiceResponse();
      // Whoever answers ends the wait; silence until the caller, who hears a summary for both, is there too.
      response
        .dial()
        .conference(
          { startConferenceOnEnter: true, endConferenceOnExit: true, beep: 'false', waitUrl: '' },
          conference,
        );
      return response.toString();
    },

    hold({ hold, callSid, times }) {
      const response = new VoiceResponse();
      response.play({ loop: times }, url.web(holdAudioPath(hold)));
      response.redirect({ method }, holdUrl(hold, callSid));
      return response.toString();
    },

    tryElsewhere(attempt) {
      const response = new VoiceResponse();
      // A pause before anything else is heard as ringing.
      if (attempt > 1) response.pause({ length: attempt - 1 });
      response.redirect({ method }, url.web(`/twilio/voice?attempt=${attempt}`));
      return response.toString();
    },

    hangUp() {
      const response = new VoiceResponse();
      response.hangup();
      return response.toString();
    },

    askAgain(path, query, pauseSec, words) {
      const response = new VoiceResponse();
      if (words !== undefined) say(response, words);
      if (pauseSec > 0) response.pause({ length: pauseSec });
      response.redirect({ method }, url.web(`${path}?${new URLSearchParams(query)}`));
      return response.toString();
    },

    toFallback() {
      const response = new VoiceResponse();
      response.redirect({ method }, url.web('/twilio/fallback'));
      return response.toString();
    },

    handOver(words) {
      const response = new VoiceResponse();
      const { transfer, language } = words;
      say(response, { text: words.say, language });
      if (transfer === undefined) {
        say(response, { text: words.goodbye, language });
        response.hangup();
        return response.toString();
      }
      const action = url.web('/twilio/fallback?after=dial');
      response
        .dial({ answerOnBridge: true, timeout: transfer.timeoutSec, action, method })
        .number(transfer.to);
      return response.toString();
    },

    sayGoodbye({ goodbye, language }) {
      const response = new VoiceResponse();
      say(response, { text: goodbye, language });
      response.hangup();
      return response.toString();
    },

    apologise: () => sayGoodbye(APOLOGY),
    notInService: () => sayGoodbye(NOT_IN_SERVICE),
  };
}
