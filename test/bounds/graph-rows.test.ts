// Bounds of outputs and losses derived from a formula alone, next to those derived by hand: correct
// engines stay within them, wrong gradients do not.
import { describe, expect, test } from 'vitest';
import { boundOfLoss, boundOfOutput } from '../../src/bounds/of-page.ts';
import { graphLossRow, graphOutputRow, graphOutputRowBackward } from '../../src/bounds/graph-rows.ts';
import type { ScalarLossFunction } from '../../src/bounds/graph-rows.ts';
import { row } from '../../src/numeric/bounds/rows.ts';
import type { Fresh, Row } from '../../src/numeric/bounds/rows.ts';
import { lossOf } from '../../src/ops/registry.ts';
import { ratio as ratioPage } from '../../src/ops/outputs/ratio.ts';
import { softmax as softmaxPage } from '../../src/ops/outputs/softmax.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import { createRng } from '../../src/numeric/rng.ts';
import type { Rng } from '../../src/numeric/rng.ts';
import type { Scalar, ScalarRowFunction } from '../../src/numeric/scalar.ts';
import { Single } from './single.ts';

const u = UNIT_ROUNDOFF.f32;
/**
 * If one score is far above the others, the errors cancel in its share and in the gradient. The
 * bound by hand knows that; the bound from the formula does not.
 */
const MOST = 50;
const WORST: Fresh = { rounding: 1, functions: 1, sum: (n) => n * u };

const sum = <S extends Scalar<S>>(all: readonly S[]): S => all.reduce((total, one) => total.plus(one));
const largest = <S extends Scalar<S>>(z: readonly S[]): S => z[0].constant(Math.max(...z.map(({ data }) => data)));

const softmax: ScalarRowFunction = (z) => {
  const e = z.map((one) => one.minus(largest(z)).exp());
  return e.map((one) => one.over(sum(e)));
};
const ratio: ScalarRowFunction = (z) => {
  const a = z.map((one) => one.relu());
  const total = sum(a);
  return total.data > 0 ? a.map((one) => one.over(total)) : a.map((one) => one.constant(1 / a.length));
};
const crossEntropy: ScalarLossFunction = (z, t) => {
  const total = sum(z.map((one) => one.minus(largest(z)).exp()))
    .log()
    .plus(largest(z));
  return sum(z.map((one, k) => total.minus(one).times(one.constant(t[k]))));
};
const squaredError: ScalarLossFunction = (p, t) =>
  sum(p.map((one, k) => one.constant(t[k]).minus(one).pow(2))).over(p[0].constant(t.length));
/** log(1 + e^z) - t·z for each output: binary cross-entropy, which the project does not have. */
const binaryCrossEntropy: ScalarLossFunction = (z, t) =>
  sum(z.map((one, k) => one.softplus().minus(one.times(one.constant(t[k])))));

interface Problem {
  readonly z: Row;
  /** The scores that an engine has instead of z. */
  readonly own: Float64Array;
  readonly t: Float64Array;
}

function* problems(count: number): Generator<Problem> {
  for (let seed = 0; seed < count; seed++) {
    const rng = createRng(seed, 'rows');
    const K = 2 + rng.below(9);
    const ez = [0, 1e-7, 1e-5][rng.below(3)];
    const z = row(K);
    z.value.forEach((_, k) => (z.value[k] = Math.fround(3 * rng.normal())));
    const own = z.value.map((x) => Math.fround(x + 0.9 * ez * sign(rng)));
    own.forEach((x, k) => (z.error[k] = Math.max(ez, Math.abs(x - z.value[k]))));
    const t = new Float64Array(K);
    t[rng.below(K)] = 1;
    yield { z, own, t };
  }
}

const sign = (rng: Rng): number => (rng.uniform() < 0.5 ? -1 : 1);
const singles = (own: Float64Array, along: number): Single[] =>
  Array.from(own, (x, k) => new Single(x, k === along ? 1 : 0));

