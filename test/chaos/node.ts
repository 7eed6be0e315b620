/**
 * One node of the service, in a process of its own that can be killed, as `callwright serve` would run it. It tells of
 * itself when asked.
 */
import { stopSignals } from '../../src/cli/stop-signal.ts';
import { loadConfig } from '../../src/config.ts';
import { serve } from '../../src/serve.ts';

/** What a node holds. */
export interface NodeStats {
  rssBytes: number;
  heapBytes: number;
  /** How many of each kind keep the process alive: timers, sockets, requests. */
  resources: Record<string, number>;
}

process.on('message', () => {
  // What a collection would free is held by nobody.
  globalThis.gc?.();
  const resources: Record<string, number> = {};
  for (const name of process.getActiveResourcesInfo()) resources[name] = (resources[name] ?? 0) + 1;
  const { rss, heapUsed } = process.memoryUsage();
  const stats: NodeStats = { rssBytes: rss, heapBytes: heapUsed, resources };
  process.send?.(stats);
});
process.on('disconnect', () => process.exit(0));

await serve(loadConfig(process.env, { dotenv: false }), stopSignals());
process.exit(0);
