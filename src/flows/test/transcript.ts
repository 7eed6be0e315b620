/** A conversation as a person reads it: one line for each thing that happened. */
import { inline } from './failure.ts';
import type { Happening } from './text-call.ts';

/** One line: who or what, and the words. */
export interface TranscriptLine {
  who: string;
  text: string;
}

/** A long result says no more than its beginning. */
const MOST_CHARACTERS = 300;

/** Undefined for what only programs want to know. */
export function lineOf(happening: Happening): TranscriptLine | undefined {
  switch (happening.type) {
    case 'agent':
    case 'caller':
      return { who: happening.type, text: happening.text };
    case 'keys':
      return { who: 'caller', text: `(presses ${happening.keys})` };
    case 'silence':
      return { who: 'caller', text: '(silent)' };
    case 'node':
      return {
        who: 'node',
        text: happening.outcome === undefined ? happening.node : `${happening.outcome} → ${happening.node}`,
      };
    case 'slot':
      return {
        who: 'slot',
        text: `${happening.slot} = ${happening.value === undefined ? '(not shown)' : inline(happening.value)}`,
      };
    case 'slot-refused':
      return { who: 'slot', text: `${happening.slot} refused: ${happening.reason}` };
    case 'model':
      return {
        who: 'model',
        text: happening.calls.map(({ tool, input }) => `${tool} ${inline(input)}`).join(', '),
      };
    case 'model-failed':
      return { who: 'model', text: `(failed: ${happening.code})` };
    case 'tool':
      return { who: 'tool', text: `${happening.tool} ${short(inline(happening.input))}` };
    case 'tool-result':
      return {
        who: 'tool',
        text: `→ ${happening.isError ? 'error: ' : ''}${short(resultText(happening.result))}`,
      };
    case 'problem':
      return { who: 'problem', text: happening.problem };
    case 'transfer':
      return { who: 'end', text: `transferred to ${happening.to}` };
    case 'transfer-failed':
      return { who: 'end', text: `nobody took the call (${happening.status}); the caller is back` };
    case 'hang-up':
      return {
        who: 'end',
        text: `hung up${happening.reason === 'flow' ? '' : ` (${happening.reason})`}${happening.result === undefined ? '' : `, result ${happening.result}`}`,
      };
    case 'note': {
      const { type, ...rest } = happening.note;
      return type === 'outcome' ? undefined : { who: 'note', text: `${type} ${short(inline(rest))}` };
    }
  }
}

/** What was said, for a model that reads it. */
export function spokenTranscript(happenings: readonly Happening[]): string {
  const told: ReadonlySet<string> = new Set(['agent', 'caller', 'tool', 'end']);
  return happenings
    .map(lineOf)
    .filter((line) => line !== undefined && told.has(line.who))
    .map((line) => `${line?.who}: ${line?.text}`)
    .join('\n');
}

function resultText(result: unknown): string {
  return typeof result === 'string' ? result : inline(result);
}

function short(text: string): string {
  return text.length > MOST_CHARACTERS ? `${text.slice(0, MOST_CHARACTERS)}…` : text;
}
