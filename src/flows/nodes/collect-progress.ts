/** How far a collect node has come, and the ways through it: forward, again, and back to a slot that is corrected. */
import type { Filled } from '../corrections.ts';
import type { Flow, NodeOf, SlotSpec } from '../flow.ts';
import { knownSlots, slotOf } from '../known-slots.ts';
import type { State } from '../state.ts';

export type Path = 'parser' | 'model' | 'keys';
export type Answer = { value: unknown; path: Path };
type Progress = Extract<State['progress'], { type: 'collect' }>;

export class CollectProgress {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  get now(): Progress {
    const { progress } = this.#state;
    return progress.type === 'collect' ? progress : { type: 'collect', slot: 0, attempts: 0, ahead: {} };
  }

  set(change: Partial<Omit<Progress, 'type'>>): void {
    this.#state.progress = { ...this.now, ...change };
  }

  begin(): void {
    this.#state.progress = { type: 'collect', slot: 0, attempts: 0, ahead: {} };
  }

  /** The slot that was asked for is done with. */
  next(): void {
    const { slot, ahead, detour } = this.now;
    if (detour === undefined) {
      this.#state.progress = { type: 'collect', slot: slot + 1, attempts: 0, ahead };
      return;
    }
    const [more, ...queue] = detour.queue;
    if (more === undefined) this.#state.progress = { type: 'collect', slot, ahead, ...detour.back };
    else this.#toSlot(more, { queue, back: detour.back });
  }

  /** Begins the question anew; returns how often it has been asked by now. */
  retry(slot: string | undefined): number {
    const { confirming: _, ...rest } = this.now;
    if (slot !== undefined && rest.detour === undefined) delete rest.ahead[slot];
    const attempts = rest.attempts + 1;
    this.#state.progress = { ...rest, attempts };
    return attempts;
  }

  /** Corrected values are read back first, one after the other; then the question of now is taken up again. */
  goBack(corrections: readonly { node: string; slot: string; value: unknown }[]): void {
    const [first, ...queue] = corrections;
    if (first === undefined) return;
    const { attempts, confirming, detour } = this.now;
    const here = { attempts, ...(confirming === undefined ? {} : { confirming }) };
    this.#toSlot(first, { queue: [...queue, ...(detour?.queue ?? [])], back: detour?.back ?? here });
  }

  #toSlot(
    { node, slot: name, value }: { node: string; slot: string; value: unknown },
    more: Pick<NonNullable<Progress['detour']>, 'queue' | 'back'>,
  ): void {
    const { slot, ahead } = this.now;
    const detour = { node, slot: name, ...more };
    const confirming = { value, path: 'parser' as const };
    this.#state.progress = { type: 'collect', slot, attempts: 0, ahead, confirming, detour };
  }

  /** The slots that have their values and may be corrected, the latest last. Sensitive ones are only asked for anew. */
  filled(flow: Flow, here: NodeOf<'collect'>, asked: SlotSpec): Filled[] {
    const { slots } = this.#state;
    const all = knownSlots(flow);
    const isHere = ({ node }: { node: string }): boolean => node === here.name;
    const known = [...all.filter((one) => !isHere(one)), ...all.filter(isHere)].filter(
      ({ slot }) =>
        slot.name !== asked.name && slots[slot.name] !== undefined && !flow.sensitive.has(slot.name),
    );
    const last = new Map(known.map((one) => [one.slot.name, one]));
    return [...last.values()].flatMap(({ node, slot }) => {
      const spec = slotOf(flow, node, slot.name);
      return spec === undefined ? [] : [{ node, slot: spec, value: slots[slot.name] }];
    });
  }
}
