// Layers: right ones agree, wrong backward passes are named, and so is what a layer does beside.
import { describe, expect, it, test } from 'vitest';
import { checkLayer } from '../../../src/check/function/check-layer.ts';
import { layerOf } from '../../../src/check/function/layer.ts';
import type { Layer, LayerGradients } from '../../../src/check/function/layer.ts';
import { checkLines, checkSentence } from '../../../src/report/words/function-check.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { ROUNDINGS, Tape, V, dot, softmax, sum } from './tape.ts';
import type { Nested, NestedV, Rounding } from './tape.ts';

type M = V[][];
const rng = createRng(1, 'layers');
const matrix = (n: number, m: number): number[][] =>
  Array.from({ length: n }, () => Array.from({ length: m }, () => rng.normal()));
const vector = (n: number): number[] => matrix(1, n)[0];

/** A layer from its forward pass: backward goes the tape back from dOutputs. */
function taped(f: (x: never, p: never, tape: Tape) => NestedV, round: Rounding): Layer {
  const run = (inputs: unknown, parameters: unknown) => {
    const tape = new Tape(round);
    const lift = (x: Nested): NestedV => (typeof x === 'number' ? new V(tape, x) : x.map(lift));
    const all = (x: unknown): unknown =>
      typeof x === 'object' && x !== null && !Array.isArray(x)
        ? Object.fromEntries(Object.entries(x).map(([k, v]) => [k, lift(v as Nested)]))
        : x === undefined
          ? undefined
          : lift(x as Nested);
    const [x, p] = [all(inputs), all(parameters)];
    return { tape, x, p, y: f(x as never, p as never, tape) };
  };
  const flat = (y: NestedV): V[] => (y instanceof V ? [y] : y.flatMap(flat));
  const read = (x: unknown, get: (v: V) => number): unknown => {
    if (x instanceof V) return get(x);
    if (Array.isArray(x)) return x.map((y) => read(y, get));
    return Object.fromEntries(Object.entries(x as object).map(([k, v]) => [k, read(v, get)]));
  };
  return {
    forward: (inputs, parameters) => read(run(inputs, parameters).y, (v) => v.value),
    backward(dOutputs, inputs, parameters) {
      const { tape, x, p, y } = run(inputs, parameters);
      const dy = (dOutputs as Nested[]).flat(9) as number[];
      const outputs = flat(y);
      const root = sum(outputs.map((out, i) => out.times(dy[i])));
      tape.backward(root);
      return { inputs: read(x, (v) => v.grad), ...(p !== undefined && { parameters: read(p, (v) => v.grad) }) };
    },
  };
}

const column = (W: M, j: number): V[] => W.map((row) => row[j]);
const normalized = (x: V[]): V[] => {
  const mean = sum(x).over(x.length);
  const centred = x.map((y) => y.minus(mean));
  const deviation = sum(centred.map((c) => c.square()))
    .over(x.length)
    .plus(1e-5)
    .sqrt();
  return centred.map((c) => c.over(deviation));
};

