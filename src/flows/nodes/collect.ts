/** `collect`: asks for values one after the other. Parsers first; a model only for what they cannot settle. */
import { askedSlot } from '../asked-slot.ts';
import { findCorrections } from '../corrections.ts';
import { type EntityResult, NONE } from '../entities/entity.ts';
import { parseKeys, parseSaid } from '../entities/parse.ts';
import { isSkip } from '../entities/skip.ts';
import { isDoubtful, parseYesNo } from '../entities/yes-no.ts';
import type { NodeOf, SlotSpec } from '../flow.ts';
import { askedFor, keyedFor } from '../handling.ts';
import { addUser, lastWords } from '../history.ts';
import type { NodeBehaviour, NodeResult, Step } from '../step.ts';
import {
  answersAhead,
  entityContext,
  isDistinct,
  READ_BACK_IS_RIGHT,
  recordedAnswers,
  recordRequest,
} from './collect-answers.ts';
import { takeCorrections } from './collect-corrections.ts';
import { type Answer, CollectProgress, type Path } from './collect-progress.ts';
import { type Judged, judged } from './collect-rules.ts';
import { expectAnswer, isKeysOnly } from './expectations.ts';
import { passing, repeatBeforeQuestion } from './passing.ts';

/** `keepsKnown`: what is known already is not asked for again. @defaultValue false */
export function collectNode(
  step: Step,
  node: NodeOf<'collect'>,
  { keepsKnown = false }: { keepsKnown?: boolean } = {},
): NodeBehaviour {
  return new Collecting(step, node, keepsKnown).behaviour();
}

class Collecting {
  readonly #step: Step;
  readonly #node: NodeOf<'collect'>;
  readonly #progress: CollectProgress;
  readonly #keepsKnown: boolean;

  constructor(step: Step, node: NodeOf<'collect'>, keepsKnown: boolean) {
    this.#step = step;
    this.#node = node;
    this.#keepsKnown = keepsKnown;
    this.#progress = new CollectProgress(step.state);
  }

  behaviour(): NodeBehaviour {
    return {
      ...passing(() => this.#enter()),
      said: (text) => this.#said(text),
      pressed: (digits) => this.#pressed(digits),
      again: (lost) => {
        // The model was asked what the caller's words mean, and they need not say them again.
        const { history } = this.#step.state;
        const said = lost?.byLine && lost.wasAnswering ? lastWords(history) : undefined;
        if (said !== undefined) {
          // They come after an apology, too: a model answers somebody.
          if (history.at(-1)?.role !== 'user') addUser(history, said);
          return this.#said(said);
        }
        repeatBeforeQuestion(this.#step, lost);
        return this.#askAgain();
      },
      listen: () => this.#listen(),
      modelReplied: ({ toolCalls }) => this.#recorded(recordedAnswers(toolCalls)),
      modelFailed: () => {
        const { confirming } = this.#progress.now;
        return confirming === undefined
          ? this.#retry(this.#step.phrases.not_understood)
          : this.#retryReadBack(confirming);
      },
    };
  }

  /** The slot that is asked for: the next of the node, or an earlier one that is being corrected. */
  get #slot(): SlotSpec | undefined {
    return askedSlot(this.#step.flow, this.#step.state);
  }

  get #context() {
    return entityContext(this.#step);
  }

  /** A node that is entered again asks again. */
  #enter(): NodeResult {
    const { slots } = this.#step.state;
    const known = this.#node.slots.flatMap(({ name }) =>
      this.#keepsKnown && name in slots ? [[name, { value: slots[name], path: 'model' }] as const] : [],
    );
    for (const { name } of this.#node.slots) this.#step.empty(name);
    this.#progress.begin();
    this.#progress.set({ ahead: Object.fromEntries(known) });
    return this.#next();
  }

  /** The next slot: taken from what was already said, or asked for. */
  #next(): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return { type: 'outcome', outcome: 'done', path: 'rule' };
    const known = this.#progress.now.ahead[slot.name];
    return known === undefined ? this.#ask() : this.#settle(slot, known);
  }

