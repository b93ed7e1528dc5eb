// The wrong operation of a backward pass is found by asking for single examples, and named by its
// formula; nothing is said about right ones.
import { expect, test } from 'vitest';
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeOperations } from '../../../src/check/probe/operations/operations.ts';
import type { Told } from '../../../src/check/probe/told.ts';
import { generalPoint } from '../../../src/check/slopes/general-point.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { FaultInjection } from '../../../src/engines/engine.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import { faultById, faultName, injectionOf, possibleFaults } from '../../../src/faults/registry.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import type { Dtype } from '../../../src/numeric/dtype.ts';
import { erf } from '../../../src/numeric/erf.ts';
import type { Matrix } from '../../../src/numeric/matrix.ts';
import { BACKWARD } from '../../../src/ops/backward-rules.ts';
import type { BackwardRules } from '../../../src/ops/piece-fault.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { randomProblem } from '../../../src/selftest/random-problem.ts';

const s = (z: number): number => 1 / (1 + Math.exp(-z));

const SGD = optimizerSpec('sgd', { learningRate: 0.1 });

async function probe(
  network: NetworkSpec,
  injection: FaultInjection | undefined,
  { dtype = 'f64', forwardIsRight = true }: { dtype?: Dtype; forwardIsRight?: boolean } = {},
): Promise<readonly Told[]> {
  const engine = await createEngine('vector', network, SGD, { dtype, ...(injection && { injection }) });
  const asker = new Asker(engine, UNWATCHED);
  const { parameters, batch } = generalPoint(network, 4, true);
  const singles = await asker.singles(parameters, batch);
  const told = await probeOperations({ network, asker, singles, oneHot: true, forwardIsRight });
  await engine.dispose();
  return told;
}

