// Candidates that compute in single precision and do not say so: recognised by their numbers, and
// judged as if they had.
import { describe, expect, test } from 'vitest';
import { engineInfo } from '../../src/check/engine-info.ts';
import type { CandidateModule, CandidateUpdate } from '../../src/candidates/candidate.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { Precision, signOf } from '../../src/numeric/single-precision.ts';
import { createRng } from '../../src/numeric/rng.ts';
import { network } from '../fixtures.ts';
import { ownNetwork } from './own-network.ts';
import { onTrial } from './trial.ts';

const SPEC = network(5, [4], 'tanh', 3, 'softmax', 'cross-entropy');
const { fround } = Math;

/**
 * A binary32 number as Rust's Display, Java's toString and Ruby's inspect print it: the shortest
 * decimal that leads back to it.
 */
function shortest(x: number): number {
  for (let digits = 1; digits < 10; digits++) {
    const decimal = Number(fround(x).toPrecision(digits));
    if (fround(decimal) === fround(x)) return decimal;
  }
  throw new Error(`${x} needs more than 9 digits`);
}

type Nested = number[] | number[][];
const each = (of: (x: number, i: number, j?: number) => number, m: Nested): Nested =>
  m.map((row, i) => (typeof row === 'number' ? of(row, i) : row.map((x, j) => of(x, i, j)))) as Nested;

interface Shape {
  readonly printed: (x: number) => number;
  /** What the update rounds to. */
  readonly rounding?: (x: number) => number;
  readonly wrongBy?: number;
  readonly conventions?: object;
}

/** Somebody's network with momentum of its own. */
function program({ printed, rounding = fround, wrongBy = 1, conventions = {} }: Shape): CandidateModule {
  const right = ownNetwork({});
  return {
    conventions,
    async default(problem) {
      const { loss, gradients } = await right(problem);
      const out = gradients.map((g) => ({
        weights: each(printed, g?.weights as Nested) as number[][],
        bias: each(printed, g?.bias as Nested) as number[],
      }));
      return { loss: printed(loss), gradients: out };
    },
    applyGradients({ parameters, gradients, optimizer, state }: CandidateUpdate) {
      const [lr, m, r] = [rounding(optimizer.learningRate * wrongBy), rounding(optimizer.momentum), rounding];
      const before = state as { weights: Nested; bias: Nested }[] | undefined;
      const velocity = gradients.map((g, l) => {
        const old = (part: 'weights' | 'bias', i: number, j?: number): number => {
          const row = before?.[l][part][i] ?? 0;
          return typeof row === 'number' ? row : row[j as number];
        };
        return {
          weights: each((x, i, j) => r(r(m * old('weights', i, j)) + r(x)), g.weights),
          bias: each((x, i) => r(r(m * old('bias', i)) + r(x)), g.bias),
        };
      });
      const moved = parameters.map((p, l) => {
        const step = (part: 'weights' | 'bias') =>
          each((w, i, j) => {
            const row = velocity[l][part][i];
            return printed(r(r(w) - r(lr * (typeof row === 'number' ? row : row[j as number]))));
          }, p[part]);
        return { weights: step('weights') as number[][], bias: step('bias') as number[] };
      });
      return { parameters: moved, state: velocity };
    },
  };
}

const MOMENTUM = optimizerSpec('momentum', { learningRate: 0.5 });
const trial = (shape: Shape, seed = 1) => onTrial(program(shape), SPEC, { optimizer: MOMENTUM, seed });

describe('a right program in single precision that prints shortest decimals', () => {
  test('agrees whether it declares so or not, and is known by its answers', async () => {
    for (let seed = 1; seed <= 10; seed++) {
      const undeclared = await trial({ printed: shortest }, seed);
      const declared = await trial({ printed: shortest, conventions: { dtype: 'f32' } }, seed);
      for (const { gradients, updates } of [undeclared, declared]) {
        expect(gradients.verdict.kind).toBe('agree');
        expect(updates.verdict.kind, `seed ${seed}`).toMatch(/agree|identical/);
      }
      expect(undeclared.updates.updates).toEqual(declared.updates.updates);
      expect(engineInfo(undeclared.candidate)).toMatchObject({ dtype: 'f32', dtypeFrom: 'answers' });
      expect(engineInfo(declared.candidate)).not.toHaveProperty('dtypeFrom');
    }
  });

  test('a wrong one is wrong, and named', async () => {
    const { updates } = await trial({ printed: shortest, wrongBy: 0.5 }); // 0.5 · 0.5, the rate twice
    expect(updates.diagnosis?.mistakes).toMatchObject([{ fault: 'learning-rate-twice' }]);
    const slightly = await trial({ printed: shortest, wrongBy: 1.0001 });
    expect(slightly.updates.verdict.kind).toBe('disagree');
  });

  test('as are binary32 numbers printed in full', async () => {
    const { updates, candidate } = await trial({ printed: fround });
    expect(updates.verdict.kind).toMatch(/agree|identical/);
    expect(candidate.dtype).toBe('f32');
  });
});

describe('what is not taken for single precision', () => {
  test.each([
    ['all digits of double precision', (x: number) => x],
    ['nine digits of it', (x: number) => Number(x.toPrecision(9))],
    ['twelve digits of it', (x: number) => Number(x.toPrecision(12))],
  ])('%s', async (_what, printed) => {
    const { candidate } = await trial({ printed, rounding: (x) => x });
    expect(candidate.dtype).toBe('f64');
  });

  test('one answer in double precision ends it', async () => {
    let calls = 0;
    const { candidate } = await trial({ printed: (x) => (calls++ < 40 ? shortest(x) : x) });
    expect(candidate.dtype).toBe('f64');
  });

  test('a few simple numbers', () => {
    const precision = new Precision();
    for (let n = 0; n < 20; n++) precision.observe([0, 0.5, 0.25, 3, -12, 0.1, 0.123, NaN]);
    expect(precision.isSingle).toBe(false);
  });
});

test('every binary32 number is one, as it is and as its shortest decimal; a number of double precision is none', () => {
  const rng = createRng(1, 'numbers');
  let [few, singles] = [0, 0];
  for (let n = 0; n < 4000; n++) {
    const x = rng.normal() * 10 ** (20 * (rng.uniform() - 0.5));
    const f = fround(x);
    for (const printed of [f, shortest(f), Number(f.toPrecision(9))]) expect(signOf(printed)).not.toBe('double');
    if (signOf(shortest(f)) === 'single') singles++;
    if (signOf(x) !== 'double') few++;
  }
  expect(few).toBe(0);
  expect(singles).toBeGreaterThan(2000); // the rest has fewer than 8 digits
});
