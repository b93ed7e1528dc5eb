// Functions whose gradients are written by hand, with the mistakes that people make in them: the
// gradient asks at each such place whether the mistake is to be made.
import type { Rng } from '../../../../src/numeric/rng.ts';
import type { Params, Rounding } from '../tape.ts';
import type { TestFunction } from '../functions.ts';

/** Whether the mistake of this name is to be made. Each is asked for once per gradient or more. */
export type Bug = (name: string) => boolean;

type Tensors = Record<string, number | number[] | number[][]>;
interface Answer<P> {
  readonly value: number;
  readonly gradient: P;
}

/** Parameters arrive rounded, and the gradient is rounded: what is between rounds by `r`. */
export function byHand<P extends Tensors>(
  name: string,
  parameters: (rng: Rng, n: number) => P,
  make: (rng: Rng, n: number) => (p: P, r: Rounding, bug: Bug) => Answer<P>,
  hasKinks = false,
): TestFunction {
  return {
    name: `${name}, by hand`,
    hasKinks,
    parameters,
    build(rng, n, round, bug = () => false) {
      const f = make(rng, n);
      return (given: Params) => {
        const { value, gradient } = f(each(given as P, round), round, bug);
        return { value: round(value), gradient: each(gradient, round) };
      };
    },
  };
}

function each<P extends Tensors>(p: P, f: (x: number) => number): P {
  const deep = (x: Tensors[string] | number): unknown =>
    typeof x === 'number' ? f(x) : x.map((y: number | number[]) => deep(y));
  return Object.fromEntries(Object.entries(p).map(([name, x]) => [name, deep(x)])) as P;
}

export const zerosLike = <P extends Tensors>(p: P): P => each(p, () => 0);
export const times = <T>(n: number, f: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => f(i));
export const zeros = (n: number): number[] => times(n, () => 0);
export const zeros2 = (n: number, m: number): number[][] => times(n, () => zeros(m));
export const vector = (rng: Rng, n: number, scale = 1): number[] => times(n, () => scale * rng.normal());
export const matrix = (rng: Rng, n: number, m: number, scale = 1): number[][] => times(n, () => vector(rng, m, scale));
/** Σ f(i), i < n */
export function sum(n: number, f: (i: number) => number): number {
  let total = 0;
  for (let i = 0; i < n; i++) total += f(i);
  return total;
}
export const dot = (a: readonly number[], b: readonly number[]): number => sum(a.length, (i) => a[i] * b[i]);
export const column = (A: readonly number[][], j: number): number[] => A.map((row) => row[j]);
export const sigmoid = (x: number): number => 1 / (1 + Math.exp(-x));

export function softmax(z: readonly number[], r: Rounding): number[] {
  const largest = Math.max(...z);
  const e = z.map((x) => r(Math.exp(x - largest)));
  const total = r(sum(e.length, (i) => e[i]));
  return e.map((x) => r(x / total));
}
export function logSumExp(z: readonly number[], r: Rounding): number {
  const largest = Math.max(...z);
  if (largest === -Infinity) return largest;
  return r(largest + Math.log(r(sum(z.length, (i) => Math.exp(z[i] - largest)))));
}
/** A⁻¹ b, by elimination with pivots. */
export function solve(A: readonly number[][], b: readonly number[], r: Rounding): number[] {
  const n = b.length;
  const M = A.map((row, i) => [...row, b[i]]);
  for (let k = 0; k < n; k++) {
    const pivot = M.slice(k).reduce((best, row, i) => (Math.abs(row[k]) > Math.abs(M[best][k]) ? k + i : best), k);
    [M[k], M[pivot]] = [M[pivot], M[k]];
    for (let i = k + 1; i < n; i++) {
      const q = r(M[i][k] / M[k][k]);
      for (let j = k; j <= n; j++) M[i][j] = r(M[i][j] - q * M[k][j]);
    }
  }
  const x = zeros(n);
  for (let i = n - 1; i >= 0; i--)
    x[i] = r((M[i][n] - sum(n - i - 1, (j) => M[i][i + 1 + j] * x[i + 1 + j])) / M[i][i]);
  return x;
}
export const transposed = (A: readonly number[][]): number[][] => A[0].map((_, j) => column(A, j));