function requireWithin(found: number, { value, error, shift }: Row, k: number, what: string): void {
  if (!(Math.abs(found - value[k] - shift[k]) <= error[k])) {
    expect.fail(`${what}: ${found}, ${value[k]} + ${shift[k]} ± ${error[k]}`);
  }
}

/** The largest quotient of two bounds, except for bounds next to 0. */
function widest(own: Row, hand: Row): number {
  return Math.max(...Array.from(own.error, (e, k) => (hand.error[k] > u / 100 ? e / hand.error[k] : 0)));
}

describe.each([
  ['softmax', boundOfOutput(softmaxPage), softmax],
  ['ratio', boundOfOutput(ratioPage), ratio],
] as const)('%s', (_id, byHand, graph) => {
  test('outputs and gradients are within the bound, which is not much wider than the one by hand', () => {
    let [wide, wideBack] = [0, 0];
    for (const { z, own, t } of problems(80)) {
      const K = t.length;
      const [p, hand, dp, dz, handDz] = [row(K), row(K), row(K), row(K), row(K)];
      const { undecided } = graphOutputRow(graph)(p, z, WORST);
      byHand.forward(hand, z, WORST);
      graph(singles(own, -1)).forEach((one, k) => requireWithin(one.data, p, k, `p${k}`));
      dp.value.set(t.map((one, k) => p.value[k] - one));
      graphOutputRowBackward(graph)(dz, dp, z, WORST);
      byHand.backward(handDz, dp, z, hand, () => false, WORST);
      for (let j = 0; j < K; j++) {
        const back = graph(singles(own, j)).reduce((total, { slope }, k) => total + slope * dp.value[k], 0);
        requireWithin(back, dz, j, `dz${j}`);
        expect(Math.abs(dz.value[j] - handDz.value[j])).toBeLessThan(1e-12);
      }
      if (undecided) continue;
      [wide, wideBack] = [Math.max(wide, widest(p, hand)), Math.max(wideBack, widest(dz, handDz))];
    }
    expect(wide).toBeLessThan(8);
    expect(wideBack).toBeLessThan(MOST);
  });
});

describe.each([
  ['cross-entropy', crossEntropy, 'cross-entropy'],
  ['squared error', squaredError, 'mse'],
  ['binary cross-entropy', binaryCrossEntropy, null],
] as const)('%s', (_name, graph, id) => {
  test('loss and gradient are within the bound, which is not much wider than the one by hand; a gradient wrong by 2 % is outside', () => {
    let [wide, ofLoss, off] = [0, 0, 0];
    for (const { z, own, t } of problems(80)) {
      const [K, B] = [t.length, 4];
      const [gradient, hand] = [row(K), row(K)];
      const { value, error } = graphLossRow(graph)(gradient, z, t, B, WORST);
      const found = graph(singles(own, -1), Array.from(t)).data;
      expect(Math.abs(found - value)).toBeLessThanOrEqual(error);
      if (id !== null) {
        const byHand = boundOfLoss(lossOf(id)).row(hand, z, t, B, WORST, () => false);
        expect(Math.abs(byHand.value - value)).toBeLessThan(1e-12 * (1 + Math.abs(value)));
        [wide, ofLoss] = [
          Math.max(wide, widest(gradient, hand)),
          Math.max(ofLoss, error / Math.max(byHand.error, u / 100)),
        ];
      }
      for (let j = 0; j < K; j++) {
        const { slope } = graph(singles(own, j), Array.from(t));
        requireWithin(Math.fround(slope / B), gradient, j, `gradient ${j}`);
        if (Math.abs(gradient.value[j]) < 0.01) continue;
        expect(0.02 * Math.abs(gradient.value[j])).toBeGreaterThan(2 * gradient.error[j]);
        off++;
      }
    }
    expect(wide).toBeLessThan(MOST);
    expect(ofLoss).toBeLessThan(8);
    expect(off).toBeGreaterThan(100);
  });
});
