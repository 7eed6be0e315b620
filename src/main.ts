/**
 * The composition root: the only place that wires adapters to contracts. What is real and what the sandbox stands in
 * for follows from the configuration alone.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import { loadAdminToken } from './api/admin-token.ts';
import { createApi } from './api/router.ts';
import type { VoiceActivity } from './audio/vad/index.ts';
import { createVoiceActivity } from './audio/vad/silero-voice-activity.ts';
import { ADMISSION_COUNTERS, AdmissionDesk } from './call/admission.ts';
import { Desk } from './call/desk.ts';
import { drain } from './call/draining.ts';
import { Prompts } from './call/prompts.ts';
import type { Config } from './config.ts';
import { createOpenAIEmbedder } from './embeddings/openai.ts';
import type { CallFlow } from './flows/index.ts';
import { createEmbeddedKnowledge } from './flows/knowledge/embedded.ts';
import type { KnowledgeIndex } from './flows/knowledge/index.ts';
import { createMemoryKnowledge } from './flows/knowledge/memory.ts';
import { createStoredKnowledge } from './flows/knowledge/stored.ts';
import { LiveCatalogue, type Reload } from './flows/live-catalogue.ts';
import type { LanguageModel } from './llm/index.ts';
import { createModels } from './models.ts';
import { ProviderHealth } from './provider-health.ts';
import { createRecognisers } from './recognisers.ts';
import { createAudioFiles } from './records/audio-files.ts';
import type { Records } from './records/index.ts';
import { createOutbox } from './records/outbox.ts';
import { createRecords } from './records/records.ts';
import { relayServices } from './relay-services.ts';
import type { DelaysPatch } from './sandbox/delays.ts';
import { startWholeSandbox, type WholeSandbox } from './sandbox/whole.ts';
import { closeServer, createHttpServer, freePort, listen } from './server.ts';
import type { Sessions } from './sessions/index.ts';
import { createMemorySessions } from './sessions/memory.ts';
import { openSharedSessions } from './sessions/open.ts';
import { createSharedPrompts } from './sessions/shared-prompts.ts';
import { SpeechWatch } from './speech-watch.ts';
import { watchStores } from './store-watch.ts';
import type { SpeechToText } from './stt/index.ts';
import { createLogger } from './telemetry/logger.ts';
import { measureLoopDelay } from './telemetry/loop-delay.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { createCallControl } from './telephony/call-control.ts';
import { TELEPHONY_COUNTERS } from './telephony/counters.ts';
import { attachMediaStream } from './telephony/media-stream.ts';
import { createStreamTokens } from './telephony/stream-token.ts';
import { createWebhooks } from './telephony/webhooks.ts';
import { createPromptCache, PROMPT_CACHE_COUNTERS } from './tts/prompt-cache/index.ts';
import { createSpeech } from './vendor-voices.ts';

/** What the caller of the example asks for is answered there, where the shipped flow is loaded. */
const EXAMPLE_NUMBER = '+15550100';

/** A running service. */
export interface Service {
  /** Where this process answers, as seen from this machine. */
  readonly localUrl: string;
  readonly adminToken: { token: string; generated: boolean; path: string };
  /** Undefined where every vendor is real. */
  readonly sandbox: WholeSandbox | undefined;
  readonly sessions: Sessions;
  readonly records: Records;
  readonly voiceActivity: VoiceActivity;
  /** A number that a loaded flow answers, if any flow names one. */
  readonly exampleNumber: string | undefined;
  /** Calls whose media is open. */
  readonly liveCalls: number;
  /** Loads the folder of flows again; a change of a file does that by itself. Never rejects: the log says what is wrong. */
  reloadFlows(): Promise<Reload>;
  /**
   * Takes no new calls and resolves when those that are live have ended or gone to other nodes; for how long they may go
   * on, the configuration says. `now`: whoever cannot wait aborts it. To be followed by `close`.
   */
  drain(now: AbortSignal): Promise<void>;
  /** Ends all calls, writes their records and releases everything. Idempotent. */
  close(): Promise<void>;
}

export interface StartOptions {
  /** @defaultValue as the configuration says */
  logger?: Logger;
  /** 0 for any that is free. @defaultValue as the configuration says */
  port?: number;
  /** For the sandbox, where there is one. */
  sandbox?: { port?: number; delays?: DelaysPatch };
}

/**
 * Starts everything and resolves when calls are answered. Throws what the user must know: a `FlowError`, a port that is
 * taken, a database that cannot be reached. Nothing is left running then.
 */
