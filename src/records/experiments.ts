/** How the arms of experiments compare, counted by the database. */
import { type Kysely, sql } from 'kysely';
import type { Tables } from './database.ts';
import type { ExperimentReport } from './index.ts';

interface Ending {
  flow: string;
  experiment: string;
  arm: string;
  outcome: string;
  result: string | null;
  calls: number;
  durationMs: number;
  interruptions: number;
  wastedUsd: number;
}

interface Wait {
  flow: string;
  experiment: string;
  arm: string;
  medianMs: number;
}

type Arm = ExperimentReport['arms'][number];

/** One snapshot of all calls that were in an experiment; see `Records.experiments`. */
export async function experimentReports(
  db: Kysely<Tables>,
  { flow }: { flow?: string },
): Promise<ExperimentReport[]> {
  const snapshot = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only');
  return snapshot.execute(async (transaction) => {
    const which = flow === undefined ? sql`true` : sql`calls.flow = ${flow}`;
    const { rows: endings } = await sql<Ending>`
      select flow, experiment, arm, outcome, result, count(*)::int as calls,
        sum(duration_ms) as duration_ms, sum(interruptions)::int as interruptions,
        sum(coalesce((usage ->> 'wastedUsd')::double precision, 0)) as wasted_usd
      from calls, jsonb_each_text(arms) as the_arm(experiment, arm)
      where ${which}
      group by flow, experiment, arm, outcome, result
      order by flow, experiment, arm, outcome, result`.execute(transaction);
    const { rows: waits } = await sql<Wait>`
      select flow, experiment, arm,
        percentile_cont(0.5) within group (order by (latency ->> 'voiceToVoiceMs')::double precision) as median_ms
      from calls join turns on turns.call_id = calls.id, jsonb_each_text(arms) as the_arm(experiment, arm)
      where ${which} and latency ? 'voiceToVoiceMs'
      group by flow, experiment, arm`.execute(transaction);
    return folded(endings, waits);
  });
}

function folded(endings: readonly Ending[], waits: readonly Wait[]): ExperimentReport[] {
  const reports = new Map<string, ExperimentReport & { byArm: Map<string, Arm> }>();
  for (const { flow, experiment, arm, ...ending } of endings) {
    const key = JSON.stringify([flow, experiment]);
    const report = reports.get(key) ?? { flow, experiment, calls: 0, arms: [], byArm: new Map() };
    reports.set(key, report);
    report.calls += ending.calls;
    report.byArm.set(arm, added(report.byArm.get(arm) ?? emptyArm(arm), ending));
  }
  return [...reports.values()].map(({ byArm, ...report }) => ({
    ...report,
    arms: [...byArm.values()].map((arm) => {
      const median = waits.find(
        (wait) => wait.flow === report.flow && wait.experiment === report.experiment && wait.arm === arm.arm,
      )?.medianMs;
      return {
        ...arm,
        share: arm.calls / report.calls,
        meanDurationMs: arm.meanDurationMs / arm.calls,
        ...(median === undefined ? {} : { medianVoiceToVoiceMs: median }),
      };
    }),
  }));
}

function emptyArm(arm: string): Arm {
  return {
    arm,
    calls: 0,
    share: 0,
    outcomes: {},
    results: {},
    meanDurationMs: 0,
    interruptions: 0,
    wastedUsd: 0,
  };
}

/** `meanDurationMs` is the sum until all are counted. */
function added(arm: Arm, ending: Omit<Ending, 'flow' | 'experiment' | 'arm'>): Arm {
  const { outcome, result, calls, durationMs, interruptions, wastedUsd } = ending;
  const plus = (counts: Record<string, number>, name: string | null): Record<string, number> =>
    name === null ? counts : { ...counts, [name]: (counts[name] ?? 0) + calls };
  return {
    ...arm,
    calls: arm.calls + calls,
    outcomes: plus(arm.outcomes, outcome),
    results: plus(arm.results, result),
    meanDurationMs: arm.meanDurationMs + durationMs,
    interruptions: arm.interruptions + interruptions,
    wastedUsd: arm.wastedUsd + wastedUsd,
  };
}