  #ask(): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    this.#step.say(slot.reask[this.#progress.now.attempts - 1] ?? slot.ask);
    return this.#listen();
  }

  #listen(): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    const how = {
      isReadBack: this.#progress.now.confirming !== undefined,
      isSensitive: this.#isSensitive(slot),
    };
    return { type: 'listen', expect: expectAnswer(slot, how) };
  }

  #askAgain(): NodeResult {
    const { confirming } = this.#progress.now;
    return confirming === undefined ? this.#ask() : this.#readBack(confirming);
  }

  #said(text: string): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    const { confirming } = this.#progress.now;
    if (confirming !== undefined) return this.#answerReadBack(slot, text, confirming);
    const result = isKeysOnly(slot) ? NONE : this.#understood(slot, text);
    const isEasilyMeant = slot.type === 'text' || slot.type === 'name' || result.type !== 'found';
    if (slot.optional === true && isEasilyMeant && isSkip(text, this.#context.language))
      return this.#skip(slot);
    const corrected = this.#corrections(slot, text);
    if (corrected !== undefined) return corrected;
    // Where any words will do, only those that are nothing else ask for a handler.
    const closeness = result.type === 'none' ? 'part' : 'whole';
    const wish = isEasilyMeant ? askedFor(this.#step, text, closeness) : undefined;
    if (wish !== undefined) return wish;
    if (isKeysOnly(slot)) return this.#retry(this.#step.phrases.use_keys);
    if (result.type === 'none' && this.#mayAskModel(slot))
      return recordRequest(this.#step, this.#open(), slot);
    if (result.type === 'found') this.#keepAhead(slot, text);
    return this.#take(slot, result, 'parser');
  }

  #pressed(digits: string): NodeResult {
    const slot = this.#slot;
    if (slot === undefined) return this.#next();
    const { confirming } = this.#progress.now;
    if (confirming !== undefined) {
      if (digits === '1') return this.#fill(slot, confirming, true);
      if (digits === '2') return this.#retry();
      return keyedFor(this.#step, digits) ?? this.#retryReadBack(confirming);
    }
    // The hash key alone ends a number that was never begun.
    if (slot.optional === true && digits === '#') return this.#skip(slot);
    const result = judged(this.#step, slot, parseKeys(slot, digits, this.#context));
    const wish = result.type === 'found' ? undefined : keyedFor(this.#step, digits);
    if (wish !== undefined) return wish;
    return result.type === 'none'
      ? this.#retry(this.#step.phrases.not_a_choice)
      : this.#take(slot, result, 'keys');
  }

  /** Takes what a model understood: the same checks as for a parser. */
  #recorded(answers: ReadonlyMap<string, string>): NodeResult {
    const current = this.#slot;
    if (current === undefined) return this.#next();
    const { confirming, ahead } = this.#progress.now;
    if (confirming !== undefined) return this.#recordedReadBack(current, answers, confirming);
    for (const slot of this.#open()) {
      const said = answers.get(slot.name);
      if (slot === current || said === undefined || !this.#mayAskModel(slot)) continue;
      const result = this.#understood(slot, said);
      if (result.type === 'found') ahead[slot.name] = { value: result.value, path: 'model' };
    }
    const said = this.#mayAskModel(current) ? answers.get(current.name) : undefined;
    return this.#take(current, said === undefined ? NONE : this.#understood(current, said), 'model');
  }

  /** What a model understood of the answer to a read-back: a correction, a yes or a no. */
  #recordedReadBack(slot: SlotSpec, answers: ReadonlyMap<string, string>, confirming: Answer): NodeResult {
    const said = answers.get(slot.name);
    const result = said === undefined ? NONE : this.#understood(slot, said);
    if (result.type === 'found' && result.value !== confirming.value)
      return this.#readBack({ value: result.value, path: 'model' });
    const isRight = answers.get(READ_BACK_IS_RIGHT);
    if (isRight === 'yes') return this.#fill(slot, { value: confirming.value, path: 'model' }, true);
    return isRight === 'no' ? this.#retry() : this.#retryReadBack(confirming);
  }

  #understood(slot: SlotSpec, text: string): Judged {
    return judged(this.#step, slot, parseSaid(slot, text, this.#context));
  }

  /** A model is never shown what is sensitive, so it cannot settle it either. */
  #mayAskModel(slot: SlotSpec): boolean {
    return this.#step.flow.model !== undefined && !this.#isSensitive(slot) && !isKeysOnly(slot);
  }

  #isSensitive({ name }: SlotSpec): boolean {
    return this.#step.flow.sensitive.has(name);
  }

  /** The slot that is asked for, and those after it. */
  #open(): SlotSpec[] {
    const { detour, slot } = this.#progress.now;
    const asked = this.#slot;
    return detour === undefined || asked === undefined ? this.#node.slots.slice(slot) : [asked];
  }

  #keepAhead(slot: SlotSpec, text: string): void {
    const others = this.#open().filter((other) => other !== slot);
    for (const [name, answer] of Object.entries(answersAhead(slot, others, text, this.#context))) {
      const other = others.find((one) => one.name === name);
      const result = { type: 'found', value: answer.value } as const;
      if (other !== undefined && judged(this.#step, other, result).type === 'found')
        this.#progress.now.ahead[name] = answer;
    }
  }

  /** What was answered before may be corrected at any time; undefined where it is not. */
  #corrections(slot: SlotSpec, text: string): NodeResult | undefined {
    const { attempts, confirming } = this.#progress.now;
    const isFresh = attempts === 0 && confirming === undefined;
    const earlier = this.#progress.filled(this.#step.flow, this.#node, slot);
    const found = findCorrections(text, { slot, isFresh }, earlier, this.#context);
    if (found.length === 0) return undefined;
    if (confirming === undefined && !isKeysOnly(slot))
      this.#keepRest(
        slot,
        found.map((one) => one.slot.type),
        text,
      );
    const { isChanged, refused } = takeCorrections(this.#step, this.#progress, found);
    if (refused !== undefined) this.#step.say(refused);
    else if (isChanged && this.#progress.now.detour === undefined)
      this.#step.say(this.#step.phrases.corrected);
    return this.#takeUp();
  }

  /** "Actually Thursday, at three": the question just asked may be answered in the same breath. */
  #keepRest(slot: SlotSpec, corrected: readonly SlotSpec['type'][], text: string): void {
    if (slot.type === 'text' || slot.type === 'name' || slot.type === 'yes_no') return;
    if (corrected.includes(slot.type)) return;
    const result = this.#understood(slot, text);
    if (result.type === 'found')
      this.#progress.now.ahead[slot.name] = { value: result.value, path: 'parser' };
  }

  #take(slot: SlotSpec, result: Judged, path: Path): NodeResult {
    if (result.type === 'found') return this.#settle(slot, { value: result.value, path });
    if (result.type === 'none') return this.#retry(this.#step.phrases.not_understood);
    this.#refuse(slot, result.reason);
    return this.#retry(this.#step.phrases.not_understood, result.say);
  }

  #refuse(slot: SlotSpec, reason: string): void {
    // A reason may tell what was said.
    const told = this.#isSensitive(slot) ? 'it will not do' : reason;
    this.#step.note({ type: 'slot-refused', slot: slot.name, reason: told });
  }

  #settle(slot: SlotSpec, answer: Answer): NodeResult {
    return slot.confirm === undefined ? this.#fill(slot, answer) : this.#readBack(answer);
  }

  #readBack(answer: Answer): NodeResult {
    const slot = this.#slot;
    if (slot?.confirm === undefined) return this.#ask();
    this.#progress.set({ confirming: answer });
    this.#step.say(slot.confirm, { provisional: { [slot.name]: answer.value } });
    return this.#listen();
  }

  /** Yes, no, or a correction: "no, it's …", or just the right value; of an earlier slot as well. */
  #answerReadBack(slot: SlotSpec, text: string, confirming: Answer): NodeResult {
    const { answer, rest } = parseYesNo(text, this.#context.language);
    const hasDoubt = isDoubtful(rest);
    const mayCorrect = rest !== '' && (answer === false || hasDoubt || isDistinct(slot));
    const correction = mayCorrect && !isKeysOnly(slot) ? this.#correction(slot, text, rest) : NONE;
    const isOther = correction.type === 'found' && correction.value !== confirming.value;
    if (answer === true && !hasDoubt && !isOther) return this.#fill(slot, confirming, true);
    const earlier = isOther ? undefined : this.#corrections(slot, text);
    if (earlier !== undefined) return earlier;
    const corrected = judged(this.#step, slot, isOther ? correction : NONE);
    if (corrected.type === 'found') return this.#readBack({ value: corrected.value, path: 'parser' });
    if (corrected.type === 'invalid') return this.#take(slot, corrected, 'parser');
    if (answer === false) return this.#retry();
    const wish = answer === undefined ? askedFor(this.#step, text) : undefined;
    if (wish !== undefined) return wish;
    if (answer === undefined && this.#mayAskModel(slot))
      return recordRequest(this.#step, [slot], slot, confirming.value);
    return this.#retryReadBack(confirming);
  }

  /** "Not Tuesday, Thursday" is understood as a whole, "no, it's Anna" without the "no". */
  #correction(slot: SlotSpec, text: string, rest: string): EntityResult {
    const whole = isDistinct(slot) ? parseSaid(slot, text, this.#context) : NONE;
    return whole.type === 'found' ? whole : parseSaid(slot, rest, this.#context);
  }

  #fill(slot: SlotSpec, { value, path }: Answer, isConfirmed = false): NodeResult {
    this.#step.answer(slot.name, value, path, isConfirmed);
    return this.#goOn();
  }

  #skip(slot: SlotSpec): NodeResult {
    this.#step.empty(slot.name);
    this.#step.note({ type: 'slot-skipped', slot: slot.name });
    return this.#goOn();
  }

  /** To the next slot, or from a correction back to the question it came in. */
  #goOn(): NodeResult {
    this.#progress.next();
    return this.#takeUp();
  }

  #takeUp(): NodeResult {
    const { confirming } = this.#progress.now;
    return confirming === undefined ? this.#next() : this.#readBack(confirming);
  }

  /** Asks once more, in other words where the flow has them. `reason`: why, in the flow's own words. */
  #retry(apology?: string, reason?: string): NodeResult {
    const slot = this.#slot;
    const attempts = this.#progress.retry(slot?.name);
    if (attempts >= this.#node.attempts) return this.#giveUp(slot);
    if (reason !== undefined) this.#step.say(reason);
    else if (apology !== undefined && slot?.reask[attempts - 1] === undefined)
      this.#apologise(slot, apology, attempts);
    return this.#ask();
  }

  /** The same words a third time help nobody. */
  #apologise(slot: SlotSpec | undefined, apology: string, attempts: number): void {
    const { phrases } = this.#step;
    const isAgain = attempts > 1 && apology === phrases.not_understood;
    this.#step.say(isAgain ? phrases.not_understood_again : apology);
    if (isAgain && slot?.type === 'yes_no') this.#step.say(phrases.yes_or_no);
  }

  #retryReadBack(confirming: Answer): NodeResult {
    const attempts = this.#progress.now.attempts + 1;
    if (attempts >= this.#node.attempts) return this.#giveUp(this.#slot);
    this.#progress.set({ attempts });
    if (attempts > 1) this.#step.say(this.#step.phrases.yes_or_no);
    return this.#readBack(confirming);
  }

  #giveUp(slot: SlotSpec | undefined): NodeResult {
    if (slot?.optional === true) return this.#skip(slot);
    return { type: 'outcome', outcome: 'failed', path: 'limit' };
  }
}
