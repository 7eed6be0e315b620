/**
 * The service's configuration: every environment variable (`config/variables.ts`), validated once. Nothing else in the
 * service reads the environment.
 *
 * Who carries a call follows from what is set, not from a switch that could be left in the wrong position:
 *
 * - `sandbox`: no vendor has a key. Every vendor is a loopback stand-in, and no real call can come in.
 * - `vendors`: there is a Twilio account, so real callers may call: every vendor is real, a missing key is an error.
 * - `mixed`: there are keys, but no Twilio account. Vendors with a key are real; the telephone is the sandbox's.
 */
import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { distance } from 'fastest-levenshtein';
import type { z } from 'zod';
import { type Variable, variables } from './config/variables.ts';
import type { ProviderLink, Stage } from './provider-health.ts';

/** A vendor that is spoken to for real, or one that the sandbox stands in for. */
export type Vendor<Account> = ({ source: 'real'; baseUrl: string } & Account) | { source: 'sandbox' };

/** Everything that can be set from outside. Paths are absolute; what is optional and unset is `undefined`. */
export interface Config {
  mode: 'sandbox' | 'mixed' | 'vendors';
  port: number;
  /** Undefined: all addresses. */
  host: string | undefined;
  /** As it was written: signatures are made over the very characters. */
  publicUrl: string;
  adminToken: string | undefined;
  log: { level: Values['LOG_LEVEL']; format: Values['LOG_FORMAT'] };
  flowsDir: string;
  defaultFlow: string | undefined;
  dataDir: string;
  /** Undefined: no limit but the next one. */
  mostLiveCalls: number | undefined;
  mostLoopDelayMs: number;
  redisUrl: string | undefined;
  databaseUrl: string | undefined;
  /** How long calls may go on after the service was told to stop. */
  drainTimeoutMs: number;
  twilio: Vendor<{ accountSid: string; authToken: string }>;
  deepgram: Vendor<{ apiKey: string }> & { model: string | undefined };
  anthropic: Vendor<{ apiKey: string }> & { model: string | undefined };
  cartesia: Vendor<{ apiKey: string }> & { model: string | undefined; voice: string | undefined };
  /** Asked when others fail, and only where it is set up. No key: a server that needs none. */
  openai: Vendor<{ apiKey: string | undefined }> & {
    model: string;
    transcription: { baseUrl: string; model: string };
    speech: { baseUrl: string; model: string; voice: string };
  };
  /** Finds what flows know by its meaning; undefined: by its words alone. */
  embeddings: { apiKey: string | undefined; baseUrl: string; model: string } | undefined;
  elevenlabs: Vendor<{ apiKey: string }> & { voice: string | undefined };
  /** In order of preference; undefined: all that are set up, in the order of the house. */
  providers: Readonly<Record<Stage, readonly ProviderLink[] | undefined>>;
  /** Where calls go when no vendor hears, or none speaks. */
  speechFallback: Values['SPEECH_FALLBACK'];
  /** The rest of the environment, for flows that name a variable; the service's own secrets are not among it. */
  flowVariables: Readonly<Record<string, string>>;
  /** What is allowed and probably not meant; to be logged at start. */
  warnings: string[];
}

/** Everything that is wrong with the environment, one line a problem; each names its variable and the remedy. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'bad-config';
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.problems = problems;
  }
}

export interface LoadOptions {
  /** Holds the `.env` file, and relative paths start here. @defaultValue the process's working directory */
  cwd?: string;
  /** Whether to read the `.env` file. @defaultValue true */
  dotenv?: boolean;
}

type Environment = Readonly<Record<string, string | undefined>>;
type Name = keyof typeof variables;
type Values = {
  [N in Name]:
    | z.output<(typeof variables)[N]['schema']>
    | ((typeof variables)[N] extends { fallback: string } ? never : undefined);
};

/**
 * Reads and checks the configuration. A `.env` file in the working directory fills in what the environment does not
 * set; an empty value counts as unset.
 *
 * @throws {ConfigError} with every problem there is
 */
