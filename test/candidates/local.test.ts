// A candidate in the judge's own thread shares all that JavaScript has built in: whatever it puts
// in its place is seen and put back, and never a verdict.
import { denseLayers, fromDense } from '../../src/network/parameters.ts';
import { describe, expect, test } from 'vitest';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { localPort } from '../../src/candidates/process/local.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { CandidateError } from '../../src/errors.ts';
import '../../src/vitest.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { SGD, engineOf } from './trial.ts';

const SPEC = network(3, [4], 'tanh', 2, 'softmax', 'cross-entropy');

type Layer = Record<'weights', number[][]> & Record<'bias', number[]>;
/** Something built in, as something that can be written to. */
const open = (value: object): Record<PropertyKey, unknown> => value as Record<PropertyKey, unknown>;
const prototypeOf = (value: object): Record<PropertyKey, unknown> => open(Object.getPrototypeOf(value) as object);
const RANDOM = 'random';

/** Gradients by the scalar graph, times `factor`, and what `more` does before it answers. */
function candidate(more: () => void, factor = 1) {
  return async ({ parameters, inputs, targets }: { parameters: Layer[]; inputs: number[][]; targets: number[][] }) => {
    const engine = await createEngine('autograd', SPEC, SGD);
    const matrix = (rows: number[][]) => ({
      rows: rows.length,
      cols: rows[0].length,
      data: Float64Array.from(rows.flat()),
    });
    await engine.load(
      fromDense(parameters.map(({ weights, bias }) => ({ weights: matrix(weights), bias: Float64Array.from(bias) }))),
    );
    const { loss, gradients } = await engine.lossAndGradients({ inputs: matrix(inputs), targets: matrix(targets) });
    const times = (values: ArrayLike<number>) => Array.from(values, (value) => factor * value);
    const answer = {
      loss,
      gradients: denseLayers(gradients).map(({ weights, bias }) => ({
        weights: times(weights.data),
        bias: times(bias),
      })),
    };
    more();
    return answer;
  };
}

async function verdictOf(own: unknown): Promise<string> {
  const mine = engineOf(own, SPEC);
  try {
    const exact = await createEngine('vector', SPEC, SGD, { dtype: 'f64' });
    return (await gradientCheck(SPEC, startOf(SPEC), randomBatch(SPEC, 3), { candidate: mine, reference: exact }))
      .verdict.kind;
  } finally {
    await mine.dispose();
  }
}

/** Everything that is replaced here was there before, and is there again afterwards. */
const PATCHES: [string, () => void][] = [
  ['Math.abs', () => (Math.abs = () => 0)],
  ['Math.max', () => (Math.max = () => 0)],
  ['Math.min', () => (Math.min = () => 0)],
  ['Math.hypot', () => (Math.hypot = () => 0)],
  ['Math.sqrt', () => (Math.sqrt = () => 1e9)],
  ['Math.exp', () => (Math.exp = () => 1)],
  ['Math.fround', () => (Math.fround = (x) => x)],
  ['Math', () => (globalThis.Math = { ...Math, abs: () => 0 })],
  ['Number.isFinite', () => (Number.isFinite = () => true)],
  ['Number.isNaN', () => (Number.isNaN = () => false)],
  ['Number.isInteger', () => delete (Number as Partial<NumberConstructor>).isInteger],
  ['isFinite', () => (globalThis.isFinite = () => true)],
  ['Object.is', () => (Object.is = () => true)],
  ['Object.keys', () => (Object.keys = () => [])],
  ['Object.entries', () => (Object.entries = () => [])],
  ['Object.getOwnPropertyDescriptor', () => (Object.getOwnPropertyDescriptor = () => undefined)],
  ['Object.defineProperty', () => (Object.defineProperty = (o) => o)],
  [
    'Object.prototype.usedOfBound',
    () => Object.defineProperty(Object.prototype, 'usedOfBound', { value: 0, configurable: true }),
  ],
  ['Object.prototype.get', () => ((Object.prototype as { get?: unknown }).get = () => 0)],
  ['Reflect.ownKeys', () => (Reflect.ownKeys = () => [])],
  ...(
    [
      'map',
      'every',
      'some',
      'filter',
      'flatMap',
      'find',
      'reduce',
      'forEach',
      'push',
      'sort',
      'entries',
      'slice',
    ] as const
  ).map((name): [string, () => void] => [`Array.prototype.${name}`, () => (open(Array.prototype)[name] = () => [])]),
  ['Array.prototype [symbol]', () => (Array.prototype[Symbol.iterator] = function* () {} as never)],
  ['Array.prototype.length', () => void Object.defineProperty(Array.prototype, '0', { set() {}, configurable: true })],
  ['the iterator of Array.next', () => (prototypeOf([][Symbol.iterator]())['next'] = () => ({ done: true }))],
  ['Array.from', () => void (Array.from = () => [])],
  ['Float64Array', () => (globalThis.Float64Array = class extends Float64Array {} as never)],
  ['Float64Array.prototype.fill', () => (open(Float64Array.prototype)['fill'] = () => {})],
  ['Float64Array.prototype.set', () => (open(Float64Array.prototype)['set'] = () => {})],
  ['Float32Array.prototype.slice', () => (open(Float32Array.prototype)['slice'] = () => new Float32Array(9))],
  ['TypedArray.prototype.fill', () => (prototypeOf(Float64Array.prototype)['fill'] = () => {})],
  ['TypedArray.prototype.subarray', () => (prototypeOf(Float64Array.prototype)['subarray'] = () => [])],
  [
    'the prototype of Float64Array.prototype',
    () => void Object.setPrototypeOf(Float64Array.prototype, Array.prototype),
  ],
  ['Map.prototype.get', () => (Map.prototype.get = () => undefined)],
  ['Set.prototype.has', () => (Set.prototype.has = () => true)],
  ['JSON.stringify', () => (JSON.stringify = () => '{}')],
  ['Object.prototype.toJSON', () => (open(Object.prototype)['toJSON'] = () => null)],
  ['Promise.prototype.then', () => (Promise.prototype.then = () => new Promise(() => {}) as never)],
  ['String.prototype.slice', () => (String.prototype.slice = () => '')],
  ['Function.prototype.call', () => (Function.prototype.call = () => true)],
];

