/**
 * The table of environment variables: the only place that names one. Help, `.env.example` and the configuration all
 * follow from it.
 */
import { z } from 'zod';
import type { ProviderLink } from '../provider-health.ts';
import { readPublicUrl } from '../telephony/public-url.ts';

/** One variable: what it is for and what it may hold. */
export interface Variable {
  help: string;
  schema: z.ZodType<unknown, string>;
  /** What holds where nothing is set, written as in the environment. */
  fallback?: string;
  /** What a value looks like, where there is no fallback. */
  example?: string;
  /** Never shown, not even where it is wrong. */
  secret?: true;
}

type Variables = Readonly<Record<string, Variable>>;

const text = z.string();
const portNumber = z
  .string()
  .refine((value) => /^\d+$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535, {
    error: 'is not a port number (1–65535)',
  })
  .transform(Number);
/** Goes into HTTP headers; a stray quote or space is a slip that no vendor explains well. */
const key = z
  .string()
  .regex(/^[!#-&(-~]+$/, { error: 'holds a space, a quote or a character that no key has' });
const origin = z
  .string()
  .refine((value) => /^https?:\/\/[^/?#@]+\/?$/i.test(value) && URL.canParse(value), {
    error: 'is not an http or https origin, such as https://api.example.com',
  })
  .transform((value) => new URL(value).origin);

/** Providers in order of preference, each with a model of its own where it has one. */
function chain(known: readonly string[]) {
  const oneOf = `is not a list of ${known.join(', ')}, such as ${known.slice(0, 2).join(',')}`;
  return z
    .string()
    .refine(
      (value) => readChain(value).every(({ provider, model }) => known.includes(provider) && model !== ''),
      { error: oneOf },
    )
    .transform(readChain);
}

function readChain(value: string): ProviderLink[] {
  return value.split(',').map((written) => {
    const [provider = '', ...model] = written.trim().split('/');
    return model.length === 0 ? { provider } : { provider, model: model.join('/') };
  });
}

const service = {
  PORT: { help: 'Port for HTTP and WebSockets.', schema: portNumber, fallback: '3000' },
  HOST: {
    help: 'Address to listen on. Unset: all addresses of the machine.',
    schema: text,
    example: '127.0.0.1',
  },
  PUBLIC_URL: {
    help: 'Where Twilio reaches the service. Without a Twilio account it may be unset: http://localhost:PORT.',
    schema: z.string().refine(isPublicUrl, {
      error: 'is not an http or https URL without a query, such as https://voice.example.com',
    }),
    example: 'https://voice.example.com',
  },
  ADMIN_TOKEN: {
    help: 'Bearer token of the API. Unset: one is made, and printed at the first start.',
    schema: key,
    secret: true,
  },
  DRAIN_TIMEOUT_S: {
    help: 'Seconds that calls may go on after SIGTERM before they are handed to other nodes, or end where there are none. A supervisor should wait 30 s longer before it kills.',
    schema: z
      .string()
      .refine((value) => /^\d{1,5}$/.test(value), { error: 'is not a number of whole seconds (0–99999)' })
      .transform(Number),
    fallback: '300',
  },
  LOG_LEVEL: {
    help: 'The least that is logged: fatal, error, warn, info, debug, trace or silent.',
    schema: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'], {
      error: 'is none of fatal, error, warn, info, debug, trace and silent',
    }),
    fallback: 'info',
  },
  LOG_FORMAT: {
    help: 'json or pretty. Unset: pretty on a terminal, json elsewhere.',
    schema: z.enum(['json', 'pretty'], { error: 'is neither json nor pretty' }),
    example: 'json',
  },
} as const satisfies Variables;

const load = {
  MOST_LIVE_CALLS: {
    help: 'New calls beyond so many live ones wait, or what else when_busy of their flow says. Unset: no limit.',
    schema: z
      .string()
      .regex(/^\d{1,6}$/, { error: 'is not a whole number of calls' })
      .transform(Number),
    example: '60',
  },
  MOST_LOOP_DELAY_MS: {
    help: 'New calls wait while the event loop is later than this for three seconds on end.',
    schema: z
      .string()
      .refine((value) => /^\d+$/.test(value) && Number(value) >= 20, {
        error: 'is not a number of milliseconds (20 or more)',
      })
      .transform(Number),
    fallback: '300',
  },
} as const satisfies Variables;

