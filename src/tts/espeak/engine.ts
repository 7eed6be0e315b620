/**
 * eSpeak NG as the package gives it: WebAssembly that works on the thread that calls it. Facts are the package's own
 * (`@echogarden/espeak-ng-emscripten` 0.3: `synthesize(text, callback)` reads SSML, hands over 16-bit samples piece by piece
 * with events, whose times are milliseconds and whose places count code points of the text from 1; a true answer stops it).
 */
import codec from 'alawmulaw';
import { z } from 'zod';
import { Downsampler } from '../../audio/downsampler.ts';
import { PACKAGE } from './package.ts';
import { type TimedWord, timedWords, type WordStart } from './words.ts';

/** One text for it. */
export interface Utterance {
  text: string;
  /** Names of voices to try, the best first. */
  voices: readonly string[];
  /** 1 is the voice's own pace. */
  speed: number;
}

export interface Engine {
  /** Speaks a text, its 8 kHz μ-law handed over as it is made, and returns its words. Throws where no voice is known. */
  speak(utterance: Utterance, onAudio: (audio: Uint8Array<ArrayBuffer>) => void): TimedWord[];
}

const RATE_HZ = 22_050;
const BYTES_PER_MS = 8;
/** Words a minute; eSpeak's own, as brisk as a receptionist. */
const PACE = 175;
const SLOWEST = 80;
const FASTEST = 450;

const event = z.object({ type: z.string(), text_position: z.number(), audio_position: z.number() });
const samplesAndEvents = z.tuple([z.instanceof(Int16Array), z.array(event)]);

interface Worker {
  set_voice(name: string): number;
  set_rate(wordsPerMinute: number): unknown;
  synthesize(text: string, onPiece: (...piece: unknown[]) => boolean): void;
}

const method = z.custom<(...args: never[]) => unknown>((value) => typeof value === 'function');
const worker = z.custom<Worker>(
  (value) =>
    z.looseObject({ set_voice: method, set_rate: method, synthesize: method }).safeParse(value).success,
);
const moduleShape = z.object({
  default: z.custom<() => Promise<unknown>>((value) => typeof value === 'function'),
});
const loaded = z.looseObject({
  eSpeakNGWorker: z.custom<new () => unknown>((value) => typeof value === 'function'),
});

/** Takes half a second and some 70 MB. Rejects where the package is not what is expected. */
export async function loadEngine(): Promise<Engine> {
  const { default: initialise } = moduleShape.parse(await import(PACKAGE));
  const { eSpeakNGWorker: Made } = loaded.parse(await initialise());
  const espeak = worker.parse(new Made());
  return { speak: (utterance, onAudio) => speak(espeak, utterance, onAudio) };
}

function speak(
  espeak: Worker,
  { text, voices, speed }: Utterance,
  onAudio: (audio: Uint8Array<ArrayBuffer>) => void,
): TimedWord[] {
  if (!voices.some((name) => espeak.set_voice(name) === 0)) throw new Error('no voice for the language');
  espeak.set_rate(Math.round(Math.min(FASTEST, Math.max(SLOWEST, PACE * speed))));
  const down = new Downsampler(RATE_HZ);
  const starts: WordStart[] = [];
  let bytes = 0;
  const hand = (samples: Int16Array): void => {
    const audio = Uint8Array.from(codec.mulaw.encode(samples));
    bytes += audio.length;
    if (audio.length > 0) onAudio(audio);
  };
  espeak.synthesize(withoutMarkup(text), (...piece) => {
    const [samples, events] = samplesAndEvents.parse(piece);
    for (const { type, text_position: place, audio_position: startMs } of events)
      if (type === 'word') starts.push({ at: place - 1, startMs });
    hand(down.push(samples));
    return false;
  });
  hand(down.end());
  return timedWords(text, starts, bytes / BYTES_PER_MS);
}

/** What is said is no SSML and no phonemes: the signs that begin them become blanks, so that all places stay. */
function withoutMarkup(text: string): string {
  return text
    .replace(/[<>]/g, ' ')
    .replace(/\[\[|\]\]/g, '  ')
    .replace(/&(?=#?\w+;)/g, ' ');
}
