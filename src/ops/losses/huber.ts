// Huber 1964, Robust Estimation of a Location Parameter: squared up to an error of δ, linear
// beyond. The mean over the batch and the outputs. δ is 1 where the name does not say another.
import { u } from '../../numeric/bounds/arithmetic.ts';
import { moved } from '../../numeric/bounds/function-errors.ts';
import { numberIn } from '../family.ts';
import { NOT_AVERAGED, entrywise, insteadOfSlope } from './entrywise.ts';
import type { LossPage } from './page.ts';

type HuberPage<Id extends string> = LossPage<Id, 'missing-output-mean' | 'huber-not-clipped' | 'huber-doubled'>;

const clipped = (d: number, delta: number): number => Math.max(-delta, Math.min(delta, d));

function withDelta<const Id extends string>(id: Id, delta: number): HuberPage<Id> {
  return entrywise({
    id,
    formula: {
      forward: `(1/B) Σ_b (1/K) Σ_k ½ e² where e = |target - output| <= ${delta}, else ${delta} (e - ${delta / 2})`,
      start: () => `min(${delta}, max(-${delta}, output - target)) / (B·K)`,
    },
    from: 'outputs',
    over: 'entries',
    known: { id: 'huber', free: delta },
    changes: (p, t) => Math.abs(p - t) - delta,

    // ℓ = ½ q² + δ (e - q) with e = |p - t| and q = min(e, δ)
    term(p, t, { round }) {
      const e = Math.abs(round(p - t));
      const q = Math.min(e, round(delta));
      return round(0.5 * round(q * q)) + round(round(delta) * round(e - q));
    },
    // dℓ/dp = p - t, at least -δ and at most δ. In binary32 from the formula above, as tfjs's
    // gradients: of the part that is linear, and where e <= δ of the square less that.
    slope(p, t, share, { isSingle, round }) {
      if (!isSingle) return clipped(p - t, delta) * share;
      const [d, size] = [round(p - t), round(delta)];
      const q = Math.min(Math.abs(d), size);
      const linear = round(share * size);
      const of =
        Math.abs(d) <= size ? round(linear + round(round(round(0.5 * share) * round(2 * q)) - linear)) : linear;
      return d > 0 ? of : -of;
    },
    bound: {
      // |ℓ'| <= min(|d|, δ) + ep; each part is rounded four times at most
      value(p, ep, t, { rounding }) {
        const d = Math.abs(p - t);
        return moved(clipped(d, delta), 1, Infinity, ep) + 5 * rounding * u * d * Math.min(d, delta);
      },
      // the slope moves with p, and its parts are up to δ
      slope: (_p, ep, _t, { rounding }) => Math.min(ep, 2 * delta) + 4 * rounding * u * delta,
    },

    graph(p, t) {
      const d = p.minus(p.constant(t));
      const e = d.ifPositive(
        (x) => x,
        (x) => x.constant(0).minus(x),
      );
      return e.minus(e.constant(delta)).ifPositive(
        (over) => over.times(over.constant(delta)).plus(over.constant((delta * delta) / 2)),
        () => d.times(d).times(d.constant(0.5)),
      );
    },
    tfjs: (tf, t, p) => tf.losses.huberLoss(t, p, undefined, delta),
    plain: `const e = Math.abs(p[k]‹!› - t[k]‹!›);
sum += (e <= ${delta} ? e ** 2 / 2 : ${delta} * (e - ${delta / 2})) / p.length;`,
    faults: {
      'missing-output-mean': NOT_AVERAGED,
      'huber-not-clipped': {
        description: 'the gradient of the Huber loss is not limited to ±δ where the error is larger',
        remedy: 'dp = δ·sign(p - t) where |p - t| > δ',
        formula: 'd ℓ / dp = p - t',
        recipe: insteadOfSlope((p, t) => p - t),
      },
      'huber-doubled': {
        description: 'the gradient of the Huber loss is twice what it should be: its square has a factor ½',
        remedy: 'd (½ (p - t)²) / dp = p - t, and δ·sign(p - t) beyond δ',
        formula: 'd ℓ / dp = 2 min(δ, max(-δ, p - t))',
        recipe: insteadOfSlope((p, t) => 2 * clipped(p - t, delta)),
      },
    },
  });
}

export const huber: HuberPage<'huber'> = {
  ...withDelta('huber', 1),
  family: {
    usage: '[:delta]',
    examples: ['0.5'],
    of: (id, text) =>
      withDelta(
        id,
        numberIn(id, text, 'above 0', (x) => x > 0),
      ),
  },
};
