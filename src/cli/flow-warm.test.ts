import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { variables } from '../config/variables.ts';
import { ENGLISH } from '../flows/default-texts.ts';
import type { CallFlow } from '../flows/index.ts';
import { parseFlow } from '../flows/loader.ts';
import { type Sandbox, startSandbox } from '../sandbox/server.ts';
import { TtsError } from '../tts/index.ts';
import { createPromptCache, type PromptCache } from '../tts/prompt-cache/index.ts';
import { FakeVoice, plainly } from '../tts/prompt-cache/testing.ts';
import { Voices } from '../tts/voice-links.ts';
import { type Warmth, warmFlows } from './flow-warm.ts';
import { run } from './program.ts';

const logger = pino({ level: 'silent' });

/** What every flow has in store is one short word here: a voice takes its time for each. */
const phrases = JSON.stringify(Object.fromEntries(Object.keys(ENGLISH.phrases).map((name) => [name, 'Hm.'])));

/** A flow that says three things that are the same on every call. */
const flowText = (id: string, hello: string, voice = '') => `
flow: ${id}
description: Greets.
start: hello
${voice}
secrets: [BOOKING_URL]
phrases: ${phrases}
silence: { prompts: [Hm.], looking_up_prompts: [Hm.], goodbye: Hm. }
nodes:
  hello: { type: say, say: "${hello}", next: caller }
  caller: { type: say, say: "You call from {{ call.from }}.", next: bye }
  bye: { type: hangup, say: Goodbye. }
`;

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'callwright-warm-'));
});

afterEach(() => rm(folder, { recursive: true, force: true }));

describe('warming', () => {
  let cache: PromptCache;
  let voice: FakeVoice;

  beforeEach(async () => {
    cache = await createPromptCache({ dataDir: folder, logger });
    voice = new FakeVoice();
  });

  afterEach(() => cache.close());

  const load = (id: string, hello: string, voiceBlock?: string) =>
    parseFlow(flowText(id, hello, voiceBlock), {
      file: `${id}.yaml`,
      env: { BOOKING_URL: 'http://127.0.0.1' },
    });
  const spokenForm = () => (text: string) => text.replace('911', 'nine one one');

  const warm = (flows: CallFlow[], more: { signal?: AbortSignal; onProgress?: () => void } = {}) =>
    warmFlows({
      flows,
      cache,
      voices: new Voices({ vendors: [voice] }),
      toSpoken: spokenForm,
      signal: new AbortController().signal,
      ...more,
    });

  test('renders what is the same on every call, as the voice will be asked for it', async () => {
    const flow = load('one', 'Dial 911.', 'voice: { id: v1, speed: 1.2 }');
    const result = await warm([flow]);
    const texts = voice.asked.map(({ text }) => text);
    expect(texts).toContain('Dial nine one one.');
    expect(texts).toContain('Goodbye.');
    expect(texts.join()).not.toMatch(/call\.from|You call/);
    expect(new Set(voice.asked.map(({ options }) => JSON.stringify(options)))).toEqual(
      new Set([JSON.stringify({ language: 'en-US', voice: 'v1', speed: 1.2 })]),
    );
    const key = cache.keyOf('fake', {
      text: 'Dial nine one one.',
      options: { language: 'en-US', voice: 'v1', speed: 1.2 },
    });
    expect(cache.peek(key)).toBeDefined();
    const characters = texts.join('').length;
    expect(result).toMatchObject({
      prompts: flow.prompts().length,
      rendered: flow.prompts().length,
      alreadyThere: 0,
      failed: 0,
      characters,
      failures: [],
    } satisfies Partial<Warmth>);
    expect(result.audioSec).toBeCloseTo(characters / 10);
  });

  test('leaves alone what is there already', async () => {
    const flow = load('one', 'Hello.');
    const all = flow.prompts().length;
    await warm([flow]);
    expect(await warm([flow])).toMatchObject({
      prompts: all,
      rendered: 0,
      alreadyThere: all,
      characters: 0,
      audioSec: 0,
    });
    expect(voice.asked).toHaveLength(all);
  });

  test('renders once what flows share', async () => {
    const [one, two] = [load('one', 'Hello, one.'), load('two', 'Hello, two.')];
    const all = one.prompts().length;
    expect(await warm([one, two])).toMatchObject({
      prompts: all + 1,
      rendered: all + 1,
      flows: [
        { flow: 'one', prompts: all, rendered: all },
        { flow: 'two', prompts: all, rendered: all },
      ],
    });
    expect(voice.asked).toHaveLength(all + 1);
  });

  test('tells what failed, and renders the rest', async () => {
    voice.speak = (events, text) => {
      if (text === 'Hello.') events.fail(new TtsError('tts-refused', 'fake', 'no', { retryable: false }));
      else plainly(events, text);
    };
    const flow = load('one', 'Hello.');
    const all = flow.prompts().length;
    expect(await warm([flow])).toMatchObject({
      prompts: all,
      rendered: all - 1,
      failed: 1,
      failures: [{ flow: 'one', text: 'Hello.' }],
    });
  });

  test('tells how far it is, and stops when it is told to', async () => {
    const flow = load('one', 'Hello.');
    // Only the first answer ever comes.
    voice.speak = (events, text) => {
      if (voice.asked.length === 1) plainly(events, text);
    };
    const abort = new AbortController();
    const progress: unknown[][] = [];
    const onProgress = (...args: unknown[]) => {
      progress.push(args);
      abort.abort();
    };
    const all = flow.prompts().length;
    const result = await warm([flow], { signal: abort.signal, onProgress });
    expect(progress).toEqual(Array.from({ length: all }, (_, at) => [at + 1, all]));
    expect(result).toMatchObject({ rendered: 1, failed: all - 1 });
  });
});

