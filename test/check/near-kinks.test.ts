// Right networks with units closer to their kinks than the step of finite differences: differences
// across a kink refute nothing, and a wrong derivation is still refuted.
import { expect, test } from 'vitest';
import { measureSlope, taylorOrder } from '../../src/check/slopes/finite-differences.ts';
import { checkOracle } from '../../src/check/slopes/oracle-check.ts';
import type { OracleCheck } from '../../src/check/slopes/oracle-check.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { Batch } from '../../src/network/batch.ts';
import { denseLayers, fromDense, zeroParameters } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { ActivationId } from '../../src/ops/registry.ts';
import type { LayerSpec, NetworkSpec } from '../../src/network/spec.ts';
import { matrixOf, zeros } from '../../src/numeric/matrix.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { network } from '../fixtures.ts';
import { altered } from './sabotage.ts';

const SGD = optimizerSpec('sgd');
const PIECEWISE = ['relu', 'leaky-relu', 'elu', 'selu'] as const;

interface Problem {
  readonly spec: NetworkSpec;
  readonly parameters: Parameters;
  readonly batch: Batch;
}

async function check(
  { spec, parameters, batch }: Problem,
  seed: number,
  change: (loss: number, p: Parameters) => number = (loss) => loss,
): Promise<OracleCheck> {
  const right = await createEngine('vector', spec, SGD, { dtype: 'f64' });
  let loaded = parameters;
  const oracle: Engine = altered(right, {
    load(p) {
      loaded = p;
      return right.load(p);
    },
    async lossAndGradients(b) {
      const { loss, gradients } = await right.lossAndGradients(b);
      return { loss: change(loss, loaded), gradients };
    },
  });
  return (await checkOracle({ network: spec, parameters, batch, exact: oracle, seed })) as OracleCheck;
}

/** Networks on which relu and selu were once called wrong. */
const BOTH: { parameters: Parameters; batch: Batch } = {
  parameters: fromDense([
    {
      weights: matrixOf([
        [-0.007850738, -0.007198161, 0.0043269233, -0.0063773436],
        [0.0029313331, 0.0043888493, -0.004864542, -0.0068513863],
        [0.002011191, 0.0062053944, -0.0056346655, -0.001970702],
      ]),
      bias: Float32Array.of(-0.0001190794, -0.0004035241, 0.00024307353, 0.00021604201),
    },
    {
      weights: matrixOf([
        [0.0049665202, -0.0068454077, 0.008756215],
        [0.0025865545, 0.008705266, 0.007281834],
        [-0.0039277654, -0.006021532, 0.008346407],
        [-0.0072379084, 0.0031206568, -0.0015162654],
      ]),
      bias: Float32Array.of(-0.00043200952, -0.00039472317, -0.00036044256),
    },
  ]),
  batch: {
    inputs: matrixOf([
      [-0.8312349, -0.74677175, 0.18614478],
      [-0.8787965, -0.27228263, -0.7628299],
      [0.9897856, -0.6272408, 0.56273],
      [0.612799, -0.2941003, -0.86993253],
      [0.034643304, -0.8852597, -0.4222684],
    ]),
    targets: matrixOf([
      [0.0, 1.0, 0.0],
      [0.0, 0.0, 1.0],
      [0.0, 1.0, 0.0],
      [0.0, 0.0, 1.0],
      [0.0, 1.0, 0.0],
    ]),
  },
};

const CASES: readonly { activation: ActivationId; parameters: Parameters; batch: Batch }[] = [
  {
    activation: 'elu',
    parameters: fromDense([
      {
        weights: matrixOf([
          [7.11485e-5, 7.711986e-6, -1.7599503e-5, 1.8470892e-5],
          [-9.0506794e-5, 5.453284e-6, 8.945469e-5, 6.3427033e-6],
          [8.1388964e-5, -2.9261882e-6, -3.7191036e-5, 4.303147e-5],
        ]),
        bias: Float32Array.of(-5.224172e-7, -4.2148504e-6, -1.7627718e-6, 4.661797e-6),
      },
      {
        weights: matrixOf([
          [-5.4201733e-5, -6.41421e-5, 8.876625e-5],
          [7.344473e-5, 3.212745e-5, -4.3e-6],
          [4.90357e-5, 8.78161e-5, -1.2442797e-5],
          [5.520478e-5, -5.3568907e-5, -8.644651e-5],
        ]),
        bias: Float32Array.of(5.2568723e-8, 4.3158516e-6, -4.9472073e-6),
      },
    ]),
    batch: {
      inputs: matrixOf([
        [0.4794142, -0.612127, -0.2674957],
        [-0.77716565, 0.81404483, 0.49149624],
        [0.23594345, 0.25353462, -0.8219898],
        [-0.07310529, 0.88453746, -0.816438],
        [0.93236995, -0.4659157, 0.124615915],
      ]),
      targets: matrixOf([
        [0.0, 0.0, 1.0],
        [0.0, 1.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 1.0, 0.0],
        [0.0, 0.0, 1.0],
      ]),
    },
  },
  { activation: 'relu', ...BOTH },
  { activation: 'selu', ...BOTH },
];

