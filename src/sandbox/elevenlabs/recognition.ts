/**
 * `WS /v1/speech-to-text/realtime`: ElevenLabs' realtime recogniser, as far as its wire goes. It does not recognise
 * speech: it reports the words of known speech it finds in the audio. Not there: other audio than 8 kHz μ-law, tokens,
 * languages and keyterms (accepted, without effect).
 *
 * Protocol: ElevenLabs docs, "Realtime" speech to text reference, "Transcripts and commit strategies".
 */
import type { RawData, WebSocket } from 'ws';
import { z } from 'zod';
import type { SpokenWord } from '../../tts/flite/index.ts';
import { type Hearing, Recogniser } from '../deepgram/recogniser.ts';
import type { Outlet } from '../faults.ts';
import { Door, keyAccepted, type Refusal, type SandboxParts, type StandIn, urlOf } from '../stand-in.ts';

const PATH = '/v1/speech-to-text/realtime';
/** The vendor's own default. */
const DEFAULT_SILENCE_SEC = 1.5;
/** A commit of less audio is passed over. */
const LEAST_COMMIT_MS = 300;
/** Of every word: what is looked up is not in doubt. */
const LOGPROB = -0.02;

const seconds = z.coerce.number();
const querySchema = z.object({
  model_id: z.string().startsWith('scribe', 'no such model'),
  audio_format: z.literal('ulaw_8000', 'this stand-in hears ulaw_8000 only'),
  commit_strategy: z.enum(['manual', 'vad']).default('manual'),
  vad_silence_threshold_secs: seconds.min(0.3).max(3).default(DEFAULT_SILENCE_SEC),
  language_code: z.string().optional(),
  include_timestamps: z.enum(['true', 'false']).default('false'),
});
type Query = z.output<typeof querySchema>;

const audioChunk = z.object({
  message_type: z.literal('input_audio_chunk'),
  audio_base_64: z.base64().or(z.literal('')),
  commit: z.boolean().default(false),
  sample_rate: z.literal(8000).optional(),
});

/** `requiredKey`: the only key that is good; any is, where there is none. */
export function createElevenLabsRecognition(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('elevenlabs-stt', parts, refusalFor);
  return {
    door,
    upgrade(request, socket, head) {
      const url = urlOf(request);
      if (url.pathname !== PATH) return false;
      const query = querySchema.safeParse(Object.fromEntries(url.searchParams));
      const check = (): Refusal | undefined => {
        const key = request.headers['xi-api-key'];
        if (!keyAccepted(typeof key === 'string' ? key : undefined, requiredKey)) return refusalFor(401);
        return query.success ? undefined : refusalFor(400, z.prettifyError(query.error));
      };
      door.webSocket({ request, socket, head }, check, (accepted, outlet, id) => {
        if (!query.success) return;
        parts.wire.record('stt-opened', id, query.data.language_code ?? '');
        new ScribeSocket(parts, query.data, accepted, outlet, id);
      });
      return true;
    },
  };
}

function refusalFor(status: number, detail?: string): Refusal {
  const known = status === 401 ? 'Invalid API key' : 'Something went wrong';
  return { status, body: JSON.stringify({ detail: { status: String(status), message: detail ?? known } }) };
}

/** One accepted stream. It ends with its socket. */
class ScribeSocket {
  readonly #parts: SandboxParts;
  readonly #query: Query;
  readonly #outlet: Outlet;
  readonly #id: string;
  readonly #recogniser: Recogniser;
  #shown = '';
  #committedMs = 0;

  constructor(parts: SandboxParts, query: Query, socket: WebSocket, outlet: Outlet, id: string) {
    this.#parts = parts;
    this.#query = query;
    this.#outlet = outlet;
    this.#id = id;
    const isVad = query.commit_strategy === 'vad';
    this.#recogniser = new Recogniser({
      knownSpeech: parts.knownSpeech,
      onHearing: (hearing) => this.#onHearing(hearing),
      interimMs: parts.delays.scribe.interimMs,
      endOfSpeechMs: isVad ? query.vad_silence_threshold_secs * 1000 : undefined,
      utteranceEndMs: undefined,
    });
    socket.on('message', (data) => this.#onMessage(data));
    socket.on('close', () => this.#recogniser.close());
    this.#send({
      message_type: 'session_started',
      session_id: id,
      config: { model_id: query.model_id, audio_format: query.audio_format, sample_rate: 8000 },
    });
  }

  #onMessage(data: RawData): void {
    const chunk = audioChunk.safeParse(jsonOf(String(data)));
    if (!chunk.success) {
      return this.#send({ message_type: 'input_error', error: 'the message could not be understood' });
    }
    this.#recogniser.write(Buffer.from(chunk.data.audio_base_64, 'base64'));
    if (!chunk.data.commit) return;
    if (this.#recogniser.streamMs - this.#committedMs < LEAST_COMMIT_MS)
      return this.#send({ message_type: 'commit_throttled', error: 'too little uncommitted audio' });
    this.#recogniser.finalize();
  }

  #onHearing(hearing: Hearing): void {
    if (hearing.type !== 'segment') return;
    const text = hearing.words.map((word) => word.text).join(' ');
    if (hearing.kind === 'interim') {
      if (text === '' || text === this.#shown) return;
      this.#shown = text;
      return this.#send({ message_type: 'partial_transcript', text });
    }
    this.#shown = '';
    this.#committedMs = this.#recogniser.streamMs;
    this.#parts.wire.record('stt-speech-end', this.#id, text, hearing.speechEndedAt);
    this.#send({ message_type: 'committed_transcript', text });
    if (this.#query.include_timestamps === 'true') this.#sendTimes(text, hearing.words);
    this.#parts.wire.record('stt-final-sent', this.#id, text);
  }

  #sendTimes(text: string, words: readonly SpokenWord[]): void {
    this.#send({
      message_type: 'committed_transcript_with_timestamps',
      text,
      language_code: this.#query.language_code ?? 'en',
      words: words.flatMap((word, index) => [
        ...(index === 0 ? [] : [timed(' ', words[index - 1]?.endMs ?? 0, word.startMs, 'spacing')]),
        timed(word.text, word.startMs, word.endMs, 'word'),
      ]),
    });
  }

  #send(message: object): void {
    this.#outlet.send({ text: JSON.stringify(message) });
  }
}

function timed(text: string, startMs: number, endMs: number, type: 'word' | 'spacing'): object {
  return { text, start: startMs / 1000, end: endMs / 1000, type, logprob: LOGPROB };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
