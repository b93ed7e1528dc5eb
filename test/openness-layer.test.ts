// The test of the design: a kind of layer that is defined only in this file works in all
// engines that claim to support it, in the bounds, the diagnosis and the reports. It has no
// bound of its own.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { boundedGradients } from '../src/bounds/gradients.ts';
import { gradientCheck } from '../src/check/gradient-check.ts';
import type { Helpers } from '../src/check/gradient-check.ts';
import { randomParameters } from '../src/check/slopes/general-point.ts';
import { updateCheck } from '../src/check/update-check.ts';
import { createEngine } from '../src/engines/registry.ts';
import type { EngineOptions } from '../src/engines/engine-options.ts';
import type { Engine, EngineId, FaultInjection } from '../src/engines/engine.ts';
import { UsageError } from '../src/errors.ts';
import { injectionOf, parseFault } from '../src/faults/registry.ts';
import { initialParameters } from '../src/network/initializers.ts';
import { formatParameterFile, parseParameterFile } from '../src/network/parameter-file.ts';
import { copyParameters, namedTensors } from '../src/network/parameters.ts';
import { networkSchema, parseAs } from '../src/network/schema.ts';
import { DEFAULT_CONVENTIONS } from '../src/candidates/conventions/conventions.ts';
import { createExternalEngine } from '../src/candidates/external.ts';
import { localPort } from '../src/candidates/process/local.ts';
import { checkNetwork, describeNetwork, layersOf } from '../src/network/spec.ts';
import type { LayerSpec, NetworkSpec } from '../src/network/spec.ts';
import { dense } from '../src/ops/layers/dense.ts';
import { layer } from '../src/ops/layers/page.ts';
import type { Fields } from '../src/ops/layers/page.ts';
import { BACKWARD } from '../src/ops/backward-rules.ts';
import { optimizerSpec } from '../src/ops/optimizers/registry.ts';
import { register } from '../src/ops/registry.ts';
import { formulaAt } from '../src/network/formulas.ts';
import { randomBatch } from './fixtures.ts';

/**
 * z_i = x_i s_i² + t_i, with its own scale and shift for each number: it is easy to write a wrong
 * gradient of s.
 */
const squaredScale = layer<Fields>()({
  id: 'squared-scale',
  counts: [],
  symbols: { scale: 's', shift: 't' },
  outputs: (_spec, inputs) => inputs,
  parameters: (_spec, inputs) => [
    { role: 'scale', shape: [inputs], start: 0.75 },
    { role: 'shift', shape: [inputs], start: 0 },
  ],
  formula: {
    forward: (l, x) => `${x} s${l}² + t${l}`,
    gradient: (role, l, x) => (role === 'shift' ? `Σ_b dz${l}` : `Σ_b 2 s${l} ${x} dz${l}`),
    inputs: (l) => `dz${l} s${l}²`,
  },
  forward(z, x, { scale: { values: s }, shift: { values: t } }) {
    const I = x.cols;
    for (let i = 0; i < z.data.length; i++) z.data[i] = x.data[i] * (s[i % I] * s[i % I]) + t[i % I];
  },
  backward(dx, { scale: ds, shift: dt }, dz, { x }, { scale: { values: s } }) {
    const I = x.cols;
    ds.values.fill(0);
    dt.values.fill(0);
    for (let i = 0; i < dz.data.length; i++) {
      ds.values[i % I] += 2 * s[i % I] * x.data[i] * dz.data[i];
      dt.values[i % I] += dz.data[i];
      if (dx !== null) dx.data[i] = dz.data[i] * (s[i % I] * s[i % I]);
    }
  },
  graph: (x, { scale, shift }) => x.map((one, i) => one.times(scale[i].times(scale[i])).plus(shift[i])),
  tfjs: (tf, x, { scale, shift }) => tf.add(tf.mul(x, tf.square(scale)), shift),
});

/**
 * z_i = x_i if it is above 0, else x_i leak_i: a layer that TensorFlow.js has too, and a formula
 * with a parameter in a branch.
 */
