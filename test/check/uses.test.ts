// The worst use of a bound is found without dividing at each entry: it is the same entry and the
// same bits as where every entry is divided out.
import { describe, expect, test } from 'vitest';
import { isWithinBounds, usedOfBound, worstUse, worstUseBeside } from '../../src/check/uses.ts';
import { createRng } from '../../src/numeric/rng.ts';

const rng = createRng(7, 'uses');
const ODD = [0, -0, 5e-324, 1e-310, 2.5e-308, 1, 3, NaN, Infinity, -Infinity, 1e300];

/** Mostly ordinary numbers, of few different sizes, so that uses tie. */
function draw(odd: number): number {
  if (rng.uniform() < odd) return ODD[rng.below(ODD.length)];
  return (rng.below(9) - 4) * 2 ** -rng.below(4);
}

function numbers(n: number, odd: number): Float64Array {
  return Float64Array.from({ length: n }, () => draw(odd));
}

describe.each([0, 0.02, 0.5])('with %s of odd numbers', (odd) => {
  test('both sides', () => {
    for (let n = 0; n < 300; n++) {
      const size = 1 + rng.below(n % 3 === 0 ? 3000 : 6);
      const [exact, bounds] = [numbers(size, odd), numbers(size, odd).map(Math.abs)];
      const near = (): Float64Array => exact.map((x, i) => x + bounds[i] * draw(0) * (n % 2 === 0 ? 1 : 0));
      const [candidate, reference] = [near(), n % 5 === 0 ? Float32Array.from(near()) : near()];
      const shifts =
        n % 4 === 0 ? numbers(size, odd).map((x) => (Math.abs(x) > 1 ? x / (n % 8 === 0 ? 2 : 100) : 0)) : undefined;
      const uses = [candidate, reference].map((of) =>
        Array.from(of, (x, i) => usedOfBound(x, exact[i], bounds[i], shifts?.[i] ?? 0)),
      );
      const most = uses.map((all) => all.reduce((a, b) => Math.max(a, b), 0));
      const worst = Math.max(...most);
      const at = uses[0].findIndex((_, i) => uses.some((all) => all[i] === worst));
      const found = worstUse({ candidate, reference, exact, bounds, shifts });
      expect(found).toEqual({ worst, at, candidateUsed: most[0], referenceUsed: most[1] });
      if (shifts === undefined) expect(isWithinBounds(candidate, exact, bounds)).toBe(most[0] <= 1);
    }
  });

  test('without what storing moves', () => {
    for (let n = 0; n < 300; n++) {
      const size = 1 + rng.below(n % 3 === 0 ? 3000 : 6);
      const [exact, stored] = [numbers(size, odd), numbers(size, 0).map((x) => Math.abs(x) / 8)];
      const bounds = numbers(size, odd).map((x, i) => Math.abs(x) + stored[i]);
      const [candidate, reference] = [0, 1].map(() => exact.map((x, i) => x + bounds[i] * draw(0)));
      const uses = Array.from(exact, (x, i) => {
        const off = Math.max(Math.abs(candidate[i] - x), Math.abs(reference[i] - x));
        const rest = Math.max(0, off - stored[i]);
        return rest === 0 ? 0 : usedOfBound(rest, 0, bounds[i] - stored[i]);
      });
      const worst = uses.reduce((a, b) => Math.max(a, b), 0);
      const compare = { parameter: 'W1', shape: [size], candidate, reference, exact, bounds };
      expect(worstUseBeside(compare, stored)).toEqual({ worst, at: uses.indexOf(worst) });
    }
  });
});