export function loadConfig(environment: Environment = process.env, options: LoadOptions = {}): Config {
  const { cwd = process.cwd() } = options;
  const problems: string[] = [];
  const set = readSet(environment, options, problems);
  const values = parse(set, problems);
  const flowsDir = resolve(cwd, values.FLOWS_DIR);
  if (!isDirectory(flowsDir)) problems.push(`FLOWS_DIR: there is no folder ${flowsDir}`);
  const dataDir = resolve(cwd, values.DATA_DIR);
  problems.push(...unusableDataDir(dataDir), ...missingForVendors(set));
  const misspelt = misspeltNames(set);
  if (problems.length > 0) throw new ConfigError([...problems, ...misspelt]);

  const hasKey = Boolean(values.DEEPGRAM_API_KEY ?? values.ANTHROPIC_API_KEY ?? values.CARTESIA_API_KEY);
  const publicUrl = values.PUBLIC_URL ?? `http://localhost:${values.PORT}`;
  return {
    mode: values.TWILIO_ACCOUNT_SID !== undefined ? 'vendors' : hasKey ? 'mixed' : 'sandbox',
    port: values.PORT,
    host: values.HOST,
    publicUrl,
    adminToken: values.ADMIN_TOKEN,
    log: { level: values.LOG_LEVEL, format: values.LOG_FORMAT },
    flowsDir,
    defaultFlow: values.DEFAULT_FLOW,
    dataDir,
    mostLiveCalls: values.MOST_LIVE_CALLS,
    mostLoopDelayMs: values.MOST_LOOP_DELAY_MS,
    redisUrl: values.REDIS_URL,
    databaseUrl: values.DATABASE_URL,
    drainTimeoutMs: values.DRAIN_TIMEOUT_S * 1000,
    twilio:
      values.TWILIO_ACCOUNT_SID === undefined || values.TWILIO_AUTH_TOKEN === undefined
        ? { source: 'sandbox' }
        : {
            source: 'real',
            accountSid: values.TWILIO_ACCOUNT_SID,
            authToken: values.TWILIO_AUTH_TOKEN,
            baseUrl: values.TWILIO_BASE_URL,
          },
    deepgram: {
      ...vendor(values.DEEPGRAM_API_KEY, values.DEEPGRAM_BASE_URL),
      model: values.DEEPGRAM_MODEL,
    },
    anthropic: {
      ...vendor(values.ANTHROPIC_API_KEY, values.ANTHROPIC_BASE_URL),
      model: values.ANTHROPIC_MODEL,
    },
    cartesia: {
      ...vendor(values.CARTESIA_API_KEY, values.CARTESIA_BASE_URL),
      model: values.CARTESIA_MODEL,
      voice: values.CARTESIA_VOICE,
    },
    openai: openaiOf(values, set),
    embeddings: embeddingsOf(values),
    elevenlabs: {
      ...vendor(values.ELEVENLABS_API_KEY, values.ELEVENLABS_BASE_URL),
      voice: values.ELEVENLABS_VOICE,
    },
    providers: { stt: values.STT_PROVIDERS, llm: values.LLM_PROVIDERS, tts: values.TTS_PROVIDERS },
    speechFallback: values.SPEECH_FALLBACK,
    flowVariables: withoutOurs(set),
    warnings: [
      ...misspelt,
      ...unusedBaseUrls(set),
      ...unusedEmbeddings(values),
      ...insecurePublicUrl(publicUrl),
    ],
  };
}

/**
 * What a command needs to ask a running service; whatever else is set wrongly is not its business.
 *
 * @throws {ConfigError}
 */
export function loadClientConfig(
  environment: Environment = process.env,
  options: LoadOptions = {},
): Pick<Config, 'host' | 'port' | 'adminToken' | 'dataDir'> {
  const problems: string[] = [];
  const { HOST, PORT, ADMIN_TOKEN, DATA_DIR } = readSet(environment, options, problems);
  const values = parse(withoutEmpty({ HOST, PORT, ADMIN_TOKEN, DATA_DIR }), problems);
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    host: values.HOST,
    port: values.PORT,
    adminToken: values.ADMIN_TOKEN,
    dataDir: resolve(options.cwd ?? process.cwd(), values.DATA_DIR),
  };
}

/**
 * What a conversation in text needs: the flows, the model, and what tools may use. Whatever else is set wrongly is not
 * its business.
 *
 * @throws {ConfigError}
 */
