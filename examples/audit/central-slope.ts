// The slope of a loss that may be in binary32: central differences, extrapolated once (Richardson), so that large steps will do.

/** Steps are 2^-k: sums x + h of weights near 1 are then exact, in binary32 too. */
const [FROM, TO] = [3, 11];

export interface CentralSlope {
  readonly slope: number;
  /** How far it may be from the true one: the change between two step sizes, and the rounding of the values. */
  readonly error: number;
}

/**
 * R(h) = (4 D(h/2) - D(h)) / 3 with D(h) = (f(x+h) - f(x-h)) / 2h, whose error h²·f‴/6 is taken out; kept is the h that differs least from the one before.
 * Rounding moves D(h) by noise / h, so R(h) by 3 noise / h. A kink between x-h and x+h shows as a change from one h to the next.
 * @param noise how far rounding can move one value of f
 */
export async function centralSlope(f: (x: number) => Promise<number>, x: number, noise: number): Promise<CentralSlope> {
  const difference = async (h: number): Promise<number> => ((await f(x + h)) - (await f(x - h))) / (x + h - (x - h));
  let best: CentralSlope = { slope: NaN, error: Infinity };
  let [coarse, before] = [await difference(2 ** -FROM), NaN];
  for (let k = FROM; k < TO; k++) {
    const fine = await difference(2 ** -(k + 1));
    const slope = (4 * fine - coarse) / 3;
    const error = Math.abs(slope - before) + (3 * noise) / 2 ** -k;
    if (error < best.error) best = { slope, error };
    [coarse, before] = [fine, slope];
  }
  return best;
}
