/**
 * Makes a fresh clone runnable: the npm packages, the Node that the service is tested with, and the servers that the
 * tests need. Works under any Node from 20 on, before a single package is installed.
 */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { NotReady, node24, root, runQuietly } from './processes.mjs';

const modules = join(root, 'node_modules');

/**
 * Installs the npm packages where they are missing or not those of package-lock.json, and checks the Node they bring.
 *
 * @throws {NotReady} when that fails
 */
export async function ensurePackages() {
  const locked = readLock(join(root, 'package-lock.json'));
  if (locked === undefined)
    throw new NotReady('package-lock.json is missing or damaged: restore it from git');
  // npm writes this file last, after every install: it says what node_modules really holds.
  if (!isInstalled(locked, readLock(join(modules, '.package-lock.json')))) await installPackages();
  checkNode();
}

/**
 * Whether every package of the lock file is installed in the locked version. Optional packages may be absent, and so
 * may those for development: a production image leaves them out.
 *
 * @param {Lock} locked
 * @param {Lock | undefined} installed
 */
export function isInstalled(locked, installed) {
  if (installed === undefined) return false;
  const hasDevelopment = Object.values(installed.packages).some((entry) => entry.dev);
  return Object.entries(locked.packages).every(([path, { version, dev, optional, devOptional }]) => {
    if (path === '') return true;
    const found = installed.packages[path];
    if (found !== undefined) return found.version === version;
    return optional === true || devOptional === true || (dev === true && !hasDevelopment);
  });
}

/**
 * The part of a lock file that is read here.
 *
 * @typedef {{ version?: string; dev?: boolean; optional?: boolean; devOptional?: boolean }} LockEntry
 * @typedef {{ packages: Record<string, LockEntry> }} Lock
 */

/**
 * @param {string} path
 * @returns {Lock | undefined}
 */
function readLock(path) {
  try {
    const lock = JSON.parse(readFileSync(path, 'utf8'));
    return lock?.packages instanceof Object ? lock : undefined;
  } catch {
    return undefined;
  }
}

/** A registry that is briefly out of reach should not cost a newcomer their first impression. */
const installPausesMs = [3_000, 10_000];

async function installPackages() {
  // `npm run` puts node_modules/.bin first on the PATH, and `npm ci` begins by deleting what is there.
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((part) => !part.startsWith(modules));
  const env = { ...process.env, PATH: path.join(delimiter) };
  const npm = ['npm', 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'];
  for (const pauseMs of [...installPausesMs, undefined]) {
    const { code, output } = await runQuietly('Installing packages (npm ci)', npm, env);
    if (code === 0) return;
    // npm says what is wrong first, and may go on for pages.
    process.stderr.write(`${output.trimEnd().split('\n').slice(0, 15).join('\n')}\n`);
    const isUseless = output.includes('EUSAGE'); // the lock file does not fit package.json, and will not
    if (pauseMs === undefined || isUseless) break;
    process.stderr.write(`npm ci failed; trying again in ${pauseMs / 1000} s\n`);
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
  throw new NotReady('the packages could not be installed: see above, mend it and try again');
}

function checkNode() {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const wanted = String(manifest.dependencies.node).split('.')[0];
  const { stdout, error } = spawnSync(node24, ['--print', 'process.versions.node'], { encoding: 'utf8' });
  const found = error === undefined ? String(stdout).trim() : undefined;
  if (found?.split('.')[0] === wanted) return;
  const what = found ? `is Node ${found}` : 'does not run';
  throw new NotReady(
    `Node ${wanted} is needed and ${node24} ${what}: run "npm rebuild node --ignore-scripts=false" ` +
      '(its install script fetches the program for this machine)',
  );
}

/**
 * Servers that npm cannot bring. To add one: how to see that it is there, its Debian packages, and what to tell
 * everybody else.
 *
 * @type {Record<string, { present: () => boolean; debian: string[]; elsewhere: string }>}
 */
const systemPrograms = {
  'redis-server': {
    present: () => onPath('redis-server'),
    debian: ['redis-server'],
    elsewhere: 'Redis (macOS: brew install redis; Fedora: dnf install redis)',
  },
  postgresql: {
    // Debian keeps the server's programs off the PATH.
    present: () =>
      onPath('initdb') || folders('/usr/lib/postgresql').some((bin) => runnable(`${bin}/bin/initdb`)),
    debian: ['postgresql'],
    elsewhere: 'PostgreSQL (macOS: brew install postgresql; Fedora: dnf install postgresql-server)',
  },
  haproxy: {
    // Debian keeps it where only the superuser looks.
    present: () => onPath('haproxy') || runnable('/usr/sbin/haproxy'),
    debian: ['haproxy'],
    elsewhere: 'HAProxy (macOS: brew install haproxy; Fedora: dnf install haproxy)',
  },
};

/**
 * Installs what is missing of the named programs: with apt as root on Debian, else it says what to install. Never
 * leaves a service running.
 *
 * @param {('redis-server' | 'postgresql' | 'haproxy')[]} names
 * @throws {NotReady} when something is missing and cannot be installed from here
 */
export async function ensureSystem(names) {
  const wanted = names.flatMap((name) => systemPrograms[name] ?? []);
  const missing = wanted.filter((program) => !program.present());
  if (missing.length === 0) return;
  const packages = missing.flatMap((program) => program.debian);
  if (!onPath('apt-get')) {
    throw new NotReady(`please install ${missing.map((program) => program.elsewhere).join(' and ')}`);
  }
  if (process.getuid?.() !== 0) {
    throw new NotReady(`please install what the tests need: sudo apt-get install ${packages.join(' ')}`);
  }
  await aptInstall(packages);
  if (missing.some((program) => !program.present())) {
    throw new NotReady(`apt-get installed ${packages.join(' and ')}, and yet a program is missing`);
  }
}

/** Asked by Debian's packages before they start a service; 101 forbids it. */
const policyFile = '/usr/sbin/policy-rc.d';

/** @param {string[]} packages */
async function aptInstall(packages) {
  const title = `Installing ${packages.join(' and ')} (apt-get)`;
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' };
  const apt = ['apt-get', '-y', '-qq', '-o', 'DPkg::Lock::Timeout=300', '-o', 'Acquire::Retries=3'];
  const install = [...apt, 'install', '--no-install-recommends', ...packages];
  const forbidsServices = !existsSync(policyFile);
  if (forbidsServices) writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    // The lists of a fresh container are empty and those of an old machine are stale: always ask first.
    const update = await runQuietly('Updating the package lists (apt-get)', [...apt, 'update'], env);
    const { code, output } = await runQuietly(title, install, env);
    if (code !== 0) {
      const lines = (update.output + output).trimEnd().split('\n');
      process.stderr.write(`${lines.slice(-15).join('\n')}\n`);
      throw new NotReady(`apt-get could not install ${packages.join(' ')}: see above`);
    }
  } finally {
    if (forbidsServices) rmSync(policyFile, { force: true });
  }
  // Nor at the next boot: what was installed for tests is started by them.
  if (existsSync('/run/systemd/system')) spawnSync('systemctl', ['disable', '--quiet', ...packages]);
}

/** @param {string} program */
function onPath(program) {
  return (process.env['PATH'] ?? '').split(delimiter).some((part) => runnable(join(part, program)));
}

/** @param {string} path */
function runnable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} path */
function folders(path) {
  return existsSync(path) ? readdirSync(path).map((name) => join(path, name)) : [];
}
