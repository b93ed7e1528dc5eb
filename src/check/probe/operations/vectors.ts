// What formulas of one example are made of.
import { total } from '../loss/loss-parts.ts';

export function divided(values: Float64Array, by: number): Float64Array {
  return values.map((value) => value / by);
}

export function withoutMean(values: Float64Array): Float64Array {
  const mean = total(values) / values.length;
  return values.map((value) => value - mean);
}

export function withoutLargest(values: Float64Array): Float64Array {
  const largest = Math.max(...values);
  return values.map((value) => value - largest);
}
