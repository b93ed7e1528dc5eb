// The single operations of an update rule, on one entry.
import { power, square } from '../../../numeric/elementary.ts';
import type { Observed } from './histories.ts';
import { normsOf } from './norms.ts';
import type { Norms } from './norms.ts';
import type { Correction, Rule, Schedule } from './rule.ts';

/** The factor of the rate at step t, from 1. */
export function factorAt({ form, by: { value }, list }: Schedule, t: number): number {
  switch (form) {
    case 'constant':
      return 1;
    case 'listed':
      return list?.[t - 1].value ?? 1;
    case 'proportional':
      return t;
    case 'inverse':
      return 1 / t;
    case 'inverse-root':
      return 1 / Math.sqrt(t);
    case 'exponential':
      return power(value, t);
    case 'exponential-later':
      return power(value, t - 1);
    case 'time':
      return 1 / (1 + value * t);
    case 'time-later':
      return 1 / (1 + value * (t - 1));
  }
}

/** What a running value is divided by. `one` is the rounding of βᵗ, for each multiplication. */
export function corrected(kind: Correction, beta: number, other: number, t: number, one: number): number {
  switch (kind) {
    case 'none':
      return 1;
    case 'power':
    case 'accumulates':
      return 1 - power(beta, t) + one * t;
    case 'once':
      return 1 - beta + one;
    case 'multiplied':
      return 1 / (1 - power(beta, t) + one * t);
    case 'other':
      return 1 - power(other, t) + one * t;
    case 'linear':
      return 1 - beta * t + one * t;
    case 'rest-power':
      return power(1 - beta + one, t);
    case 'root':
      return Math.sqrt(1 - power(beta, t) + one * t);
    case 'count':
      return t;
    case 'root-of-count':
      return Math.sqrt(t);
    case 'count-squared':
      return t * t;
    case 'times-count':
      return 1 / t;
  }
}

export function rootOf({ root }: Rule, x: number): number {
  return root === 'root' ? Math.sqrt(x) : x;
}

export function clipped(
  { clip, clipAt: { value } }: Rule,
  g: number,
  { all: norm, weights, own, squares }: Norms,
): number {
  switch (clip) {
    case 'none':
      return g;
    case 'value':
      return Math.max(-value, Math.min(value, g));
    case 'above':
      return Math.min(value, g);
    case 'below':
      return Math.max(-value, g);
    case 'norm':
      return norm > value ? (g * value) / norm : g;
    case 'norm-always':
      return norm > 0 ? (g * value) / norm : g;
    case 'norm-of-weights':
      return weights > value ? (g * value) / weights : g;
    case 'norm-squared':
      return norm > 0 ? g * Math.min(1, value / (norm * norm)) : g;
    case 'norm-of-squares':
      return squares > value ? (g * value) / squares : g;
    case 'tensor-norm':
      return own > value ? (g * value) / own : g;
    case 'normalized':
      return norm > 0 ? g / norm : g;
    case 'sign':
      return Math.sign(g);
  }
}

/** A number clipped by itself. */
export function cut(rule: Rule, x: number): number {
  return clipped(rule, x, NO_NORMS);
}

const NO_NORMS: Norms = { all: NaN, weights: NaN, own: NaN, squares: NaN };

/**
 * Clips what belongs to the cells, in place; NaN where a norm is of entries not looked at.
 * Returns what a norm made of all multiplies them by.
 */
export function clipAll(rule: Rule, values: Float64Array, { cells, tensors }: Observed): number {
  const squares = tensors.map(({ size }, t) => (cells.count[t] === size ? 0 : NaN));
  for (let cell = 0; cell < values.length; cell++) squares[cells.tensor[cell]] += square(values[cell]);
  const norms = normsOf(squares, tensors);
  for (let cell = 0; cell < values.length; cell++)
    values[cell] = clipped(rule, values[cell], norms[cells.tensor[cell]]);
  return clipped(rule, 1, norms[0]);
}

/** What enters the running value of g², of a cell at a step from 0; `m` is that of g. */
export function squareOf(
  { squareOf: of, first }: Rule,
  g: number,
  m: number,
  { cells, meanSquares, rowMeans }: Observed,
  step: number,
  cell: number,
): number {
  switch (of) {
    case 'g':
      return g * g;
    case 'absolute':
      return Math.abs(g);
    case 'signed':
      return g;
    case 'moment':
      return first === 'none' ? g * g : m * m;
    case 'belief':
      return square(g - m);
    case 'tensor-mean':
      return meanSquares[step][cells.tensor[cell]];
    case 'row-mean':
      return rowMeans[step][cell];
  }
}

/** A root that is corrected, with ε or without it. */
export function afterRoot({ epsilonAt }: Rule, root: number, c2: number, eps: number): number {
  return epsilonAt === 'uncorrected' ? (root + eps) / c2 : root / c2 + eps;
}

export function divisorOf(rule: Rule, v: number, hat: number, c2: number, eps: number): number {
  switch (rule.epsilonAt) {
    case 'none':
      return rootOf(rule, hat);
    case 'outside':
      return rootOf(rule, hat) + eps;
    case 'inside':
      return rootOf(rule, hat + eps);
    case 'uncorrected':
      return (rootOf(rule, v) + eps) / rootOf(rule, c2);
    case 'inside-uncorrected':
      return rootOf(rule, (v + eps) / c2);
    case 'both':
      return rootOf(rule, hat + eps) + eps;
    case 'max':
      return Math.max(rootOf(rule, hat), eps);
    case 'minus':
      return rootOf(rule, hat) - eps;
    case 'squared':
      return rootOf(rule, hat + eps * eps);
  }
}