const LAYERS: [
  name: string,
  f: (x: never, p: never, tape: Tape) => NestedV,
  problem: { inputs: unknown; parameters?: unknown },
  independent: boolean,
][] = [
  [
    'dense with tanh',
    (x: M, { W, b }: { W: M; b: V[] }) => x.map((row) => b.map((bj, j) => dot(row, column(W, j)).plus(bj).tanh())),
    { inputs: matrix(4, 3), parameters: { W: matrix(3, 2), b: vector(2) } },
    true,
  ],
  ['relu', (x: M) => x.map((row) => row.map((y) => y.relu())), { inputs: matrix(3, 5) }, true],
  ['softmax', (x: M) => x.map((row) => softmax(row)), { inputs: matrix(3, 4) }, true],
  [
    'batch normalisation',
    (x: M, { gamma, beta }: { gamma: V[]; beta: V[] }) => {
      const columns = gamma.map((g, j) => normalized(column(x, j)).map((y) => y.times(g).plus(beta[j])));
      return x.map((_, i) => columns.map((c) => c[i]));
    },
    { inputs: matrix(5, 3), parameters: { gamma: vector(3), beta: vector(3) } },
    false,
  ],
  [
    'layer normalisation',
    (x: M, { gain }: { gain: V[] }) => x.map((row) => normalized(row).map((y, j) => y.times(gain[j]))),
    { inputs: matrix(3, 4), parameters: { gain: vector(4) } },
    true,
  ],
  [
    'convolution in one dimension',
    (x: V[], { k }: { k: V[] }) => x.slice(0, -2).map((_, i) => dot(x.slice(i, i + 3), k)),
    { inputs: vector(9), parameters: { k: vector(3) } },
    false,
  ],
  [
    'attention',
    ({ q, k, v }: { q: M; k: M; v: M }) =>
      q.map((row) => {
        const w = softmax(k.map((key) => dot(row, key)));
        return v[0].map((_, j) => sum(w.map((weight, t) => weight.times(v[t][j]))));
      }),
    { inputs: { q: matrix(3, 2), k: matrix(3, 2), v: matrix(3, 2) } },
    false,
  ],
];

describe.each(LAYERS)('%s', (_name, f, problem, independent) => {
  it.each(['f64', 'f32'] as const)('is right in %s', async (dtype) => {
    const layer = taped(f, ROUNDINGS[dtype]);
    const check = await checkLayer(layer, { ...problem, ...(independent && { examples: 'independent' as const }) });
    expect(check.verdict, JSON.stringify(check)).toBe('agree');
    expect(check.problems).toEqual([]);
    expect(check.behaviour).toMatchObject({ repeats: true, isLinear: true, ownsCache: true, mixes: null });
    expect(check.evaluations.value).toBeLessThanOrEqual(120);
  });

  it('is wrong with one part of backward negated, which is named', async () => {
    const right = taped(f, ROUNDINGS.f64);
    const negated = (x: unknown): unknown => {
      if (typeof x === 'number') return -x;
      return Array.isArray(x)
        ? x.map(negated)
        : Object.fromEntries(Object.entries(x as object).map(([k, v]) => [k, negated(v)]));
    };
    const layer: Layer = {
      forward: right.forward,
      backward: (dy, x, p) => {
        const { inputs, ...rest } = right.backward(dy, x, p) as LayerGradients;
        return { ...rest, inputs: negated(inputs) };
      },
    };
    const check = await checkLayer(layer, problem);
    expect(check.verdict).toBe('disagree');
    for (const { path, verdict, look } of check.tensors) {
      expect(verdict).toBe(path.startsWith('inputs') ? 'disagree' : 'agree');
      if (verdict === 'disagree' && look !== null) expect(look).toMatchObject({ kind: 'times', factor: -1 });
    }
  });
});

test('batch normalisation mixes examples, which is told where they should be independent', async () => {
  const [, f, problem] = LAYERS[3];
  const check = await checkLayer(taped(f, ROUNDINGS.f64), { ...problem, examples: 'independent' });
  expect(check.verdict).toBe('disagree');
  expect(check.problems).toMatchObject([{ kind: 'mixes', pass: 'forward' }]);
});

const dense = (W: number[][], x: number[][]): number[][] =>
  x.map((row) => W[0].map((_, j) => row.reduce((s, y, i) => s + y * W[i][j], 0)));
const transposed = (W: number[][]): number[][] => W[0].map((_, j) => W.map((row) => row[j]));

