import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  type CoreJournal,
  ReplayError,
  type ReplayStep,
  readCoreJournal,
  replayCoreJournal,
} from '../call/replay.ts';
import type { TurnCommand, TurnEvent } from '../call/turn-events.ts';
import { phaseOf, type TurnState, unfinishedText } from '../call/turn-state.ts';
import { UserError } from '../user-error.ts';
import type { CliContext } from './context.ts';
import { printable } from './render.ts';

/** Hours of seconds and milliseconds. */
const TIME_COLUMNS = 9;
const MOST_SHOWN = 120;

const HELP = `
The journal holds what the turn-taking core was told on one call ("npm run simulate" writes one of every failure). Each
event is shown with its moment, what it changed, and what the core ordered.`;

/** Adds `replay`. */
export function registerReplayCommand(program: Command, context: CliContext): void {
  program
    .command('replay')
    .description('step through the journal of a simulated call')
    .argument('<file>', 'a journal of the turn-taking core')
    .option('--json', 'print JSON, one event a line, for programs')
    .addHelpText('after', HELP)
    .action((file: string, { json = false }: { json?: boolean }) => runReplay({ file, json, context }));
}

/** Runs the command. Throws {@link UserError} for a file that cannot be read or is damaged. */
async function runReplay({
  file,
  json,
  context: { out },
}: {
  file: string;
  json: boolean;
  context: CliContext;
}): Promise<void> {
  const journal = parse(file, await read(file));
  if (!json) out.write(`${aboutLines(journal).map(printable).join('\n')}\n\n`);
  for (const step of replayCoreJournal(journal))
    out.write(json ? `${JSON.stringify(asJson(step))}\n` : `${stepLines(step).join('\n')}\n`);
}

async function read(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    const why = code === 'ENOENT' ? 'there is no such file' : `it cannot be read (${code})`;
    throw new UserError(`${file}: ${why}`);
  }
}

function parse(file: string, text: string): CoreJournal {
  try {
    return readCoreJournal(text);
  } catch (error) {
    if (!(error instanceof ReplayError)) throw error;
    const remedy = 'Mend or delete the line, or write the journal anew with "npm run simulate".';
    throw new UserError(`${file}:${error.line}: ${error.message}\n${remedy}`);
  }
}

function aboutLines({ about, events }: CoreJournal): string[] {
  const { flow, seed, index, rule, message, atMs } = about;
  return [
    ...(index === undefined ? [] : [`call ${String(index)} of seed ${String(seed)}, flow ${String(flow)}`]),
    ...(rule === undefined
      ? []
      : [`broken ${String(atMs)} ms into the call: ${String(rule)}`, `  ${String(message)}`]),
    `${events.length} events`,
  ];
}

function stepLines({ event, before, after, commands }: ReplayStep): string[] {
  const { type, atMs, ...rest } = event;
  const seconds = (atMs / 1000).toFixed(3).padStart(TIME_COLUMNS);
  const indent = ' '.repeat(TIME_COLUMNS);
  return [
    `${seconds}  ${printable(`${type}${fields(rest)}`)}`,
    ...changes(before, after).map((change) => `${indent}    ${printable(change)}`),
    ...shownCommands(commands).map((command) => `${indent}  → ${printable(command)}`),
  ];
}

/** What a reader follows a call by. */
function watched(state: TurnState): Readonly<Record<string, string>> {
  const { reply, draft, heard, callerSpeaking, wasCut, keys } = state;
  const assessed = heard.assessed === undefined ? '' : `${heard.assessed.reason} (${heard.assessed.score})`;
  return {
    phase: phaseOf(state),
    heard: unfinishedText(state),
    'worth of the words': assessed,
    'caller speaking': String(callerSpeaking),
    'was cut': String(wasCut),
    keys,
    reply:
      reply === undefined
        ? ''
        : `${reply.id}, to ${reply.input.type}, ${reply.state}${reply.paused ? ', paused' : ''}${reply.committed ? ', committed' : ''}`,
    draft: draft === undefined ? '' : `${draft.id}, of "${draft.words}", ${draft.state}`,
  };
}

function changes(before: TurnState, after: TurnState): string[] {
  const was = watched(before);
  return Object.entries(watched(after))
    .filter(([name, value]) => value !== was[name])
    .map(([name, value]) => `${name}: ${was[name] || 'none'} ⇒ ${value || 'none'}`);
}

/** Timers that are disarmed, most of which do not run, only hide the rest. */
function shownCommands(commands: readonly TurnCommand[]): string[] {
  return commands
    .filter(({ type }) => type !== 'disarm-timer')
    .map(({ type, ...rest }) => `${type}${fields(rest)}`);
}

function fields(values: object): string {
  return Object.entries(values)
    .map(([name, value]) => `  ${name} ${typeof value === 'string' ? JSON.stringify(value) : short(value)}`)
    .join('');
}

function short(value: unknown): string {
  const text = JSON.stringify(value) ?? 'undefined';
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}

function asJson({ event, after, commands }: ReplayStep): {
  event: TurnEvent;
  state: TurnState;
  commands: readonly TurnCommand[];
} {
  return { event, state: after, commands };
}
