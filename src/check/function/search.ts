// Finds which of many things are wrong by halving: k wrong ones of n cost about k log₂ n slopes.
import type { Measured } from './place.ts';

/** What is known of the units from `from` to `to - 1`. */
interface Part {
  readonly from: number;
  readonly to: number;
  readonly residual: number;
  readonly error: number;
}

/** One unit that was measured alone. */
export interface Found {
  readonly at: number;
  readonly measured: Measured;
}

export interface Search {
  /** Units that are wrong, measured alone. */
  readonly wrong: readonly Found[];
  /** Parts that are wrong as a whole, but not in either half as far as could be seen. */
  readonly parts: readonly { readonly from: number; readonly to: number }[];
  /** Most are wrong: the search was given up. */
  readonly most: boolean;
  /** The search ended before all was looked at. */
  readonly cut: boolean;
}

/** So many parts of equal size are looked at before it is decided that most are wrong. */
const PARTS = 16;
const MOST_OF_PARTS = 9;
export const APART = 2;
/** How exactly a half must be measured to see a mistake like the whole's in it. */
export const ENOUGH = 1 / 6;

/**
 * @param n the number of units
 * @param measure the slope of the units from..to-1 alone, beside what the gradient says of them; an
 *   error of `enough` need not be made smaller, 0 asks for the best
 * @param whole the same of all units, which are known to be wrong together
 * @param allowed how many slopes may be measured
 */
export async function searchWrong(
  n: number,
  measure: (from: number, to: number, enough: number) => Promise<Measured>,
  whole: Measured,
  allowed: number,
): Promise<Search> {
  const wrong: Found[] = [];
  const parts: { from: number; to: number }[] = [];
  let open: Part[] = [{ from: 0, to: n, residual: whole.residual, error: whole.error }];
  let slopes = 0;
  const ask = async (from: number, to: number, enough: number): Promise<Measured> => {
    slopes++;
    return measure(from, to, enough);
  };
  while (open.length > 0) {
    if (n > PARTS && open.length >= MOST_OF_PARTS && wrong.length === 0) {
      const largest = Math.max(...open.map(({ from, to }) => to - from));
      if (largest * PARTS <= 2 * n) return { wrong, parts, most: true, cut: false };
    }
    if (slopes >= allowed) return { wrong, parts, most: false, cut: true };
    // widest first, until it is known whether most are wrong; then one after the other
    open.sort((a, b) => b.to - b.from - (a.to - a.from));
    const next =
      open.length >= MOST_OF_PARTS || n <= PARTS || open[0].to - open[0].from > n / PARTS
        ? open[0]
        : open[open.length - 1];
    open = open.filter((part) => part !== next);
    const { from, to, residual, error } = next;
    if (to - from === 1) {
      const measured = await ask(from, to, 0);
      if (measured.is === 'wrong') wrong.push({ at: from, measured });
      else if (measured.is === 'unclear') parts.push({ from, to });
      continue;
    }
    const middle = Math.floor((from + to) / 2);
    const left = await ask(from, middle, Math.abs(residual) * ENOUGH);
    const isLeft = left.is !== 'right' && Math.abs(left.residual) > APART * left.error;
    const rest = residual - left.residual;
    if (!isLeft) {
      open.push({ from: middle, to, residual, error });
      continue;
    }
    open.push({ from, to: middle, residual: left.residual, error: left.error });
    if (Math.abs(rest) > APART * (error + left.error))
      open.push({ from: middle, to, residual: rest, error: error + left.error });
  }
  return { wrong, parts, most: false, cut: false };
}
