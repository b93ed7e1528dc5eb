// Rounder numbers than those of a given problem.
import type { Batch } from '../../network/batch.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { Problem } from '../draw.ts';
import { fits } from './numbers.ts';

/** The shortest decimal that is this number in binary32. */
export function shortest(x: number): number {
  for (let digits = 1; digits < MOST_DIGITS; digits++) {
    const short = Number(x.toPrecision(digits));
    if (Math.fround(short) === x) return short;
  }
  return x;
}
const MOST_DIGITS = 9; // tell every binary32 number apart

/** Entries up to which each is rounded by itself. */
export const FEW = 40;

/** How hard the numbers are to read: 0 costs nothing, 1 little, others their digits. */
export function effort({ start, batch }: Problem): number {
  let sum = 0;
  const add = (values: ArrayLike<number>): void => {
    for (let i = 0; i < values.length; i++) sum += effortOf(values[i]);
  };
  for (const { values } of start) add(values);
  add(batch.inputs.data);
  add(batch.targets.data);
  return sum;
}

/** Of one number. */
export function effortOf(x: number): number {
  if (x === 0) return 0;
  if (x === 1) return 1;
  const digits = String(shortest(Math.abs(x)))
    .replace(/e.*$/, '')
    .replace('.', '')
    .replace(/^0+/, '').length;
  return 1 + digits + (x < 0 ? 1 : 0) + (Number.isInteger(x) ? 0 : 1);
}

type Change = (x: number) => number;

/**
 * Makes a number rounder. Not 0, where it is not 0 already: nothing passes through a weight of 0.
 */
export const CHANGES: readonly Change[] = [
  (x) => Math.round(x) || Math.sign(x),
  (x) => Math.round(10 * x) / 10 || x,
  (x) => Number(x.toPrecision(1)),
  (x) => Number(x.toPrecision(2)),
];

/** All numbers at once, then each tensor, then each entry; only what is less effort to read. */
export function* rounder(problem: Problem): Generator<Problem> {
  const now = effort(problem);
  for (const next of rounded(problem)) if (effort(next) < now && fits(next.network, next.batch)) yield next;
}

function* rounded(problem: Problem): Generator<Problem> {
  const { start, batch } = problem;
  const tensors = start.map((_, t) => t);
  for (const change of CHANGES) yield changed(problem, tensors, true, change);
  for (const t of tensors) {
    if (start[t].role === 'bias') yield changed(problem, [t], false, () => 0);
    for (const change of CHANGES) yield changed(problem, [t], false, change);
  }
  for (const change of CHANGES) yield changed(problem, [], true, change);
  for (const targets of simplerTargets(batch)) yield { ...problem, batch: { ...batch, targets } };
  for (const t of tensors) {
    const { values } = start[t];
    if (values.length <= FEW)
      for (let i = 0; i < values.length; i++)
        for (const change of CHANGES) yield changed(problem, [t], false, (x, at) => (at === i ? change(x) : x));
  }
  if (batch.inputs.data.length <= FEW)
    for (let i = 0; i < batch.inputs.data.length; i++)
      for (const change of CHANGES) yield changed(problem, [], true, (x, at) => (at === i ? change(x) : x));
}

function changed(
  problem: Problem,
  tensors: readonly number[],
  inputs: boolean,
  change: (x: number, at: number) => number,
): Problem {
  const start = problem.start.map((tensor, t) =>
    tensors.includes(t) ? { ...tensor, values: Float32Array.from(tensor.values, change) } : tensor,
  );
  const { batch } = problem;
  return { ...problem, start, batch: inputs ? { ...batch, inputs: mapped(batch.inputs, change) } : batch };
}

function mapped(m: Matrix, change: (x: number, at: number) => number): Matrix {
  return { ...m, data: Float32Array.from(m.data, change) };
}

/** All 0; rounded. */
function* simplerTargets({ targets }: Batch): Generator<Matrix> {
  yield mapped(targets, () => 0);
  for (const change of CHANGES) yield mapped(targets, change);
}
