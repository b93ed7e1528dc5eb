// Where a computation leaves the range of a precision: what an engine of that precision answers from there on says nothing about it.
import type { Engine } from '../engines/engine.ts';
import { isWithin } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { TensorMeasure } from './verdict.ts';

export type Judged = 'loss' | 'outputs' | 'gradient' | 'update' | 'train-step';

/** The first number out of range on the way to what is judged; null if there is none. */
export function outOfRange(extremes: readonly Extreme[], dtype: Dtype, what: Judged, layer: number): Extreme | null {
  const matters = (e: Extreme): boolean => {
    if (e.stage === 'forward') return what !== 'update';
    if (e.stage === 'loss') return what === 'loss';
    if (e.stage === 'update') return (what === 'update' || what === 'train-step') && e.layer === layer;
    if (what !== 'gradient' && what !== 'train-step') return false;
    return e.stage === 'backward' ? e.layer >= layer : e.layer === layer;
  };
  return extremes.find((e) => matters(e) && !isWithin(e, dtype)) ?? null;
}

export type Dtypes = Readonly<Record<'candidate' | 'reference', Dtype>>;

export function dtypesOf(candidate: Pick<Engine, 'dtype'>, reference: Pick<Engine, 'dtype'>): Dtypes {
  return { candidate: candidate.dtype, reference: reference.dtype };
}

/** A measure that blames nobody whose numbers could not but leave the range. */
export function excused(m: TensorMeasure, what: Judged, extremes: readonly Extreme[], dtypes: Dtypes): TensorMeasure {
  if (m.left === null) return m;
  const layer = Number(/\d+/.exec(m.parameter)?.[0] ?? 0);
  const beyond = {
    candidate: outOfRange(extremes, dtypes.candidate, what, layer),
    reference: outOfRange(extremes, dtypes.reference, what, layer),
  };
  const blamed = (['candidate', 'reference'] as const).filter(
    (side) => (m.left === side || m.left === 'both') && beyond[side] === null,
  );
  if (blamed.length === 2 || (blamed.length === 1 && m.left !== 'both')) return m;
  const [left = null] = blamed;
  const { name, size } = (beyond.candidate ?? beyond.reference) as Extreme;
  return { ...m, left, outOfRange: { name, size } };
}
