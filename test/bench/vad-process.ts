/** Hears so many callers in real time and tells what that took; started by `vad.ts`. */
import { Worker } from 'node:worker_threads';
import type { z } from 'zod';
import { MULAW_TO_LINEAR } from '../../src/audio/mulaw.ts';
import { createVoiceActivity } from '../../src/audio/vad/silero-voice-activity.ts';
import { mix, pinkNoise, random, toMulaw } from '../../src/audio/vad/testing.ts';
import { BYTES_PER_MS, FRAME_BYTES, FRAME_MS } from '../../src/telephony/index.ts';
import { createVoice } from '../../src/tts/flite/index.ts';
import { VAD_CALLS, type vadCost } from './vad.ts';

const SECONDS = 15;
const WARM_UP_MS = 3000;
const BASELINE_MS = 5000;
const LINE_DB = -60;
const TALK_SHARE = 0.4;
/** Different lines; each is shared by a few calls, that are at different places of it. */
const LINES = 40;
const LINE_MS = 30_000;
const TICK_MS = 2;

const TEXTS = [
  'I would like to book a table for four on Friday evening, please.',
  'Could you tell me when you open on Sunday, and whether there is a café?',
  'My number is four one five, five five five, zero one two three.',
  'No, thank you, that is all for today.',
];

type Write = (call: number, frame: Uint8Array, atMs: number) => void;

const lines = await makeLines();
const nothing: Write = () => undefined;
await feed(nothing, 1000);
const baselineShare = await cpuShareOf(() => feed(nothing, BASELINE_MS));

// The thread that hears keeps no process alive.
const keepAlive = setInterval(() => undefined, 1000);
let worker: Worker | undefined;
const ears = await createVoiceActivity({
  startWorker: (workerData) => {
    worker = new Worker(new URL('../../src/audio/vad/worker.ts', import.meta.url), { workerData });
    return worker;
  },
});
if (!ears.available || worker === undefined) throw new Error(ears.unavailableReason ?? 'no worker');
let events = 0;
const streams = Array.from({ length: VAD_CALLS }, () => ears.open({}, () => events++));
let nowMs = 0;
const hear: Write = (call, frame, atMs) => streams[call]?.write(frame, nowMs + atMs);
await feed(hear, WARM_UP_MS);
nowMs += WARM_UP_MS;
events = 0;
const before = await worker.cpuUsage();
const fromMs = performance.now();
const totalShare = await cpuShareOf(() => feed(hear, SECONDS * 1000));
const after = await worker.cpuUsage();
const workerMs = (after.user + after.system - before.user - before.system) / 1000;
const workerShare = workerMs / (performance.now() - fromMs);
const cost: z.infer<typeof vadCost> = {
  totalPercent: 100 * (totalShare - baselineShare),
  workerPercent: 100 * workerShare,
  mainPercent: 100 * (totalShare - baselineShare - workerShare),
  talkPercent: 100 * TALK_SHARE,
  seconds: SECONDS,
  events,
};
process.send?.(cost);
await ears.close();
clearInterval(keepAlive);
process.disconnect();

/** What callers send: speech with pauses, over the noise of a line. */
async function makeLines(): Promise<Uint8Array[]> {
  const voice = createVoice();
  const spoken = await Promise.all(
    TEXTS.flatMap((text) => ['rms', 'awb', 'slt'].map((name) => voice.speak(text, name))),
  );
  await voice.close();
  const sounds = spoken.map(({ audio }) =>
    Float64Array.from(audio, (byte) => (MULAW_TO_LINEAR[byte] ?? 0) / 32_768),
  );
  return Array.from({ length: LINES }, (_, line) => {
    const next = random(line + 1);
    const scene = pinkNoise(LINE_MS, LINE_DB, line + 1);
    for (let atMs = Math.round(next() * 4000); atMs < LINE_MS; ) {
      const sound = sounds[Math.floor(next() * sounds.length)] ?? new Float64Array(0);
      mix(scene, sound, atMs);
      const lengthMs = sound.length / BYTES_PER_MS;
      atMs += Math.round(lengthMs + (lengthMs * (1 - TALK_SHARE)) / TALK_SHARE);
    }
    return toMulaw(scene);
  });
}

/** Frames of all calls in real time, spread over the 20 ms as they are in life. */
function feed(write: Write, ms: number): Promise<void> {
  const sent = new Array<number>(VAD_CALLS).fill(0);
  const startedMs = performance.now();
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      const elapsedMs = performance.now() - startedMs;
      for (let call = 0; call < VAD_CALLS; call++) {
        const phaseMs = (call * FRAME_MS) / VAD_CALLS;
        for (let frame = sent[call] ?? 0; frame * FRAME_MS + phaseMs + FRAME_MS <= elapsedMs; frame++) {
          write(call, frameOf(call, frame), frame * FRAME_MS);
          sent[call] = frame + 1;
        }
      }
      if (elapsedMs < ms) return;
      clearInterval(timer);
      resolve();
    }, TICK_MS);
  });
}

function frameOf(call: number, frame: number): Uint8Array {
  const line = lines[call % LINES] ?? new Uint8Array(0);
  // Those who share a line are seconds apart on it.
  const at = ((frame + Math.floor(call / LINES) * 250) * FRAME_BYTES) % (LINE_MS * BYTES_PER_MS);
  return line.subarray(at, at + FRAME_BYTES);
}

/** Processor time of the whole process, in cores. */
async function cpuShareOf(work: () => Promise<void>): Promise<number> {
  const from = process.cpuUsage();
  const fromMs = performance.now();
  await work();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1000 / (performance.now() - fromMs);
}
