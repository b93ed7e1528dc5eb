// The verdict on a library for one problem: it agrees, it is right for a loss or a function of its
// own, or its gradient is not the slope of any of its losses.
import type { Candidate } from '../../src/candidates/candidate.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import { allFinite } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { ELEMENTWISE_ACTIVATIONS } from '../../src/ops/registry.ts';
import type { ActivationId } from '../../src/ops/registry.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import { ask } from './candidate-engine.ts';
import type { Answer } from './candidate-engine.ts';
import { diagnose } from './diagnose.ts';
import { firstOffSlope, judge, placeIn } from './judge.ts';
import type { Place } from './judge.ts';
import type { Problem } from './problem.ts';
import { UNCLEAR, ownSlopes } from './slopes.ts';
import type { OwnSlope } from './slopes.ts';

export type CaseVerdict =
  /** Loss and gradients agree, in the conventions it declares. */
  | 'agrees'
  /** The gradient is the slope of another loss of the library than the one requested. */
  | 'own loss'
  /**
   * The gradient is a multiple of the slope of its loss; one of the two has another
   * constant factor.
   */
  | 'scaled'
  /** The gradient is right for another activation than the one requested. */
  | 'other function'
  /** Right, but the error exceeds that of single precision. */
  | 'imprecise'
  /** The gradient is the slope of none of the library's losses. */
  | 'wrong gradient'
  /** The measured slopes do not decide. */
  | 'unclear'
  /** NaN or infinity, although the exact numbers are finite. */
  | 'not finite';

/** From the best to the worst. */
export const CASE_VERDICTS: readonly CaseVerdict[] = [
  ...([
    'agrees',
    'imprecise',
    'own loss',
    'scaled',
    'other function',
    'unclear',
    'not finite',
    'wrong gradient',
  ] as const),
];

/**
 * The limit on ‖found - exact‖₂ / ‖exact‖₂ of every tensor. Slopes measured in binary32 cannot tell
 * a function approximated to four or more digits from a right one.
 */
const IMPRECISE = 1e-4;

export interface CaseResult {
  readonly verdict: CaseVerdict;
  /** The first wrong place in the order of the backward pass; null if it agrees. */
  readonly first: Place | null;
  /** The loss whose slope the gradient is, otherwise the nearest one; null if none was measured. */
  readonly own: Pick<OwnSlope, 'loss' | 'factor' | 'isSlope' | 'apart' | 'clear' | 'entries'> | null;
  /** The activation that it computes instead of the one requested. */
  readonly computes: ActivationId | null;
  /** Known mistakes that give exactly these numbers. */
  readonly diagnosis: readonly string[];
  readonly usedOfBound: number;
}

/**
 * @param exactFunction whether backproof has the network's function too; if not, only the slope of
 *   the library's own loss can decide
 */
export async function classify(
  candidate: Candidate,
  conventions: Conventions,
  problem: Problem,
  exactFunction = true,
): Promise<CaseResult> {
  const { network, parameters, batch } = problem;
  const answer = await ask(candidate, conventions, network, parameters, batch);
  const judged = judge(network, problem, answer, conventions);
  const result = { first: judged.first, own: null, computes: null, diagnosis: [], usedOfBound: judged.worst };
  if (!Number.isFinite(answer.loss) || !allFinite(answer.gradients)) return { ...result, verdict: 'not finite' };
  if (exactFunction && judged.worst <= 1) return { ...result, verdict: 'agrees' };
  if (exactFunction && conventions.dtype === 'f32' && judged.relative <= IMPRECISE)
    return { ...result, verdict: 'imprecise' };
  const lossesAt = async (p: Parameters): Promise<Readonly<Record<string, number>>> =>
    (await ask(candidate, conventions, network, p, batch)).losses;
  const roundoff = UNIT_ROUNDOFF[conventions.dtype];
  // twice, because the library may compute the function in another way
  const noise = 2 * problem.exact.loss.error * answer.unit * (roundoff / UNIT_ROUNDOFF.f32);
  const slopes = await ownSlopes(parameters, answer, lossesAt, { noise, dtype: conventions.dtype });
  const own = slopes.find(({ isSlope }) => isSlope) ?? nearest(slopes);
  const { loss, factor, isSlope, apart, clear, entries } = own;
  const off = isSlope
    ? null
    : firstOffSlope(answer, own, exactFunction ? problem.exact.gradients : null, UNCLEAR[conventions.dtype]);
  const measured = {
    ...result,
    first: off ?? placeIn(judged.first, own),
    own: { loss, factor, isSlope, apart, clear, entries },
  };
  if (isSlope && factor !== 1) return { ...measured, verdict: 'scaled' };
  if (isSlope && !exactFunction) return { ...measured, first: null, verdict: 'agrees' };
  if (isSlope) {
    const computes = exactFunction ? otherFunction(problem, answer, conventions) : null;
    return { ...measured, computes, verdict: computes === null ? 'own loss' : 'other function' };
  }
  // a loss that is not finite here (a logarithm of outputs below 0) cannot be the one it descends
  if (!slopes.some(({ wrong }) => wrong > 0) || slopes.some(({ wrong, clear }) => wrong === 0 && clear > 0)) {
    return { ...measured, verdict: 'unclear' };
  }
  const diagnosis = exactFunction ? await diagnose(candidate, conventions, problem, answer) : [];
  return { ...measured, diagnosis, verdict: 'wrong gradient' };
}

/** The activation that, used in the hidden layers, makes everything agree. */
function otherFunction(problem: Problem, answer: Answer, conventions: Conventions): ActivationId | null {
  const { layers } = problem.network;
  const fits = (activation: ActivationId): boolean => {
    const other = layers.map((layer, l) => (l < layers.length - 1 ? { ...layer, activation } : layer));
    return judge({ ...problem.network, layers: other }, problem, answer, conventions).worst <= 1;
  };
  return layers.length < 2 ? null : (ELEMENTWISE_ACTIVATIONS.find(fits) ?? null);
}

function nearest(slopes: readonly OwnSlope[]): OwnSlope {
  const apart = (s: OwnSlope): number => (s.clear > 0 && Number.isFinite(s.apart) ? s.apart : Infinity);
  return slopes.toSorted((a, b) => apart(a) - apart(b))[0];
}