const flows = {
  FLOWS_DIR: { help: 'Folder of the call flows.', schema: text, fallback: './flows' },
  DEFAULT_FLOW: {
    help: 'The flow that answers numbers which no flow names. Unset: the only flow, where there is one.',
    schema: text,
    example: 'dental-reception',
  },
} as const satisfies Variables;

const state = {
  DATA_DIR: {
    help: 'Folder for the audio of calls and, without DATABASE_URL, for the embedded database.',
    schema: text,
    fallback: './data',
  },
  REDIS_URL: {
    help: 'Redis, so that live calls outlive a process. Unset: in memory.',
    schema: z.string().regex(/^rediss?:\/\/./i, { error: 'is not a redis:// or rediss:// URL' }),
    example: 'redis://127.0.0.1:6379',
    secret: true,
  },
  DATABASE_URL: {
    help: 'Postgres, for finished calls. Unset: an embedded database under DATA_DIR.',
    schema: z.string().regex(/^postgres(ql)?:\/\/./i, { error: 'is not a postgres:// URL' }),
    example: 'postgres://callwright@127.0.0.1:5432/callwright',
    secret: true,
  },
} as const satisfies Variables;

const twilio = {
  TWILIO_ACCOUNT_SID: {
    help: 'Account SID. Once it is set, every other vendor must be set up too.',
    schema: key.startsWith('AC', { error: 'is not an account SID, which begins with AC' }),
  },
  TWILIO_AUTH_TOKEN: {
    help: "The account's primary auth token, with which Twilio signs its webhooks.",
    schema: key,
    secret: true,
  },
  TWILIO_BASE_URL: {
    help: 'Where requests to Twilio go.',
    schema: origin,
    fallback: 'https://api.twilio.com',
  },
} as const satisfies Variables;

const deepgram = {
  DEEPGRAM_API_KEY: { help: 'API key.', schema: key, secret: true },
  DEEPGRAM_BASE_URL: {
    help: 'Where requests to Deepgram go.',
    schema: origin,
    fallback: 'https://api.deepgram.com',
  },
  DEEPGRAM_MODEL: {
    help: 'Model, where a flow names none. Unset: one that suits telephone calls.',
    schema: text,
    example: 'nova-3',
  },
} as const satisfies Variables;

const anthropic = {
  ANTHROPIC_API_KEY: { help: 'API key.', schema: key, secret: true },
  ANTHROPIC_BASE_URL: {
    help: 'Where requests to Anthropic go.',
    schema: origin,
    fallback: 'https://api.anthropic.com',
  },
  ANTHROPIC_MODEL: {
    help: 'Model, where a flow names none. Unset: a fast one.',
    schema: text,
    example: 'claude-haiku-5-5',
  },
} as const satisfies Variables;

const cartesia = {
  CARTESIA_API_KEY: { help: 'API key.', schema: key, secret: true },
  CARTESIA_BASE_URL: {
    help: 'Where requests to Cartesia go.',
    schema: origin,
    fallback: 'https://api.cartesia.ai',
  },
  CARTESIA_MODEL: {
    help: 'Model, where a flow names none. Unset: one that suits conversations.',
    schema: text,
    example: 'sonic-3',
  },
  CARTESIA_VOICE: {
    help: "Id of the voice, where a flow names none. Unset: the adapter's own.",
    schema: text,
  },
} as const satisfies Variables;

