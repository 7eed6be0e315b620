/** An agent node while no model answers: a menu of keys and words, or its slots one by one. */
import { chooseOption } from '../entities/choice.ts';
import type { NodeOf } from '../flow.ts';
import { askedFor } from '../handling.ts';
import { type OfflineMenu, offlineMenu } from '../offline.ts';
import type { NodeBehaviour, NodeExpectation, NodeResult, OutcomePath, Step } from '../step.ts';
import { unmetGuard } from '../tools/guards.ts';
import { collectNode } from './collect.ts';
import { expectChoice } from './expectations.ts';

export class AgentOffline {
  readonly #step: Step;
  readonly #node: NodeOf<'agent'>;
  readonly menu: OfflineMenu | undefined;

  constructor(step: Step, node: NodeOf<'agent'>) {
    this.#step = step;
    this.#node = node;
    this.menu = offlineMenu(step.flow, node);
  }

  /** The menu is said; its slots, where there are some, are asked for from here on. */
  offer(menu: OfflineMenu): NodeResult {
    const { interruptible } = this.#node;
    for (const text of menu.say) this.#step.say(text, { interruptible });
    if (menu.slots.length === 0) return { type: 'listen', expect: this.expect(menu) };
    return this.#collecting(menu, true).enter();
  }

  expect({ options }: OfflineMenu): NodeExpectation {
    return expectChoice(options);
  }

  /** What the words choose: an option, or a handler of the flow. */
  said(menu: OfflineMenu, text: string): NodeResult | undefined {
    const { language } = this.#step.flow.file;
    return (
      this.#chosen(menu, chooseOption(menu.options, text, language), 'words') ?? askedFor(this.#step, text)
    );
  }

  pressed(menu: OfflineMenu, digits: string): NodeResult | undefined {
    const name = Object.entries(menu.options).find(([, { key }]) => key === digits)?.[0];
    return this.#chosen(menu, name, 'keys');
  }

  /** The node while its slots are asked for. `back`: a model answers again. */
  collecting(menu: OfflineMenu, back: () => NodeResult): NodeBehaviour {
    const asking = this.#collecting(menu, false);
    const then = (result: NodeResult): NodeResult => this.#after(menu, result);
    return {
      ...asking,
      enter: () => then(asking.enter()),
      said: (text) => this.#wish(menu, text) ?? then(asking.said(text)),
      pressed: (digits) => then(asking.pressed(digits)),
      again: (lost) => then(asking.again(lost)),
      modelReplied: back,
      modelFailed: () => then(asking.modelFailed()),
    };
  }

  #collecting({ slots }: OfflineMenu, keepsKnown: boolean): NodeBehaviour {
    const { name, targets } = this.#node;
    const next = { done: '', failed: '' };
    const node = { type: 'collect' as const, name, targets, slots: [...slots], attempts: ATTEMPTS, next };
    return collectNode(this.#step, node, { keepsKnown });
  }

  /** An option asked for instead of an answer; only by its very words, for the slot's own answers come first. */
  #wish(menu: OfflineMenu, text: string): NodeResult | undefined {
    const said = text
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s]/gu, '')
      .trim();
    const name = Object.entries(menu.options).find(([, { words }]) =>
      words.some((word) => word.toLowerCase() === said),
    )?.[0];
    return this.#chosen(menu, name, 'words');
  }

  #after({ filled }: OfflineMenu, result: NodeResult): NodeResult {
    if (result.type !== 'outcome') return result;
    const outcome = result.outcome === 'done' ? filled : 'failed';
    const target = outcome === undefined ? undefined : this.#node.targets.get(outcome);
    if (outcome === undefined || target === undefined)
      return this.#step.breakOff('the caller was not understood, and no model answered');
    const { guard } = target;
    const otherwise =
      guard === undefined ? undefined : unmetGuard(this.#step, `the outcome "${outcome}"`, [guard]);
    if (otherwise === undefined) return { ...result, outcome };
    return this.#node.targets.has('failed')
      ? { type: 'outcome', outcome: 'failed', path: 'limit' }
      : this.#step.breakOff(otherwise);
  }

  #chosen(menu: OfflineMenu, name: string | undefined, path: OutcomePath): NodeResult | undefined {
    if (name === undefined) return undefined;
    // The call goes on by what the flow declares; the next node's model has its own chances.
    this.#step.state.modelFailures = 0;
    return menu.handlers.has(name)
      ? { type: 'handler', handler: name, path }
      : { type: 'outcome', outcome: name, path };
  }
}

/** How often a slot is asked for. */
const ATTEMPTS = 3;
