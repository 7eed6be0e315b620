/** A node of the service as others see it: it can be started, asked, killed and started again at the same address. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { V8_FLAGS } from '../../scripts/v8-flags.mjs';
import { answers } from './haproxy.ts';
import type { NodeStats } from './node.ts';

export interface NodeOptions {
  port: number;
  environment: Readonly<Record<string, string>>;
}

/** The end of what it has logged, for people: a node that fails says why in its last lines. */
const LOG_LINES = 400;

export class NodeProcess {
  readonly port: number;
  readonly log: string[] = [];
  readonly #environment: Readonly<Record<string, string>>;
  #process: ChildProcess | undefined;

  constructor({ port, environment }: NodeOptions) {
    this.port = port;
    this.#environment = environment;
  }

  get isRunning(): boolean {
    const process = this.#process;
    return process !== undefined && process.exitCode === null && process.signalCode === null;
  }

  /** Resolves when it is ready for calls. Does nothing where it runs already. */
  async start(): Promise<void> {
    if (!this.isRunning) this.#process = this.#fork();
    const exited = new AbortController();
    const process = this.#process;
    const onExit = (): void => exited.abort();
    process?.once('exit', onExit);
    try {
      await answers(`http://127.0.0.1:${this.port}/readyz`, exited.signal);
    } catch (error) {
      throw new Error(`a node does not start: ${this.log.slice(-3).join(' | ')}`, { cause: error });
    } finally {
      process?.off('exit', onExit);
    }
  }

  /** Calls whose media is open there; 0 where it does not answer. */
  async liveCalls(): Promise<number> {
    const response = await fetch(`http://127.0.0.1:${this.port}/metrics`, {
      signal: AbortSignal.timeout(2000),
    }).catch(() => undefined);
    const text = (await response?.text().catch(() => '')) ?? '';
    return Number(/^callwright_live_calls (\d+)/m.exec(text)?.[1] ?? 0);
  }

  /** Rejects where it has ended. One question at a time. */
  async stats(): Promise<NodeStats> {
    const process = this.#process;
    if (process === undefined || !this.isRunning) throw new Error('the node has ended');
    const answer = once(process, 'message', { signal: AbortSignal.timeout(10_000) });
    process.send('stats');
    const [stats] = (await answer) as [NodeStats]; // sent by ./node.ts, in this very version
    return stats;
  }

  signal(name: 'SIGKILL' | 'SIGTERM' | 'SIGSTOP' | 'SIGCONT'): void {
    this.#process?.kill(name);
  }

  /** Asks it to end, waits until it has, however long it takes with its calls, and starts it again. */
  async restart(): Promise<void> {
    const process = this.#process;
    if (process !== undefined && this.isRunning) {
      const gone = once(process, 'exit');
      process.kill('SIGTERM');
      await gone;
    }
    await this.start();
  }

  /** Ends it without ado; it may be started again. Idempotent. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process === undefined || !this.isRunning) return;
    const gone = once(process, 'exit');
    process.kill('SIGKILL');
    await gone;
  }

  #fork(): ChildProcess {
    const child = fork(join(import.meta.dirname, 'node.ts'), {
      execArgv: [...V8_FLAGS, '--expose-gc', '--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
      // Nothing is inherited, so that no key of the user's can be spent.
      env: { PATH: process.env['PATH'], ...this.#environment, PORT: String(this.port) },
    });
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.log.push(...text.trimEnd().split('\n'));
      this.log.splice(0, Math.max(0, this.log.length - LOG_LINES));
    });
    return child;
  }
}