/** A class with a cache, as people write them. */
class Dense {
  W: number[][] = [];
  dW: number[][] = [
    [0, 0],
    [0, 0],
    [0, 0],
  ];
  x: number[][] = [];
  readonly way: 'overwrites' | 'accumulates';
  constructor(way: 'overwrites' | 'accumulates') {
    this.way = way;
  }
  forward(x: number[][]): number[][] {
    this.x = x;
    return dense(this.W, x);
  }
  backward(dy: number[][]): number[][] {
    const dW = dense(dy, transposed(this.x));
    this.dW = this.way === 'overwrites' ? dW : this.dW.map((row, i) => row.map((y, j) => y + dW[i][j]));
    return dense(transposed(this.W), dy);
  }
}
const use = {
  set: (l: Dense, p: unknown) => {
    l.W = (p as { W: number[][] }).W;
  },
  forward: (l: Dense, x: unknown) => l.forward(x as number[][]),
  backward: (l: Dense, dy: unknown) => l.backward(dy as number[][]),
  gradients: (l: Dense) => ({ W: l.dW }),
};
const problem = { inputs: matrix(4, 3), parameters: { W: matrix(3, 2) } };

test.each(['overwrites', 'accumulates'] as const)('a class that %s is right, and the way is told', async (way) => {
  const check = await checkLayer(layerOf(new Dense(way), use), problem);
  expect(check.verdict, JSON.stringify(check)).toBe('agree');
  expect(check.behaviour.keeps).toContainEqual({ tensor: 'parameters.W', keeps: way });
  if (way === 'overwrites') expect(check.behaviour.ownsCache).toBe(false);
});

describe('what a layer does beside its numbers', () => {
  it('adds to one gradient and overwrites another: that alone is said', async () => {
    const dW = matrix(3, 2).map((row) => row.map(() => 0));
    const layer: Layer = {
      forward: (x, p) => {
        const { W, b } = p as { W: number[][]; b: number[] };
        return dense(W, x as number[][]).map((row) => row.map((y, j) => y + b[j]));
      },
      backward: (dy, x, p) => {
        const [own, ys] = [dense(dy as number[][], transposed(x as number[][])), dy as number[][]];
        own.forEach((row, i) => row.forEach((y, j) => (dW[i][j] += y)));
        const b = ys[0].map((_, j) => ys.reduce((total, row) => total + row[j], 0));
        return {
          inputs: dense(transposed((p as { W: number[][] }).W), ys),
          parameters: { W: dW.map((r) => [...r]), b },
        };
      },
    };
    const { verdict, problems } = await checkLayer(layer, {
      ...problem,
      parameters: { ...problem.parameters, b: [0.5, -1] },
    });
    expect([verdict, problems.map(({ kind }) => kind)]).toEqual(['disagree', ['keeps-unevenly']]);
  });
  const right: Layer = {
    forward: (x, p) => dense((p as { W: number[][] }).W, x as number[][]),
    backward: (dy, x, p) => ({
      inputs: dense(transposed((p as { W: number[][] }).W), dy as number[][]),
      parameters: { W: dense(dy as number[][], transposed(x as number[][])) },
    }),
  };
  it('nothing, if it is right', async () => {
    expect(await checkLayer(right, { ...problem, examples: 'independent' })).toMatchObject({
      verdict: 'agree',
      problems: [],
    });
  });
  it('changes its inputs', async () => {
    const forward: Layer['forward'] = (x, p) => {
      const y = right.forward(x, p);
      (x as number[][])[0][0] += 1;
      return y;
    };
    const check = await checkLayer({ ...right, forward }, problem);
    expect(check.problems).toContainEqual({ kind: 'changes', tensor: 'inputs', by: 'forward' });
  });
  it('changes dOutputs in place', async () => {
    const backward: Layer['backward'] = (dy, x, p) => {
      const found = right.backward(dy, x, p);
      (dy as number[][])[1][1] = 0;
      return found;
    };
    const check = await checkLayer({ ...right, backward }, problem);
    expect(check.problems).toEqual([{ kind: 'changes', tensor: 'dOutputs', by: 'backward' }]);
  });
  it('is not linear in dy', async () => {
    const backward: Layer['backward'] = (dy, x, p) =>
      right.backward(
        (dy as number[][]).map((row) => row.map((y) => Math.max(-0.5, Math.min(0.5, y)))),
        x,
        p,
      );
    const check = await checkLayer({ ...right, backward }, problem);
    expect(check.problems).toContainEqual({ kind: 'not-linear' });
  });
  describe('where terms cancel: two features, normalized, are always 1 and -1', () => {
    const two = { inputs: [[-1, 0.3]], parameters: { gain: [1, -1.2] } };
    const layerWith = (round: Rounding, change: (y: number) => number): Layer => {
      const norm = taped(
        (x: M, { gain }: { gain: V[] }) => x.map((row) => normalized(row).map((y, j) => y.times(gain[j]))),
        round,
      );
      return {
        ...norm,
        backward: (dy, x, p) =>
          norm.backward(
            (dy as number[][]).map((row) => row.map(change)),
            x,
            p,
          ),
      };
    };
    const problemsOf = async (layer: Layer) =>
      Promise.all([...Array(20).keys()].map(async (seed) => (await checkLayer(layer, { ...two, seed })).problems));
    it.each(Object.entries(ROUNDINGS))('rounding in %s is not taken for a mistake', async (_, round) => {
      expect((await problemsOf(layerWith(round, (y) => y))).flat()).toEqual([]);
    });
    it.each<[string, (y: number) => number]>([
      ['the gradients of the outputs are cut', (y) => Math.max(-0.2, Math.min(0.2, y))],
      ['a hundredth of their squares is added', (y) => y + 0.01 * y * y],
      ['something is added that does not depend on them', (y) => y + 1e-3],
    ])('%s: not linear', async (_, change) => {
      const found = await problemsOf(layerWith(ROUNDINGS.f64, change));
      for (const problems of found) expect(problems).toContainEqual({ kind: 'not-linear' });
    });
  });
  it('mixes examples in backward', async () => {
    const backward: Layer['backward'] = async (dy, x, p) => {
      const found = await right.backward(dy, x, p);
      const inputs = found.inputs as number[][];
      return {
        ...found,
        inputs: inputs.map((row, i) => row.map((y, j) => y + 0.1 * inputs[(i + 1) % inputs.length][j])),
      };
    };
    const check = await checkLayer({ ...right, backward }, { ...problem, examples: 'independent' });
    expect(check.problems).toMatchObject([{ kind: 'mixes', pass: 'backward' }]);
    expect(check.tensors.filter(({ verdict }) => verdict === 'disagree').map(({ path }) => path)).toEqual(['inputs']);
  });
  it('has chance in it', async () => {
    const chance = createRng(1, 'dropout');
    const forward: Layer['forward'] = (x, p) => {
      const y = right.forward(x, p) as number[][];
      return y.map((row) => row.map((z) => (chance.uniform() < 0.5 ? 0 : 2 * z)));
    };
    const check = await checkLayer({ ...right, forward }, problem);
    expect(check).toMatchObject({ verdict: 'inconclusive', reason: 'chance', behaviour: { repeats: false } });
  });
});

