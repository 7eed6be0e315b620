/** Where a conversation stands, worked out from the request alone; what the rules decide by. */
import { type Happening, happeningsOf, type Result, systemTextOf } from './conversation.ts';
import { candidates, type Surroundings } from './inputs.ts';
import { knownInputs, scalarListIn, utterancesOf } from './known.ts';
import type { MessagesRequest } from './request.ts';
import { type FinishTool, type Tool, toolsOf, wantedTool } from './tools.ts';

export interface Situation {
  system: string;
  now: Date;
  tools: readonly Tool[];
  /** The tool that ends this step, if there is one. */
  finish: FinishTool | undefined;
  /** The tool that must be called, by `tool_choice`. */
  forced: Tool | undefined;
  /** The one tool of a request that asks for nothing but to write down what was said. */
  recorder: Tool | undefined;
  history: readonly Happening[];
  /** What the caller said last, and what the agent had said before it. */
  said: string;
  before: string;
  /** A result the caller has not been told yet. */
  news: Result | undefined;
  /** Results since the wish began. */
  results: readonly Result[];
  /** The tool that does what the caller wants; undefined: not known, or done. */
  goal: Tool | undefined;
  /** Wishes fulfilled so far, by tool. */
  done: readonly string[];
  /** What is known for a tool's input, from the caller's words, the system text and the results. */
  known(tool: Tool): Record<string, unknown>;
  /** What the caller's last words alone hold for it. */
  saidLast(tool: Tool): Record<string, unknown>;
}

export function situationOf(request: MessagesRequest): Situation {
  const { all, tools, finish } = toolsOf(request);
  const system = systemTextOf(request);
  const history = happeningsOf(request).filter(
    (happening) => happening.kind !== 'result' || tools.some(({ name }) => name === happening.tool),
  );
  const { wishStart, done } = replay(history, tools);
  const current = history.slice(wishStart);
  const results = current.filter((happening) => happening.kind === 'result');
  const choice = request.tool_choice;
  const forced = choice.type === 'tool' ? choice['name'] : choice.type === 'any' ? all[0]?.name : undefined;
  const saidAt = history.findLastIndex((happening) => happening.kind === 'caller');
  const around: Surroundings = {
    now: nowOf(system),
    callerNumber: /\+\d{7,15}/.exec(system)?.[0],
    options: results.flatMap((result) => scalarListIn(result.value)),
  };
  const knownByTool = new Map<Tool, Record<string, unknown>>();
  return {
    system,
    now: around.now,
    tools,
    finish,
    forced: all.find((tool) => tool.name === forced),
    recorder:
      all.length === 1 && /^(record|fill|note|extract)(_|-|[A-Z]|$)/.test(tools[0]?.name ?? '')
        ? tools[0]
        : undefined,
    history,
    said: textAt(history, saidAt, 'caller'),
    before: textAt(
      history,
      history.findLastIndex((h, index) => h.kind === 'agent' && index < saidAt),
      'agent',
    ),
    news: newsOf(history),
    results,
    goal: wantedTool(wordsOf(current), tools),
    done,
    known: (tool) => {
      // The rules ask again and again, and finding dates takes a millisecond.
      const inputs =
        knownByTool.get(tool) ?? knownInputs(tool, { history, wishStart, results, around, system });
      knownByTool.set(tool, inputs);
      return inputs;
    },
    saidLast: (tool) => {
      const last = utterancesOf(history, tool).slice(-1);
      const found = tool.properties.map(
        (property) => [property.name, candidates(property, last, around)[0]] as const,
      );
      return Object.fromEntries(found.filter(([, value]) => value !== undefined));
    },
  };
}

/** Goes through the conversation once: a wish ends with the success of the tool that was wanted, or of one that writes. */
function replay(
  history: readonly Happening[],
  tools: readonly Tool[],
): { wishStart: number; done: string[] } {
  let wishStart = 0;
  const done: string[] = [];
  history.forEach((happening, index) => {
    if (happening.kind !== 'result' || happening.isError) return;
    const tool = tools.find(({ name }) => name === happening.tool);
    const wanted = wantedTool(wordsOf(history.slice(wishStart, index)), tools);
    if (tool === undefined || (tool.reads && tool !== wanted)) return;
    done.push(tool.name);
    wishStart = index + 1;
  });
  return { wishStart, done };
}

function wordsOf(history: readonly Happening[]): string[] {
  return history.flatMap((happening) => (happening.kind === 'caller' ? [happening.text] : []));
}

function newsOf(history: readonly Happening[]): Result | undefined {
  const at = history.findLastIndex((happening) => happening.kind === 'result');
  const result = history[at];
  const told = history.slice(at + 1).some((happening) => happening.kind === 'agent');
  return result?.kind === 'result' && !told ? result : undefined;
}

function textAt(history: readonly Happening[], index: number, kind: 'caller' | 'agent'): string {
  const happening = history[index];
  return happening?.kind === kind ? happening.text : '';
}

/** The time the system text tells, read as the flow's own clock; else this machine's. */
function nowOf(system: string): Date {
  const lines = system.split('\n').toSorted((a, b) => Number(isAboutNow(b)) - Number(isAboutNow(a)));
  const found = /\b(\d{4}-\d\d-\d\d)(?:(?:T| | at )(\d\d:\d\d))?/.exec(lines.join('\n'));
  return found === null ? new Date() : new Date(`${found[1]}T${found[2] ?? '09:00'}:00Z`);
}

function isAboutNow(line: string): boolean {
  return /\b(now|today|current|began)\b/i.test(line);
}
