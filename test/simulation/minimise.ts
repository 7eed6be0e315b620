/** Makes a failing scenario small: entries are left out as long as the same rule still breaks. */
import type { Scenario } from './scenario.ts';

/** More runs than this are not worth the last entry. */
const MOST_RUNS = 2000;

/**
 * The smallest scenario found that still fails. `fails`: whether a scenario breaks the rule; each list is thinned out
 * in ever smaller pieces (delta debugging), the caller's acts first, for everything else depends on them.
 */
export function minimise(scenario: Scenario, fails: (scenario: Scenario) => boolean): Scenario {
  let runs = 0;
  let smallest = scenario;
  const attempt = (candidate: Scenario): boolean => {
    if (runs++ >= MOST_RUNS || !fails(candidate)) return false;
    smallest = candidate;
    return true;
  };
  for (let before: Scenario | undefined; before !== smallest; ) {
    before = smallest;
    thin(smallest.acts, (acts) => attempt({ ...smallest, acts }));
    thin(smallest.faults, (faults) => attempt({ ...smallest, faults }));
    thin(smallest.happenings, (happenings) => attempt({ ...smallest, happenings }));
    if (!smallest.staysOn) attempt({ ...smallest, staysOn: true });
    if (!smallest.isWarm) attempt({ ...smallest, isWarm: true });
  }
  return smallest;
}

/** Leaves out pieces of a list, half of it at first, then single entries. */
function thin<T>(list: readonly T[], attempt: (shorter: readonly T[]) => boolean): void {
  let left = list;
  for (let size = Math.ceil(left.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < left.length; ) {
      const shorter = [...left.slice(0, start), ...left.slice(start + size)];
      if (attempt(shorter)) left = shorter;
      else start += size;
    }
  }
}
