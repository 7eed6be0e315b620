/** What happens when a caller asks for a handler of the flow: says what there is to say, and goes where it leads. */
import { type CallerHandler, type Closeness, handlerByKey, handlerByWords, handlersIn } from './handlers.ts';
import { leaveSubflows } from './nodes/subflow.ts';
import type { LostLine, NodeBehaviour, NodeResult, OutcomePath, Step } from './step.ts';

type HandlerResult = Extract<NodeResult, { type: 'handler' }>;

/** The handler that a turn asks for, if it does. */
export function askedFor(step: Step, said: string, closeness: Closeness = 'part'): HandlerResult | undefined {
  return asResult(handlerByWords(handlersHere(step), said, closeness), 'words');
}

/** The handler that a key asks for, if it does. */
export function keyedFor(step: Step, digits: string): HandlerResult | undefined {
  return asResult(handlerByKey(handlersHere(step), digits), 'keys');
}

/** What a model may choose besides the outcomes of its node: the name of each, and when. */
export function offeredHandlers(step: Step, taken: readonly string[]): { name: string; when: string }[] {
  return handlersHere(step).flatMap(({ name, when, action, words }) => {
    // A model says things again by itself.
    if (taken.includes(name) || (action === 'repeat' && when === undefined)) return [];
    const said = words.slice(0, MOST_WORDS_SHOWN).map((phrase) => JSON.stringify(phrase));
    if (when === undefined && said.length === 0) return [];
    return [{ name, when: when ?? `the caller asks for it, such as by ${said.join(', ')}` }];
  });
}

const MOST_WORDS_SHOWN = 5;

/** True where a key has a meaning beyond those of the node. */
export function hasHandlerKeys(step: Step): boolean {
  return handlersHere(step).some(({ key }) => key !== undefined);
}

/** Those of the innermost flow come first; those of the flows around it work as well. */
function handlersHere(step: Step): CallerHandler[] {
  const all = new Map<string, CallerHandler>();
  for (const { handlers } of step.flowsOutwards) {
    for (const [name, handler] of handlers) if (!all.has(name)) all.set(name, handler);
  }
  return handlersIn(step.node, all);
}

function asResult(handler: CallerHandler | undefined, path: OutcomePath): HandlerResult | undefined {
  return handler === undefined ? undefined : { type: 'handler', handler: handler.name, path };
}

/** How the interpreter goes on. */
interface Ways {
  enter(node: string, outcome: string): NodeResult;
  behaviour(): NodeBehaviour;
}

/** Does what a handler is there for. */
export function handle(step: Step, { handler: name, path }: HandlerResult, ways: Ways): NodeResult {
  const levels = step.flowsOutwards;
  const level = levels.findIndex(({ handlers }) => handlers.has(name));
  const handler = levels[level]?.handlers.get(name);
  if (handler === undefined) return step.breakOff(`there is no handler "${name}"`);
  const outcome = `handler:${name}`;
  step.note({ type: 'outcome', node: step.place, outcome, path });
  // What it leads to is a node of the flow it belongs to.
  const { to, action, language } = handler;
  if (language !== undefined) step.changeLanguage(language);
  const { say } = step.flowsOutwards[level]?.handlers.get(name) ?? handler;
  if (to !== undefined || action === 'start_over')
    leaveSubflows(step.state, action === 'start_over' ? 0 : levels.length - 1 - level);
  if (say !== undefined) step.say(say);
  if (to !== undefined) return ways.enter(to, outcome);
  if (action === 'start_over') return startOver(step, ways, outcome);
  if (action === 'repeat') return repeat(step, ways);
  return ways.behaviour().again(say === undefined ? OWES_AN_ANSWER : undefined);
}

/** A model that was asked for something goes on; other nodes ask their question again. */
const OWES_AN_ANSWER: LostLine = { unheard: [], wasAnswering: true, owesAnswer: true, byLine: false };

/** Everything the caller heard since they spoke last, for it may be more than the question. */
function repeat(step: Step, ways: Ways): NodeResult {
  const { saidBefore } = step;
  if (saidBefore === '') return ways.behaviour().again(OWES_AN_ANSWER);
  step.repeat(saidBefore);
  return ways.behaviour().listen();
}

function startOver(step: Step, ways: Ways, outcome: string): NodeResult {
  Object.assign(step.state, { slots: {}, confirmed: {}, tools: {} });
  return ways.enter(step.flow.file.start, outcome);
}
