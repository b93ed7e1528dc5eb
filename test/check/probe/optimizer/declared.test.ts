// Mistakes in clipping, decay and schedules that are declared: the right ones lead to nothing, and
// a mistake beside them is told without them.
import { describe, expect, test } from 'vitest';
import { Asker } from '../../../../src/check/probe/asker.ts';
import { probeUpdates } from '../../../../src/check/probe/optimizer/updates.ts';
import type { Told } from '../../../../src/check/probe/told.ts';
import { UNWATCHED } from '../../../../src/check/watch.ts';
import type { Engine } from '../../../../src/engines/engine.ts';
import { createEngine } from '../../../../src/engines/registry.ts';
import { optimizerSpec } from '../../../../src/ops/optimizers/registry.ts';
import type { OptimizerSpec } from '../../../../src/ops/optimizers/optimizer.ts';
import { network } from '../../../fixtures.ts';
import { updating } from './updating.ts';
import type { State, Update } from './updating.ts';

const STILL = { ...UNWATCHED, now: () => 0 };
const NETWORK = network(2, [8], 'tanh', 2, 'softmax', 'cross-entropy');
const { abs, max, min, sqrt } = Math;
const [lr, c, lambda, beta1, beta2, eps] = [0.1, 0.5, 0.1, 0.9, 0.999, 1e-7];

async function probe(optimizer: OptimizerSpec, engine: Engine): Promise<readonly Told[]> {
  const asker = new Asker(engine, STILL);
  return probeUpdates({ network: NETWORK, optimizer, asker, watch: STILL });
}

const clipsNorm = optimizerSpec('sgd', { learningRate: lr, clipNorm: c });
const clipsValue = optimizerSpec('sgd', { learningRate: lr, clipValue: c });
const clipsVelocity = optimizerSpec('momentum', { learningRate: lr, clipValue: c });
const clipsAdam = optimizerSpec('adam', { learningRate: lr, clipValue: c });
const clipsDecayed = optimizerSpec('sgd', { learningRate: lr, clipValue: c, weightDecay: lambda });
const decays = optimizerSpec('adamw', { learningRate: lr, weightDecay: lambda });
const warmsUp = optimizerSpec('momentum', { learningRate: lr, schedule: 'step:3:0.5' });
const growsSmaller = optimizerSpec('momentum', { learningRate: lr, schedule: 'exponential:0.8' });
const adamax = optimizerSpec('adamax', { learningRate: lr });

const cut = (x: number): number => max(-c, min(c, x));

/** The step of Adam, before the learning rate. */
function adamStep(s: State, g: number, t: number): number {
  s.m = beta1 * s.m + (1 - beta1) * g;
  s.v = beta2 * s.v + (1 - beta2) * g * g;
  return s.m / (1 - beta1 ** t) / (sqrt(s.v / (1 - beta2 ** t)) + eps);
}

