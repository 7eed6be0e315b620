/**
 * Who may import what. `call` and `flows` know contracts and no vendor; a vendor knows its own contract; only `main.ts`
 * and the entries of commands know everything.
 */

/**
 * What each room may import of the others: `llm` is its contract (`index.ts`), `audio/*` all of it, other names are
 * single files. A new room needs a row.
 *
 * @type {Record<string, string[]>}
 */
const rooms = {
  api: ['campaigns/*', 'records', 'records/call-id.ts', 'records/summary.ts', 'sessions'],
  async: [],
  audio: ['telephony'],
  call: [
    'async/*',
    'audio/*',
    'flows',
    'llm',
    'llm/speakable.ts',
    'provider-health.ts',
    'records',
    'sessions',
    'stt',
    'telephony',
    'tts',
    'tts/prompt-cache/index.ts',
    'tts/spoken-form/index.ts',
    'tts/voice-links.ts',
  ],
  campaigns: [
    'flows/hours.ts',
    'flows/problems.ts',
    'flows/schema-facts.ts',
    'flows/schema-parts.ts',
    'records/database.ts',
    'records/storable.ts',
    'user-error.ts',
  ],
  config: ['config.ts', 'provider-health.ts', 'telephony/public-url.ts'],
  embeddings: [],
  flows: ['embeddings', 'llm', 'llm/voice-rules.ts', 'provider-health.ts'],
  llm: ['async/*', 'provider-health.ts', 'vendor-error.ts'],
  records: [
    'async/*',
    'audio/*',
    'campaigns',
    'campaigns/remote.ts',
    'campaigns/sql-campaigns.ts',
    'user-error.ts',
  ],
  relay: ['async/*', 'audio/*', 'stt', 'telephony', 'tts', 'tts/prompt-cache/index.ts'],
  sandbox: ['async/*', 'audio/*', 'telephony', 'tts/flite/*'],
  sessions: ['async/*', 'user-error.ts'],
  stt: ['async/*', 'audio/*', 'provider-health.ts', 'vendor-error.ts'],
  telemetry: ['records'],
  telephony: ['async/*', 'sessions'],
  tts: ['async/*', 'audio/*', 'provider-health.ts', 'telephony', 'vendor-error.ts'],
};

/** The rooms that may speak through each vendor's package; the sandbox and tests may too. */
const vendorPackages = {
  '@anthropic-ai/sdk': 'llm',
  '@cartesia/cartesia-js': 'tts',
  '@deepgram/sdk': 'stt|tts',
  '@electric-sql/pglite': 'records',
  ioredis: 'sessions',
  kysely: 'campaigns|records',
  pg: 'records',
  twilio: 'telephony',
};

/** They wire the rooms together. */
const entries = '^src/(main|cli)\\.ts$|^src/cli/|^src/sandbox/(main|demo)\\.ts$';
/** Tests and what only they use. */
const tests =
  '\\.test\\.ts$|/(testing|turn-testing|testing-vendors|test-bench|conformance)\\.ts$|^test/|^scripts/';
/** They decide, and do nothing: all that happens to them comes in as an event. */
const pureCores =
  '^src/call/(turn-[a-z]+|endpointing[a-z-]*)\\.ts$|^src/flows/(interpreter\\.ts$|answer-progress\\.ts$|nodes/|entities/)|^src/campaigns/(attempt|estimate|pace|retries|windows)\\.ts$';

const doing =
  '^(node:)?(child_process|cluster|dgram|dns|fs|http2?|https|inspector|net|os|perf_hooks|process|readline|repl|tls|timers|worker_threads)(/|$)';

/** @param {string} allowed */
function allowedPath(allowed) {
  if (allowed.endsWith('/*')) return `^src/${allowed.slice(0, -1)}`;
  return allowed.endsWith('.ts') ? `^src/${allowed.replace('.', '\\.')}$` : `^src/${allowed}/index\\.ts$`;
}

/** @type {import('dependency-cruiser').IForbiddenRuleType[]} */
const rules = [
  ...Object.entries(rooms).map(([room, allowed]) => ({
    name: `room-${room}`,
    comment: `src/${room} imports of other rooms only: ${allowed.join(', ') || 'nothing'}`,
    from: { path: `^src/${room}/`, pathNot: [tests, entries] },
    to: { path: '^src/', pathNot: [`^src/${room}/`, ...allowed.map(allowedPath)] },
  })),
  {
    name: 'room-without-a-row',
    comment: 'A new room says in .dependency-cruiser.mjs what it may import',
    from: { path: '^src/([^/]+)/', pathNot: [`^src/(${Object.keys(rooms).join('|')})/`, tests, entries] },
    to: { path: '^src/', pathNot: '^src/$1/' },
  },
  ...Object.entries(vendorPackages).map(([name, room]) => ({
    name: `vendor-${name}`,
    comment: `Only src/${room} speaks through ${name}`,
    from: { path: '^src/', pathNot: [`^src/(${room}|sandbox)/`, tests] },
    to: { path: `node_modules/${name}/` },
  })),
  {
    name: 'pure-core',
    comment: 'A pure core does nothing, nor does anything it imports',
    from: { path: pureCores, pathNot: tests },
    to: { path: doing, reachable: true },
  },
  {
    name: 'sandbox-stays-outside',
    comment: 'The service itself knows no stand-in',
    from: { path: '^src/', pathNot: ['^src/sandbox/', entries, tests] },
    to: { path: '^src/sandbox/' },
  },
  {
    name: 'tests-stay-outside',
    comment: 'The product does not import tests',
    from: { path: '^src/', pathNot: [tests, entries] },
    to: { path: tests },
  },
  {
    name: 'no-cycles',
    comment: 'Two files that need each other are one file, or three',
    from: {},
    to: { circular: true },
  },
  {
    name: 'declared-packages',
    comment: 'What the service imports is in "dependencies", for production installs nothing else',
    from: { path: '^(src|bin)/', pathNot: tests },
    to: {
      dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown', 'undetermined'],
      pathNot: '^node_modules/@types/',
    },
  },
  {
    name: 'found',
    comment: 'There is no such file',
    from: {},
    to: { couldNotResolve: true },
  },
];

/** @type {import('dependency-cruiser').IConfiguration} */
export default {
  forbidden: rules.map((rule) => ({ ...rule, severity: 'error' })),
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'node', 'default', 'types'],
    },
  },
};
