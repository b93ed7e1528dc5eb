// Where a computation leaves the range of a precision: what an engine of that precision answers from there on says nothing about it.
import type { Engine } from '../engines/engine.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { TensorMeasure } from './verdict.ts';

/** The largest size that comes up in one step of the computation (partial sums included), or the smallest where what matters is that it does not vanish. */
export interface Extreme {
  /** What depends on it: everything, the loss alone, the gradients of this layer and below, those of this layer, or its update. */
  readonly stage: 'forward' | 'loss' | 'backward' | 'gradient' | 'update';
  /** 1-based. */
  readonly layer: number;
  /** z1, a1, dz1, dW1, loss, learning rate ... */
  readonly name: string;
  readonly size: number;
  /** It is divided by: it must not round to 0. */
  readonly divides?: boolean;
}

/** An engine sums in its own order and may keep a factor of 2 or 4 for later: what is nearer than that to the end of the range may be beyond it. */
const ROOM = 4;
const LARGEST: Record<Dtype, number> = { f32: 2 ** 127 * (2 - 2 ** -23), f64: Number.MAX_VALUE };
const SMALLEST: Record<Dtype, number> = { f32: 2 ** -126, f64: 2 ** -1022 };

/** The larger of two sizes; NaN, which is out of every range, stays. */
export function larger(a: number, b: number): number {
  return b > a || Number.isNaN(b) ? b : a;
}

/** The largest |x|. */
export function peakOf(values: ArrayLike<number>): number {
  let peak = 0;
  for (let i = 0; i < values.length; i++) peak = larger(peak, Math.abs(values[i]));
  return peak;
}

/** Whether an engine of this precision can have that number. NaN is out of every range. */
export function isWithin({ size, divides = false }: Extreme, dtype: Dtype): boolean {
  return divides ? size >= ROOM * SMALLEST[dtype] : size <= LARGEST[dtype] / ROOM;
}

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
