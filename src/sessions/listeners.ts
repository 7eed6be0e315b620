/** Listeners under a name each: a call, a channel. A name without listeners takes no room. */
export class Listeners<Listener> {
  readonly #byName = new Map<string, Set<Listener>>();

  /** Adds a listener; the returned function removes it and says whether it was the last of its name. */
  add(name: string, listener: Listener): () => boolean {
    const ofName = this.#byName.get(name) ?? new Set();
    this.#byName.set(name, ofName.add(listener));
    return () => {
      const wasLast = ofName.delete(listener) && ofName.size === 0;
      if (wasLast) this.#byName.delete(name);
      return wasLast;
    };
  }

  /** A copy: a listener may add or remove others while it is told. */
  of(name: string): Listener[] {
    return [...(this.#byName.get(name) ?? [])];
  }

  names(): string[] {
    return [...this.#byName.keys()];
  }

  clear(): void {
    this.#byName.clear();
  }
}