const prelu = layer<Fields>()({
  id: 'prelu',
  counts: [],
  symbols: { leak: 'k' },
  outputs: (_spec, inputs) => inputs,
  parameters: (_spec, inputs) => [{ role: 'leak', shape: [inputs], start: 0.25 }],
  formula: {
    forward: (l, x) => `max(0, ${x}) + k${l} min(0, ${x})`,
    gradient: (_role, l, x) => `Σ_b min(0, ${x}) dz${l}`,
    inputs: (l) => `dz${l} where it is above 0, else k${l} dz${l}`,
  },
  forward(z, x, { leak: { values: k } }) {
    for (let i = 0; i < z.data.length; i++) z.data[i] = x.data[i] > 0 ? x.data[i] : x.data[i] * k[i % x.cols];
  },
  backward(dx, { leak: dk }, dz, { x }, { leak: { values: k } }) {
    dk.values.fill(0);
    for (let i = 0; i < dz.data.length; i++) {
      if (!(x.data[i] > 0)) dk.values[i % x.cols] += x.data[i] * dz.data[i];
      if (dx !== null) dx.data[i] = dz.data[i] * (x.data[i] > 0 ? 1 : k[i % x.cols]);
    }
  },
  graph: (x, { leak }) =>
    x.map((one, i) =>
      one.ifPositive(
        (a) => a,
        (a) => a.times(leak[i]),
      ),
    ),
  ownLayer: (tf, _spec, { inputShape }) => tf.layers.prelu(inputShape === undefined ? {} : { inputShape }),
  tfjs: (tf, x, { leak }) => tf.prelu(x, leak) as typeof x,
});

const OWN = { kind: 'squared-scale' } as unknown as LayerSpec;
const SPEC: NetworkSpec = {
  inputs: 4,
  layers: [{ units: 5, activation: 'tanh' }, OWN, { ...OWN, activation: 'relu' }, { units: 3, activation: 'softmax' }],
  loss: 'cross-entropy',
};
const SGD = optimizerSpec('adam');

const takeOut: (() => void)[] = [];
beforeAll(() => {
  takeOut.push(register(squaredScale), register(prelu));
});
afterAll(() => {
  for (const out of takeOut) out();
});

const ENGINES: [EngineId, EngineOptions][] = [
  ['autograd', {}],
  ['vector', { dtype: 'f32' }],
  ['vector', { dtype: 'f64' }],
  ['tfjs', { backend: 'cpu' }],
  ['tfjs', { backend: 'wasm' }],
];

async function check(one: Engine, other: Engine, helpers: Helpers = {}) {
  const start = initialParameters(SPEC, 'glorot-uniform', 3);
  try {
    return await gradientCheck(SPEC, start, randomBatch(SPEC, 6), { candidate: one, reference: other }, helpers);
  } finally {
    await one.dispose();
    await other.dispose();
  }
}