export function loadTextConfig(
  environment: Environment = process.env,
  options: LoadOptions = {},
): Pick<Config, 'flowsDir' | 'anthropic' | 'flowVariables'> {
  const problems: string[] = [];
  const set = readSet(environment, options, problems);
  const { FLOWS_DIR, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_MODEL } = set;
  const values = parse(
    withoutEmpty({ FLOWS_DIR, ANTHROPIC_API_KEY, ANTHROPIC_BASE_URL, ANTHROPIC_MODEL }),
    problems,
  );
  if (problems.length > 0) throw new ConfigError(problems);
  return {
    flowsDir: resolve(options.cwd ?? process.cwd(), values.FLOWS_DIR),
    anthropic: {
      ...vendor(values.ANTHROPIC_API_KEY, values.ANTHROPIC_BASE_URL),
      model: values.ANTHROPIC_MODEL,
    },
    flowVariables: withoutOurs(set),
  };
}

/** The part of the environment that flows may use; all that a check of flows needs. */
export function loadFlowVariables(
  environment: Environment = process.env,
  options: LoadOptions = {},
): Config['flowVariables'] {
  return withoutOurs(readSet(environment, options, []));
}

function withoutOurs(set: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(set).filter(([name]) => !(name in variables)));
}

function vendor(apiKey: string | undefined, baseUrl: string): Vendor<{ apiKey: string }> {
  return apiKey === undefined ? { source: 'sandbox' } : { source: 'real', apiKey, baseUrl };
}

function openaiOf(values: Values, set: Record<string, string>): Config['openai'] {
  const { OPENAI_API_KEY: apiKey, OPENAI_BASE_URL: baseUrl } = values;
  const ofServers = ['OPENAI_BASE_URL', 'OPENAI_TRANSCRIPTION_BASE_URL', 'OPENAI_SPEECH_BASE_URL'] as const;
  const isThere =
    apiKey !== undefined ||
    ofServers.some((name) => name in set && set[name] !== variables.OPENAI_BASE_URL.fallback);
  return {
    ...(isThere ? { source: 'real', apiKey, baseUrl } : { source: 'sandbox' }),
    model: values.OPENAI_MODEL,
    transcription: {
      baseUrl: values.OPENAI_TRANSCRIPTION_BASE_URL ?? baseUrl,
      model: values.OPENAI_TRANSCRIPTION_MODEL,
    },
    speech: {
      baseUrl: values.OPENAI_SPEECH_BASE_URL ?? baseUrl,
      model: values.OPENAI_SPEECH_MODEL,
      voice: values.OPENAI_SPEECH_VOICE,
    },
  };
}

function embeddingsOf(values: Values): Config['embeddings'] {
  const { OPENAI_API_KEY: apiKey, OPENAI_EMBEDDING_MODEL: model } = values;
  const baseUrl = values.OPENAI_EMBEDDING_BASE_URL ?? values.OPENAI_BASE_URL;
  const isThere = apiKey !== undefined || baseUrl !== variables.OPENAI_BASE_URL.fallback;
  return model !== undefined && isThere ? { apiKey, baseUrl, model } : undefined;
}

function readSet(environment: Environment, options: LoadOptions, problems: string[]): Record<string, string> {
  const { cwd = process.cwd(), dotenv = true } = options;
  return withoutEmpty({ ...(dotenv ? readDotenv(cwd, problems) : {}), ...environment });
}

function readDotenv(cwd: string, problems: string[]): Environment {
  const path = join(cwd, '.env');
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException; // what the file system throws
    if (code !== 'ENOENT') problems.push(`${path} cannot be read: ${message}`);
    return {};
  }
}

function withoutEmpty(environment: Environment): Record<string, string> {
  const set: Record<string, string> = {};
  for (const [name, value = ''] of Object.entries(environment)) {
    if (value.trim() !== '') set[name] = value.trim();
  }
  return set;
}

function parse(set: Record<string, string>, problems: string[]): Values {
  const values: Record<string, unknown> = {};
  for (const [name, declared] of Object.entries<Variable>(variables)) {
    const value = set[name] ?? declared.fallback;
    if (value === undefined) continue;
    const parsed = declared.schema.safeParse(value);
    if (parsed.success) values[name] = parsed.data;
    else problems.push(wrongValue(name, value, declared, parsed.error.issues[0]?.message ?? 'is not valid'));
  }
  return values as Values; // built from the very table that the type is made of; incomplete only with problems
}

function wrongValue(name: string, value: string, declared: Variable, message: string): string {
  return declared.secret ? `${name}: the value ${message}` : `${name}: ${JSON.stringify(value)} ${message}`;
}