const WRONG: readonly (readonly [string, OptimizerSpec, Update, RegExp])[] = [
  [
    'small gradients are scaled up',
    clipsNorm,
    (w, g, _s, { norm }) => w - (lr * g * c) / norm,
    /whose norm is below c are scaled up to it\. .*g·c \/ ‖all g‖/,
  ],
  [
    'each tensor by its own norm',
    clipsNorm,
    (w, g, _s, { tensorNorm: n }) => w - lr * g * min(1, c / n),
    /each tensor is clipped by its own norm/,
  ],
  [
    'by the norm without its root',
    clipsNorm,
    (w, g, _s, { norm: n }) => w - lr * g * min(1, c / (n * n)),
    /the norm lacks its root\. .*min\(1, c \/ Σ \(all g\)²\)/,
  ],
  [
    'by the norm of squared norms',
    clipsNorm,
    (w, g, _s, { normOfSquares: n }) => w - lr * g * min(1, c / n),
    /the norm is that of the squared norms of the tensors\. .*min\(1, c \/ √\(Σ ‖g‖⁴\)\)/,
  ],
  ['not at all', clipsNorm, (w, g) => w - lr * g, /the gradients are not clipped/],
  ['from above alone', clipsValue, (w, g) => w - lr * min(c, g), /cut from above alone\. .*min\(c, g\)/],
  [
    'where the velocity is used',
    clipsVelocity,
    (w, g, s) => w - lr * cut((s.v = 0.9 * s.v + g)),
    /what is clipped is the running value of g, where it is used, not the gradient\. .*ṽ = max\(-c, min\(c, v\)\)/,
  ],
  [
    'the velocity as it is kept',
    clipsVelocity,
    (w, g, s) => w - lr * (s.v = cut(0.9 * s.v + g)),
    /what is clipped is the running value of g, as it is kept.*v ← max\(-c, min\(c, v\)\)/,
  ],
  ['the step', clipsValue, (w, g) => w - cut(lr * g), /what is clipped is the step with the learning rate/],
  ['the new weights', clipsValue, (w, g) => cut(w - lr * g), /what is clipped is the new weight/],
  [
    "Adam's step",
    clipsAdam,
    (w, g, s, { t }) => w - lr * cut(adamStep(s, g, t)),
    /what is clipped is the step before the learning rate/,
  ],
  [
    'after the decay',
    clipsDecayed,
    (w, g) => w - lr * cut(g + lambda * w),
    /clipped after the weight decay is added to it\. .*g ← g \+ λ·w, {2}g ← max\(-c, min\(c, g\)\)/,
  ],
  ['from below alone', clipsValue, (w, g) => w - lr * max(-c, g), /cut from below alone/],
  [
    'decay after the step',
    decays,
    (w, g, s, { t }) => (w - lr * adamStep(s, g, t)) * (1 - lr * lambda),
    /the weights are shrunk after the step/,
  ],
  [
    'no decay of biases',
    decays,
    (w, g, s, { t, role }) => (role === 'bias' ? w : w * (1 - lr * lambda)) - lr * adamStep(s, g, t),
    /^In the update of b1, b2, nothing is shrunk: there is no weight decay/,
  ],
  [
    'the running value does not decay, under a schedule',
    warmsUp,
    (w, g, s, { t }) => w - lr * 0.5 ** Math.floor((t - 1) / 3) * (s.v += g),
    /^In the update, the running value of g does not decay\. /,
  ],
  [
    'the rate in the velocity',
    growsSmaller,
    (w, g, s, { t }) => w - (s.v = beta1 * s.v + lr * 0.8 ** (t - 1) * g),
    /^In the update, the learning rate of each step multiplies the gradient that enters the velocity/,
  ],
  [
    'a maximum of g',
    adamax,
    (w, g, s, { t }) => {
      s.m = beta1 * s.m + (1 - beta1) * g;
      s.u = max(beta2 * s.u, g);
      return w - ((lr / (1 - beta1 ** t)) * s.m) / (s.u + eps);
    },
    /g stands where \|g\| belongs/,
  ],
];

describe('what is declared', () => {
  test.each(WRONG)('is told if it is wrong: %s', async (_, spec, update, text) => {
    const told = await probe(spec, updating('f64', update));
    expect(told.map((one) => `${one.text} ${one.used}`)).toEqual([expect.stringMatching(text)]);
  });

  test('is in the right update beside the wrong one', async () => {
    const spec = optimizerSpec('sgd', { learningRate: lr, weightDecay: lambda });
    const [told] = await probe(
      spec,
      updating('f64', (w, g) => w - lr * g),
    );
    expect(told.right).toBe('w ← w - lr·(g + λ·w)');
    const [momentum] = await probe(
      optimizerSpec('momentum', { learningRate: lr }),
      updating('f64', (w, g) => w - lr * g),
    );
    expect(momentum.right).not.toContain('λ');
  });

  test.each([clipsNorm, clipsValue, clipsVelocity, clipsAdam, clipsDecayed, decays, warmsUp, growsSmaller, adamax])(
    'leads to nothing if it is right, %#',
    async (spec) => {
      for (const dtype of ['f32', 'f64'] as const) {
        const engine = await createEngine('vector', NETWORK, spec, { dtype });
        expect(await probe(spec, engine)).toEqual([]);
        await engine.dispose();
      }
    },
  );

  test('a right update by hand leads to nothing', async () => {
    const own: Update = (w, g, _s, { norm }) => w - lr * g * min(1, c / abs(norm));
    expect(await probe(clipsNorm, updating('f64', own))).toEqual([]);
  });
});
