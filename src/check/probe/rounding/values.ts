// The values of an answer, each beside the right one and how far single precision may move it.
import { asCandidate } from '../../../candidates/engine.ts';
import type { BoundedGradients } from '../../../bounds/gradients.ts';
import type { LossAndGradients } from '../../../engines/engine.ts';
import { namedTensors } from '../../../network/parameters.ts';
import type { Point } from '../../slopes/general-point.ts';
import type { Asker } from '../asker.ts';
import { isRounded } from './roundings.ts';
import type { Rounding } from './roundings.ts';

/** A question and the answer; the right one, and how far rounding may move its numbers. */
export interface Answered extends Point {
  readonly exact: Pick<BoundedGradients, 'loss' | 'gradients' | 'errors'>;
  readonly found: LossAndGradients;
}

/** One value of an answer. `scale`: what the engine itself returned is so many times this. */
export interface Value {
  readonly name: string;
  readonly found: ArrayLike<number>;
  readonly exact: ArrayLike<number>;
  readonly errors: ArrayLike<number>;
  readonly scale: number;
}

export type Scales = (B: number) => { readonly loss: number; readonly gradients: number };

/** Sums that the harness divides by B were rounded before. */
export function scalesOf({ engine }: Asker): Scales {
  const { conventions = {} } = asCandidate(engine);
  const of = (what: string, B: number): number => (conventions[what] === 'sum' ? B : 1);
  return (B) => ({ loss: of('loss', B), gradients: of('gradients', B) });
}

export function valuesOf(
  { batch, exact, found }: Pick<Answered, 'batch' | 'exact' | 'found'>,
  scales: Scales,
): Value[] {
  const scale = scales(batch.inputs.rows);
  const loss: Value = {
    name: 'loss',
    found: [found.loss],
    exact: [exact.loss.value],
    errors: [exact.loss.error],
    scale: scale.loss,
  };
  const tensors = namedTensors(exact.gradients).flatMap(({ name, trained, values }, t): Value[] => {
    if (trained === false) return [];
    const errors = exact.errors[t].values;
    return [{ name: `d${name}`, found: found.gradients[t].values, exact: values, errors, scale: scale.gradients }];
  });
  return [loss, ...tensors];
}

/** Whether a number is not the right one. */
export function isOff({ found, exact, errors }: Value): boolean {
  return !everyAt(found, (x, i) => Math.abs(x - exact[i]) <= errors[i]);
}

export function everyAt(values: ArrayLike<number>, holds: (x: number, i: number) => boolean): boolean {
  for (let i = 0; i < values.length; i++) if (!holds(values[i], i)) return false;
  return true;
}

export function isRoundedAll(rounding: Rounding, { found, exact, errors, scale }: Value): boolean {
  return everyAt(found, (x, i) => isRounded(rounding, scale * x, scale * exact[i], scale * errors[i]));
}