describe('a new kind of layer', () => {
  test('is resolved, started, named and described', () => {
    expect(() => checkNetwork(SPEC)).not.toThrow();
    expect(layersOf(SPEC).map(({ inputs, units, activation }) => [inputs, units, activation])).toEqual([
      [4, 5, 'tanh'],
      [5, 5, 'linear'],
      [5, 5, 'relu'],
      [5, 3, 'softmax'],
    ]);
    const tensors = namedTensors(initialParameters(SPEC, 'glorot-uniform', 1));
    expect(tensors.map(({ name }) => name)).toEqual(['W1', 'b1', 's2', 't2', 's3', 't3', 'W4', 'b4']);
    expect([...tensors[2].values]).toEqual(Array(5).fill(0.75));
    expect(describeNetwork(SPEC)).toBe(
      '4-5-5 squared-scale-5 squared-scale-3, tanh/linear/relu, softmax, cross-entropy',
    );
    expect(formulaAt('z2', SPEC)).toBe('z2 = a1 s2² + t2');
    expect(formulaAt('ds2', SPEC)).toBe('ds2 = Σ_b 2 s2 a1 dz2');
    expect(formulaAt('dz1', SPEC)).toContain('dz2 s2²');
  });

  test.each(ENGINES)('%s %o agrees with the exact run', async (id, options) => {
    const found = await check(
      await createEngine(id, SPEC, SGD, options),
      await createEngine('vector', SPEC, SGD, { dtype: 'f64' }),
    );
    expect(found.verdict.kind).toMatch(/agree|identical/);
    if (id !== 'vector' || options.dtype !== 'f64')
      expect(found.parameters.every((m) => m.usedOfBound > 0 || m.identical)).toBe(true);
  });

  test('at the general point its tensors are near their start values, and no number equals its start value', () => {
    const { values } = randomParameters(SPEC, 1).find(({ role }) => role === 'scale') ?? { values: [] };
    expect(new Set(values).size).toBe(5);
    for (const scale of values) expect(Math.abs(scale - 0.75)).toBeLessThan(0.5);
  });

  test('updates of its tensors agree', async () => {
    const [one, other] = [
      await createEngine('vector', SPEC, SGD),
      await createEngine('tfjs', SPEC, SGD, { backend: 'cpu' }),
    ];
    const start = initialParameters(SPEC, 'glorot-uniform', 3);
    const problem = { network: SPEC, optimizer: SGD, start };
    const found = await updateCheck(problem, randomBatch(SPEC, 6), { candidate: one, reference: other });
    expect(found.verdict.kind).toMatch(/agree|identical/);
  });

  test('its bounds are not too wide: most gradients off by a hundredth are outside', () => {
    const { gradients, errors } = boundedGradients(
      SPEC,
      initialParameters(SPEC, 'glorot-uniform', 3),
      randomBatch(SPEC, 6),
    );
    const entries = gradients.flatMap(({ values }, t) => Array.from(values, (g, i) => [g, errors[t].values[i]]));
    const seen = entries.filter(([g, e]) => 0.01 * Math.abs(g) > e);
    expect(seen.length).toBeGreaterThan(0.9 * entries.length);
  });

  test('bounds from the formula alone are not below the hand-written ones, for a dense layer without its own', () => {
    const { bound: _, ...formulaAlone } = dense;
    const out = register({ ...formulaAlone, id: 'formula-alone' });
    const layers = (kind: object): LayerSpec[] => [
      { units: 6, activation: 'tanh' },
      { ...kind, units: 5, activation: 'sigmoid' },
      { ...kind, units: 3, activation: 'softmax' },
    ];
    const spec = (kind: object): NetworkSpec => ({ inputs: 4, layers: layers(kind), loss: 'cross-entropy' });
    const [hand, alone] = [{}, { kind: 'formula-alone' }].map((kind) => {
      return boundedGradients(
        spec(kind),
        initialParameters(spec({}), 'glorot-uniform', 5),
        randomBatch(spec({}), 20, 5),
      );
    });
    out();
    const quotients = hand.errors.flatMap(({ values }, t) =>
      Array.from(values, (e, i) => alone.errors[t].values[i] / e),
    );
    expect(Math.min(...quotients)).toBeGreaterThan(0.9);
    expect(Math.max(...quotients)).toBeLessThan(4);
  });

  test('a wrong gradient of its scale is found, at that place first', async () => {
    const wrong = await createEngine('vector', SPEC, SGD, {
      injection: {
        backward: {
          layer(at, step) {
            BACKWARD.layer(at, step);
            if (at === 1) step.dp['scale'].values.forEach((g, i, all) => (all[i] = g / 2)); // the 2 is missing
          },
        },
      },
    });
    const found = await check(wrong, await createEngine('tfjs', SPEC, SGD, { backend: 'cpu' }));
    expect(found.verdict.kind).toBe('disagree');
    expect(found.firstWrong.candidate?.name).toBe('ds2');
    expect(found.firstWrong.reference).toBeNull();
  });

  test('mistakes of layers with weights are injected and named next to it', async () => {
    const setting = { network: SPEC, optimizer: SGD, scaling: { mean: 0, deviation: 1 } };
    const injection = injectionOf(parseFault('sign@4', setting), setting);
    expect(() => parseFault('sign@2', setting)).toThrow(UsageError);
    const injector = {
      setting,
      inject: (injection: FaultInjection) => createEngine('vector', SPEC, SGD, { dtype: 'f64', injection }),
    };
    const [one, other] = [
      await createEngine('vector', SPEC, SGD, { injection }),
      await createEngine('tfjs', SPEC, SGD, { backend: 'cpu' }),
    ];
    const found = await check(one, other, { injector });
    expect(found.diagnosis).toMatchObject({ engine: 'candidate', mistakes: [{ fault: 'sign', layer: 4 }] });
  });

  test('files can hold it, and wrong fields are refused', () => {
    const scaling = { id: 'unit', mean: 0, deviation: 255 } as const;
    const file = { network: SPEC, scaling, dataset: 'mnist', parameters: initialParameters(SPEC, 'he-normal', 1) };
    const read = parseParameterFile(formatParameterFile(file), 'p.json');
    expect(read.network).toEqual(SPEC);
    expect(copyParameters(read.parameters, 'f32')).toEqual(file.parameters);
    const turned = (_key: string, value: unknown): unknown =>
      typeof value === 'object' && value !== null && 'scale' in value
        ? Object.fromEntries(Object.entries(value).reverse())
        : value;
    const other = JSON.stringify(JSON.parse(formatParameterFile(file)) as object, turned);
    expect(parseParameterFile(other, 'p.json').parameters).toEqual(read.parameters);
    const wrong = (layer: object) => () => parseAs(networkSchema, { ...SPEC, layers: [layer] }, 'n.json');
    expect(wrong({ kind: 'squared-scal' })).toThrow(/layers\[0\]\.kind: .*"dense"\|.*"squared-scale"/);
    expect(wrong({ kind: 'squared-scale', units: 3 })).toThrow(/layers\[0\]: .*"units"/);
    expect(wrong({ kind: 'dense', activation: 'relu' })).toThrow(/layers\[0\]\.units: /);
  });

  test('a candidate is given its tensors by name, and asked for their gradients', async () => {
    const seen: string[][] = [];
    const port = localPort(({ parameters }: { parameters: object[] }) => {
      seen.push(...parameters.map((layer) => Object.keys(layer)));
      return { loss: 0, gradients: [] };
    });
    const engine = createExternalEngine(port, SPEC, SGD, DEFAULT_CONVENTIONS);
    await engine.load(initialParameters(SPEC, 'glorot-uniform', 3));
    await engine.lossAndGradients(randomBatch(SPEC, 6));
    expect(seen[1]).toEqual(['scale', 'shift']);
    const missing = engine.flaws().flatMap(({ kind, parameter }) => (kind === 'missing' ? [parameter] : []));
    expect(missing).toEqual(expect.arrayContaining(['s2', 't2']));
  });

  test.each([
    [3, 'vector', { dtype: 'f32' }],
    [4, 'vector', { dtype: 'f32' }],
    [5, 'tfjs', { backend: 'wasm' }],
  ] as const)('with a parameter in a branch agrees, seed %i, %s', async (seed, id, options) => {
    const PRELU = { kind: 'prelu' } as unknown as LayerSpec;
    const layers: LayerSpec[] = [
      { units: 6, activation: 'linear' },
      PRELU,
      { units: 4, activation: 'linear' },
      PRELU,
      { units: 2, activation: 'linear' },
    ];
    const spec: NetworkSpec = { inputs: 3, layers, loss: 'mse' };
    const engines = {
      candidate: await createEngine(id, spec, SGD, options),
      reference: await createEngine('tfjs', spec, SGD, { backend: 'cpu' }),
    };
    const start = initialParameters(spec, 'glorot-uniform', seed);
    const right = await gradientCheck(spec, start, randomBatch(spec, 8, seed), engines);
    expect(right.verdict.kind).toMatch(/agree|identical/);
    const wrong = await createEngine('vector', spec, SGD, {
      injection: {
        backward: {
          layer(at, step) {
            BACKWARD.layer(at, step);
            if (at === 3) step.dp['leak'].values.fill(0);
          },
        },
      },
    });
    const found = await gradientCheck(spec, start, randomBatch(spec, 8, seed), { ...engines, candidate: wrong });
    expect([found.verdict.kind, found.firstWrong.candidate?.name, found.firstWrong.reference]).toEqual([
      'disagree',
      'dk4',
      null,
    ]);
  });

  test('wasm, which has no kernel for it, says so', async () => {
    await expect(createEngine('wasm', SPEC, SGD)).rejects.toThrow('wasm has no kernel for layer squared-scale');
  });
});
