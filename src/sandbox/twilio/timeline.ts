/**
 * Everything that happened on one call, in order, each with its `performance.now()`: what tests, benchmarks and live
 * printing look at.
 */
import type { CallerEvent } from '../phone/index.ts';
import type { TwilioErrorCode } from './errors.ts';

/** Twilio's CallStatus, with the `initiated` that only status callbacks have. */
export type CallStatus =
  | 'queued'
  | 'initiated'
  | 'ringing'
  | 'in-progress'
  | 'completed'
  | 'busy'
  | 'failed'
  | 'no-answer'
  | 'canceled';

export type WebhookPurpose =
  | 'voice'
  | 'redirect'
  | 'action'
  | 'fallback'
  | 'play'
  | 'wait'
  | 'status-callback'
  | 'stream-callback';

export type SandboxEvent =
  | { type: 'status'; status: CallStatus }
  /** A request of the service's was answered. */
  | {
      type: 'webhook';
      purpose: WebhookPurpose;
      url: string;
      parameters: Readonly<Record<string, string>>;
      statusCode: number;
      tookMs: number;
    }
  | { type: 'twiml'; url: string; document: string }
  /** A verb begins. */
  | { type: 'verb'; verb: string }
  | { type: 'stream-opened'; streamSid: string; url: string; parameters: Readonly<Record<string, string>> }
  | { type: 'stream-ended'; streamSid: string; by: 'twilio' | 'service' | 'failure'; closeCode: number }
  /** A message to the service, media left out: see `mediaSentAtMs`. */
  | { type: 'sent'; event: 'connected' | 'start' | 'dtmf' | 'mark' | 'stop' | 'raw'; name?: string }
  /** Audio from the service. `queuedMs`: how much waits to be played, this included. */
  | { type: 'media-received'; bytes: number; queuedMs: number }
  | { type: 'mark-received'; name: string }
  | { type: 'clear-received'; clearedMs: number }
  /** A mark was reached (`cleared`: thrown away), whether or not a fault keeps it from being returned. */
  | { type: 'mark-reached'; name: string; cleared: boolean }
  | { type: 'relay-opened'; sessionId: string; url: string; parameters: Readonly<Record<string, string>> }
  | { type: 'relay-ended'; sessionId: string; status: 'ended' | 'completed' | 'failed' }
  /** A message of a relay's, either way. */
  | { type: 'relay-sent' | 'relay-received'; message: Readonly<Record<string, unknown>> }
  | { type: 'dialled'; to: string; result: string }
  | { type: 'conference-joined'; conference: string }
  /** Somebody else is there: the caller no longer hears what was played for waiting. */
  | { type: 'conference-started'; conference: string }
  | { type: 'conference-left'; conference: string }
  /** Something Twilio would report in its debugger. */
  | { type: 'error'; code: TwilioErrorCode; message: string }
  | CallerEvent;

export type CallEvent = SandboxEvent & { readonly atMs: number };

type Listener = (event: CallEvent) => void;
type EventOf<T extends CallEvent['type']> = Extract<CallEvent, { type: T }>;

/** Hours of talk. Later events are still told to listeners, but no longer kept. */
const MOST_EVENTS = 500_000;

export class Timeline {
  readonly #events: CallEvent[] = [];
  readonly #listeners = new Set<Listener>();

  /** Grows as the call goes on. */
  get events(): readonly CallEvent[] {
    return this.#events;
  }

  /** Adds what has just happened. */
  add(event: SandboxEvent): void {
    const timed: CallEvent = { atMs: performance.now(), ...event };
    if (this.#events.length < MOST_EVENTS) this.#events.push(timed);
    for (const listener of this.#listeners) listener(timed);
  }

  /** Called for everything from now on, until the returned function is called. */
  listen(listener: Listener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Events of one type so far. */
  ofType<T extends CallEvent['type']>(type: T): EventOf<T>[] {
    return this.#events.filter((event): event is EventOf<T> => event.type === type);
  }

  /** The first event of this type that matches, whether it has happened or is still to come (perhaps never). */
  async first<T extends CallEvent['type']>(
    type: T,
    matches: (event: EventOf<T>) => boolean = () => true,
  ): Promise<EventOf<T>> {
    const isWanted = (event: CallEvent): event is EventOf<T> =>
      event.type === type && matches(event as EventOf<T>);
    const past = this.#events.find(isWanted);
    if (past !== undefined) return past;
    return new Promise((resolve) => {
      const stop = this.listen((event) => {
        if (!isWanted(event)) return;
        stop();
        resolve(event);
      });
    });
  }
}
