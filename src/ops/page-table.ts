// Pages by name: the built-in ones, those made from a name with numbers in it, and those added at
// run time.
import { UsageError, unknownName } from '../errors.ts';
import { choicesOf } from './family.ts';
import type { Family } from './family.ts';

interface Page {
  readonly id: string;
  readonly family?: Family<Page>;
}

/** Pages of one sort, in the order that choices list them. */
export class PageTable<P extends Page> {
  readonly #what: string;
  readonly #pages: Map<string, P>;
  /** Pages of families, by whole name. */
  readonly #made = new Map<string, P>();

  /** @param what the word for one of them in messages */
  constructor(what: string, pages: readonly P[]) {
    this.#what = what;
    this.#pages = new Map(pages.map((page) => [page.id, page]));
  }

  /**
   * @throws UsageError on an unknown name; the message lists the choices
   * @throws UsageError if what follows the colon of a known name does not fit
   */
  get(id: string): P {
    const page = this.known(id);
    if (page === undefined) throw unknownName(this.#what, id, choicesOf(this.all()));
    return page;
  }

  /**
   * The page with this name, if there is one.
   * @throws UsageError if what follows the colon of a known name does not fit
   */
  known(id: string): P | undefined {
    return this.#pages.get(id) ?? this.#made.get(id) ?? this.#make(id);
  }

  /** Every page known now, without those made by families; those added come last. */
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
    this.#made.clear();
    return () => {
      this.#pages.delete(page.id);
      this.#made.clear();
    };
  }

  #make(id: string): P | undefined {
    const colon = id.indexOf(':');
    const family = colon < 0 ? undefined : this.#pages.get(id.slice(0, colon))?.family;
    if (family === undefined) return undefined;
    const page = family.of(id, id.slice(colon + 1)) as P; // a family makes pages of its own sort
    this.#made.set(id, page);
    return page;
  }
}