test.each(CASES)('$activation with weights of 1e-4 to 1e-2: a kink closer than the smallest step', async (one) => {
  const spec = network(3, [4], one.activation, 3, 'linear', 'mse');
  const { verdict, centralDifferences } = await check({ spec, ...one }, 1);
  expect(verdict).toEqual({ kind: 'agree', usedOfBound: 0 });
  for (const { entries } of centralDifferences) expect(entries).toBeGreaterThan(0);
});

/** A right network with weights of 1e-4 to 1e-2, and biases of a twentieth of that. */
function small(seed: number): Problem {
  const rng = createRng(seed, 'campaign');
  const activation = PIECEWISE[seed % 4];
  const scale = 10 ** (-4 + 2 * rng.uniform());
  const [D, H, K, B] = [2 + rng.below(3), 2 + rng.below(5), 1 + rng.below(3), 2 + rng.below(7)];
  const deep = rng.uniform() < 0.3;
  const hidden: LayerSpec = { units: H, activation };
  const output: LayerSpec = { units: K, activation: rng.uniform() < 0.7 ? 'linear' : activation };
  const spec: NetworkSpec = { inputs: D, layers: [hidden, ...(deep ? [hidden] : []), output], loss: 'mse' };
  const any = (): number => 2 * rng.uniform() - 1;
  const parameters = zeroParameters(spec, 'f32');
  for (const { weights, bias } of denseLayers(parameters)) {
    weights.data.forEach((_, i) => (weights.data[i] = scale * any()));
    bias.forEach((_, i) => (bias[i] = 0.05 * scale * any()));
  }
  const [inputs, targets] = [zeros('f32', B, D), zeros('f32', B, K)];
  inputs.data.forEach((_, i) => (inputs.data[i] = any()));
  targets.data.forEach((_, i) => (targets.data[i] = rng.below(2)));
  return { spec, parameters, batch: { inputs, targets } };
}

/** Refuted if steps across kinks count; found among 2,000. */
const HARD = [6, 530, 1050, 1500, 1546, 1777, 1887];

test('random right networks: none is refuted, and almost all entries are measured', async () => {
  let [measured, all] = [0, 0];
  for (const seed of [...HARD, ...Array.from({ length: 60 }, (_, n) => 20_000 + n)]) {
    const problem = small(seed);
    const { verdict, centralDifferences } = await check(problem, seed);
    expect(verdict.kind, `seed ${seed}`).toBe('agree');
    measured += centralDifferences.reduce((sum, { entries }) => sum + entries, 0);
    all += problem.parameters.reduce((sum, { values }) => sum + values.length, 0);
  }
  expect(measured).toBeGreaterThan(0.99 * all);
});

test.each([
  ['the whole loss is off by a ten-thousandth', (loss: number) => 1.0001 * loss],
  [
    'it depends differently on one weight',
    (loss: number, p: Parameters) => loss + 1e-3 * denseLayers(p)[0].weights.data[0],
  ],
  ['it depends differently on one bias', (loss: number, p: Parameters) => loss - 1e-3 * denseLayers(p)[1].bias[0]],
])('a wrong derivation is refuted at such weights: %s', async (_what, change) => {
  for (const seed of [...HARD, 20_000, 20_001, 20_002, 20_003]) {
    expect((await check(small(seed), seed, change)).verdict.kind, `seed ${seed}`).toBe('disagree');
  }
});

test('steps across a kink are left out; if all are, nothing is measured', async () => {
  const f = async (x: number): Promise<number> => Math.max(0, x);
  const reaches = (kink: number) => (there: number) => there > kink;
  const beside = await measureSlope(f, 3e-4, 1e-18, reaches(0));
  expect(beside.sweep.map(({ step }) => step)).toEqual([1e-4, 1e-5, 1e-6, 1e-7]);
  expect(Math.abs(beside.slope - 1)).toBeLessThanOrEqual(beside.error);
  const none = await measureSlope(f, 1e-9, 1e-18, reaches(0));
  expect(none).toMatchObject({ error: Infinity, sweep: [] });
});

test('the order of the remainder comes from the steps that count', async () => {
  const bent = async (h: number): Promise<number> => Math.exp(h) + Math.max(0, h - 3e-4);
  expect(await taylorOrder(bent, 1, 1e-16, (h) => h < 3e-4)).toBeCloseTo(2, 1);
  expect(await taylorOrder(bent, 1.01, 1e-16, (h) => h < 3e-4)).toBeCloseTo(1, 1);
});