describe('few outputs, one by one', () => {
  const W = matrix(3, 3);
  const SECOND = 1;
  /** tanh(W x) with outputs of these sizes; the derivative of the second may be 1 - a. */
  const layer = (sizes: readonly number[], isWrong: boolean): Layer => {
    const of = (x: number[]): number[] => W.map((row) => Math.tanh(row.reduce((s, w, i) => s + w * x[i], 0)));
    return {
      forward: (x) => of(x as number[]).map((a, j) => sizes[j] * a),
      backward: (dy, x) => {
        const slopes = of(x as number[]).map((a, j) => 1 - (isWrong && j === SECOND ? a : a * a));
        const dz = (dy as number[]).map((d, j) => d * sizes[j] * slopes[j]);
        return { inputs: W[0].map((_, i) => dz.reduce((s, d, j) => s + d * W[j][i], 0)) };
      },
    };
  };
  const inputs = [0.4, -0.7, 1.1];

  it('a wrong one is told from the right ones', async () => {
    const check = await checkLayer(layer([1, 1, 1], true), { inputs });
    expect(check.alone.map(({ is }) => is)).toEqual(['right', 'wrong', 'right']);
    expect(checkLines(check).at(-1)).toBe(
      'What comes from outputs[1] is wrong; what comes from outputs[0] and outputs[2] is right.',
    );
  });
  it('a wrong one shows that is too small beside the others', async () => {
    const check = await checkLayer(layer([1, 1e-14, 1], true), { inputs });
    expect(check.tensors.map(({ verdict }) => verdict)).toEqual(['agree']); // in the sum it does not show
    expect(check).toMatchObject({ verdict: 'disagree', problems: [{ kind: 'wrong-for', outputs: ['outputs[1]'] }] });
    expect(checkSentence(check, 'it')).toMatch(/^it has a wrong gradient for outputs\[1\] alone/);
  });
  it.each([1, 1e-14, 1e14])('nothing is said of right ones, one of them of size %d', async (size) => {
    const check = await checkLayer(layer([1, size, 1], false), { inputs });
    expect(check).toMatchObject({ verdict: 'agree', problems: [] });
    expect(check.alone.map(({ is }) => is)).toEqual(['right', 'right', 'right']);
    expect(check.evaluations.value).toBeLessThanOrEqual(120);
  });
});

