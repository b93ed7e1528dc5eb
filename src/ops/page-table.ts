// Pages by name: the built-in ones, and those added at run time.
import { UsageError, unknownName } from '../errors.ts';

/** Pages of one sort, in the order that choices list them. */
export class PageTable<P extends { readonly id: string }> {
  readonly #what: string;
  readonly #pages: Map<string, P>;

  /** @param what the word for one of them in messages */
  constructor(what: string, pages: readonly P[]) {
    this.#what = what;
    this.#pages = new Map(pages.map((page) => [page.id, page]));
  }

  /** @throws UsageError on an unknown name; the message lists the choices */
  get(id: string): P {
    const page = this.#pages.get(id);
    if (page === undefined) throw unknownName(this.#what, id, [...this.#pages.keys()]);
    return page;
  }

  /** Every page known now; those added come last. */
  all(): readonly P[] {
    return [...this.#pages.values()];
  }

  /** The first page that the predicate holds for. */
  find(holds: (page: P) => boolean): P | undefined {
    for (const page of this.#pages.values()) if (holds(page)) return page;
    return undefined;
  }

  /**
   * @returns a function that removes it again
   * @throws UsageError if the name is taken
   */
  add(page: P): () => void {
    if (this.#pages.has(page.id)) throw new UsageError(`${this.#what} "${page.id}": this name is taken`);
    this.#pages.set(page.id, page);
    return () => this.#pages.delete(page.id);
  }
}
