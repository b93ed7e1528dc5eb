// Pages by name: those of a table, and those that are added at run time.
import { UsageError, unknownName } from '../errors.ts';

/** Pages of one sort, in the order in which choices list them. */
export class PageTable<P extends { readonly id: string }> {
  readonly #what: string;
  readonly #pages: Map<string, P>;

  /** @param what one of them, as messages call it */
  constructor(what: string, pages: readonly P[]) {
    this.#what = what;
    this.#pages = new Map(pages.map((page) => [page.id, page]));
  }

  /** @throws UsageError on an unknown name, with the choices */
  get(id: string): P {
    const page = this.#pages.get(id);
    if (page === undefined) throw unknownName(this.#what, id, [...this.#pages.keys()]);
    return page;
  }

  /** Every page that is known now, those added last. */
  all(): readonly P[] {
    return [...this.#pages.values()];
  }

  /** The first page of which it holds. */
  find(holds: (page: P) => boolean): P | undefined {
    for (const page of this.#pages.values()) if (holds(page)) return page;
    return undefined;
  }

  /** @returns takes it out again @throws UsageError if there is one of that name */
  add(page: P): () => void {
    if (this.#pages.has(page.id)) throw new UsageError(`${this.#what} "${page.id}": there is one of that name`);
    this.#pages.set(page.id, page);
    return () => this.#pages.delete(page.id);
  }
}
