/** `collect`: asks for values one after the other. Parsers first; a model only for what they cannot settle. */
import { type EntityResult, NONE } from '../entities/entity.ts';
import { parseKeys, parseSaid } from '../entities/parse.ts';
import { isDoubtful, parseYesNo } from '../entities/yes-no.ts';
import type { NodeOf, SlotSpec } from '../flow.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import {
  answersAhead,
  entityContext,
  isDistinct,
  READ_BACK_IS_RIGHT,
  recordedAnswers,
  recordRequest,
} from './collect-answers.ts';
import { expectSlot, expectYesNo } from './expectations.ts';
import { passing, repeatBeforeQuestion } from './passing.ts';

type Path = 'parser' | 'model' | 'keys';
type Answer = { value: unknown; path: Path };
type Progress = Extract<Step['state']['progress'], { type: 'collect' }>;

export function collectNode(step: Step, node: NodeOf<'collect'>): NodeBehaviour {
  return new Collecting(step, node).behaviour();
}

class Collecting {
  readonly #step: Step;
  readonly #node: NodeOf<'collect'>;

  constructor(step: Step, node: NodeOf<'collect'>) {
    this.#step = step;
    this.#node = node;
  }

  behaviour(): NodeBehaviour {
    return {
      ...passing(() => this.#enter()),
      said: (text) => this.#said(text),
      pressed: (digits) => this.#pressed(digits),
      again: (lost) => {
        repeatBeforeQuestion(this.#step, lost);
        return this.#askAgain();
      },
      listen: () => this.#listen(),
      modelReplied: ({ toolCalls }) => this.#recorded(recordedAnswers(toolCalls)),
      modelFailed: () => {
        const { confirming } = this.#progress;
        return confirming === undefined
          ? this.#retry(this.#step.phrases.not_understood)
          : this.#retryReadBack(confirming);
      },
    };
  }

  get #progress(): Progress {
    const { progress } = this.#step.state;
    return progress.type === 'collect' ? progress : { type: 'collect', slot: 0, attempts: 0, ahead: {} };
  }

  get #slot(): SlotSpec | undefined {
    return this.#node.slots[this.#progress.slot];
  }

  get #context() {
    return entityContext(this.#step);
  }

  /** A node that is entered again asks again. */
  #enter(): NodeResult {
    for (const { name } of this.#node.slots) delete this.#step.state.slots[name];
    this.#set({ slot: 0, attempts: 0, ahead: {} });
    return this.#next();
  }

