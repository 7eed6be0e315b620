/**
 * How far words answer the question that was asked last. It is asked for every interim transcript, so it changes
 * nothing, asks no model and costs less than a step of the interpreter.
 */
import { askedSlot } from './asked-slot.ts';
import { choiceProgress } from './entities/choice.ts';
import type { EntityContext } from './entities/entity.ts';
import { slotProgress } from './entities/progress.ts';
import { isDoubtful, parseYesNo } from './entities/yes-no.ts';
import { type Flow, flowAt, type SlotSpec, withSubflows } from './flow.ts';
import type { AnswerProgress } from './index.ts';
import { entityContext, isDistinct } from './nodes/collect-answers.ts';
import { offlineMenu } from './offline.ts';
import { newState, type State } from './state.ts';

/** An answer that takes longer to say is a story; how it goes on is told by its last words, not by parsers. */
const LONGEST_ANSWER_CHARS = 500;

/** `unknown` where nobody was asked, or where only a model could tell. */
export function answerProgress(outermost: Flow, state: State, text: string): AnswerProgress {
  const flow = flowAt(outermost, state);
  const node = flow.nodes.get(state.node);
  if (node === undefined || state.leaving !== null) return 'unknown';
  if (text.trim() === '' || text.length > LONGEST_ANSWER_CHARS) return 'unknown';
  if (node.type === 'message') return isConfirming(state) && isYesOrNo(text, flow) ? 'whole' : 'unknown';
  if (node.type === 'menu') return choiceProgress(node.options, text, flow.file.language);
  const menu = node.type === 'agent' && isOffline(state) ? offlineMenu(flow, node) : undefined;
  if (menu !== undefined) return choiceProgress(menu.options, text, flow.file.language);
  const slot = askedSlot(flow, state);
  if (slot === undefined || state.progress.type !== 'collect') return 'unknown';
  // Days are counted from the call's start: whether "tomorrow" is an answer does not depend on the hour.
  const context = entityContext({ flow, state, now: state.call?.startedAt ?? '' });
  return state.progress.confirming === undefined
    ? slotProgress(slot, text, context)
    : readBackProgress(slot, text, context);
}

/** An agent offers what works without a model. */
function isOffline({ progress }: State): boolean {
  return progress.type === 'agent' && progress.offline === true;
}

function isConfirming({ progress }: State): boolean {
  return progress.type === 'message' && progress.confirming;
}

function isYesOrNo(text: string, { file }: Flow): boolean {
  const { answer, rest } = parseYesNo(text, file.language);
  return answer !== undefined && rest === '';
}

/** Yes or no to a value that was read back; a correction that has begun is judged as an answer of its own. */
function readBackProgress(slot: SlotSpec, text: string, context: EntityContext): AnswerProgress {
  const { answer, rest } = parseYesNo(text, context.language);
  if (answer === undefined) return isDistinct(slot) ? slotProgress(slot, text, context) : 'unknown';
  if (rest === '') return 'whole';
  if (isDoubtful(rest)) return atLeastPartial(slotProgress(slot, rest, context));
  if (answer) return slotProgress(slot, rest, context) === 'partial' ? 'partial' : 'whole';
  return slotProgress(slot, rest, context);
}

/** "Yes, but …": something follows, whatever it is. */
function atLeastPartial(progress: AnswerProgress): AnswerProgress {
  return progress === 'unknown' ? 'partial' : progress;
}

/** Understands something of every kind the flow asks for, so that tables are made and code is compiled. */
export function warmParsers(flow: Flow): void {
  for (const each of withSubflows(flow)) {
    for (const spoken of [each, ...each.languages.values()]) warmOwnParsers(spoken);
  }
}

function warmOwnParsers(flow: Flow): void {
  const start = newState({ id: flow.settings.id, version: flow.settings.version, start: flow.file.start });
  for (const node of flow.nodes.values()) {
    const slots = node.type === 'collect' ? node.slots : [undefined];
    for (const slot of slots.keys()) {
      const progress: State['progress'] =
        node.type === 'collect' ? { type: 'collect', slot, attempts: 0, ahead: {} } : { type: 'none' };
      const state = { ...start, node: node.name, progress };
      answerProgress(flow, state, 'Tomorrow at half past nine, 415 555 0123');
    }
  }
}
