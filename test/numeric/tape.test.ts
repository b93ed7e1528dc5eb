// The chain rule over bounded scalars gives the derivatives of the graph of plain numbers, each
// with a bound. Undecided branches make the bound wide.
import { expect, test } from 'vitest';
import { Value } from '../../src/engines/autograd/value.ts';
import { TrackedScalar } from '../../src/numeric/bounds/tracked-scalar.ts';
import type { Scalar } from '../../src/numeric/scalar.ts';
import { Taped, gradients } from '../../src/numeric/tape.ts';

type Formula = <S extends Scalar<S>>(a: S, b: S) => S;

const FORMULAS: Record<string, Formula> = {
  'sums and products': (a, b) => a.plus(b).times(a.minus(b)).plus(a.times(a)),
  quotients: (a, b) => a.over(b).minus(b.over(a)),
  'powers and roots': (a, b) => a.pow(3).times(b.times(b).plus(a.constant(1)).sqrt()),
  exponentials: (a, b) => a.exp().plus(b.expm1()).log(),
  'smooth steps': (a, b) => a.tanh().times(b.sigmoid()).plus(a.softplus().times(b.erfc())),
  maxima: (a, b) => a.max(b).times(b.relu()).plus(a.minus(b).relu()),
  branches: (a, b) =>
    a
      .ifPositive(
        (x) => x.times(x),
        (x) => x.times(x.constant(0.5)),
      )
      .times(b),
};

const POINTS = [
  [0.7, 1.3],
  [-0.4, 0.9],
  [1.6, -0.2],
] as const;

const input = (x: number, error: number): TrackedScalar =>
  TrackedScalar.input({ ez: Infinity, rounding: 1, functions: 1 }, x, error, 0);

test.each(Object.entries(FORMULAS))('%s', (_name, formula) => {
  for (const point of POINTS) {
    const [a, b] = point.map((x) => new Value(x));
    const result = formula(a, b);
    if (!Number.isFinite(result.data)) continue; // the logarithm of a negative number
    result.backward();
    const leaves = point.map((x) => new Taped(input(x, 1e-6)));
    const found = formula(leaves[0], leaves[1]).gradients(leaves);
    [a, b].forEach(({ grad }, i) => {
      expect(Math.abs(found[i].data - grad)).toBeLessThan(1e-12 * (1 + Math.abs(grad)));
      expect(found[i].error).toBeGreaterThanOrEqual(0);
      expect(found[i].error).toBeLessThan(1e-3);
    });
  }
});

test('a number used twice collects both terms, and an unused one has derivative 0', () => {
  const [a, b] = [2, 5].map((x) => new Taped(input(x, 0)));
  const start = [input(1, 0), input(10, 0)];
  const [da, db] = gradients([a.times(a), a.plus(a)], start, [a, b]);
  expect([da.data, db.data]).toEqual([4 + 20, 0]);
});

test('a branch also passes the gradient on to its other operands', () => {
  const leak = new Taped(input(0.25, 0));
  const leaky = (x: Taped<TrackedScalar>): Taped<TrackedScalar> =>
    x.ifPositive(
      (a) => a,
      (a) => a.times(leak),
    );
  const [below, above] = [-3, 3].map((x) => new Taped(input(x, 1e-7)));
  expect(
    leaky(below)
      .gradients([below, leak])
      .map(({ data }) => data),
  ).toEqual([0.25, -3]);
  expect(
    leaky(above)
      .gradients([above, leak])
      .map(({ data }) => data),
  ).toEqual([1, 0]);
  const near = new Taped(input(1e-9, 1e-6));
  const [slope, ofLeak] = leaky(near).gradients([near, leak]);
  for (const right of [0.25, 1]) expect(Math.abs(slope.data - right)).toBeLessThanOrEqual(slope.error);
  expect(ofLeak.error).toBeGreaterThanOrEqual(1e-6);
});

test('the derivative of an undecided branch may be anything between, for relu from 0 to 1', () => {
  const near = new Taped(input(1e-9, 1e-6));
  const [slope] = near.relu().gradients([near]);
  expect(slope.error).toBeGreaterThanOrEqual(1);
  const far = new Taped(input(1, 1e-6));
  expect(far.relu().gradients([far])[0].error).toBeLessThan(1e-6);
});

test('ten thousand terms in sequence need no recursion', () => {
  const a = new Taped(input(0.5, 0));
  let sum = a;
  for (let n = 0; n < 10_000; n++) sum = sum.plus(a);
  expect(sum.gradients([a])[0].data).toBe(10_001);
});
