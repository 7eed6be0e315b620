/**
 * ElevenLabs as a recogniser: Scribe's realtime endpoint (docs: "Realtime" speech to text), with the vendor's voice
 * activity ending segments.
 *
 * Of the official package (2.73.0) only its realtime part is loaded, and only when a stream is first opened: it makes the
 * URL and what is sent. The socket is ours, and so is the reading: the package's own parses what comes without a guard,
 * so that one garbled message would end the process, and it tells neither the status nor the time of a handshake.
 */
import type { Logger } from 'pino';
import { PROVIDER } from './elevenlabs-messages.ts';
import { ElevenLabsStream, type ScribeSettings } from './elevenlabs-stream.ts';
import type { SpeechToText, SttOptions, SttStream } from './index.ts';

export interface ElevenLabsOptions {
  apiKey: string;
  /** An `http(s)` origin, such as `https://api.elevenlabs.io`. */
  baseUrl: string;
  /** For streams that name none. @defaultValue `scribe_v2_realtime` */
  model?: string;
  logger: Logger;
  /** @defaultValue 5000 */
  connectTimeoutMs?: number;
  /** From the close of a stream to cutting its connection. @defaultValue 2000 */
  closeTimeoutMs?: number;
}

/** One recogniser for the whole service; each stream has a connection of its own. */
export function createElevenLabs(options: ElevenLabsOptions): SpeechToText {
  const settings: ScribeSettings = {
    model: 'scribe_v2_realtime',
    connectTimeoutMs: 5000,
    closeTimeoutMs: 2000,
    ...options,
  };
  const streams = new Set<ElevenLabsStream>();
  return {
    provider: PROVIDER,
    open(stream: SttOptions): SttStream {
      const opened = new ElevenLabsStream(settings, stream);
      streams.add(opened);
      void opened.gone.then(() => streams.delete(opened));
      return opened;
    },
    async close() {
      const open = [...streams];
      for (const stream of open) stream.close();
      await Promise.all(open.map((stream) => stream.gone));
    },
  };
}