const neededForCalls = [
  ['TWILIO_ACCOUNT_SID', 'the account SID from https://console.twilio.com'],
  ['TWILIO_AUTH_TOKEN', 'the primary auth token from https://console.twilio.com'],
  ['PUBLIC_URL', 'the https address at which Twilio reaches this service'],
  ['DEEPGRAM_API_KEY', 'a key from https://console.deepgram.com'],
  ['ANTHROPIC_API_KEY', 'a key from https://console.anthropic.com'],
  ['CARTESIA_API_KEY', 'a key from https://play.cartesia.ai'],
] as const satisfies [Name, string][];

/** With a Twilio account real people may call, and they must never be served by a stand-in. */
function missingForVendors(set: Record<string, string>): string[] {
  const account = (['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'] as const).find((name) => name in set);
  if (account === undefined) return [];
  return neededForCalls
    .filter(([name]) => !(name in set))
    .map(
      ([name, remedy]) => `${name} is not set, and ${account} is: real calls need it; set it to ${remedy}`,
    );
}

/** Each vendor's prefix, and the variable that makes it real. */
const vendorAccounts = [
  ['TWILIO_', 'TWILIO_ACCOUNT_SID'],
  ['DEEPGRAM_', 'DEEPGRAM_API_KEY'],
  ['ANTHROPIC_', 'ANTHROPIC_API_KEY'],
  ['CARTESIA_', 'CARTESIA_API_KEY'],
] as const satisfies [string, Name][];

/** Of shorter names, or names of one word, too many are a letter or two off by chance. */
const LEAST_MISSPELT_CHARACTERS = 8;

/**
 * Names that look like slips: a letter or two off or swapped (`PUBLIC_ULR`), or, with a vendor's prefix, a word short
 * (`DEEPGRAM_KEY`).
 */
function misspeltNames(set: Record<string, string>): string[] {
  const unset = Object.keys(variables).filter((known) => !(known in set));
  return Object.keys(set).flatMap((name) => {
    if (name in variables || name.length < LEAST_MISSPELT_CHARACTERS || !name.includes('_')) return [];
    const meant =
      unset.find((known) => distance(name, known) <= 2) ?? unset.find((known) => isShort(name, known));
    return meant === undefined ? [] : [`${name} is not a variable of this service: did you mean ${meant}?`];
  });
}

function isShort(name: string, known: string): boolean {
  const isVendors = vendorAccounts.some(([prefix]) => name.startsWith(prefix) && known.startsWith(prefix));
  return isVendors && name.split('_').every((word) => known.split('_').includes(word));
}

function unusedBaseUrls(set: Record<string, string>): string[] {
  return vendorAccounts
    .map(([prefix, account]) => [`${prefix}BASE_URL`, account] as const)
    .filter(([url, account]) => url in set && set[url] !== variables[url].fallback && !(account in set))
    .map(([url, account]) => `${url} has no effect without ${account}`);
}

function unusedEmbeddings(values: Values): string[] {
  if (values.OPENAI_EMBEDDING_MODEL === undefined || embeddingsOf(values) !== undefined) return [];
  return ['OPENAI_EMBEDDING_MODEL has no effect without OPENAI_API_KEY or OPENAI_EMBEDDING_BASE_URL'];
}

function insecurePublicUrl(publicUrl: string): string[] {
  const { protocol, hostname } = new URL(publicUrl);
  const isLoopback = hostname === 'localhost' || hostname === '[::1]' || hostname.startsWith('127.');
  if (protocol === 'https:' || isLoopback) return [];
  return ['PUBLIC_URL is plain http: Twilio opens media streams over TLS only, so use an https address'];
}

/** Asked of the nearest folder that exists; the rest of the path is made at the start. */
function unusableDataDir(path: string): string[] {
  let nearest = path;
  while (!exists(nearest) && nearest !== dirname(nearest)) nearest = dirname(nearest);
  if (!isDirectory(nearest)) return [`DATA_DIR: ${nearest} is not a folder; set DATA_DIR to one`];
  try {
    accessSync(nearest, constants.W_OK | constants.X_OK);
    return [];
  } catch {
    return [`DATA_DIR: nothing can be written in ${nearest}; set DATA_DIR to a folder of this user's`];
  }
}

function exists(path: string): boolean {
  try {
    statSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // what the file system throws
    return code !== 'ENOENT' && code !== 'ENOTDIR';
  }
}

function isDirectory(path: string): boolean {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
}
