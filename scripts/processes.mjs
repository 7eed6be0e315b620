/**
 * Running other programs from the project's scripts. Works under any Node from 20 on, without packages.
 *
 * Progress and problems go to stderr: stdout belongs to the command that is run.
 */
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The project's folder. */
export const root = fileURLToPath(new URL('..', import.meta.url));

/** The Node that the package `node` brings; a path that exists once the packages are installed. */
export const node24 = join(root, 'node_modules/node/bin', process.platform === 'win32' ? 'node.exe' : 'node');

/** Something is missing or was stopped. The message is for people and says what to do. */
export class NotReady extends Error {}

/**
 * Runs a script's main function and ends with the exit code it resolves to, or with 1 and a plain message.
 *
 * @param {() => Promise<number>} action
 */
export async function main(action) {
  try {
    process.exitCode = await action();
  } catch (error) {
    if (!(error instanceof NotReady)) throw error;
    process.stderr.write(`${error.message}\n`);
    process.exitCode = 1;
  }
}

/**
 * Runs Node 24 with the terminal of this process, and hands on the signals that end it.
 *
 * @param {string[]} args
 * @returns {Promise<number>} its exit code, or 128 and the number of the signal that killed it
 */
export function runNode(args) {
  const child = spawn(node24, args, { stdio: 'inherit' });
  const release = forwardSignals(child);
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => {
      release();
      resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
    });
  });
}

/**
 * Runs a command in the project's folder behind one line of progress, and keeps its output.
 *
 * @param {string} title
 * @param {string[]} command
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ code: number; output: string }>}
 * @throws {NotReady} when a signal stopped it
 */
export async function runQuietly(title, [program = '', ...args], env = process.env) {
  const progress = showProgress(title);
  // npm is a batch file on Windows, which only a shell can start.
  const shell = process.platform === 'win32';
  const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'], shell });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text) => {
      output += text;
    });
  }
  let stopped = false;
  const release = forwardSignals(child, () => {
    stopped = true;
  });
  const code = await new Promise((resolve) => {
    child.once('error', (error) => {
      output += error.message;
      resolve(127);
    });
    child.once('close', (status) => resolve(status ?? 1));
  });
  release();
  progress.end(code === 0);
  if (stopped) throw new NotReady('stopped');
  return { code, output };
}

/**
 * One line that counts seconds on a terminal; two lines elsewhere.
 *
 * @param {string} title
 */
function showProgress(title) {
  const startedAt = Date.now();
  const seconds = () => `${Math.round((Date.now() - startedAt) / 1000)} s`;
  const terminal = process.stderr.isTTY;
  const say = () => process.stderr.write(`\r${title} … ${seconds()}`);
  if (terminal) say();
  else process.stderr.write(`${title} …\n`);
  const ticker = terminal ? setInterval(say, 1000) : undefined;
  return {
    /** @param {boolean} succeeded */
    end(succeeded) {
      clearInterval(ticker);
      const outcome = succeeded ? `done in ${seconds()}` : `failed after ${seconds()}`;
      process.stderr.write(`${terminal ? '\r' : ''}${title} … ${outcome}\n`);
    },
  };
}

/**
 * Passes signals on to a child until released; this process then ends with the child, not before it.
 *
 * @param {import('node:child_process').ChildProcess} child
 * @param {() => void} [onSignal]
 * @returns {() => void}
 */
function forwardSignals(child, onSignal) {
  /** @type {NodeJS.Signals[]} */
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  /** @param {NodeJS.Signals} signal */
  const forward = (signal) => {
    onSignal?.();
    // Ctrl-C in a terminal reaches every process of the command by itself: once is enough.
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  for (const signal of signals) process.on(signal, forward);
  return () => {
    for (const signal of signals) process.off(signal, forward);
  };
}
