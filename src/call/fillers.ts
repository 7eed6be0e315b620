/**
 * What the watchdog says when an answer is late: rendered ahead of time, once for each text and voice, so that it needs
 * no vendor at the moment it is needed. Where the preferred voice cannot be had, the next one renders it.
 */
import type { Logger } from 'pino';
import type { CallFlow } from '../flows/index.ts';
import type { TextToSpeech, TtsOptions } from '../tts/index.ts';

export interface Filler {
  text: string;
  /** 8 kHz μ-law. */
  audio: Uint8Array;
}

/** A voice that takes longer than this for one sentence is as good as none. */
const RENDER_TIMEOUT_MS = 10_000;
/** Texts and voices are few (flows times voices); this only bounds a mistake. */
const MOST_FILLERS = 500;

export class Fillers {
  readonly #voices: readonly TextToSpeech[];
  readonly #logger: Logger;
  readonly #ready = new Map<string, Filler>();
  readonly #rendering = new Set<string>();

  constructor(voices: readonly TextToSpeech[], logger: Logger) {
    this.#voices = voices;
    this.#logger = logger;
  }

  /** The filler of this flow if it is rendered; asks for it otherwise. */
  get(flow: CallFlow): Filler | undefined {
    const filler = this.#ready.get(keyOf(flow));
    if (filler === undefined) void this.prepare(flow);
    return filler;
  }

  /** Renders the flow's filler. Never rejects. */
  async prepare(flow: CallFlow): Promise<void> {
    const key = keyOf(flow);
    if (this.#ready.has(key) || this.#rendering.has(key) || this.#ready.size >= MOST_FILLERS) return;
    this.#rendering.add(key);
    const text = flow.settings.timing.watchdogText;
    for (const voice of this.#voices) {
      try {
        const audio = await render(voice, flow, text);
        if (audio.length === 0) continue;
        this.#ready.set(key, { text, audio });
        break;
      } catch (error) {
        this.#logger.warn({ err: error, provider: voice.provider }, 'filler not rendered by this voice');
      }
    }
    this.#rendering.delete(key);
  }
}

async function render(voice: TextToSpeech, flow: CallFlow, text: string): Promise<Uint8Array> {
  const stream = voice.open({ ...voiceOptions(flow), signal: AbortSignal.timeout(RENDER_TIMEOUT_MS) });
  stream.say(text);
  stream.end();
  const pieces: Uint8Array[] = [];
  let done = false;
  for await (const event of stream) {
    if (event.type === 'audio') pieces.push(event.audio);
    done ||= event.type === 'done';
  }
  return done ? Buffer.concat(pieces) : new Uint8Array();
}

/** The voice a flow asks for. */
export function voiceOptions(flow: CallFlow): Omit<TtsOptions, 'signal'> {
  const { language, voice } = flow.settings;
  return {
    language,
    ...(voice?.id === undefined ? {} : { voice: voice.id }),
    ...(voice?.model === undefined ? {} : { model: voice.model }),
    ...(voice?.speed === undefined ? {} : { speed: voice.speed }),
  };
}

function keyOf(flow: CallFlow): string {
  return JSON.stringify([flow.settings.timing.watchdogText, voiceOptions(flow)]);
}
