/** The service under measurement: a process of its own that tells its processor time and memory when asked. */
import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import { loadConfig } from '../../src/config.ts';
import { startService } from '../../src/main.ts';

export interface ServiceStats {
  /** User and system, since the start of the process. */
  cpuMs: number;
  rssBytes: number;
  /** Since the last question, of the main thread. */
  eventLoopDelayP99Ms: number;
  /** For how long the main thread stood still at most for a collection, since the last question. */
  longestCollectionMs: number;
}

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();

let sinceMs = 0;
let longestCollectionMs = 0;
const collections = new PerformanceObserver((list) => {
  // They are told of late: those of the questions themselves do not count.
  const counted = list.getEntries().filter(({ startTime }) => startTime >= sinceMs);
  longestCollectionMs = Math.max(longestCollectionMs, ...counted.map(({ duration }) => duration));
});
collections.observe({ entryTypes: ['gc'] });

const service = await startService(loadConfig(process.env, { dotenv: false }));

process.on('message', (question) => {
  const { user, system } = process.cpuUsage();
  const eventLoopDelayP99Ms = delay.percentile(99) / 1e6;
  // What a collection would free is nobody's memory.
  if (question === 'collected-stats') globalThis.gc?.();
  const stats: ServiceStats = {
    cpuMs: (user + system) / 1000,
    rssBytes: process.memoryUsage().rss,
    eventLoopDelayP99Ms,
    longestCollectionMs,
  };
  delay.reset();
  longestCollectionMs = 0;
  sinceMs = performance.now();
  process.send?.(stats);
});
process.on('SIGTERM', () => {
  void service.close().then(() => process.exit(0));
});
process.on('disconnect', () => process.exit(0));
process.send?.('ready');
