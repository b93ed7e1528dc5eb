// The slope of a loss that may be in binary32: central differences, extrapolated once (Richardson),
// so that large steps suffice.

/** Steps are 2^-k, so that x + h is exact for weights near 1, even in binary32. */
const [FROM, TO] = [3, 11];

export interface CentralSlope {
  readonly slope: number;
  /** A bound on its error: the change between two step sizes, plus the rounding of the values. */
  readonly error: number;
}

/**
 * R(h) = (4 D(h/2) - D(h)) / 3 with D(h) = (f(x+h) - f(x-h)) / 2h, which removes the error h²·f‴/6
 * of D. The result is the R(h) that differs least from the previous one. Rounding changes D(h) by
 * noise / h, so R(h) by 3 noise / h. A kink between x-h and x+h shows as a change from one h to
 * the next.
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