export async function startService(config: Config, options: StartOptions = {}): Promise<Service> {
  const logger = options.logger ?? createLogger(config.log);
  await using started = new AsyncDisposableStack();
  const later = <T extends { close(): unknown }>(part: T): T => {
    started.defer(async () => {
      await part.close();
    });
    return part;
  };
  const port = options.port === 0 ? await freePort() : (options.port ?? config.port);
  const localUrl = `http://127.0.0.1:${port}`;

  const shared =
    config.redisUrl === undefined ? undefined : await openSharedSessions(config.redisUrl, logger);
  const sessions = later(shared ?? createMemorySessions());
  const location =
    config.databaseUrl === undefined ? { dataDir: config.dataDir } : { databaseUrl: config.databaseUrl };
  const database = later(await createRecords(location, logger));
  const records = later(await createOutbox({ records: database, dataDir: config.dataDir, logger }));
  const stores = later(
    watchStores({ sessions: shared, records: config.databaseUrl === undefined ? undefined : records }),
  );
  const audio = await createAudioFiles({ dataDir: config.dataDir, logger });

  const sandbox = needsSandbox(config)
    ? later(
        await startWholeSandbox({
          serviceUrl: localUrl,
          logger: logger.child({ room: 'sandbox' }),
          ...options.sandbox,
        }),
      )
    : undefined;
  const voiceActivity = later(await createVoiceActivity({ logger }));
  const health = new ProviderHealth({
    onChange: (change) =>
      logger.warn(change, change.works ? 'provider works again' : 'provider is left alone'),
  });
  const vendors = connectVendors(config, { sandbox, voiceActivity, health, logger });
  later(vendors.recogniser);
  later(vendors.model);
  const speech = later(createSpeech({ config, sandboxUrl: sandbox?.baseUrl, health, logger }));
  const { voices } = speech;
  const flows = later(
    await LiveCatalogue.load(config.flowsDir, {
      logger,
      defaultFlow: config.defaultFlow,
      knowledge: later(createKnowledge(config, records, logger)),
      env: { ...(sandbox === undefined ? {} : { BOOKING_URL: sandbox.bookingUrl }), ...config.flowVariables },
    }),
  );

  // Made only once nothing but the port can fail any more, so that it is shown by the start that made it.
  const adminToken = await loadAdminToken({
    dataDir: config.dataDir,
    ...(config.adminToken === undefined ? {} : { fromEnv: config.adminToken }),
  });
  const account = twilioAccount(config, sandbox);
  const publicUrl = config.twilio.source === 'real' ? config.publicUrl : localUrl;
  const tokens = createStreamTokens({ authToken: account.authToken, sessions });
  const metrics = createMetrics({
    counters: [TELEPHONY_COUNTERS, PROMPT_CACHE_COUNTERS, ADMISSION_COUNTERS],
    liveCalls: () => desk.liveCalls,
  });
  const cache = later(
    await createPromptCache({
      dataDir: config.dataDir,
      ...(config.redisUrl === undefined
        ? {}
        : { shared: later(createSharedPrompts({ url: config.redisUrl, logger })) }),
      voices: speech.setups,
      logger,
      counters: metrics,
    }),
  );
  const prompts = new Prompts({ cache, voices, logger });
  const loop = later(measureLoopDelay({ limitMs: config.mostLoopDelayMs }));
  const admission = new AdmissionDesk({
    flows,
    mostLiveCalls: config.mostLiveCalls,
    liveCalls: () => desk.liveCalls,
    isLate: () => loop.isLate,
    isAlone: () => stores.redis === 'away',
    storesAway: () => stores.bothAway,
    counters: metrics,
  });
  const watch = later(
    new SpeechWatch({
      recogniser: vendors.recogniser,
      voice: speech.vendors,
      sample: speech.inProcess,
      logger,
    }),
  );
  speech.onChange((isDown) => watch.report('tts', isDown ? 'down' : 'works'));
  const desk: Desk = new Desk({
    sessions,
    records,
    audio,
    flows,
    logger,
    prompts,
    voiceActivity,
    counters: metrics,
    onTurn: (latency) => metrics.observeTurn(latency),
    control: createCallControl({ ...account, publicUrl, logger }),
    onCarried: (callSid) => admission.carried(callSid),
    ...vendors,
    recogniser: watch.recogniser,
    voices,
    ...(config.speechFallback === 'relay' ? { speech: watch } : {}),
    relay: relayServices(logger),
  });
  const acceptance = { calls: true, streams: true };
  const telephony = {
    ...account,
    publicUrl,
    desk,
    tokens,
    sessions,
    reception: admission,
    logger,
    counters: metrics,
    acceptance,
  };
  let closing = false;
  const server = createHttpServer({
    webhooks: createWebhooks(telephony),
    api: createApi({
      records,
      audio,
      flows,
      sessions,
      campaigns: { campaigns: database.campaigns, uploadsDir: join(config.dataDir, 'imports') },
      adminToken: adminToken.token,
      logger,
    }),
    metrics: () => metrics.render(),
    readiness: () => ({
      reason:
        closing || !acceptance.calls
          ? 'the service is shutting down'
          : stores.bothAway
            ? 'neither Redis nor Postgres can be reached'
            : loop.isLate
              ? 'the service is late with the calls it has'
              : undefined,
      parts: {
        redis: stores.redis,
        postgres: stores.postgres,
        recordsWaiting: records.waiting,
        load: {
          liveCalls: desk.liveCalls,
          mostLiveCalls: config.mostLiveCalls ?? null,
          waitingCalls: admission.waitingCalls,
          loopDelayMs: Math.round(loop.delayMs),
          late: loop.isLate,
        },
      },
    }),
    logger,
  });
  const streams = attachMediaStream(server, telephony);
  started.defer(() => closeServer(server));
  started.defer(() => streams.close());
  // Whatever is opened before the calls is closed after them.
  started.defer(() => desk.close());
  try {
    await listen(server, port, config.host);
  } catch (error) {
    if (adminToken.generated) await rm(adminToken.path, { force: true });
    throw error;
  }
  await Promise.all([speech.warm(), vendors.model.warm()]);
  const makeReady = (flow: CallFlow): void => {
    for (const each of [flow, ...flow.variants]) {
      each.warm();
      speech.prepare(each.settings.providers.tts);
      void prompts.prepare(each);
    }
  };
  flows.flows.forEach(makeReady);
  flows.watch(makeReady);

  const numbers = flows.flows.flatMap((flow) => flow.numbers);
  const parts = started.move();
  return {
    localUrl,
    adminToken,
    sandbox,
    sessions,
    records,
    voiceActivity,
    exampleNumber: numbers.find((number) => number === EXAMPLE_NUMBER) ?? numbers[0],
    get liveCalls() {
      return desk.liveCalls;
    },
    reloadFlows: () => flows.reload(),
    drain: async (now) => {
      acceptance.calls = false;
      const onLeaving = (): void => {
        acceptance.streams = false;
      };
      const { drainTimeoutMs: timeoutMs } = config;
      await drain({ desk, hasOthers: sessions.isShared, timeoutMs, now, onLeaving, logger });
    },
    close: async () => {
      if (closing) return;
      closing = true;
      await parts.disposeAsync();
    },
  };
}