const NETWORK: NetworkSpec = {
  inputs: 5,
  layers: [
    { units: 6, activation: 'tanh' },
    { units: 6, activation: 'tanh' },
    { units: 4, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

/** Replaces the derivative of layer 2 of NETWORK by another function. */
function derivative(of: (z: number, a: number, da: number) => number): FaultInjection {
  return {
    backward: {
      activation(layer, id, dz, da, z, a) {
        if (layer !== 1) BACKWARD.activation(layer, id, dz, da, z, a);
        else for (let i = 0; i < dz.data.length; i++) dz.data[i] = of(z.data[i], a.data[i], da.data[i]);
      },
    },
  };
}

/** Changes what the right backward pass of layer 2 of NETWORK fills in. */
function layer(change: (...step: Parameters<BackwardRules['layer']>) => void): FaultInjection {
  return {
    backward: {
      layer(at, step) {
        BACKWARD.layer(at, step);
        if (at === 1) change(at, step);
      },
    },
  };
}

/** dW2 is made of f(x) in place of the input x of the layer. */
function productOf(f: (x: number) => number): FaultInjection {
  return layer((_at, { dp, dz, saved: { x } }) => {
    const [I, O] = dp['weights'].shape;
    for (let i = 0; i < I; i++)
      for (let o = 0; o < O; o++) {
        let sum = 0;
        for (let b = 0; b < dz.rows; b++) sum += f(x.data[b * I + i]) * dz.data[b * O + o];
        dp['weights'].values[i * O + o] = sum;
      }
  });
}

test.each<[string, FaultInjection, string, string]>([
  ['a', derivative((_z, a, da) => da * a), 'dz2', 'The derivative in use in dz2 is a2; for tanh it is 1 - a2².'],
  [
    '1 - a',
    derivative((_z, a, da) => da * (1 - a)),
    'dz2',
    'The derivative in use in dz2 is 1 - a2; for tanh it is 1 - a2².',
  ],
  ['none', derivative((_z, _a, da) => da), 'dz2', 'dz2 lacks the derivative of tanh, 1 - a2².'],
  [
    'a factor',
    derivative((_z, a, da) => 3 * da * (1 - a * a)),
    'dz2',
    'dz2 is 3 times the right one, given its own dz3.',
  ],
  [
    'two pieces',
    derivative((z, a, da) => da * (z > 0 ? 1 - a * a : 0.25)),
    'dz2',
    'The derivative in use in dz2 is 1 - a2² where z2 > 0, else 1/4; for tanh it is 1 - a2².',
  ],
  [
    'two pieces, one with a factor',
    derivative((z, a, da) => da * (z > 0 ? 1 - a * a : 0.1 * z)),
    'dz2',
    'The derivative in use in dz2 is 1 - a2² where z2 > 0, else 1/10 z2; for tanh it is 1 - a2².',
  ],
  ['what comes from above is left out', derivative((_z, a) => 1 - a * a), 'dz2', 'dz3 W3ᵀ is left out of dz2.'],
  [
    'the mask of the gradient',
    derivative((_z, a, da) => Math.max(da, 0) * (1 - a * a)),
    'dz2',
    'What goes back to layer 2 is dz3 W3ᵀ where it is > 0, else 0, not dz3 W3ᵀ.',
  ],
  [
    'db reversed',
    layer((_at, { dp }) => void dp['bias'].values.reverse()),
    'db2',
    'db2 is dz2 in reverse order; dz2 is right.',
  ],
  [
    'an entry of db left out',
    layer((_at, { dp }) => void (dp['bias'].values[0] = 0)),
    'db2',
    'db2 is the right one with a factor for each entry: 0 for entry 0; 1 for the others.',
  ],
  [
    'one row for all rows of dW',
    layer((_at, { dp, dz }) => {
      const { values } = dp['weights'];
      values.forEach((_, i) => (values[i] = values[values.length - dz.cols + (i % dz.cols)]));
    }),
    'dW2',
    'dW2 is one row for all: the rows of dW2 may be one array.',
  ],
  [
    'a penalty in dW',
    layer((_at, { dp, p }) => {
      dp['weights'].values.forEach((_, i, dW) => (dW[i] += 0.03 * p['weights'].values[i]));
    }),
    'dW2',
    'A penalty on W2 is in the gradient.',
  ],
  ['z for a in dW', productOf((x) => Math.atanh(x)), 'dW2', 'dW2 is z1ᵀ dz2; dz2 is right.'],
  [
    'a rounded to 3 decimals in dW',
    productOf((x) => Math.round(1000 * x) / 1000),
    'dW2',
    'dW2 is (a1 rounded to 3 decimals)ᵀ dz2; dz2 is right.',
  ],
])('%s is told by its formula', async (_name, injection, place, text) => {
  for (const dtype of ['f64', 'f32'] as const) {
    const told = await probe(NETWORK, injection, { dtype });
    expect(told.map((one) => [one.place, one.text])).toEqual([[place, text]]);
  }
});

test.each<[string, string, (z: number, a: number) => number, string]>([
  ['swish', 'a for σ(z)', (z, a) => (1 + z * (1 - a)) / (1 + Math.exp(-z)), 'σ(z2) (1 + z2 (1 - a2))'],
  ['swish', 'a sign', (z) => s(z) - z * s(z) * (1 - s(z)), 'σ(z2) (1 + z2 (σ(z2) - 1))'],
  [
    'gelu',
    'no root in the density',
    (z) => (1 + erf(z / Math.SQRT2)) / 2 + (z * Math.exp((-z * z) / 2)) / (2 * Math.PI),
    'Φ(z2) + z2 exp(-z2²/2)/(2π)',
  ],
  [
    'gelu',
    'that of an approximation',
    (z) => {
      const [c, t] = [Math.sqrt(2 / Math.PI), Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3))];
      return (1 + t) / 2 + (z / 2) * (1 - t * t) * c * (1 + 3 * 0.044715 * z * z);
    },
    'the derivative of 0.5 z2 (1 + tanh(√(2/π) (z2 + 0.044715 z2³)))',
  ],
])('a derivative of %s with one place mistyped is told: %s', async (activation, _, of, formula) => {
  const own = { ...NETWORK, layers: NETWORK.layers.map((one, l) => (l === 1 ? { ...one, activation } : one)) };
  const told = await probe(
    own as NetworkSpec,
    derivative((z, a, da) => da * of(z, a)),
  );
  expect(told.map(({ place, used }) => [place, used])).toEqual([['dz2', `dz2 = (dz3 W3ᵀ) ⊙ (${formula})`]]);
});

test('an error that is taken from the largest output, and not from the target, is told', async () => {
  const told = await probe(NETWORK, {
    backward: {
      loss(at, id, dz, p, t) {
        BACKWARD.loss(at, id, dz, p, t);
        for (let r = 0; r < dz.rows; r++) {
          const row = p.data.subarray(r * p.cols, (r + 1) * p.cols);
          const largest = row.indexOf(Math.max(...row));
          for (let k = 0; k < dz.cols; k++)
            dz.data[r * dz.cols + k] += (t.data[r * dz.cols + k] - (k === largest ? 1 : 0)) / dz.rows;
        }
      },
    },
  });
  expect(told.map(({ place, text }) => [place, text])).toEqual([
    ['dz3', 'dz3 is p - t with t 1 at the largest p, not at the target.'],
  ]);
});

test('the derivative at the scores of another layer is told', async () => {
  const kept = new Map<number, Matrix>();
  const told = await probe(NETWORK, {
    backward: {
      activation(at, id, dz, da, z, a) {
        kept.set(at, a);
        if (at === 0) a = kept.get(1) ?? a; // layer 2 comes first in the backward pass
        BACKWARD.activation(at, id, dz, da, z, a);
      },
    },
  });
  expect(told.map(({ place, text }) => [place, text])).toEqual([
    ['dz1', 'The derivative in use in dz1 is 1 - a2²; for tanh it is 1 - a1².'],
  ]);
});

test('weights that are read one row too early, the bias first, are told', async () => {
  const told = await probe(
    NETWORK,
    layer((_at, { dx, dz, p }) => {
      const [I, O] = p['weights'].shape;
      for (let b = 0; dx !== null && b < dx.rows; b++)
        for (let i = 0; i < I; i++) {
          let sum = 0;
          for (let o = 0; o < O; o++)
            sum += dz.data[b * O + o] * (i === 0 ? p['bias'].values[o] : p['weights'].values[(i - 1) * O + o]);
          dx.data[b * I + i] = sum;
        }
    }),
  );
  expect(told.map(({ place }) => place)).toEqual(['dz1']);
  expect(told[0].text).toContain('W being W2 moved down by one row, b2 first');
});

test('a derivative of no known form is told by its place', async () => {
  const told = await probe(
    NETWORK,
    derivative((z, _a, da) => da * Math.sin(3 * z + 1)),
  );
  expect(told).toMatchObject([
    { place: 'dz2', used: null, text: expect.stringContaining('dz2 is wrong, given its own dz3.') as string },
  ]);
});

/** Penalties are taken off before anything is asked. */
function bare<P extends { readonly network: NetworkSpec }>({ network, ...rest }: P): P {
  return { ...rest, network: { ...network, penalties: undefined } } as P;
}

test('nothing is said about right networks, whether or not their forward pass is known to be right', async () => {
  for (let seed = 1; seed <= 10; seed++) {
    const { network } = bare(randomProblem(seed, { largest: 12, deepest: 4 }));
    for (const dtype of ['f64', 'f32'] as const) {
      for (const forwardIsRight of [true, false])
        expect([seed, await probe(network, undefined, { dtype, forwardIsRight })]).toEqual([seed, []]);
    }
  }
});

test('for every known mistake in gradients, what is told first is where it is, or the same numbers', async () => {
  let named = 0;
  for (const seed of [2, 5, 13]) {
    const { network, optimizer } = bare(randomProblem(seed, { largest: 12, deepest: 3 }));
    const setting = { network, optimizer, scaling: { mean: 0, deviation: 1 } };
    for (const fault of possibleFaults(setting)) {
      const { stage, first } = faultById(fault.id);
      if (stage !== 'gradient' || typeof fault.layer === 'string') continue;
      const [one] = await probe(network, injectionOf(fault, setting));
      if (one === undefined) continue; // it does not show in a batch of one
      named++;
      const l = fault.layer ?? network.layers.length - 1;
      const places = [...first(fault.layer ?? 0, setting), ...(fault.id === 'sign' ? [`dz${l + 1}`] : [])];
      expect([faultName(fault), places]).toEqual([faultName(fault), expect.arrayContaining([one.place])]);
    }
  }
  expect(named).toBeGreaterThan(30);
});
