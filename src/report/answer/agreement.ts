// The answer for "agree" and "identical", as one sentence: what was compared, and the gradient that
// came nearest to its bound. Updated weights are left out of "worst": storing one may use nearly
// all of its bound.
import type { TensorMeasure, Verdict } from '../../check/verdict.ts';
import type { Checked } from './checked.ts';
import { formatPlace } from '../words/findings.ts';
import { listed } from '../../text.ts';
import { formatCount, formatUsed } from '../words/numbers.ts';

/**
 * "all 101,770 gradients are within rounding error (worst: 25 % of the allowed error at
 * W1[282,123])"
 */
export function agreement(verdict: Extract<Verdict, { kind: 'identical' | 'agree' }>, checked: Checked): string {
  const { gradients } = checked;
  if (gradients === null)
    return verdict.kind === 'agree' ? 'everything is within rounding error' : 'every bit is the same';
  const all = `all ${formatCount(gradients.entries)} gradients`;
  const also = others(checked);
  if (verdict.kind === 'identical') {
    const same = checked.reference === null ? 'are exact to the last bit' : 'are identical to the last bit';
    return `${listed([all, ...also, ...(isTrained(checked) ? ['all losses'] : [])])} ${same}`;
  }
  const worst = worstGradient(checked);
  const most =
    worst === null || worst.usedOfBound === 0
      ? ''
      : ` (worst: ${formatUsed(worst.usedOfBound)} of the allowed error at ${formatPlace(worst)})`;
  return `${all} are within rounding error${most}${also.length === 0 ? '' : `, and so are ${listed(also)}`}${isTrained(checked) ? '; the training shows nothing wrong' : ''}`;
}

/** What else was compared; not what backproof did for a candidate that does not do it itself. */
function others({ candidate, updates, lockstep }: Checked): string[] {
  if (candidate.filledIn?.includes('applyGradients') === true) return [];
  if (updates !== null) return [updates.updates.length > 0 ? 'the updates' : 'the training steps'];
  if (lockstep === null || lockstep.trainSteps.length === 0) return [];
  return [`the ${lockstep.updates.length > 0 ? 'updates' : 'training steps'} at ${lockstep.steps.length} steps`];
}

function isTrained({ freeRun }: Checked): boolean {
  return freeRun !== null && freeRun.loss.candidate.length > 0;
}

function worstGradient({ gradients, lockstep }: Checked): TensorMeasure | null {
  const asked = gradients?.questions.flatMap(({ measures }) => measures) ?? [];
  const all = [...(gradients?.parameters ?? []), ...asked, ...(lockstep?.gradients ?? [])];
  const tensors = all.filter(({ parameter }) => parameter !== 'loss' && parameter !== 'outputs');
  return tensors.reduce<TensorMeasure | null>(
    (worst, m) => (worst === null || m.usedOfBound > worst.usedOfBound ? m : worst),
    null,
  );
}
