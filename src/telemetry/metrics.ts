/**
 * What the service counts and measures, for Prometheus. Names and labels are declared once: in the tables below, or in
 * the table of the room that counts. Label values come from small, fixed sets; one that does not is cut to `other`, for
 * every value is a time series that is kept for good.
 */
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { TurnLatency } from '../records/index.ts';

/** What rooms count with. Names are given with or without the prefix `callwright_`. */
export interface Counters {
  inc(name: string, labels?: Record<string, string>, by?: number): void;
}

/** Counters by name, as rooms declare them. */
export type CounterTable = Readonly<Record<string, { help: string; labels: readonly string[] }>>;

export interface Metrics extends Counters {
  /** One agent turn, once its latencies are known. */
  observeTurn(latency: TurnLatency): void;
  /** The text that Prometheus reads. */
  render(): Promise<string>;
}

export interface MetricsOptions {
  /** Tables of rooms that declare their own. */
  counters?: readonly CounterTable[];
  /** Asked at each reading. */
  liveCalls: () => number;
  /**
   * Whether a name or label that is not declared throws; for tests. Elsewhere a slip in a counter must not end a call:
   * it is left uncounted.
   *
   * @defaultValue false
   */
  strict?: boolean;
}

const callCounters = {
  provider_errors_total: {
    help: 'Failures of vendors during calls, by stage, vendor and error code.',
    labels: ['stage', 'provider', 'code'],
  },
  provider_switches_total: {
    help: 'Times another provider took over a stage in mid-call, by stage and both; `none` where there was none.',
    labels: ['stage', 'from', 'to'],
  },
  barge_ins_total: {
    help: 'Replies that the caller interrupted, by what decided it: words, length (speech that went on without any) or keys.',
    labels: ['by'],
  },
  drafts_total: {
    help: 'Replies made before the turn was over, by outcome: adopted or dropped.',
    labels: ['outcome'],
  },
  drafts_wasted_microdollars_total: {
    help: "What dropped drafts cost at the model's list price, in millionths of a US dollar.",
    labels: [],
  },
  watchdog_fillers_total: { help: 'Times the silence watchdog had to speak.', labels: [] },
} as const satisfies CounterTable;

/** The stages of an agent turn, each from one moment of its latencies to another. They add up to voice-to-voice. */
const stages = {
  endpointing: ['speechEndMs', 'turnEndMs'],
  preparation: ['turnEndMs', 'modelRequestMs'],
  model: ['modelRequestMs', 'modelFirstTokenMs'],
  clause: ['modelFirstTokenMs', 'firstClauseMs'],
  voice: ['firstClauseMs', 'voiceFirstByteMs'],
  playout: ['voiceFirstByteMs', 'firstFrameMs'],
  lead_in: ['firstFrameMs', 'firstSoundMs'],
} as const satisfies Record<string, readonly [keyof TurnLatency, keyof TurnLatency]>;

/** Dense where conversations live: 0.8 s feels quick, 1.5 s slow, 4 s is the watchdog's. */
const voiceToVoiceBuckets = [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.2, 1.5, 2, 2.5, 3, 4, 6, 10];
const stageBuckets = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.7, 1, 1.5, 2, 4];

const prefix = 'callwright_';
/** More than any label declared here can have; less than would hurt. */
const maxLabelValues = 40;

/** A registry of its own, so that two services in one process (tests) do not mix. */
export function createMetrics({ counters = [], liveCalls, strict = false }: MetricsOptions): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: `${prefix}live_calls`,
    help: 'Calls whose media is open in this process.',
    registers: [registry],
    collect() {
      this.set(liveCalls());
    },
  });
  const voiceToVoice = new Histogram({
    name: `${prefix}voice_to_voice_seconds`,
    help: "From the end of the caller's last word to the first audio of the reply.",
    buckets: voiceToVoiceBuckets,
    registers: [registry],
  });
  const stageSeconds = new Histogram({
    name: `${prefix}stage_seconds`,
    help: 'Parts of voice-to-voice, by stage.',
    labelNames: ['stage'],
    buckets: stageBuckets,
    registers: [registry],
  });
  const byName = registerCounters(registry, [callCounters, ...counters]);
  return {
    inc(name, labels = {}, by = 1) {
      const counter = byName.get(withPrefix(name));
      if (counter?.takes(labels)) counter.inc(labels, by);
      else if (strict)
        throw new Error(`no counter "${name}" with labels {${Object.keys(labels)}} is declared`);
    },
    observeTurn(latency) {
      if (latency.voiceToVoiceMs !== undefined) voiceToVoice.observe(latency.voiceToVoiceMs / 1000);
      for (const [stage, [from, to]] of Object.entries(stages)) {
        const fromMs = latency[from];
        const toMs = latency[to];
        if (fromMs !== undefined && toMs !== undefined)
          // A draft is ahead of the turn's end: the caller waited for none of that.
          stageSeconds.observe({ stage }, Math.max(0, toMs - fromMs) / 1000);
      }
    },
    render: () => registry.metrics(),
  };
}

function registerCounters(registry: Registry, tables: readonly CounterTable[]): Map<string, BoundedCounter> {
  const byName = new Map<string, BoundedCounter>();
  for (const [name, { help, labels }] of tables.flatMap((table) => Object.entries(table))) {
    const fullName = withPrefix(name);
    const counter = new Counter({ name: fullName, help, labelNames: labels, registers: [registry] });
    byName.set(fullName, new BoundedCounter(counter, labels));
  }
  return byName;
}

function withPrefix(name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}

/** A counter whose labels cannot grow without end. */
class BoundedCounter {
  readonly #counter: Counter;
  readonly #seen: ReadonlyMap<string, Set<string>>;

  constructor(counter: Counter, labels: readonly string[]) {
    this.#counter = counter;
    this.#seen = new Map(labels.map((label) => [label, new Set()]));
  }

  /** Exactly the declared labels. */
  takes(labels: Record<string, string>): boolean {
    const names = Object.keys(labels);
    return names.length === this.#seen.size && names.every((name) => this.#seen.has(name));
  }

  inc(labels: Record<string, string>, by: number): void {
    const bounded = Object.entries(labels).map(([label, value]) => [label, this.#bounded(label, value)]);
    this.#counter.inc(Object.fromEntries(bounded), by);
  }

  #bounded(label: string, value: string): string {
    const seen = this.#seen.get(label);
    if (seen?.has(value)) return value;
    if (seen === undefined || seen.size >= maxLabelValues) return 'other';
    seen.add(value);
    return value;
  }
}
