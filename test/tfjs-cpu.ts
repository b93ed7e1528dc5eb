// The real TensorFlow.js on its cpu backend, with helpers to pass numbers in and to compare the
// bits that come out.
import { createRequire } from 'node:module';
import type * as TensorFlow from '@tensorflow/tfjs';
import { zeros } from '../src/numeric/matrix.ts';
import type { Matrix } from '../src/numeric/matrix.ts';
import type { Dtype } from '../src/numeric/dtype.ts';
import { createRng } from '../src/numeric/rng.ts';

export type Tf = typeof TensorFlow;

export async function openCpu(): Promise<Tf> {
  const tf = createRequire(import.meta.url)('@tensorflow/tfjs') as Tf;
  tf.env().set('PROD', true); // suppresses advice on the console about faster backends
  if (!(await tf.setBackend('cpu'))) throw new Error('the tfjs cpu backend does not start');
  return tf;
}

/** A copy, because the cpu backend keeps the typed array it gets. */
export function tensorOf(tf: Tf, m: Matrix): TensorFlow.Tensor2D {
  return tf.tensor2d(Float32Array.from(m.data), [m.rows, m.cols], 'float32');
}

/**
 * The first entry at which two arrays differ in a bit (+0 and -0 differ, NaN is never the same),
 * or null.
 */
export function firstDifference(a: ArrayLike<number>, b: ArrayLike<number>): string | null {
  if (a.length !== b.length) return `${a.length} entries and ${b.length}`;
  for (let i = 0; i < a.length; i++) {
    if (Number.isNaN(a[i]) || !Object.is(a[i], b[i])) return `[${i}]: ${show(a[i])} and ${show(b[i])}`;
  }
  return null;
}

function show(x: number): string {
  return Object.is(x, -0) ? '-0' : String(x);
}

export interface Draws {
  readonly scale?: number;
  /** Share of entries that are +0; as many again are -0. */
  readonly zeros?: number;
}

/** Seeded normal numbers. */
export function randomMatrix(
  seed: number,
  rows: number,
  cols: number,
  draws: Draws = {},
  dtype: Dtype = 'f32',
): Matrix {
  const { scale = 1, zeros: share = 0 } = draws;
  const rng = createRng(seed, 'test matrix');
  const m = zeros(dtype, rows, cols);
  for (let i = 0; i < m.data.length; i++) {
    const at = rng.uniform();
    m.data[i] = at < share ? 0 : at < 2 * share ? -0 : scale * rng.normal();
  }
  return m;
}

/** A matrix filled with NaN: entries that are not overwritten show. */
export function unwritten(rows: number, cols: number, dtype: Dtype = 'f32'): Matrix {
  const m = zeros(dtype, rows, cols);
  m.data.fill(NaN);
  return m;
}