function createKnowledge(
  { databaseUrl, dataDir, embeddings }: Config,
  records: Records,
  logger: Logger,
): KnowledgeIndex & { close(): unknown } {
  // The embedded database shares its processor with the calls; what one process knows is found sooner in it.
  const words = databaseUrl === undefined ? createMemoryKnowledge() : createStoredKnowledge(records);
  if (embeddings === undefined) return { ...words, close: () => undefined };
  const folder = join(dataDir, 'embeddings');
  return createEmbeddedKnowledge(words, { embedder: createOpenAIEmbedder(embeddings), folder, logger });
}

function needsSandbox(config: Config): boolean {
  return [config.twilio, config.deepgram, config.anthropic, config.cartesia].some(
    ({ source }) => source === 'sandbox',
  );
}

interface Vendors {
  recogniser: SpeechToText;
  model: LanguageModel;
}

interface VendorNeeds {
  sandbox: WholeSandbox | undefined;
  voiceActivity: VoiceActivity;
  health: ProviderHealth;
  logger: Logger;
}

/** Each vendor is the real one where it has a key, else the sandbox's stand-in. */
function connectVendors(config: Config, { sandbox, voiceActivity, health, logger }: VendorNeeds): Vendors {
  return {
    recogniser: createRecognisers({ config, sandboxUrl: sandbox?.baseUrl, voiceActivity, health, logger }),
    model: createModels({ config, sandboxUrl: sandbox?.baseUrl, health, logger }),
  };
}

function twilioAccount(
  { twilio }: Config,
  sandbox: WholeSandbox | undefined,
): { accountSid: string; authToken: string; baseUrl: string } {
  if (twilio.source === 'real') return twilio;
  if (sandbox === undefined) throw new Error('a telephone without an account needs the sandbox');
  const { accountSid, authToken, baseUrl } = sandbox;
  return { accountSid, authToken, baseUrl };
}
