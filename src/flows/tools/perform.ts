/** What every kind of tool is to the runner. */
import type { ToolRun } from '../index.ts';
import type { Answer } from './tool-result.ts';

/** Runs one tool once. May throw anything; the runner makes words of it. Heeds the signal as well as it can. */
export type Perform = (run: ToolRun, signal: AbortSignal) => Promise<Answer>;
