/**
 * What the service asks of Twilio outside a call's media stream, through Twilio's REST API (v2010: Calls, Conference
 * Participants, Messages).
 */
import type { Logger } from 'pino';
import twilio from 'twilio';
import type RequestClient from 'twilio/lib/base/RequestClient.js';
import type { CallControl } from './index.ts';
import { readPublicUrl } from './public-url.ts';

/** Long enough for a slow answer, short enough that a call is not left hanging on a dead connection. */
const DEFAULT_TIMEOUT_MS = 5_000;
/** Twilio error 21220: the call is not in progress, so it cannot be changed. */
const CALL_NOT_IN_PROGRESS = 21_220;

interface CallControlOptions {
  accountSid: string;
  authToken: string;
  publicUrl: string;
  /** Another origin than Twilio's own, such as a stand-in's. */
  baseUrl?: string;
  /** For each attempt. @defaultValue 5000 */
  timeoutMs?: number;
  logger: Logger;
}

/** `call-over`: the call has ended or never was. `refused`: Twilio said no. `unreachable`: it did not answer in time. */
type CallControlErrorCode = 'call-over' | 'refused' | 'unreachable';

export class CallControlError extends Error {
  override readonly name = 'CallControlError';
  readonly code: CallControlErrorCode;
  /** Whether the same request may succeed a little later. */
  readonly retryable: boolean;

  constructor(code: CallControlErrorCode, retryable: boolean, message: string, cause: unknown) {
    super(message, { cause });
    this.code = code;
    this.retryable = retryable;
  }
}

/**
 * Requests that Twilio turns away for coming too fast (429) are repeated up to three times by the client itself.
 * Every method rejects with a {@link CallControlError}; ending a call that is already over is a success.
 */
export function createCallControl(options: CallControlOptions): CallControl {
  const { logger } = options;
  const publicUrl = readPublicUrl(options.publicUrl);
  const resumeUrl = publicUrl.web('/twilio/resume');
  const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT_MS;
  const httpClient =
    options.baseUrl === undefined
      ? new twilio.RequestClient({ autoRetry: true, timeout })
      : new RelocatedClient(options.baseUrl, timeout);
  const client = twilio(options.accountSid, options.authToken, { httpClient });

  return {
    async hangUp(callSid) {
      try {
        await client.calls(callSid).update({ status: 'completed' });
        logger.debug({ callSid }, 'call ended by request');
      } catch (cause) {
        const error = toCallControlError(cause);
        if (error.code !== 'call-over') throw error;
        logger.debug({ callSid }, 'call was already over');
      }
    },

    async redirectToResume(callSid) {
      try {
        await client.calls(callSid).update({ url: resumeUrl, method: 'POST' });
        logger.debug({ callSid }, 'call sent to resume');
      } catch (cause) {
        throw toCallControlError(cause);
      }
    },

    async dialIntoConference({ callSid, conference, to, from, timeoutSec, isBriefed }) {
      const query = new URLSearchParams({ call: callSid, conference });
      const reports = {
        statusCallback: publicUrl.web(`/twilio/transfer?${query}`),
        statusCallbackMethod: 'POST',
        statusCallbackEvent: ['initiated', 'ringing', 'answered', 'completed'],
      };
      try {
        if (isBriefed) {
          // A participant would be with the caller at once; a call of its own hears our TwiML first.
          const url = publicUrl.web(`/twilio/briefing?${query}`);
          const leg = await client.calls.create({
            to,
            from,
            timeout: timeoutSec,
            url,
            method: 'POST',
            ...reports,
          });
          logger.debug({ callSid, legSid: leg.sid }, 'leg of a warm transfer placed');
          return leg.sid;
        }
        const participant = await client.conferences(conference).participants.create({
          to,
          from,
          timeout: timeoutSec,
          // Whoever answers ends the wait; when they leave, the caller's call goes on with its next TwiML.
          startConferenceOnEnter: true,
          endConferenceOnExit: true,
          beep: 'false',
          // Else the caller would hear it ring through the music.
          earlyMedia: false,
          ...reports,
        });
        logger.debug({ callSid, legSid: participant.callSid }, 'leg of a transfer placed');
        return participant.callSid;
      } catch (cause) {
        throw toCallControlError(cause);
      }
    },

    async sendSms({ to, from, text }) {
      try {
        const { sid } = await client.messages.create({ to, from, body: text });
        logger.debug({ messageSid: sid }, 'text message sent');
        return sid;
      } catch (cause) {
        throw toCallControlError(cause);
      }
    },
  };
}

/**
 * Sends the client's requests to another origin. The client's own `baseUrl` would not do: from a host name it takes
 * parts for an edge and a region (`TWILIO_EDGE`, `TWILIO_REGION`) and rewrites it.
 */
class RelocatedClient extends twilio.RequestClient {
  readonly #base: URL;

  constructor(baseUrl: string, timeoutMs: number) {
    super({ autoRetry: true, timeout: timeoutMs });
    this.#base = new URL(baseUrl);
  }

  override request<Data>(request: RequestClient.RequestOptions<Data>) {
    const url = new URL(request.uri);
    url.protocol = this.#base.protocol;
    url.host = this.#base.host;
    return super.request<Data>({ ...request, uri: url.href });
  }
}

function toCallControlError(cause: unknown): CallControlError {
  if (!(cause instanceof twilio.RestException)) {
    const why = cause instanceof Error ? cause.message : String(cause);
    return new CallControlError('unreachable', true, `Twilio could not be reached: ${why}`, cause);
  }
  const { status, code } = cause;
  if (status === 404 || code === CALL_NOT_IN_PROGRESS) {
    return new CallControlError('call-over', false, 'The call is not in progress', cause);
  }
  const retryable = status === 429 || status >= 500;
  return new CallControlError(
    'refused',
    retryable,
    `Twilio refused (HTTP ${status}, error ${code ?? 'none'})`,
    cause,
  );
}