test('refused: gradients that are missing or have another form', async () => {
  const layer = (found: unknown): Layer => ({ forward: (x) => x, backward: () => found as LayerGradients });
  await expect(checkLayer(layer(undefined), { inputs: [1, 2] })).rejects.toThrow('backward returned undefined');
  await expect(checkLayer(layer({}), { inputs: [1, 2] })).rejects.toThrow('backward returned no gradients');
  await expect(checkLayer(layer({ inputs: [1] }), { inputs: [1, 2] })).rejects.toThrow('expected (2), found (1)');
  await expect(checkLayer(layer({ inputs: [1, 2] }), { inputs: [1, 2], parameters: [1] })).rejects.toThrow(
    'no gradient of the parameters',
  );
});

test('layerOf keeps the class of gradients: its getters tell their shape', async () => {
  class Matrix {
    data: Float64Array;
    constructor(data: number[]) {
      this.data = Float64Array.from(data);
    }
    get shape(): number[] {
      return [2, this.data.length / 2];
    }
  }
  const own = {
    w: [
      [1, 2],
      [3, 4],
    ],
    dw: new Matrix([0, 0, 0, 0]),
    x: [0, 0],
  };
  const layer = layerOf(own, {
    set: (l, p) => void (l.w = (p as { w: number[][] }).w),
    forward: (l, x) => l.w.map((row) => (l.x = x as number[]).reduce((s, xj, j) => s + xj * row[j], 0)),
    backward: (l, dy) => {
      const [a, b] = dy as number[];
      l.dw.data.set([a * l.x[0], a * l.x[1], b * l.x[0], b * l.x[1]]);
      return [0, 1].map((j) => a * l.w[0][j] + b * l.w[1][j]);
    },
    gradients: (l) => ({ w: l.dw }),
  });
  const check = await checkLayer(layer, { inputs: [0.5, -1.5], parameters: { w: own.w } });
  expect(check).toMatchObject({ verdict: 'agree', behaviour: { keeps: [{ keeps: 'overwrites' }, {}] } });
  expect(check.tensors.map(({ shape }) => shape)).toEqual([[2], [2, 2]]);
});

test('gradients of two precisions: those in binary32 are not taken for inexact ones in binary64', async () => {
  const layer = {
    forward: (x: number[], { w }: { w: number[] }) => [x[0] * w[0] + x[1] * w[1], x[0] * w[1]],
    backward: (dy: number[], x: number[], { w }: { w: number[] }) => ({
      inputs: Float32Array.of(dy[0] * w[0] + dy[1] * w[1], dy[0] * w[1]),
      parameters: { w: [dy[0] * x[0], dy[0] * x[1] + dy[1] * x[0]] },
    }),
  } as unknown as Parameters<typeof checkLayer>[0];
  const check = await checkLayer(layer, { inputs: [0.3, -1.1], parameters: { w: [0.7, 0.2] } });
  expect(check).toMatchObject({ verdict: 'agree', behaviour: { isLinear: true } });
});