// The sandbox's voice takes its time, most of it on a busy machine.
describe('callwright flow warm', { timeout: 60_000 }, () => {
  let vendor: Sandbox;
  let flows: string;

  beforeEach(async () => {
    const delays = { cartesia: { firstByteMs: 0, realTimeFactor: 1000 } };
    vendor = await startSandbox({ logger, keys: { cartesia: 'good' }, delays });
    flows = join(folder, 'flows');
    await mkdir(flows);
    await writeFile(join(flows, 'one.yaml'), flowText('one', 'Hello, one.'));
    await writeFile(join(flows, 'two.yaml'), flowText('two', 'Hello, two.'));
    for (const name of Object.keys(variables)) vi.stubEnv(name, '');
    vi.stubEnv('DATA_DIR', join(folder, 'data'));
    vi.spyOn(process, 'cwd').mockReturnValue(folder);
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    vi.restoreAllMocks();
    await vendor.close();
  });

  const withKey = (key: string) => {
    vi.stubEnv('CARTESIA_API_KEY', key);
    vi.stubEnv('CARTESIA_BASE_URL', vendor.baseUrl);
  };

  async function warm(args: string[], { isTTY = false } = {}) {
    const said = { out: '', err: '' };
    const terminal = (name: 'out' | 'err') => ({
      isTTY,
      write: (text: string) => {
        said[name] += text;
      },
    });
    const code = await run(['flow', 'warm', ...args], { out: terminal('out'), err: terminal('err') });
    return { code, ...said };
  }

  const kept = async () =>
    (await readdir(join(folder, 'data', 'prompts'), { recursive: true })).filter((name) =>
      name.endsWith('.prompt'),
    );

  test('renders all flows with the voice of the calls, and then finds them there', async () => {
    withKey('good');
    const first = await warm([]);
    expect({ code: first.code, err: first.err }).toEqual({ code: 0, err: '' });
    expect(first.out).toMatch(
      /^one: 3 rendered, 0 already there, 0 failed\ntwo: 3 rendered.*\nall: 4 rendered/,
    );
    expect(first.out).toMatch(/characters were sent to cartesia \(http:.* s of audio came back/);
    expect(first.out).toContain(`Kept in ${join(folder, 'data', 'prompts')}.`);
    expect(first.out).toContain('Not rendered');

    const second = await warm([join(flows, 'one.yaml'), '--json']);
    expect({ code: second.code, err: second.err }).toEqual({ code: 0, err: '' });
    const report = JSON.parse(second.out);
    expect(report).toMatchObject({
      rendered: 0,
      failed: 0,
      damaged: 0,
      notKept: 0,
      characters: 0,
      audioSec: 0,
      interrupted: false,
      voice: { provider: 'cartesia', origin: vendor.baseUrl },
      flows: [{ flow: 'one' }],
    });
    expect(report.alreadyThere).toBe(report.prompts);
    // The other flow has one prompt of its own.
    expect(await kept()).toHaveLength(report.prompts + 1);
  });

  test('renders damaged prompts again', async () => {
    withKey('good');
    await warm([]);
    const [name = ''] = await kept();
    const path = join(folder, 'data', 'prompts', name);
    const good = await readFile(path);
    await writeFile(path, good.subarray(0, 100));
    const { code, out, err } = await warm([]);
    expect(code).toBe(0);
    expect(out).toMatch(/^all: 1 rendered, 3 already there/m);
    expect(err).toBe('Damaged, and so rendered again: 1.\n');
    expect((await readFile(path)).length).toBeGreaterThan(100);
  });

  test('fails where prompts failed, and says why', async () => {
    withKey('bad');
    const { code, out, err } = await warm(['--json', flows]);
    expect(code).toBe(1);
    const { prompts, failed, reasons } = JSON.parse(out);
    expect(failed).toBe(prompts);
    expect(reasons).toEqual({ 'tts-unauthorised': prompts });
    expect(err).toBe('');
    const told = await warm([flows]);
    expect(told.code).toBe(1);
    expect(told.err).toContain('failed: one: Hello, one.\n');
    expect(told.err).toContain(`The voice failed: tts-unauthorised (${prompts}).\nCheck CARTESIA_API_KEY.\n`);
  });

  test('says what to do without a key', async () => {
    const { code, out, err } = await warm([]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/^There is no voice to render with: CARTESIA_API_KEY is not set\..*--sandbox.*\n$/);
  });

  test("renders with the sandbox's voice when asked, apart from the vendor's", async () => {
    const told = await warm(['--sandbox', flows], { isTTY: true });
    expect(told.code).toBe(0);
    expect(told.out).toContain('(sandbox)');
    const all = (await kept()).length;
    expect(told.err.split('\r\u001B[K')).toEqual([
      '',
      '1 of 4 prompts',
      '2 of 4 prompts',
      '3 of 4 prompts',
      '',
    ]);
    withKey('good');
    const { out } = await warm(['--json']);
    expect(JSON.parse(out)).toMatchObject({ prompts: all, rendered: all });
    expect(await kept()).toHaveLength(2 * all);
  });

  test('tells when Redis did not take them', async () => {
    withKey('good');
    vi.stubEnv('REDIS_URL', 'redis://127.0.0.1:1');
    const { code, out, err } = await warm([]);
    expect(code).toBe(0);
    expect(out).not.toContain('shared through Redis');
    expect(err).toBe('Redis did not take all of them; check REDIS_URL.\n');
  });

  test('does not begin with flows that have mistakes', async () => {
    withKey('good');
    await writeFile(join(flows, 'two.yaml'), 'flow: 7');
    const { code, out, err } = await warm([]);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(err).toMatch(/flows\/two\.yaml:1/);
    expect((await warm([join(folder, 'none.yaml')])).err).toMatch(/there is no such file/);
  });

  test('explains itself', async () => {
    const { code, out } = await warm(['--help']);
    expect(code).toBe(0);
    expect(out).toMatch(/DATA_DIR[\s\S]*REDIS_URL[\s\S]*--sandbox/);
  });
});
