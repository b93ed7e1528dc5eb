// The single operations of an update rule, on one entry.
import { power, square } from '../../../numeric/elementary.ts';
import type { Correction, Rule, Schedule } from './rule.ts';

/** The factor of the rate at step t, from 1. */
export function factorAt({ form, by: { value } }: Schedule, t: number): number {
  switch (form) {
    case 'constant':
      return 1;
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
    case 'root':
      return Math.sqrt(1 - power(beta, t) + one * t);
  }
}

export function rootOf({ root }: Rule, x: number): number {
  return root === 'root' ? Math.sqrt(x) : x;
}

/** Norms of the gradients of one step: of all of them, of those of weights, of one tensor. */
export interface Norms {
  readonly all: number;
  readonly weights: number;
  readonly own: number;
}

export function clipped({ clip, clipAt: { value } }: Rule, g: number, { all: norm, weights, own }: Norms): number {
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
    case 'tensor-norm':
      return own > value ? (g * value) / own : g;
    case 'normalized':
      return norm > 0 ? g / norm : g;
    case 'sign':
      return Math.sign(g);
  }
}

/** Means of g² in the step of an entry: over its tensor, and over its row. */
export interface Means {
  readonly tensor: number;
  readonly row: number;
}

export function squareOf({ squareOf: of, first }: Rule, g: number, m: number, means: Means): number {
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
      return means.tensor;
    case 'row-mean':
      return means.row;
  }
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
