/** `callwright flow warm`: renders what flows say on every call, ahead of the first call. */
import { join } from 'node:path';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { CallFlow, SpokenFlow } from '../flows/index.ts';
import type { Sandbox } from '../sandbox/server.ts';
import { createSharedPrompts } from '../sessions/shared-prompts.ts';
import { createLogger } from '../telemetry/logger.ts';
import type { TextToSpeech } from '../tts/index.ts';
import {
  createPromptCache,
  type PromptCache,
  type PromptCacheOptions,
  type PromptRequest,
} from '../tts/prompt-cache/index.ts';
import { createSpokenForm } from '../tts/spoken-form/index.ts';
import { Voices } from '../tts/voice-links.ts';
import { UserError } from '../user-error.ts';
import { createVendorVoices } from '../vendor-voices.ts';
import type { Terminal } from './calls.ts';
import type { CliContext } from './context.ts';
import { printable } from './render.ts';

/** A prompt that was kept before is read from disk while others are rendered. */
const WORKERS = 4;
/** Of a prompt that failed: enough to know which one it is. */
const SHOWN_CHARACTERS = 60;
/** From the start of the line to its end: what a progress line overwrites. */
const CLEAR_LINE = '\r\u001B[K';

export interface WarmOptions {
  flows: readonly CallFlow[];
  cache: PromptCache;
  /** The first one of a flow's renders its prompts. */
  voices: Voices;
  /** How the flow's texts are written for the ear. */
  toSpoken: (flow: SpokenFlow) => (text: string) => string;
  /** Ends it early; what is left then counts as failed. */
  signal: AbortSignal;
  onProgress?: (done: number, all: number) => unknown;
}

interface Counts {
  prompts: number;
  rendered: number;
  alreadyThere: number;
  failed: number;
}

/** What became of the prompts. Flows with one voice share what they both say, so the sums of flows may be larger. */
export interface Warmth extends Counts {
  /** Sent to the voice, which is what a vendor charges for. */
  characters: number;
  /** Rendered now, in seconds. */
  audioSec: number;
  flows: (Counts & { flow: string })[];
  /** The texts that failed, as they stand in the flow. */
  failures: { flow: string; text: string }[];
}

interface Prompt {
  key: string;
  flow: string;
  /** As it stands in the flow. */
  text: string;
  voice: TextToSpeech;
  request: PromptRequest;
  outcome: 'rendered' | 'alreadyThere' | 'failed';
  audioSec: number;
}

