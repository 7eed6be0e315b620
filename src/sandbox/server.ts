/**
 * The sandbox: loopback stand-ins for every vendor on one port, speaking their wire protocols, so that the official
 * SDKs talk to them unchanged when pointed at `baseUrl`. Nothing in it is good at the vendors' work: the recogniser
 * does not recognise speech, the model does not reason and the voice is plain.
 */
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import express, { type Express } from 'express';
import type { Logger } from 'pino';
import { createVoice, type Voice } from '../tts/flite/index.ts';
import { createAnthropic } from './anthropic/index.ts';
import { type Booking, createBooking } from './booking.ts';
import { createCartesia } from './cartesia/index.ts';
import { controlRouter } from './control.ts';
import { createAura } from './deepgram/aura.ts';
import { createDeepgram } from './deepgram/index.ts';
import { changeDelays, type Delays, type DelaysPatch, defaultDelays } from './delays.ts';
import { createElevenLabsRecognition } from './elevenlabs/recognition.ts';
import { createElevenLabsSpeech } from './elevenlabs/speech.ts';
import { Faults, type Vendor } from './faults.ts';
import { KnownSpeech } from './known-speech.ts';
import { createOpenAiChat } from './openai/chat.ts';
import { createOpenAiSpeech } from './openai/speech.ts';
import { createTranscription } from './openai/transcription.ts';
import { StoreProxies } from './proxy/index.ts';
import { refuseUpgrade, type SandboxParts, type StandIn } from './stand-in.ts';
import { Wire } from './wire.ts';

export interface SandboxOptions {
  /** 0 for any free port. @defaultValue 0 */
  port?: number;
  /** @defaultValue 127.0.0.1 */
  host?: string;
  delays?: DelaysPatch;
  /** Keys the vendors insist on. @defaultValue any key */
  keys?: { deepgram?: string; cartesia?: string; anthropic?: string; openai?: string; elevenlabs?: string };
  logger: Logger;
}

/** A running sandbox. The parts may be used directly; `delays` goes by {@link changeDelays}. */
export interface Sandbox {
  /** `http://127.0.0.1:PORT`: every vendor's base URL. */
  readonly baseUrl: string;
  readonly port: number;
  /** For further routes, such as Twilio's; they may be added while it runs. */
  readonly app: Express;
  readonly voice: Voice;
  readonly knownSpeech: KnownSpeech;
  readonly delays: Delays;
  readonly faults: Faults;
  readonly wire: Wire;
  readonly booking: Booking;
  /** Before Redis and Postgres, so that they can be made to fail. */
  readonly proxies: StoreProxies;
  readonly logger: Logger;
  /** Of one vendor, at this moment. */
  openSockets(vendor: Vendor): number;
  /** Cuts every connection and ends the voice. Idempotent. */
  close(): Promise<void>;
}

/** Rejects where the port is taken. The caller closes it. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { logger, host = '127.0.0.1', keys = {} } = options;
  const parts: SandboxParts = {
    voice: createVoice(),
    knownSpeech: new KnownSpeech(),
    delays: changeDelays(defaultDelays(), options.delays ?? {}),
    faults: new Faults(),
    wire: new Wire(),
    logger,
  };
  const booking = createBooking(parts);
  const proxies = new StoreProxies(parts);
  const standIns: StandIn[] = [
    createDeepgram(parts, keys.deepgram),
    createElevenLabsRecognition(parts),
    createTranscription(parts),
    createCartesia(parts, keys.cartesia),
    createAnthropic(parts, keys.anthropic),
    createOpenAiChat(parts, keys.openai),
    createAura(parts, keys.deepgram),
    createElevenLabsSpeech(parts, keys.elevenlabs),
    createOpenAiSpeech(parts, keys.openai),
    booking,
  ];
  const app = express().disable('x-powered-by');
  app.use('/sandbox', controlRouter(parts, standIns, proxies));
  const server = serve(app, standIns);
  await listen(server, options.port ?? 0, host);
  const { port } = server.address() as AddressInfo; // a TCP server that listens has an AddressInfo
  logger.info({ port }, 'sandbox listens');

  let closing: Promise<void> | undefined;
  const close = async () => {
    for (const { door } of standIns) door.close();
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    // Stores are left as they were found.
    await proxies.close();
    parts.faults.clear();
    await Promise.all([closed, parts.voice.close()]);
  };
  return {
    ...parts,
    baseUrl: `http://${host}:${port}`,
    port,
    app,
    booking,
    openSockets: (vendor) => standIns.find(({ door }) => door.vendor === vendor)?.door.state.openSockets ?? 0,
    proxies,
    close: () => (closing ??= close()),
  };
}

/** An HTTP server with the given stand-ins; one alone will do. It does not listen yet. */
export function serve(app: Express, standIns: readonly StandIn[]): Server {
  for (const { router } of standIns) if (router !== undefined) app.use(router);
  const server = createServer(app);
  server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    if (standIns.some((standIn) => standIn.upgrade?.(request, socket, head))) return;
    refuseUpgrade(socket, {
      status: 404,
      body: JSON.stringify({ message: 'the sandbox has no such WebSocket' }),
    });
  });
  return server;
}

function listen(server: Server, port: number, host: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
}