const openai = {
  OPENAI_API_KEY: {
    help: 'API key. A server of your own may need none: then its base URL alone says that it is there.',
    schema: key,
    secret: true,
  },
  OPENAI_BASE_URL: {
    help: 'Where requests to OpenAI, or to a server that speaks its protocol under /v1, go.',
    schema: origin,
    fallback: 'https://api.openai.com',
  },
  OPENAI_MODEL: {
    help: 'Language model, where a flow names none.',
    schema: text,
    fallback: 'gpt-5.4-mini',
  },
  OPENAI_TRANSCRIPTION_BASE_URL: {
    help: 'Where utterances are transcribed, such as a Whisper of your own. Unset: OPENAI_BASE_URL.',
    schema: origin,
    example: 'http://127.0.0.1:8000',
  },
  OPENAI_TRANSCRIPTION_MODEL: {
    help: 'Model that transcribes utterances.',
    schema: text,
    fallback: 'whisper-1',
  },
  OPENAI_SPEECH_BASE_URL: {
    help: 'Where speech is made, such as a Kokoro of your own. Unset: OPENAI_BASE_URL.',
    schema: origin,
    example: 'http://127.0.0.1:8880',
  },
  OPENAI_SPEECH_MODEL: { help: 'Model that speaks.', schema: text, fallback: 'gpt-4o-mini-tts' },
  OPENAI_SPEECH_VOICE: { help: 'Its voice, where a flow names none.', schema: text, fallback: 'alloy' },
  OPENAI_EMBEDDING_BASE_URL: {
    help: 'Where the files that flows know are embedded. Unset: OPENAI_BASE_URL.',
    schema: origin,
    example: 'http://127.0.0.1:8090',
  },
  OPENAI_EMBEDDING_MODEL: {
    help: 'Model that embeds the files that flows know, so that they are found by their meaning too. Unset: by their words alone.',
    schema: text,
    example: 'text-embedding-3-small',
  },
} as const satisfies Variables;

const elevenlabs = {
  ELEVENLABS_API_KEY: { help: 'API key.', schema: key, secret: true },
  ELEVENLABS_BASE_URL: {
    help: 'Where requests to ElevenLabs go.',
    schema: origin,
    fallback: 'https://api.elevenlabs.io',
  },
  ELEVENLABS_VOICE: {
    help: "Id of the voice, where a flow names none. Unset: the adapter's own.",
    schema: text,
  },
} as const satisfies Variables;

const chains = {
  STT_PROVIDERS: {
    help: 'Recognisers in order, where a flow names none: deepgram, elevenlabs, openai. Unset: all that are set up.',
    schema: chain(['deepgram', 'elevenlabs', 'openai']),
    example: 'deepgram,elevenlabs',
  },
  LLM_PROVIDERS: {
    help: 'Language models in order, where a flow names none: anthropic, openai, each also as PROVIDER/MODEL. Unset: all that are set up.',
    schema: chain(['anthropic', 'openai']),
    example: 'anthropic,anthropic/claude-sonnet-5,openai',
  },
  TTS_PROVIDERS: {
    help: 'Voices in order, where a flow names none: cartesia, deepgram, elevenlabs, openai, espeak (in the process, where @echogarden/espeak-ng-emscripten is installed). A plain English voice in the process is always the last. Unset: all that are set up, without espeak.',
    schema: chain(['cartesia', 'deepgram', 'elevenlabs', 'openai', 'espeak']),
    example: 'cartesia,deepgram,espeak',
  },
  SPEECH_FALLBACK: {
    help: "Where no recogniser is left, or no vendor's voice. relay: calls go on over Twilio's own (ConversationRelay, which the account must have been set up for) until vendors are back. none: keys, and the voice in the process.",
    schema: z.enum(['relay', 'none']),
    fallback: 'relay',
  },
} as const satisfies Variables;

/** The variables under the titles and in the order in which people read them. */
export const groups: readonly { title: string; variables: Variables }[] = [
  { title: 'The service', variables: service },
  { title: 'Load', variables: load },
  { title: 'Call flows', variables: flows },
  { title: 'Where state is kept', variables: state },
  { title: 'Twilio, the telephone (https://console.twilio.com)', variables: twilio },
  { title: 'Deepgram, speech to text (https://console.deepgram.com)', variables: deepgram },
  { title: 'Anthropic, the language model (https://console.anthropic.com)', variables: anthropic },
  { title: 'Cartesia, text to speech (https://play.cartesia.ai)', variables: cartesia },
  { title: 'OpenAI or a server that speaks its protocol, for when others fail', variables: openai },
  { title: 'ElevenLabs, for when others fail (https://elevenlabs.io)', variables: elevenlabs },
  { title: 'Who is asked, and who when that fails', variables: chains },
];

/** The variables by name. */
export const variables = {
  ...service,
  ...load,
  ...flows,
  ...state,
  ...twilio,
  ...deepgram,
  ...anthropic,
  ...cartesia,
  ...openai,
  ...elevenlabs,
  ...chains,
};

function isPublicUrl(value: string): boolean {
  try {
    readPublicUrl(value);
    return true;
  } catch {
    return false;
  }
}
