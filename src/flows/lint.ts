/**
 * What is doubtful in a flow that could take calls: none of it stops the flow, except a circle that would keep a caller
 * for good. Judged only where nothing else is wrong, for most of it would follow from what is.
 */

import { englishProblems } from './checks-languages.ts';
import { offlineProblems } from './checks-offline.ts';
import type { Draft } from './draft.ts';
import { graphOf } from './graph.ts';
import { cutProblems } from './lint-cuts.ts';
import { settingProblems } from './lint-settings.ts';
import { slotUseProblems } from './lint-slots.ts';
import { wayProblems } from './lint-ways.ts';
import { wordProblems } from './lint-words.ts';
import type { FlowProblem } from './problems.ts';

/** @param draft of a file that has passed every check. */
export function lint(draft: Draft): FlowProblem[] {
  const graph = graphOf(draft.nodes, draft.start, draft.source.data);
  return [
    ...wayProblems(draft.source, graph),
    ...offlineProblems(draft),
    ...slotUseProblems(draft, graph),
    ...wordProblems(draft),
    ...settingProblems(draft),
    ...englishProblems(draft.source),
    ...cutProblems(draft.source),
  ];
}
