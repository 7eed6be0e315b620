/** A failed test as a person reads it: the conversation up to the step, the step, what was expected and what came. */
import type { TestCase } from './suite.ts';
import { lineOf } from './transcript.ts';

/** How parts of a report look; plain where nothing is given. */
export interface Paint {
  bad(text: string): string;
  good(text: string): string;
  dim(text: string): string;
}

const PLAIN: Paint = { bad: String, good: String, dim: String };
const WHO_COLUMNS = 8;
/** Longer than this, only the end of a conversation is shown. */
const MOST_LINES = 60;

/** Several lines, without a final line break. `file`: of the flow. */
export function failureText(one: TestCase, file: string, paint: Paint = PLAIN): string {
  const { failure, happenings, notReached } = one;
  if (failure === undefined) return '';
  const lines = happenings.slice(0, failure.after).flatMap((happening) => {
    const line = lineOf(happening);
    if (line === undefined) return [];
    const isSpoken = line.who === 'agent' || line.who === 'caller';
    const text = printed(line.who, line.text);
    return [isSpoken ? text : paint.dim(text)];
  });
  const left = lines.length - MOST_LINES;
  return [
    ...(left > 0 ? [paint.dim(printed('…', `${left} lines before this`))] : []),
    ...lines.slice(-MOST_LINES),
    `${paint.bad(`  ✗ ${failure.message}`)} ${paint.dim(`(${file}:${one.line})`)}`,
    ...(failure.expected === undefined ? [] : [paint.good(printed('expected', failure.expected))]),
    ...(failure.got === undefined ? [] : [paint.bad(printed('got', failure.got))]),
    ...(failure.add ?? []).map((line) => paint.good(`      ${line}`)),
    ...(notReached > 0
      ? [paint.dim(`    ${notReached} ${notReached === 1 ? 'step was' : 'steps were'} not reached`)]
      : []),
  ].join('\n');
}

function printed(who: string, text: string): string {
  return `    ${who.padEnd(WHO_COLUMNS)}  ${printable(text)}`;
}

/** What a caller, a model or a tool says must not move the cursor or recolour the screen. */
function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').trim();
}
