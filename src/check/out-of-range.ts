// Finds where a computation leaves the range of a precision: past that point, an engine of that
// precision cannot be judged.
import { isWithin } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';
import type { Dtype } from '../numeric/dtype.ts';
import { SIDES, mapPair } from './pair.ts';
import type { Pair } from './pair.ts';
import type { TensorMeasure } from './verdict.ts';

/** What is judged; for a tensor, with its layer (from 1). */
export type Judged =
  | { readonly what: 'loss' | 'outputs' }
  | { readonly what: 'gradient' | 'update' | 'train-step'; readonly layer: number };

/** The first number out of range on the way to what is judged; null if there is none. */
export function outOfRange(extremes: readonly Extreme[], dtype: Dtype, judged: Judged): Extreme | null {
  return extremes.find((e) => matters(e, judged) && !isWithin(e, dtype)) ?? null;
}

function matters({ stage, layer }: Extreme, judged: Judged): boolean {
  if (stage === 'forward') return judged.what !== 'update';
  if (stage === 'loss') return judged.what === 'loss';
  if (!('layer' in judged)) return false;
  if (stage === 'update') return judged.what !== 'gradient' && layer === judged.layer;
  if (judged.what === 'update') return false;
  return stage === 'backward' ? layer >= judged.layer : layer === judged.layer;
}

/** The measure, without blame for a side whose numbers had to leave the range. */
export function excused(
  m: TensorMeasure,
  judged: Judged,
  extremes: readonly Extreme[],
  dtypes: Pair<Dtype>,
): TensorMeasure {
  if (m.left === null) return m;
  const beyond = mapPair(dtypes, (dtype) => outOfRange(extremes, dtype, judged));
  const blamed = SIDES.filter((side) => (m.left === side || m.left === 'both') && beyond[side] === null);
  if (blamed.length === 2 || (blamed.length === 1 && m.left !== 'both')) return m;
  const [left = null] = blamed;
  const { name, size } = (beyond.candidate ?? beyond.reference) as Extreme;
  return { ...m, left, outOfRange: { name, size } };
}
