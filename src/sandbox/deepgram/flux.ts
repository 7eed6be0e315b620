/**
 * `WS /v2/listen`: Flux, as far as its wire goes. Turns end after silences (see `delays.ts`); the thresholds only say
 * whether there are likely ends at all, and whether a turn may end before its timeout. Not there: other encodings than
 * 8 kHz μ-law, languages, keyterms, numerals and redaction (accepted, without effect), and `ForceEndTurn`, which the
 * vendor enables on request.
 *
 * Protocol: Deepgram docs, "Understanding the Flux State Machine", "End-of-Turn Detection Parameters", "Configure",
 * "Close Stream"; asyncapi.yml of deepgram-api-specs.
 */
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { Outlet } from '../faults.ts';
import type { SandboxParts } from '../stand-in.ts';
import { TurnDetector, type TurnReport, type TurnTiming } from './turn-detector.ts';
import { CONFIDENCE, flag, jsonOf, telephoneAudio } from './wire-format.ts';

/** Neither audio nor a ping for so long and the vendor hangs up (deepgram-python-sdk, issue 649: 20 to 30 s). */
const IDLE_MS = 20_000;
/** From the end of speech to `EndOfTurn`, where the delays do not say. */
const DEFAULT_END_OF_SPEECH_MS = 300;
/** While speech goes on. */
const LOW_CONFIDENCE = 0.1;
const MAX_KEYTERMS = 100;

const eotThreshold = z.number().min(0.5).max(1);
const eagerEotThreshold = z.number().min(0.3).max(0.9);
const eotTimeoutMs = z.int().min(500).max(60_000);
const keyterms = z.array(z.string().min(1)).max(MAX_KEYTERMS);
/** As `en`, or `pt-BR`, which counts as `pt`. */
const languageHint = z.string().regex(/^(en|es|fr|de|hi|ru|pt|ja|it|nl)(-|$)/, 'is not a supported language');

const decimal = z
  .string()
  .regex(/^\d+(\.\d+)?$/, 'must be a number')
  .transform(Number);
/** Once or several times. */
const list = z.union([z.array(z.string()), z.string().transform((value) => [value])]);

interface Thresholds {
  eot_threshold: number;
  eager_eot_threshold?: number | undefined;
  eot_timeout_ms: number;
}

/** What is wrong with thresholds that are each in range. */
function clashOf({ eager_eot_threshold: eager, eot_threshold: end }: Thresholds): string | undefined {
  if (eager === undefined || eager <= end) return undefined;
  return 'eager_eot_threshold must be less than or equal to eot_threshold';
}

/** The vendor refuses what it does not know, such as the `language` of `/v1/listen`. */
export const fluxQuery = z
  .strictObject({
    model: z.enum(['flux-general-en', 'flux-general-multi']),
    ...telephoneAudio,
    eot_threshold: decimal.pipe(eotThreshold).default(0.7),
    eager_eot_threshold: decimal.pipe(eagerEotThreshold).optional(),
    eot_timeout_ms: decimal.pipe(eotTimeoutMs).default(5000),
    keyterm: list.pipe(keyterms).default([]),
    language_hint: list.pipe(z.array(languageHint)).default([]),
    profanity_filter: flag.default(false),
    numerals: flag.default(false),
    redact: list.pipe(z.array(z.enum(['numbers', 'aggressive_numbers']))).default([]),
    mip_opt_out: flag.default(false),
    tag: list.default([]),
  })
  .superRefine((query, context) => {
    const clash = clashOf(query);
    if (clash !== undefined) {
      context.addIssue({ code: 'custom', path: ['eager_eot_threshold'], message: clash });
    }
    if (query.language_hint.length > 0 && query.model !== 'flux-general-multi') {
      context.addIssue({
        code: 'custom',
        path: ['language_hint'],
        message: 'language_hint is for flux-general-multi only',
      });
    }
  });
type FluxQuery = z.output<typeof fluxQuery>;

const clientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('CloseStream') }),
  // Its fields are looked at later: a wrong one fails the message, and the stream goes on.
  z.looseObject({ type: z.literal('Configure') }),
]);

const configureSchema = z.object({
  thresholds: z
    .strictObject({
      eot_threshold: eotThreshold.optional(),
      eager_eot_threshold: eagerEotThreshold.optional(),
      eot_timeout_ms: eotTimeoutMs.optional(),
    })
    .default({}),
  keyterms: keyterms.optional(),
  language_hints: z.array(languageHint).nullish(),
});

/** One accepted stream of Flux. It ends with its socket. */
export class FluxSocket {
  readonly #parts: SandboxParts;
  readonly #query: FluxQuery;
  readonly #socket: WebSocket;
  readonly #outlet: Outlet;
  readonly #id: string;
  readonly #delays: SandboxParts['delays']['deepgram'];
  readonly #turns: TurnDetector;
  readonly #idleTimer: NodeJS.Timeout;
  #thresholds: Thresholds;
  #keyterms: readonly string[];
  #languageHints: readonly string[];
  #nextSequenceId = 0;

