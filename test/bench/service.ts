/** The service under measurement: a process of its own that tells its processor time and memory when asked. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { loadConfig } from '../../src/config.ts';
import { startService } from '../../src/main.ts';

export interface ServiceStats {
  /** User and system, since the start of the process. */
  cpuMs: number;
  rssBytes: number;
  heapBytes: number;
  /** Since the last question. */
  eventLoopDelayP99Ms: number;
}

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

const service = await startService(loadConfig(process.env, { dotenv: false }));

process.on('message', () => {
  // Asked before and after a run: what a collection would free is nobody's memory.
  globalThis.gc?.();
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  const stats: ServiceStats = {
    cpuMs: (user + system) / 1000,
    rssBytes: rss,
    heapBytes: heapUsed,
    eventLoopDelayP99Ms: delay.percentile(99) / 1e6,
  };
  delay.reset();
  process.send?.(stats);
});
process.on('SIGTERM', () => {
  void service.close().then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