/** Renders every fixed prompt that is not kept yet. Never rejects: what fails is in the result. */
export async function warmFlows(options: WarmOptions): Promise<Warmth> {
  const { flows, cache, signal, onProgress } = options;
  const byFlow = flows.map((flow) => ({ flow: flow.settings.id, prompts: promptsOf(flow, options) }));
  const each = new Map(byFlow.flatMap(({ prompts }) => prompts).map((prompt) => [prompt.key, prompt]));
  const left = each.values();
  let done = 0;
  const work = async () => {
    for (const prompt of left) {
      if (!signal.aborted) await warm(prompt, cache, signal);
      onProgress?.(++done, each.size);
    }
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  const all = [...each.values()];
  const rendered = all.filter(({ outcome }) => outcome === 'rendered');
  return {
    ...count(all),
    characters: rendered.reduce((sum, { request }) => sum + request.text.length, 0),
    audioSec: rendered.reduce((sum, { audioSec }) => sum + audioSec, 0),
    flows: byFlow.map(({ flow, prompts }) => ({
      flow,
      ...count(prompts.flatMap(({ key }) => each.get(key) ?? [])),
    })),
    failures: all.filter(({ outcome }) => outcome === 'failed').map(({ flow, text }) => ({ flow, text })),
  };
}

function promptsOf(flow: CallFlow, { cache, voices, toSpoken }: WarmOptions): Prompt[] {
  const prompts = flow.spokenForms().flatMap((form) => {
    const spoken = toSpoken(form);
    const [link] = voices.of(form.settings);
    if (link === undefined) return [];
    const { voice, options } = link;
    return form.prompts().map((text): Prompt => {
      const request = { text: spoken(text), options };
      const key = cache.keyOf(voice.provider, request);
      return { key, flow: flow.settings.id, text, voice, request, outcome: 'failed', audioSec: 0 };
    });
  });
  const speakable = prompts.filter(({ request }) => request.text.trim() !== '');
  return [...new Map(speakable.map((prompt) => [prompt.key, prompt])).values()];
}

async function warm(prompt: Prompt, cache: PromptCache, signal: AbortSignal): Promise<void> {
  if ((await cache.load(prompt.key)) !== undefined) {
    prompt.outcome = 'alreadyThere';
    return;
  }
  const rendered = await cache.render(prompt.voice, prompt.request, signal);
  if (rendered === undefined) return;
  prompt.outcome = 'rendered';
  prompt.audioSec = rendered.audio.length / 8000;
}

function count(prompts: readonly Prompt[]): Counts {
  const having = (outcome: Prompt['outcome']) =>
    prompts.filter((prompt) => prompt.outcome === outcome).length;
  return {
    prompts: prompts.length,
    rendered: having('rendered'),
    alreadyThere: having('alreadyThere'),
    failed: having('failed'),
  };
}

export interface FlowWarmOptions {
  config: Config;
  flows: readonly CallFlow[];
  /** Let the sandbox's voice speak, whatever keys there are. */
  sandbox: boolean;
  /** Print JSON, for programs. */
  json: boolean;
  context: CliContext;
  signal: AbortSignal;
}

/** Runs the command. Throws {@link UserError} where there is no voice. */
export async function runFlowWarm(options: FlowWarmOptions): Promise<void> {
  const { config, flows, context, signal } = options;
  // What goes wrong is counted and told in the end, in a line.
  const logger = createLogger({ level: 'silent' });
  await using parts = new AsyncDisposableStack();
  const sandbox = options.sandbox
    ? parts.adopt(await startVoiceSandbox(logger), (started) => started.close())
    : undefined;
  const vendors = createVendorVoices({
    config: options.sandbox ? withStandIns(config) : config,
    sandboxUrl: sandbox?.baseUrl,
    logger,
  });
  for (const { voice } of vendors) parts.adopt(voice, (opened) => opened.close());
  const voices = new Voices({ vendors: vendors.map(({ voice }) => voice), order: config.providers.tts });
  const [first] = voices.of({ language: 'en', providers: {} });
  const preferred = vendors.find(({ voice }) => voice === first?.voice);
  if (preferred === undefined) throw new UserError(NO_VOICE);
  const shared =
    config.redisUrl === undefined
      ? undefined
      : parts.adopt(createSharedPrompts({ url: config.redisUrl, logger }), (opened) => opened.close());
  const tally = new Tally();
  const { dataDir } = config;
  const cache = await createPromptCache({
    dataDir,
    voices: Object.fromEntries(vendors.map(({ voice, setup }) => [voice.provider, setup])),
    logger,
    counters: tally,
    ...(shared === undefined ? {} : { shared }),
  });
  parts.adopt(cache, (opened) => opened.close());

  const warmth = await warmFlows({
    flows,
    cache,
    voices,
    toSpoken: spokenBy,
    signal,
    ...(options.json ? {} : progressOn(context.err)),
  });
  const report: Report = {
    ...warmth,
    voice: { provider: preferred.voice.provider, origin: preferred.setup.origin },
    folder: join(dataDir, 'prompts'),
    damaged: tally.damaged,
    notKept: tally.notKept,
    notShared: shared === undefined ? undefined : shared.failures > 0,
    reasons: tally.reasons,
    interrupted: signal.aborted,
  };
  if (options.json) context.out.write(`${JSON.stringify(report, null, 2)}\n`);
  else tell(report, context);
  if (report.failed > 0 || report.notKept > 0) context.setExitCode(1);
}

/** A line that is overwritten, and gone at the end; only where a person watches. */
function progressOn(err: Terminal): Pick<WarmOptions, 'onProgress'> {
  if (!err.isTTY) return {};
  return {
    onProgress: (done, all) => err.write(`${CLEAR_LINE}${done < all ? `${done} of ${all} prompts` : ''}`),
  };
}

const NO_VOICE =
  'There is no voice to render with: CARTESIA_API_KEY is not set. Set it, or add --sandbox to use the stand-in that ' +
  'speaks for "callwright serve" without a key; its prompts are kept apart.';

/** As it is on calls: in the flow's language and with its pronunciations. */
function spokenBy({ settings: { language, pronunciation } }: SpokenFlow): (text: string) => string {
  const form = createSpokenForm({ language, pronunciations: pronunciation });
  return (text) => form.spokenText(text);
}

/** The stand-ins speak even where there are keys, if that is wished. */
function withStandIns(config: Config): Config {
  const source = 'sandbox' as const;
  return {
    ...config,
    mode: source,
    cartesia: { ...config.cartesia, source },
    deepgram: { ...config.deepgram, source },
    elevenlabs: { ...config.elevenlabs, source },
    openai: { ...config.openai, source },
  };
}

const AT_ONCE = { firstByteMs: 0, realTimeFactor: 1000 };

async function startVoiceSandbox(logger: Logger): Promise<Sandbox> {
  const { startSandbox } = await import('../sandbox/server.ts');
  // Its delays are there to be felt on a call; here nobody listens.
  return await startSandbox({ logger, delays: { cartesia: AT_ONCE, otherVoices: AT_ONCE } });
}

/** What the cache counts, as far as a person should hear of it. */
class Tally {
  damaged = 0;
  notKept = 0;
  /** Error codes of what failed, and how often. */
  readonly reasons: Record<string, number> = {};

  inc: NonNullable<PromptCacheOptions['counters']>['inc'] = (name, { outcome } = {}) => {
    if (name === 'prompt_cache_damaged_total') this.damaged++;
    else if (name === 'prompt_cache_not_kept_total') this.notKept++;
    else if (outcome !== undefined && outcome !== 'rendered')
      this.reasons[outcome] = (this.reasons[outcome] ?? 0) + 1;
  };
}

interface Report extends Warmth {
  voice: { provider: string; origin: string };
  /** Where the prompts are. */
  folder: string;
  /** Were kept and not whole; they were rendered again. */
  damaged: number;
  /** Rendered and not written to disk. */
  notKept: number;
  /** Redis did not take everything; undefined where there is no Redis. */
  notShared: boolean | undefined;
  reasons: Readonly<Record<string, number>>;
  interrupted: boolean;
}

function tell(report: Report, { out, err }: CliContext): void {
  for (const { flow, ...counts } of report.flows) out.write(`${flow}: ${countsText(counts)}\n`);
  if (report.flows.length > 1) out.write(`all: ${countsText(report)}\n`);
  out.write(
    `${report.characters} characters were sent to ${report.voice.provider} (${report.voice.origin}), ` +
      `${report.audioSec.toFixed(1)} s of audio came back. Kept in ${report.folder}` +
      `${report.notShared === false ? ' and shared through Redis' : ''}.\n` +
      'Not rendered, for they differ from call to call: prompts with {{ values }}, and what the model says.\n',
  );
  for (const { flow, text } of report.failures)
    err.write(`failed: ${flow}: ${printable(text).slice(0, SHOWN_CHARACTERS)}\n`);
  for (const line of troubles(report)) err.write(`${line}\n`);
}

function countsText({ rendered, alreadyThere, failed }: Counts): string {
  return `${rendered} rendered, ${alreadyThere} already there, ${failed} failed`;
}

function troubles({ reasons, damaged, notKept, notShared, interrupted, folder }: Report): string[] {
  const why = Object.entries(reasons).map(([code, times]) => `${code} (${times})`);
  return [
    ...(why.length > 0 ? [`The voice failed: ${why.join(', ')}.`] : []),
    ...('tts-unauthorised' in reasons ? ['Check CARTESIA_API_KEY.'] : []),
    ...(damaged > 0 ? [`Damaged, and so rendered again: ${damaged}.`] : []),
    ...(notKept > 0 ? [`Rendered, but not written to ${folder}: ${notKept}.`] : []),
    ...(notShared ? ['Redis did not take all of them; check REDIS_URL.'] : []),
    ...(interrupted ? ['Interrupted before the end; what is done is kept.'] : []),
  ];
}
