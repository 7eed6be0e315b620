/**
 * `WS /v1/listen`: Nova, as far as its wire goes. Not there: other encodings than 8 kHz μ-law, several channels,
 * languages and keyterms (accepted, without effect).
 *
 * Protocol: Deepgram docs, "Live Audio" reference, "Endpointing", "Utterance End", "Finalize", "Close Stream",
 * "KeepAlive".
 */
import { createHash } from 'node:crypto';
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { SpokenWord } from '../../tts/flite/index.ts';
import type { Outlet } from '../faults.ts';
import type { SandboxParts } from '../stand-in.ts';
import { type Hearing, Recogniser } from './recogniser.ts';
import { CONFIDENCE, flag, jsonOf, ms, telephoneAudio } from './wire-format.ts';

/** The vendor's own default (docs: "Endpointing"). */
const DEFAULT_ENDPOINTING_MS = 10;
/** Neither audio nor a message for so long closes the socket with NET-0001 (docs: "KeepAlive"). */
const IDLE_MS = 10_000;

export const novaQuery = z
  .looseObject({
    model: z
      .string()
      .min(1)
      .default('nova-3')
      .refine((name) => !name.startsWith('flux'), 'Flux is heard at /v2/listen'),
    ...telephoneAudio,
    channels: z.literal('1', 'this stand-in hears one channel only').default('1'),
    interim_results: flag.default(false),
    vad_events: flag.default(false),
    smart_format: flag.default(false),
    punctuate: flag.default(false),
    endpointing: z
      .union([
        ms,
        z.literal('true').transform(() => DEFAULT_ENDPOINTING_MS),
        z.literal('false').transform(() => undefined),
      ])
      .default(DEFAULT_ENDPOINTING_MS),
    utterance_end_ms: ms.optional(),
    keywords: z.string().optional(),
  })
  .refine((query) => query.keywords === undefined || !query.model.startsWith('nova-3'), {
    path: ['keywords'],
    message: 'nova-3 takes keyterm instead of keywords',
  });
type NovaQuery = z.output<typeof novaQuery>;

const clientMessage = z.discriminatedUnion('type', [
  z.object({ type: z.literal('KeepAlive') }),
  z.object({ type: z.literal('Finalize'), channel: z.literal(0).optional() }),
  z.object({ type: z.literal('CloseStream') }),
]);

/** One accepted stream of Nova. It ends with its socket. */
export class NovaSocket {
  readonly #parts: SandboxParts;
  readonly #query: NovaQuery;
  readonly #socket: WebSocket;
  readonly #outlet: Outlet;
  readonly #id: string;
  readonly #recogniser: Recogniser;
  readonly #sha256 = createHash('sha256');
  readonly #idleTimer: NodeJS.Timeout;

  constructor(parts: SandboxParts, query: NovaQuery, socket: WebSocket, outlet: Outlet, id: string) {
    this.#parts = parts;
    this.#query = query;
    this.#socket = socket;
    this.#outlet = outlet;
    this.#id = id;
    const { interimMs, endOfSpeechMs } = parts.delays.deepgram;
    this.#recogniser = new Recogniser({
      knownSpeech: parts.knownSpeech,
      onHearing: (hearing) => this.#onHearing(hearing),
      interimMs: query.interim_results ? interimMs : undefined,
      endOfSpeechMs: query.endpointing === undefined ? undefined : (endOfSpeechMs ?? query.endpointing),
      utteranceEndMs: query.interim_results ? query.utterance_end_ms : undefined,
    });
    this.#idleTimer = setTimeout(() => this.#onIdle(), IDLE_MS);
    socket.on('message', (data, isBinary) => this.#onMessage(data, isBinary));
    socket.on('close', () => {
      clearTimeout(this.#idleTimer);
      this.#recogniser.close();
    });
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    this.#idleTimer.refresh();
    // `ws` hands messages over as one Buffer unless told otherwise.
    const bytes = data as Buffer;
    if (isBinary) {
      this.#sha256.update(bytes);
      this.#recogniser.write(bytes);
      return;
    }
    const message = clientMessage.safeParse(jsonOf(bytes));
    if (!message.success) {
      this.#socket.close(1008, 'DATA-0000: the message could not be decoded');
      return;
    }
    switch (message.data.type) {
      case 'KeepAlive':
        return;
      case 'Finalize':
        this.#recogniser.finalize();
        return;
      case 'CloseStream':
        this.#closeStream();
        return;
    }
  }

  #closeStream(): void {
    this.#recogniser.finalize();
    this.#recogniser.close();
    this.#send({
      type: 'Metadata',
      transaction_key: 'deprecated',
      request_id: this.#id,
      sha256: this.#sha256.digest('hex'),
      created: new Date().toISOString(),
      duration: this.#recogniser.streamMs / 1000,
      channels: 1,
    });
    this.#socket.removeAllListeners('message');
    this.#outlet.afterSent(() => this.#socket.close(1000));
  }

  #onIdle(): void {
    this.#socket.close(
      1011,
      'Deepgram did not receive audio data or a text message within the timeout window. NET-0001',
    );
  }

  #onHearing(hearing: Hearing): void {
    switch (hearing.type) {
      case 'speech-started':
        if (this.#query.vad_events) {
          this.#send({ type: 'SpeechStarted', channel: [0, 1], timestamp: hearing.atMs / 1000 });
        }
        return;
      case 'segment':
        this.#sendResults(hearing);
        return;
      case 'utterance-end':
        this.#send({
          type: 'UtteranceEnd',
          channel: [0, 1],
          last_word_end: hearing.lastWordEndMs / 1000,
        });
        return;
    }
  }

  #sendResults(segment: Extract<Hearing, { type: 'segment' }>): void {
    const formatted = this.#query.smart_format || this.#query.punctuate;
    const words = segment.words.map((word) => toWire(word, formatted));
    const transcript = words.map((word) => word.punctuated_word ?? word.word).join(' ');
    if (segment.kind === 'pause')
      this.#parts.wire.record('stt-speech-end', this.#id, transcript, segment.speechEndedAt);
    this.#send({
      type: 'Results',
      channel_index: [0, 1],
      start: segment.startMs / 1000,
      duration: (segment.endMs - segment.startMs) / 1000,
      is_final: segment.kind !== 'interim',
      speech_final: segment.kind === 'pause',
      from_finalize: segment.kind === 'asked',
      channel: { alternatives: [{ transcript, confidence: words.length > 0 ? CONFIDENCE : 0, words }] },
      metadata: {
        request_id: this.#id,
        model_info: { name: this.#query.model, version: 'sandbox', arch: this.#query.model },
        model_uuid: '00000000-0000-0000-0000-000000000000',
      },
    });
    if (segment.kind === 'pause') this.#parts.wire.record('stt-final-sent', this.#id, transcript);
  }

  #send(message: object): void {
    this.#outlet.send({ text: JSON.stringify(message) });
  }
}

function toWire(word: SpokenWord, formatted: boolean) {
  const bare = word.text.toLowerCase().replaceAll(/^[^\p{L}\p{N}$]+|[^\p{L}\p{N}%]+$/gu, '');
  return {
    word: bare,
    start: word.startMs / 1000,
    end: word.endMs / 1000,
    confidence: CONFIDENCE,
    ...(formatted ? { punctuated_word: word.text } : {}),
  };
}