  #set(progress: Omit<Progress, 'type'>): void {
    this.#step.state.progress = { type: 'collect', ...progress };
  }

  /** The next slot: taken from what was already said, or asked for. */
  #next(): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return { type: 'outcome', outcome: 'done', path: 'rule' };
    const known = this.#progress.ahead[slot.name];
    return known === undefined ? this.#ask() : this.#settle(slot, known);
  }

  #ask(): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    this.#step.say(slot.reask[this.#progress.attempts - 1] ?? slot.ask);
    return { type: 'listen', expect: expectSlot(slot) };
  }

  #listen(): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    return {
      type: 'listen',
      expect: this.#progress.confirming === undefined ? expectSlot(slot) : expectYesNo,
    };
  }

  #askAgain(): NodeResult {
    const { confirming } = this.#progress;
    return confirming === undefined ? this.#ask() : this.#readBack(confirming);
  }

  #said(text: string): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    const { confirming } = this.#progress;
    if (confirming !== undefined) return this.#answerReadBack(slot, text, confirming);
    const result = parseSaid(slot, text, this.#context);
    if (result.type === 'none' && this.#step.flow.model !== undefined)
      return recordRequest(this.#step, this.#open(), slot);
    if (result.type === 'found') this.#keepAhead(slot, text);
    return this.#take(slot, result, 'parser');
  }

  #pressed(digits: string): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    const { confirming } = this.#progress;
    if (confirming !== undefined) {
      if (digits === '1') return this.#fill(slot, confirming);
      return digits === '2' ? this.#retry() : this.#retryReadBack(confirming);
    }
    const result = parseKeys(slot, digits, this.#context);
    return result.type === 'none'
      ? this.#retry(this.#step.phrases.not_a_choice)
      : this.#take(slot, result, 'keys');
  }

  /** Takes what a model understood: the same checks as for a parser. */
  #recorded(answers: ReadonlyMap<string, string>): NodeResult {
    const current = this.#slot;
    if (current === undefined) return this.#next();
    const { confirming } = this.#progress;
    if (confirming !== undefined) return this.#recordedReadBack(current, answers, confirming);
    for (const slot of this.#open()) {
      const said = answers.get(slot.name);
      if (slot === current || said === undefined) continue;
      const result = parseSaid(slot, said, this.#context);
      if (result.type === 'found') this.#progress.ahead[slot.name] = { value: result.value, path: 'model' };
    }
    const said = answers.get(current.name);
    return this.#take(current, said === undefined ? NONE : parseSaid(current, said, this.#context), 'model');
  }

  /** What a model understood of the answer to a read-back: a correction, a yes or a no. */
  #recordedReadBack(slot: SlotSpec, answers: ReadonlyMap<string, string>, confirming: Answer): NodeResult {
    const said = answers.get(slot.name);
    const result = said === undefined ? NONE : parseSaid(slot, said, this.#context);
    if (result.type === 'found' && result.value !== confirming.value)
      return this.#readBack({ value: result.value, path: 'model' });
    const isRight = answers.get(READ_BACK_IS_RIGHT);
    if (isRight === 'yes') return this.#fill(slot, { value: confirming.value, path: 'model' });
    return isRight === 'no' ? this.#retry() : this.#retryReadBack(confirming);
  }

  /** The slot that is asked for, and those after it. */
  #open(): SlotSpec[] {
    return this.#node.slots.slice(this.#progress.slot);
  }

  #keepAhead(slot: SlotSpec, text: string): void {
    const others = this.#open().filter((other) => other !== slot);
    Object.assign(this.#progress.ahead, answersAhead(slot, others, text, this.#context));
  }

  #take(slot: SlotSpec, result: EntityResult, path: Path): NodeResult {
    if (result.type === 'found') return this.#settle(slot, { value: result.value, path });
    if (result.type === 'invalid')
      this.#step.note({ type: 'slot-refused', slot: slot.name, reason: result.reason });
    return this.#retry(this.#step.phrases.not_understood);
  }

  #settle(slot: SlotSpec, answer: Answer): NodeResult {
    return slot.confirm === undefined ? this.#fill(slot, answer) : this.#readBack(answer);
  }

  #readBack(answer: Answer): NodeResult {
    const slot = this.#slot;
    if (slot?.confirm === undefined) return this.#ask();
    this.#set({ ...this.#progress, confirming: answer });
    this.#step.say(slot.confirm, { provisional: { [slot.name]: answer.value } });
    return { type: 'listen', expect: expectYesNo };
  }

  /** Yes, no, or a correction: "no, it's …", or just the right value. */
  #answerReadBack(slot: SlotSpec, text: string, confirming: Answer): NodeResult {
    const { answer, rest } = parseYesNo(text, this.#context.language);
    const hasDoubt = isDoubtful(rest);
    const mayCorrect = rest !== '' && (answer === false || hasDoubt || isDistinct(slot));
    const correction = mayCorrect ? this.#correction(slot, text, rest) : NONE;
    const isOther = correction.type === 'found' && correction.value !== confirming.value;
    if (answer === true && !hasDoubt && !isOther) return this.#fill(slot, confirming);
    if (isOther) return this.#readBack({ value: correction.value, path: 'parser' });
    if (answer === false) return this.#retry();
    if (answer === undefined && this.#step.flow.model !== undefined)
      return recordRequest(this.#step, [slot], slot, confirming.value);
    return this.#retryReadBack(confirming);
  }

  /** "Not Tuesday, Thursday" is understood as a whole, "no, it's Anna" without the "no". */
  #correction(slot: SlotSpec, text: string, rest: string): EntityResult {
    const whole = isDistinct(slot) ? parseSaid(slot, text, this.#context) : NONE;
    return whole.type === 'found' ? whole : parseSaid(slot, rest, this.#context);
  }

  #fill(slot: SlotSpec, { value, path }: Answer): NodeResult {
    this.#step.state.slots[slot.name] = value;
    this.#step.note({ type: 'slot-filled', slot: slot.name, value, path });
    const { ahead } = this.#progress;
    this.#set({ slot: this.#progress.slot + 1, attempts: 0, ahead });
    return this.#next();
  }

  /** Asks once more, in other words where the flow has them. */
  #retry(apology?: string): NodeResult {
    const { slot, ahead } = this.#progress;
    const attempts = this.#progress.attempts + 1;
    if (this.#slot !== undefined) delete ahead[this.#slot.name];
    this.#set({ slot, attempts, ahead });
    if (attempts >= this.#node.attempts) return { type: 'outcome', outcome: 'failed', path: 'limit' };
    if (apology !== undefined && this.#slot?.reask[attempts - 1] === undefined) this.#step.say(apology);
    return this.#ask();
  }

  #retryReadBack(confirming: Answer): NodeResult {
    const attempts = this.#progress.attempts + 1;
    if (attempts >= this.#node.attempts) return { type: 'outcome', outcome: 'failed', path: 'limit' };
    this.#set({ ...this.#progress, attempts });
    return this.#readBack(confirming);
  }
}