test('one that changes nothing agrees if it is right, and disagrees if it is wrong (or nothing below proves anything)', async () => {
  expect(await verdictOf(candidate(() => {}))).toMatch(/^(identical|agree)$/);
  expect(await verdictOf(candidate(() => {}, -1))).toBe('disagree');
});

describe('one that is wrong and replaces', () => {
  test.each(PATCHES)('%s gets no verdict, and it is put back', async (name, patch) => {
    const error = await verdictOf(candidate(patch, -1)).then(
      (verdict) => verdict,
      (e: unknown) => e,
    );
    expect(error).toBeInstanceOf(CandidateError);
    const { message, hint } = error as CandidateError;
    expect(message).toContain(`own.ts changed JavaScript built-ins: `);
    expect(message.split(': ')[1].split(/, | and /)).toContain(name);
    expect(hint).toBe('no result can be trusted after that');
    expect(await verdictOf(candidate(() => {}))).toMatch(/^(identical|agree)$/);
  });

  test('many of them is told which come first', async () => {
    const all = (): void => {
      for (const [, patch] of PATCHES.slice(0, 7)) patch();
    };
    await expect(verdictOf(candidate(all, -1))).rejects.toThrow(/: Math\.\w+(, Math\.\w+){4} and 2 more$/);
  });

  test('something and throws is told what it replaced', async () => {
    const both = (): void => {
      Math.abs = () => 0;
      throw new Error('and now?');
    };
    await expect(verdictOf(candidate(both, -1))).rejects.toThrow(/built-ins: Math\.abs$/);
  });

  test('something in a getter of its answer gets no verdict either', async () => {
    const right = candidate(() => {}, -1);
    const own = async (problem: never) => {
      const { loss, gradients } = await right(problem);
      return {
        gradients,
        get loss() {
          Math.abs = () => 0;
          return loss;
        },
      };
    };
    await expect(verdictOf(own)).rejects.toThrow(/built-ins: Math\.abs$/);
  });

  test('something a moment after its answer gets no verdict either', async () => {
    const { abs } = Math;
    const own = candidate(() => void Promise.resolve().then(() => setTimeout(() => (Math.abs = () => 0), 0)), -1);
    const late = async (problem: never) => {
      const answer = await own(problem);
      return new Promise((resolve) => setTimeout(() => resolve(answer), 20));
    };
    await expect(verdictOf(late)).rejects.toThrow(/Math\.abs/);
    Math.abs = abs;
  });

  test('something in a test makes the test fail, and not pass', async () => {
    await expect(expect(candidate(() => (Math.abs = () => 0), -1) as never).toBackpropagate(SPEC)).rejects.toThrow(
      /changed JavaScript built-ins: Math\.abs/,
    );
  });
});

test('what was replaced before it is called is said, and left alone', async () => {
  const { abs } = Math;
  const other = (): number => 0;
  Math.abs = other;
  try {
    await expect(verdictOf(candidate(() => {}))).rejects.toThrow(/own\.ts cannot be checked: .*: Math\.abs$/);
    expect(Math.abs).toBe(other);
  } finally {
    Math.abs = abs;
  }
});

test('a polyfill, and what tests replace, is nobody’s business', async () => {
  const random = open(Math)[RANDOM];
  const prototype = Array.prototype as { sumOfAll?: unknown };
  prototype.sumOfAll = () => 0;
  try {
    const own = candidate(() => {
      (Math as { newest?: unknown }).newest = () => 0;
      open(Math)[RANDOM] = () => 0.5;
    });
    expect(await verdictOf(own)).toMatch(/^(identical|agree)$/);
  } finally {
    delete prototype.sumOfAll;
    delete (Math as { newest?: unknown }).newest;
    open(Math)[RANDOM] = random;
  }
});

test('what it is given is a copy each time, the network and the optimizer too', async () => {
  const spec = structuredClone(SPEC);
  const optimizer = structuredClone(SGD);
  const given: unknown[] = [];
  const spoil = (value: unknown): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [name, inner] of Object.entries(value)) {
      spoil(inner);
      (value as Record<string, unknown>)[name] = NaN;
    }
  };
  const own = {
    default: (problem: unknown) => (given.push(structuredClone(problem)), spoil(problem), { loss: 1, gradients: [] }),
    predict: (problem: unknown) => (spoil(problem), []),
    applyGradients: (update: { parameters: unknown }) => {
      const parameters = structuredClone(update.parameters);
      spoil(update);
      return { parameters };
    },
  };
  const port = localPort(own, 'own.ts');
  const engine = engineOf(own, spec, optimizer);
  const [start, batch] = [startOf(spec), randomBatch(spec, 3)];
  const kept = structuredClone([start, batch, spec, optimizer]);
  await engine.load(start);
  const { gradients } = await engine.lossAndGradients(batch);
  await engine.lossAndGradients(batch);
  await engine.applyGradients(start);
  await engine.predict(batch.inputs);
  await engine.lossAndGradients(batch);
  expect([start, batch, spec, optimizer]).toEqual(kept);
  expect(given[1]).toEqual(given[0]);
  expect(given[2]).toEqual(given[0]);
  expect(denseLayers(gradients)[0].weights.data.every(Number.isNaN)).toBe(true);
  await port.close();
});
