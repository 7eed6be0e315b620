/**
 * A server with OpenAI's protocol for speech, such as Kokoro: `POST /v1/audio/speech`.
 *
 * Every model and voice is spoken by one of the sandbox's own, in English, at its own pace. Formats: `pcm` (24 kHz,
 * 16 bits) and `wav` of the same.
 *
 * Protocol: OpenAI docs, "Create speech".
 */
import { randomUUID } from 'node:crypto';
import express, { type Request, type Response, type Router } from 'express';
import { z } from 'zod';
import { MULAW_TO_LINEAR } from '../../audio/mulaw.ts';
import { Context } from '../cartesia/context.ts';
import { Outlet, type Payload } from '../faults.ts';
import { credential, Door, keyAccepted, type Refusal, type SandboxParts, type StandIn } from '../stand-in.ts';

/** So that it is heard which stand-in speaks. */
const VOICE = 'kal16';
const RATE_HZ = 24_000;
/** Samples for one of the sandbox's 8 kHz. */
const UP = 3;

const requestSchema = z.looseObject({
  model: z.string().min(1),
  voice: z.string().min(1),
  input: z.string().min(1).max(4096),
  response_format: z.enum(['pcm', 'wav'], 'this stand-in speaks pcm and wav only'),
  speed: z.number().min(0.25).max(4).optional(),
});

/** `requiredKey`: the only key that is good; where there is none, any is, and none is needed. */
export function createOpenAiSpeech(parts: SandboxParts, requiredKey?: string): StandIn {
  const door = new Door('openai-tts', parts, refusalFor);
  const router: Router = express.Router();
  router.post('/v1/audio/speech', door.http, express.json(), (request, response) => {
    const key = credential(request, 'bearer');
    if (requiredKey !== undefined && !keyAccepted(key, requiredKey)) return refuse(response, 401);
    const read = requestSchema.safeParse(request.body);
    if (!read.success) return refuse(response, 400, z.prettifyError(read.error));
    speak(parts, read.data, request, response);
  });
  return { door, router };
}

function refuse(response: Response, status: number, detail?: string): void {
  const refusal = refusalFor(status, detail);
  response.status(refusal.status).type('json').send(refusal.body);
}

function refusalFor(status: number, detail?: string): Refusal {
  const message = detail ?? (status === 401 ? 'Incorrect API key provided.' : 'Something went wrong.');
  return { status, body: JSON.stringify({ error: { message, type: 'invalid_request_error', code: null } }) };
}

function speak(
  parts: SandboxParts,
  { input, response_format: format }: z.output<typeof requestSchema>,
  request: Request,
  response: Response,
): void {
  const id = randomUUID();
  let hasAudio = false;
  let last = 0;
  const outlet = new Outlet<Payload>('openai-tts', parts.faults, {
    write: (payload) => {
      if (!response.headersSent) {
        response.writeHead(200, { 'content-type': format === 'wav' ? 'audio/wav' : 'audio/pcm' });
        if (format === 'wav') response.write(endlessHeader());
      }
      response.write(payload);
    },
    cut: () => request.socket.destroy(),
  });
  const context = new Context({
    voice: parts.voice,
    voiceName: VOICE,
    maxBufferDelayMs: 0,
    delays: parts.delays.otherVoices,
    onEvent: (event) => {
      if (event.type === 'audio') {
        if (!hasAudio) parts.wire.record('tts-first-byte-sent', id, input);
        hasAudio = true;
        const sound = raised(event.audio, last);
        last = MULAW_TO_LINEAR[event.audio.at(-1) ?? 0] ?? 0;
        outlet.send({ text: sound, textWithShortAudio: () => sound.subarray(0, sound.length - 1) });
      } else if (event.type === 'done') outlet.afterSent(() => response.end());
      else if (event.type === 'failed') refuse(response, event.status, event.message);
    },
  });
  response.on('close', () => {
    context.cancel();
    outlet.close();
  });
  parts.wire.record('tts-first-text-received', id, input);
  context.push({ transcript: input, flush: false, last: true });
}

/** 16-bit samples at {@link RATE_HZ}, on straight lines between those given; `before`: the sample before the first. */
function raised(audio: Uint8Array, before: number): Buffer {
  const sound = Buffer.alloc(audio.length * UP * 2);
  let last = before;
  for (const [index, byte] of audio.entries()) {
    const sample = MULAW_TO_LINEAR[byte] ?? 0;
    for (let step = 1; step <= UP; step++)
      sound.writeInt16LE(Math.round(last + ((sample - last) * step) / UP), (index * UP + step - 1) * 2);
    last = sample;
  }
  return sound;
}

/** Of a WAV whose length nobody knows yet. */
function endlessHeader(): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(0xffff_ffff, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(RATE_HZ, 24);
  header.writeUInt32LE(RATE_HZ * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(0xffff_ffff, 40);
  return header;
}
