/**
 * `POST /v1/audio/transcriptions`: a transcription server of OpenAI's protocol, as far as its wire goes. It does not
 * recognise speech: it reports the words of known speech it finds in the recording, which must be 8 kHz mono WAV, PCM or
 * μ-law. Not there: streaming answers, subtitles, diarisation.
 *
 * Protocol: OpenAI's API reference, "Create transcription".
 */
import { setTimeout as pause } from 'node:timers/promises';
import codec from 'alawmulaw';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { FRAME_BYTES, FRAME_MS } from '../../telephony/index.ts';
import type { SpokenWord } from '../../tts/flite/index.ts';
import { HeardWords } from '../deepgram/heard-words.ts';
import { Sounds } from '../deepgram/sounds.ts';
import { Outlet } from '../faults.ts';
import type { KnownSpeech } from '../known-speech.ts';
import { credential, Door, keyAccepted, type Refusal, type SandboxParts, type StandIn } from '../stand-in.ts';

const LARGEST_FILE = '25mb';
const FORMAT_PCM = 1;
const FORMAT_MULAW = 7;

const formSchema = z.object({
  file: z.instanceof(File),
  model: z.string().min(1),
  language: z.string().optional(),
  prompt: z.string().optional(),
  response_format: z.enum(['json', 'text', 'verbose_json']).default('json'),
});

/** `requiredKey`: the only key that is good; any is, and none too, where there is none. */
export function createTranscription(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('openai-stt', parts, refusalFor);
  const router: Router = express.Router();
  router.post(
    '/v1/audio/transcriptions',
    door.http,
    express.raw({ type: 'multipart/form-data', limit: LARGEST_FILE }),
    async (request, response) => {
      const key = credential(request, 'bearer');
      if (requiredKey !== undefined && !keyAccepted(key, requiredKey)) return refuse(response, 401);
      const form = await formOf(request);
      if (form === undefined) return refuse(response, 400);
      await answer(parts, form, request, response);
    },
  );
  return { door, router };
}

async function answer(
  parts: SandboxParts,
  { file, form, wantsWords }: ReadForm,
  request: Request,
  response: Response,
): Promise<void> {
  const outlet = new Outlet('openai-stt', parts.faults, {
    write: (text) => void response.write(text),
    cut: () => void request.socket.destroy(),
  });
  response.on('close', () => outlet.close());
  const audio = mulawOf(Buffer.from(await file.arrayBuffer()));
  if (audio === undefined) return refuse(response, 400);
  const words = wordsIn(audio, parts.knownSpeech);
  const text = words.map((word) => word.text).join(' ');
  await pause(parts.delays.transcription.answerMs);
  const isText = form.response_format === 'text';
  const isVerbose = form.response_format === 'verbose_json';
  const json = isVerbose ? verbose(text, words, audio, form.language, wantsWords) : { text };
  response.type(isText ? 'text' : 'json');
  outlet.send({ text: isText ? `${text}\n` : JSON.stringify(json) });
  outlet.afterSent(() => response.end());
  parts.wire.record('stt-final-sent', form.model, text);
}

function verbose(
  text: string,
  words: readonly SpokenWord[],
  audio: Uint8Array,
  language: string | undefined,
  wantsWords: boolean,
): object {
  const duration = audio.length / 8000;
  return {
    task: 'transcribe',
    language: language ?? 'english',
    duration,
    text,
    segments:
      text === '' ? [] : [{ id: 0, start: 0, end: duration, text, avg_logprob: -0.1, no_speech_prob: 0.01 }],
    ...(wantsWords
      ? {
          words: words.map(({ text: word, startMs, endMs }) => ({
            word,
            start: startMs / 1000,
            end: endMs / 1000,
          })),
        }
      : {}),
  };
}

interface ReadForm {
  file: File;
  form: z.output<typeof formSchema>;
  wantsWords: boolean;
}

async function formOf(request: Request): Promise<ReadForm | undefined> {
  try {
    const body = new Response_(new Uint8Array(request.body as Buffer), {
      headers: { 'content-type': request.headers['content-type'] ?? '' },
    });
    const data = await body.formData();
    const form = formSchema.parse(Object.fromEntries(data.entries()));
    return { file: form.file, form, wantsWords: data.getAll('timestamp_granularities[]').includes('word') };
  } catch {
    return undefined;
  }
}

/** The web's, which reads forms; Express has one of that name too. */
const Response_ = globalThis.Response;

function wordsIn(audio: Uint8Array, knownSpeech: KnownSpeech): SpokenWord[] {
  const sounds = new Sounds(knownSpeech);
  const heard = new HeardWords();
  for (let at = 0; at + FRAME_BYTES <= audio.length; at += FRAME_BYTES) {
    const { found } = sounds.hear(audio.subarray(at, at + FRAME_BYTES));
    if (found !== undefined) heard.hear(found, (at / FRAME_BYTES) * FRAME_MS);
  }
  return heard.since(0);
}

/** Undefined for what is no such file. */
function mulawOf(file: Buffer): Uint8Array | undefined {
  if (file.toString('latin1', 0, 4) !== 'RIFF' || file.length < 44) return undefined;
  let format = 0;
  for (let at = 12; at + 8 <= file.length; ) {
    const length = file.readUInt32LE(at + 4);
    const name = file.toString('latin1', at, at + 4);
    if (name === 'fmt ') {
      format = file.readUInt16LE(at + 8);
      if (file.readUInt16LE(at + 10) !== 1 || file.readUInt32LE(at + 12) !== 8000) return undefined;
    }
    if (name === 'data') {
      const data = file.subarray(at + 8, at + 8 + length);
      if (format === FORMAT_MULAW) return data;
      return format === FORMAT_PCM ? mulawOfPcm(data) : undefined;
    }
    at += 8 + length + (length % 2);
  }
  return undefined;
}

function mulawOfPcm(data: Buffer): Uint8Array {
  const samples = Int16Array.from({ length: Math.floor(data.length / 2) }, (_, index) =>
    data.readInt16LE(index * 2),
  );
  return codec.mulaw.encode(samples);
}

function refuse(response: Response, status: number): void {
  const { body } = refusalFor(status);
  response.status(status).type('json').send(body);
}

function refusalFor(status: number): Refusal {
  const type = status === 429 ? 'rate_limit_error' : status < 500 ? 'invalid_request_error' : 'server_error';
  return { status, body: JSON.stringify({ error: { message: `refused with ${status}`, type, code: null } }) };
}
