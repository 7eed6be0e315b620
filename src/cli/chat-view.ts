/** How a conversation in text is shown: for people, or as JSON lines for programs. */
import { styleText } from 'node:util';
import type { ListenExpectation } from '../flows/index.ts';
import { inline } from '../flows/test/failure.ts';
import type { Happening } from '../flows/test/text-call.ts';
import { lineOf } from '../flows/test/transcript.ts';
import type { Terminal } from './calls.ts';
import { printable } from './render.ts';

/** What a conversation tells besides what happens in it. */
export type Told = 'help' | 'problem' | 'slots' | 'why' | 'listen' | 'ended';

export interface ChatView {
  /** What stands before the line that is typed. */
  readonly prompt: string;
  /** `wasShown`: the words were streamed already. */
  happened(happening: Happening, how: { wasShown: boolean }): void;
  /** Words of the agent as they come; undefined at their end. */
  streams(text: string | undefined): void;
  tell(what: Told, value: unknown): void;
}

const WHO_COLUMNS = 8;

/** One JSON object a line, each with its `type`. */
export function jsonView(out: Terminal): ChatView {
  const write = (value: object): void => {
    out.write(`${JSON.stringify(value)}\n`);
  };
  return {
    prompt: '',
    happened: (happening) => write(happening.type === 'note' ? happening.note : happening),
    streams: () => undefined,
    tell(what, value) {
      write({ type: what, ...(typeof value === 'object' && value !== null ? value : { text: value }) });
    },
  };
}

/** @param isTyped somebody types at a terminal, which shows their words itself. */
export function textView(out: Terminal, { isTyped }: { isTyped: boolean }): ChatView {
  const style = (name: 'dim' | 'cyan' | 'green' | 'yellow', text: string): string =>
    out.isTTY ? styleText(name, text, { validateStream: false }) : text;
  const who = (name: string): string => name.padEnd(WHO_COLUMNS);
  const note = (name: string, text: string): void => {
    out.write(`${style('dim', `${who(name)}${printable(text)}`)}\n`);
  };
  let isStreaming = false;
  return {
    prompt: style('green', who('you')),
    happened(happening, { wasShown }) {
      if (wasShown || (isTyped && happening.type === 'caller')) return;
      const line = lineOf(happening);
      if (line === undefined) return;
      if (line.who === 'agent') out.write(`${style('cyan', who('agent'))}${printable(line.text)}\n`);
      else if (line.who === 'caller') out.write(`${style('green', who('you'))}${printable(line.text)}\n`);
      else note(line.who, line.text);
    },
    streams(text) {
      if (text === undefined) out.write('\n');
      else out.write(`${isStreaming ? '' : style('cyan', who('agent'))}${spaced(text)}`);
      isStreaming = text !== undefined;
    },
    tell(what, value) {
      if (what === 'listen') return;
      if (what === 'problem') out.write(`${style('yellow', String(value))}\n`);
      else if (what === 'help') out.write(`${String(value)}\n`);
      else if (what === 'ended') note('end', 'you hung up');
      else if (what === 'slots') tellMap(value, 'no slots yet', note);
      else for (const line of whyLines(value)) note('why', line);
    },
  };
}

function tellMap(value: unknown, empty: string, note: (name: string, text: string) => void): void {
  const entries = Object.entries(value ?? {});
  if (entries.length === 0) note('slots', empty);
  for (const [name, entry] of entries) note('slot', `${name} = ${inline(entry)}`);
}

function whyLines(value: unknown): string[] {
  const { node, settled, waitsFor } = value as Reasons; // as the session tells it
  return [
    ...settled.map(({ type, ...rest }) => `${String(type)} ${inline(rest)}`),
    `now in node ${node}`,
    ...(waitsFor === undefined ? [] : [`waits for ${waitingText(waitsFor)}`]),
  ];
}

interface Reasons {
  node: string;
  settled: Record<string, unknown>[];
  waitsFor?: ListenExpectation;
}

/** `an answer (phone), or up to 15 keys, ended by #` */
function waitingText({ kind, keys, keysOnly }: ListenExpectation): string {
  const ended = keys?.terminator === undefined ? '' : `, ended by ${keys.terminator}`;
  const pressed = keys === undefined ? [] : [keys.max === 1 ? 'a key' : `up to ${keys.max} keys${ended}`];
  return [...(keysOnly ? [] : [`an answer (${kind})`]), ...pressed].join(', or ');
}

/** A clause brings the white space that parts it from its neighbours. */
function spaced(text: string): string {
  const [, before = '', after = ''] = /^(\s*).*?(\s*)$/s.exec(text) ?? [];
  return `${before === '' ? '' : ' '}${printable(text)}${after === '' ? '' : ' '}`;
}
