/** `<Say>`, `<Play>` and `<Pause>`: what Twilio itself lets the caller hear. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Voice } from '../../tts/flite/index.ts';
import type { CallAudio } from './call-audio.ts';
import { Playout } from './playout.ts';
import type { Prompt } from './twiml.ts';

/** WAVE_FORMAT_MULAW in the `fmt ` chunk of a WAV file. */
const WAV_FORMAT_MULAW = 7;

/** What `loop="0"` comes to (Twilio docs: "Play"). */
const MOST_LOOPS = 1000;

export interface AnnouncerOptions {
  audio: CallAudio;
  voice: Pick<Voice, 'speak'>;
  /** Gets what `<Play>` names. Throws TwilioFault. */
  download: (url: string, signal: AbortSignal) => Promise<Buffer>;
}

export class Announcer {
  readonly #options: AnnouncerOptions;

  constructor(options: AnnouncerOptions) {
    this.#options = options;
  }

  /** Lets the caller hear the prompt to its end. Rejects with the signal's reason when it aborts. */
  async announce(prompt: Prompt, signal: AbortSignal): Promise<void> {
    switch (prompt.type) {
      case 'say':
        return this.#play((await this.#options.voice.speak(prompt.text)).audio, 1, signal);
      case 'play': {
        if (prompt.url === undefined) return;
        const sound = mulawOf(await this.#options.download(prompt.url, signal));
        return this.#play(sound, prompt.loop === 0 ? MOST_LOOPS : prompt.loop, signal);
      }
      case 'pause':
        await sleep(prompt.seconds * 1000, undefined, { signal });
    }
  }

  /** So many times, without a gap between as long as the playout buffer can hold them. */
  async #play(sound: Uint8Array, times: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const heard = Promise.withResolvers<void>();
    const playout = new Playout(() => heard.resolve());
    let queued = 0;
    while (queued < times && playout.enqueue(sound, performance.now())) queued++;
    playout.mark('end');
    const source = { pull: () => playout.pull(), speak: () => false };
    const onAbort = (): void => heard.reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#options.audio.connect(source);
    try {
      await heard.promise;
    } finally {
      signal.removeEventListener('abort', onAbort);
      this.#options.audio.disconnect(source);
    }
    if (queued > 0 && queued < times) await this.#play(sound, times - queued, signal);
  }
}

/** The sound of a μ-law WAV file or of bare μ-law; nothing for other formats, which the sandbox cannot decode. */
function mulawOf(file: Buffer): Uint8Array {
  if (file.toString('latin1', 0, 4) !== 'RIFF') return file;
  for (let at = 12, format = 0; at + 8 <= file.length; ) {
    const name = file.toString('latin1', at, at + 4);
    const length = file.readUInt32LE(at + 4);
    if (name === 'fmt ') format = file.readUInt16LE(at + 8);
    if (name === 'data')
      return format === WAV_FORMAT_MULAW ? file.subarray(at + 8, at + 8 + length) : new Uint8Array(0);
    at += 8 + length + (length % 2);
  }
  return new Uint8Array(0);
}
