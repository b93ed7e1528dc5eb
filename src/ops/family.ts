// Pages that differ in numbers: what follows the colon in `leaky-relu:0.01` makes a page of its
// own, whose name is the whole text.
import { UsageError } from '../errors.ts';

/** Makes pages from what follows the colon. The page that holds it is the one without a colon. */
export interface Family<P> {
  /** What may follow the name, as choices show it: `[:slope]`. */
  readonly usage: string;
  /** What follows the colon, for tests and experiments that need one. */
  readonly examples: readonly [string, ...string[]];
  /**
   * The page with the name `id`, which is the family's name, a colon and `text`.
   * @throws UsageError if the text is not what the family expects
   */
  of(id: string, text: string): P;
}

/** A page's name, and its family's choices. */
export interface Named {
  readonly id: string;
  readonly family?: Pick<Family<unknown>, 'usage'>;
}

/** Names as choices show them: `relu`, `leaky-relu[:slope]`. */
export function choicesOf(pages: readonly Named[]): string[] {
  return pages.map(({ id, family }) => `${id}${family?.usage ?? ''}`);
}

/**
 * The number in the name of a page.
 * @param expected in words, to follow "a number": `from 0 to 1`
 * @throws UsageError
 */
export function numberIn(id: string, text: string, expected: string, fits: (x: number) => boolean): number {
  const value = /^[-+.\d]/.test(text) ? Number(text) : NaN;
  if (Number.isFinite(value) && fits(value)) return value;
  const words = ['a number', expected, 'after the colon'].filter((part) => part !== '').join(' ');
  throw new UsageError(`${id}: expected ${words}, got "${text}"`);
}