  constructor(parts: SandboxParts, query: FluxQuery, socket: WebSocket, outlet: Outlet, id: string) {
    this.#parts = parts;
    this.#query = query;
    this.#socket = socket;
    this.#outlet = outlet;
    this.#id = id;
    this.#delays = { ...parts.delays.deepgram };
    const { eot_threshold, eager_eot_threshold, eot_timeout_ms } = query;
    this.#thresholds = { eot_threshold, eager_eot_threshold, eot_timeout_ms };
    this.#keyterms = query.keyterm;
    this.#languageHints = query.language_hint;
    this.#turns = new TurnDetector({
      knownSpeech: parts.knownSpeech,
      timing: () => this.#timing(),
      onReport: (report) => this.#onReport(report),
    });
    this.#idleTimer = setTimeout(() => this.#onIdle(), IDLE_MS);
    socket.on('ping', () => this.#idleTimer.refresh());
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('close', () => {
      clearTimeout(this.#idleTimer);
      this.#turns.close();
    });
    this.#send({ type: 'Connected' });
  }

  #timing(): TurnTiming {
    const { eot_threshold, eager_eot_threshold, eot_timeout_ms } = this.#thresholds;
    const { interimMs, eagerEndMs, endOfSpeechMs } = this.#delays;
    // A threshold of 1 is never reached: only the timeout is left.
    const natural =
      eot_threshold < 1 ? (endOfSpeechMs ?? DEFAULT_END_OF_SPEECH_MS) : Number.POSITIVE_INFINITY;
    return {
      updateMs: interimMs,
      eagerEndMs: eager_eot_threshold === undefined ? undefined : eagerEndMs,
      endMs: Math.min(natural, eot_timeout_ms),
    };
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#idleTimer.refresh();
    // `ws` hands messages over as one Buffer unless told otherwise.
    const bytes = data as Buffer;
    if (isBinary) {
      this.#turns.write(bytes);
      return;
    }
    const message = clientMessage.safeParse(jsonOf(bytes));
    if (!message.success) this.#giveUp();
    else if (message.data.type === 'Configure') this.#configure(message.data);
    else this.#closeStream();
  }

  #configure(message: unknown): void {
    const read = configureSchema.safeParse(message);
    if (!read.success) return this.#refuse('INVALID_CONFIGURATION', z.prettifyError(read.error));
    const { thresholds, keyterms, language_hints } = read.data;
    // Not given is left as it is.
    const changed = { ...this.#thresholds, ...definedOf(thresholds) };
    const clash = clashOf(changed);
    if (clash !== undefined) return this.#refuse('INVALID_THRESHOLD', clash);
    if (language_hints != null && this.#query.model !== 'flux-general-multi')
      return this.#refuse('INVALID_LANGUAGE_HINT', 'language_hints are for flux-general-multi only');
    this.#thresholds = changed;
    this.#keyterms = keyterms ?? this.#keyterms;
    this.#languageHints = language_hints ?? this.#languageHints;
    this.#send({
      type: 'ConfigureSuccess',
      thresholds: this.#thresholds,
      keyterms: this.#keyterms,
      language_hints: this.#languageHints,
    });
  }

  #refuse(code: string, description: string): void {
    this.#send({ type: 'ConfigureFailure', code, description });
  }

  /** No turn is ended by it, and there is no status (docs: "Close Stream"). */
  #closeStream(): void {
    this.#turns.update();
    this.#turns.close();
    this.#socket.removeAllListeners('message');
    this.#outlet.afterSent(() => this.#socket.close());
  }

  #giveUp(): void {
    this.#send({
      type: 'Error',
      code: 'UNPARSABLE_CLIENT_MESSAGE',
      description: 'The message could not be understood.',
    });
    this.#turns.close();
    this.#socket.removeAllListeners('message');
    this.#outlet.afterSent(() => this.#socket.close(1008));
  }

  #onIdle(): void {
    this.#socket.close(1011, 'Deepgram did not receive audio within the timeout window. NET-0001');
  }

  #onReport({ event, turnIndex, windowStartMs, windowEndMs, words, speechEndedAt }: TurnReport): void {
    const transcript = words.map((word) => word.text).join(' ');
    const isEnd = event === 'EndOfTurn';
    if (isEnd) this.#parts.wire.record('stt-speech-end', this.#id, transcript, speechEndedAt);
    this.#send({
      type: 'TurnInfo',
      event,
      turn_index: turnIndex,
      audio_window_start: windowStartMs / 1000,
      audio_window_end: windowEndMs / 1000,
      transcript,
      words: words.map((word) => ({
        word: word.text,
        confidence: CONFIDENCE,
        start: word.startMs / 1000,
        end: word.endMs / 1000,
      })),
      end_of_turn_confidence: this.#confidenceOf(event),
      ...(isEnd
        ? { trigger: this.#timing().endMs < this.#thresholds.eot_timeout_ms ? 'model' : 'timeout' }
        : {}),
      ...(this.#query.model === 'flux-general-multi' && words.length > 0
        ? { languages: ['en'], languages_hinted: this.#languageHints }
        : {}),
    });
    if (isEnd) this.#parts.wire.record('stt-final-sent', this.#id, transcript);
  }

  #confidenceOf(event: TurnReport['event']): number {
    if (event === 'EndOfTurn') return this.#thresholds.eot_threshold;
    if (event === 'EagerEndOfTurn') return this.#thresholds.eager_eot_threshold ?? LOW_CONFIDENCE;
    return LOW_CONFIDENCE;
  }

  #send(message: object): void {
    const numbered = { ...message, request_id: this.#id, sequence_id: this.#nextSequenceId++ };
    this.#outlet.send({ text: JSON.stringify(numbered) });
  }
}

/** Without the fields that are undefined. */
function definedOf<T extends object>(fields: T): { [K in keyof T]?: NonNullable<T[K]> } {
  const entries = Object.entries(fields).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]?: NonNullable<T[K]> };
}
