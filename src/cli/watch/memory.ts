// What one check computes that the next need not compute again.

export interface Memory {
  /** What `make` returned for this key before, or returns now. */
  once<T>(key: string, make: () => T): T;
}

/** Keeps nothing: for a single check. */
export const NO_MEMORY: Memory = { once: (_key, make) => make() };

/** Keeps what the last checks used. */
export class KeptMemory implements Memory {
  #used = new Map<string, unknown>();
  #before = new Map<string, unknown>();

  once<T>(key: string, make: () => T): T {
    const known = [this.#used, this.#before].find((map) => map.has(key));
    const value = known === undefined ? make() : (known.get(key) as T);
    this.#used.set(key, value);
    return value;
  }

  has(key: string): boolean {
    return this.#used.has(key) || this.#before.has(key);
  }

  forget(key: string): void {
    this.#used.delete(key);
    this.#before.delete(key);
  }

  /** Drops what was not used since the last call: call it after each check that came to its end. */
  turn(): void {
    this.#before = this.#used;
    this.#used = new Map();
  }
}
