// What an engine with wrong gradients was asked and answered, and how well the numbers of a mistake
// fit its answers. diagnose.ts compares them with one mistake, pairs.ts with two.
import type { Engine, FaultInjection, LossAndGradients } from '../../engines/engine.ts';
import { namedTensors } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { distance, dot, norm } from '../../numeric/norms.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import type { Setting } from '../../faults/fault.ts';
import { usedOfBound } from '../measure.ts';
import type { Question } from '../questions/protocol.ts';
import { gradientMisfit, lengthOf } from './misfit.ts';

/** What diagnosis needs to compute the network with a mistake in it. */
export interface FaultInjector {
  readonly setting: Setting;
  /** The same network in binary64, with a mistake injected. */
  readonly inject: (injection: FaultInjection) => Promise<Engine>;
}

/** Questions, and the answers of an engine with wrong gradients. */
export interface Evidence {
  readonly asked: readonly Question[];
  readonly found: readonly LossAndGradients[];
  /** As in Answered. */
  readonly lossToo: boolean;
  readonly missing: ReadonlySet<string>;
}

/**
 * If one mistake fits, another that fits this many times worse is dropped, though it is within
 * the bound.
 */
const CLEARLY_WORSE = 10;

/** Those that fit best, and all that fit about as well. */
export function bestOf<T extends { readonly apart: number }>(found: readonly T[]): T[] {
  const best = Math.min(...found.map(({ apart }) => apart));
  return found.filter(({ apart }) => apart <= CLEARLY_WORSE * Math.max(best, 1e-3));
}

/** Whether question `n` tells mistakes apart: it is decided, and its gradient has a size. */
export function isTelling({ asked }: Pick<Evidence, 'asked'>, n: number): boolean {
  const { kinks, gradients } = asked[n].exact;
  return kinks.length === 0 && lengthOf(gradients) > 0;
}

/**
 * gradientMisfit for question `n`. Where single precision does not decide it, 0 if the answer is as
 * near as either branch of its kinks allows.
 */
export function misfitAt(evidence: Evidence, n: number, inject: LossAndGradients): number {
  if (!isTelling(evidence, n)) return isPossible(evidence, n, inject) ? 0 : Infinity;
  const { asked, found, lossToo, missing } = evidence;
  const { gradients: right, errors, loss } = asked[n].exact;
  if (lossToo && !(usedOfBound(found[n].loss, inject.loss, 2 * loss.error) <= 1)) return Infinity;
  return gradientMisfit(inject.gradients, found[n].gradients, right, errors, missing);
}

/**
 * The allowed errors span both branches. A mistake that makes gradients larger makes what lies
 * between the branches larger, too.
 */
function isPossible({ asked, found, missing }: Evidence, n: number, inject: LossAndGradients): boolean {
  const { gradients: right, errors, shifts } = asked[n].exact;
  return namedTensors(right).every(({ name, values }, t) => {
    const [own, size] = [inject.gradients[t].values, norm(values)];
    const allowed = norm(errors[t].values) + (shifts === null ? 0 : norm(shifts[t].values));
    const times = size > 0 ? Math.max(1, norm(own) / size) : 1;
    const apart = distance([found[n].gradients[t].values], [own]);
    return missing.has(name) || !(apart > 2 * times * allowed);
  });
}

/** The names of tensors beyond their bounds (W1, b1 ...), measured as norms. */
export function wrongTensors(
  found: Parameters,
  { gradients, errors }: Pick<BoundedGradients, 'gradients' | 'errors'>,
  missing: ReadonlySet<string>,
): { readonly name: string; readonly layer: number }[] {
  return namedTensors(gradients).flatMap(({ name, layer, values }, t) => {
    const isOff = !(distance([found[t].values], [values]) <= norm(errors[t].values));
    return isOff && !missing.has(name) ? [{ name, layer }] : [];
  });
}

/**
 * Whether each answer is its exact gradient times one positive number, in all tensors and each time
 * that it is asked for: of two such factors, any others with the same product explain it too.
 */
export function isOneFactor({ asked, found, missing, lossToo }: Evidence): boolean {
  const telling = [...asked.keys()].filter((n) => isTelling({ asked }, n));
  if (telling.length === 0 || lossToo) return false;
  const factors = new Map<Question['batch'], number>();
  return telling.every((n) => {
    const { gradients, errors } = asked[n].exact;
    const tensors = namedTensors(gradients).flatMap(({ name, values }, t) =>
      missing.has(name) ? [] : [{ right: values, own: found[n].gradients[t].values, error: norm(errors[t].values) }],
    );
    const along = (of: 'own' | 'right'): number => tensors.reduce((sum, one) => sum + dot(one[of], one.right), 0);
    const c = along('own') / along('right');
    const isTimes = ({ right, own, error }: (typeof tensors)[number]): boolean =>
      distance([own], [Float64Array.from(right, (y) => c * y)]) <= 2 * c * error;
    const before = factors.get(asked[n].batch) ?? c;
    factors.set(asked[n].batch, c);
    return c > 0 && Math.abs(c - before) <= 1e-3 * c && tensors.every(isTimes);
  });
}
