import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { configHelp, describeMode, envExample } from './config/text.ts';
import { variables } from './config/variables.ts';
import { ConfigError, loadClientConfig, loadConfig, loadFlowVariables } from './config.ts';

const cwd = mkdtempSync(join(tmpdir(), 'callwright-config-'));
mkdirSync(join(cwd, 'flows'));
writeFileSync(join(cwd, 'taken'), 'a file');
beforeEach(() => rmSync(join(cwd, '.env'), { force: true }));
afterAll(() => rmSync(cwd, { recursive: true }));

const load = (environment: Record<string, string>) => loadConfig(environment, { cwd });

function problemsOf(environment: Record<string, string>): readonly string[] {
  try {
    load(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the environment was accepted');
}

const account = {
  TWILIO_ACCOUNT_SID: 'AC0123456789abcdef0123456789abcdef',
  TWILIO_AUTH_TOKEN: 'twilio-token',
  PUBLIC_URL: 'https://voice.example.com',
};
const keys = {
  DEEPGRAM_API_KEY: 'deepgram-key',
  ANTHROPIC_API_KEY: 'anthropic-key',
  CARTESIA_API_KEY: 'cartesia-key',
};

describe('embeddings', () => {
  const model = { OPENAI_EMBEDDING_MODEL: 'text-embedding-3-small' };

  it('are made by OpenAI where there is a key, and elsewhere where a server is named', () => {
    expect(load({ OPENAI_API_KEY: 'key' }).embeddings).toBeUndefined();
    expect(load({ ...model, OPENAI_API_KEY: 'key' }).embeddings).toEqual({
      apiKey: 'key',
      baseUrl: 'https://api.openai.com',
      model: 'text-embedding-3-small',
    });
    const own = load({ ...model, OPENAI_EMBEDDING_BASE_URL: 'http://127.0.0.1:8090' });
    expect(own).toMatchObject({
      mode: 'sandbox',
      openai: { source: 'sandbox' },
      embeddings: { apiKey: undefined, baseUrl: 'http://127.0.0.1:8090' },
      warnings: [],
    });
  });

  it('are not made without either, and that is told', () => {
    expect(load(model)).toMatchObject({
      embeddings: undefined,
      warnings: ['OPENAI_EMBEDDING_MODEL has no effect without OPENAI_API_KEY or OPENAI_EMBEDDING_BASE_URL'],
    });
  });
});

describe('who carries a call', () => {
  it('is the sandbox, for every vendor, where nothing is set', () => {
    const config = load({});
    expect(config).toMatchObject({
      mode: 'sandbox',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      dataDir: join(cwd, 'data'),
      flowsDir: join(cwd, 'flows'),
      twilio: { source: 'sandbox' },
      deepgram: { source: 'sandbox' },
      anthropic: { source: 'sandbox' },
      cartesia: { source: 'sandbox' },
      warnings: [],
    });
    expect(describeMode(config)).toBe(
      "No vendor's key is set, so no real calls: the sandbox stands in for Twilio, Deepgram, Anthropic and Cartesia.",
    );
  });

  it('is the vendors alone once there is a Twilio account', () => {
    const config = load({
      ...account,
      ...keys,
      DEEPGRAM_BASE_URL: 'http://127.0.0.1:4001/',
      CARTESIA_VOICE: 'v1',
    });
    expect(config).toMatchObject({
      mode: 'vendors',
      publicUrl: 'https://voice.example.com',
      twilio: {
        source: 'real',
        accountSid: account.TWILIO_ACCOUNT_SID,
        authToken: 'twilio-token',
        baseUrl: 'https://api.twilio.com',
      },
      deepgram: { source: 'real', apiKey: 'deepgram-key', baseUrl: 'http://127.0.0.1:4001' },
      anthropic: { source: 'real', apiKey: 'anthropic-key', baseUrl: 'https://api.anthropic.com' },
      cartesia: { source: 'real', apiKey: 'cartesia-key', baseUrl: 'https://api.cartesia.ai', voice: 'v1' },
    });
    expect(describeMode(config)).toBe('Real calls: Twilio, Deepgram, Anthropic and Cartesia are in use.');
  });

  it.each(['TWILIO_ACCOUNT_SID', 'TWILIO_AUTH_TOKEN'] as const)(
    'is nobody where %s alone is set: every missing variable is named, with its remedy',
    (name) => {
      const problems = problemsOf({ [name]: account[name] });
      const missing = Object.keys({ ...account, ...keys }).filter((each) => each !== name);
      expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual(missing.sort());
      for (const problem of problems) expect(problem).toMatch(/is not set, and TWILIO_\w+ is: .* set it to /);
    },
  );

  it('is both, where there are keys and no telephone', () => {
    const config = load({ ANTHROPIC_API_KEY: 'k' });
    expect(config.mode).toBe('mixed');
    expect(config.anthropic.source).toBe('real');
    expect(describeMode(config)).toBe(
      'No real calls, for want of a Twilio account: Anthropic for real, the sandbox for Twilio, Deepgram and Cartesia.',
    );
  });
});

describe('a wrong value', () => {
  it.each([
    ['PORT', 'abc', 'PORT: "abc" is not a port number (1–65535)'],
    ['PORT', '0', 'PORT: "0" is not a port number (1–65535)'],
    ['PORT', '65536', 'PORT: "65536" is not a port number (1–65535)'],
    ['PORT', '80.5', 'PORT: "80.5" is not a port number (1–65535)'],
    ['LOG_LEVEL', 'loud', 'LOG_LEVEL: "loud" is none of fatal, error, warn, info, debug, trace and silent'],
    ['PUBLIC_URL', 'voice.example.com', /^PUBLIC_URL: "voice.example.com" is not an http or https URL/],
    ['PUBLIC_URL', 'https://voice.example.com/?a=1', /^PUBLIC_URL: .* without a query/],
    ['DEEPGRAM_BASE_URL', 'wss://api.deepgram.com', /^DEEPGRAM_BASE_URL: .* is not an http or https origin/],
    ['ANTHROPIC_BASE_URL', 'https://api.anthropic.com/v1', /^ANTHROPIC_BASE_URL: .* origin/],
    ['FLOWS_DIR', './nowhere', `FLOWS_DIR: there is no folder ${join(cwd, 'nowhere')}`],
    ['DATA_DIR', './taken', `DATA_DIR: ${join(cwd, 'taken')} is not a folder; set DATA_DIR to one`],
    ['DATA_DIR', './taken/data', `DATA_DIR: ${join(cwd, 'taken')} is not a folder; set DATA_DIR to one`],
    ['TWILIO_ACCOUNT_SID', 'SK01', /^TWILIO_ACCOUNT_SID: "SK01" is not an account SID/],
  ])('%s=%s is named', (name, value, message) => {
    const problems = problemsOf({ ...account, ...keys, [name]: value });
    expect(problems).toEqual([typeof message === 'string' ? message : expect.stringMatching(message)]);
  });

  it('that is secret is never shown', () => {
    const wrong = {
      ADMIN_TOKEN: 'with a space',
      REDIS_URL: 'http://user:hunter2@redis',
      DATABASE_URL: 'mysql://user:hunter2@host/db',
      DEEPGRAM_API_KEY: '"quoted"',
    };
    const problems = problemsOf(wrong);
    expect(problems.map((problem) => problem.split(':')[0])).toEqual(Object.keys(wrong));
    expect(problems.join('\n')).not.toMatch(/hunter2|with a space|quoted"/);
  });

  it('does not hide another', () => {
    expect(problemsOf({ PORT: '-1', LOG_FORMAT: 'xml', TWILIO_AUTH_TOKEN: 't', ...keys })).toHaveLength(4);
  });
});

describe('what is probably not meant', () => {
  it.each([
    [
      { DEEPGRAM_APIKEY: 'k' },
      'DEEPGRAM_APIKEY is not a variable of this service: did you mean DEEPGRAM_API_KEY?',
    ],
    [
      { ANTROPIC_API_KEY: 'k' },
      'ANTROPIC_API_KEY is not a variable of this service: did you mean ANTHROPIC_API_KEY?',
    ],
    [{ PUBLIC_ULR: 'x' }, 'PUBLIC_ULR is not a variable of this service: did you mean PUBLIC_URL?'],
    [{ DATABSE_URL: 'x' }, 'DATABSE_URL is not a variable of this service: did you mean DATABASE_URL?'],
    [
      { TWILIO_ACOUNT_SID: 'AC' },
      'TWILIO_ACOUNT_SID is not a variable of this service: did you mean TWILIO_ACCOUNT_SID?',
    ],
    [{ TWILIO_SID: 'AC' }, 'TWILIO_SID is not a variable of this service: did you mean TWILIO_ACCOUNT_SID?'],
    [{ CARTESIA_BASE_URL: 'http://127.0.0.1:9' }, 'CARTESIA_BASE_URL has no effect without CARTESIA_API_KEY'],
    [{ PUBLIC_URL: 'http://voice.example.com' }, /^PUBLIC_URL is plain http/],
  ])('%j is told', (environment: Record<string, string>, warning) => {
    expect(load(environment).warnings).toEqual([
      typeof warning === 'string' ? warning : expect.stringMatching(warning),
    ]);
  });

  it('says which name was meant where its absence is an error', () => {
    const { DEEPGRAM_API_KEY: key, ...others } = keys;
    expect(problemsOf({ ...account, ...others, DEEPGRAM_KEY: key })).toEqual([
      expect.stringMatching(/^DEEPGRAM_API_KEY is not set/),
      expect.stringMatching(/^DEEPGRAM_KEY .* did you mean DEEPGRAM_API_KEY\?$/),
    ]);
  });

  it('leaves other programs alone', () => {
    const environment = {
      ANTHROPIC_LOG: 'debug',
      TWILIO_EDGE: 'dublin',
      PORTS: '1',
      PUBLIC_URL: 'http://127.0.0.1:9',
    };
    expect(load(environment).warnings).toEqual([]);
  });

  it('takes no variable of an ordinary machine for a slip', () => {
    expect(load(Object.fromEntries(ORDINARY.map((name) => [name, 'x']))).warnings).toEqual([]);
  });
});

/** What shells, desktops, npm, CI, containers and hosts set. */
const ORDINARY = `
  SHELL TERM COLORTERM LANG LC_ALL LOGNAME USER HOME PATH PWD OLDPWD SHLVL EDITOR PAGER HOSTNAME HOSTTYPE TMPDIR TZ _
  SSH_AUTH_SOCK SSH_AGENT_PID SSH_CONNECTION SSH_CLIENT SSH_TTY DISPLAY WAYLAND_DISPLAY DBUS_SESSION_BUS_ADDRESS
  XDG_RUNTIME_DIR XDG_DATA_DIRS XDG_DATA_HOME XDG_CONFIG_DIRS XDG_CACHE_HOME XDG_SESSION_ID XDG_CURRENT_DESKTOP
  HTTP_PROXY HTTPS_PROXY NO_PROXY ALL_PROXY SSL_CERT_FILE SSL_CERT_DIR NODE_EXTRA_CA_CERTS NODE_ENV NODE_OPTIONS
  NVM_DIR NVM_BIN VOLTA_HOME PNPM_HOME BUN_INSTALL FNM_DIR INIT_CWD npm_config_cache npm_config_user_agent
  npm_config_prefix npm_config_loglevel npm_package_name npm_package_version npm_package_json npm_lifecycle_event
  npm_lifecycle_script npm_execpath npm_node_execpath npm_command CI GITHUB_ACTIONS GITHUB_TOKEN GITHUB_SERVER_URL
  GITHUB_API_URL RUNNER_TEMP CI_API_V4_URL CI_SERVER_URL CI_PROJECT_DIR KUBERNETES_SERVICE_HOST KUBERNETES_PORT
  KUBERNETES_SERVICE_PORT CONTAINER_NAME DOCKER_HOST POSTGRES_USER POSTGRES_PASSWORD POSTGRES_DB REDIS_HOST REDIS_PORT
  REDIS_TLS_URL BASE_URL ROOT_URL API_BASE_URL BOOKING_URL CACHE_DIR STATE_DIR TEMP_DIR ADMIN_USER ADMIN_PASSWORD
  AUTH_TOKEN ACCESS_TOKEN LOG_FILE LOG_DIR RUST_LOG LOG_LEVEL_DB OPENAI_API_KEY OPENAI_ORG_ID ELEVENLABS_API_KEY
  AWS_ACCESS_KEY_ID AWS_REGION GOOGLE_APPLICATION_CREDENTIALS VSCODE_PID TERM_PROGRAM_VERSION JAVA_HOME PYTHONPATH
`
  .trim()
  .split(/\s+/);

describe('the .env file', () => {
  it('fills in what the environment does not set', () => {
    writeFileSync(join(cwd, '.env'), 'PORT=4000\nLOG_LEVEL=debug\n');
    expect(load({ LOG_LEVEL: 'warn' })).toMatchObject({ port: 4000, log: { level: 'warn' } });
  });

  it('is overruled by an empty value, which means unset', () => {
    writeFileSync(join(cwd, '.env'), 'TWILIO_AUTH_TOKEN=token\n');
    expect(load({ TWILIO_AUTH_TOKEN: '' }).mode).toBe('sandbox');
  });

  it('can be left alone', () => {
    writeFileSync(join(cwd, '.env'), 'PORT=4000\n');
    expect(loadConfig({}, { cwd, dotenv: false }).port).toBe(3000);
  });

  it('that cannot be read is a problem', () => {
    mkdirSync(join(cwd, '.env'));
    expect(problemsOf({})).toEqual([expect.stringMatching(/\.env cannot be read/)]);
    rmSync(join(cwd, '.env'), { recursive: true });
  });
});

it('gives flows the rest of the environment, and none of its own secrets', () => {
  const environment = { BOOKING_URL: 'http://127.0.0.1:9', ADMIN_TOKEN: 'secret', EMPTY: '' };
  expect(load(environment).flowVariables).toEqual({ BOOKING_URL: 'http://127.0.0.1:9' });
  expect(loadFlowVariables({ ...environment, PORT: 'abc' }, { cwd })).toEqual({
    BOOKING_URL: 'http://127.0.0.1:9',
  });
});

it('lets a client of the service know little and need less', () => {
  const environment = {
    PORT: '8080',
    ADMIN_TOKEN: 'secret',
    FLOWS_DIR: './nowhere',
    TWILIO_AUTH_TOKEN: 'alone',
  };
  expect(loadClientConfig(environment, { cwd })).toEqual({
    host: undefined,
    port: 8080,
    adminToken: 'secret',
    dataDir: join(cwd, 'data'),
  });
  expect(() => loadClientConfig({ PORT: 'abc' }, { cwd })).toThrow(ConfigError);
});

describe('.env.example', () => {
  const example = readFileSync(new URL('../.env.example', import.meta.url), 'utf8');

  it('is made from the table of variables', () => {
    expect(example, 'run: bin/callwright.mjs config --example > .env.example').toBe(envExample());
  });

  it('names every variable, and changes nothing when it is copied', () => {
    const { flowVariables: _, ...copied } = load(parseEnv(example) as Record<string, string>);
    const { flowVariables: __, ...unset } = load({});
    expect(Object.keys(parseEnv(example)).sort()).toEqual(Object.keys(variables).sort());
    expect(copied).toEqual(unset);
  });
});

it('has help for every variable', () => {
  for (const name of Object.keys(variables))
    expect(configHelp()).toMatch(new RegExp(`^ {2}${name} +\\S`, 'm'));
});
