// Three classes: two with fixed scores, one with a changing score. Computes its share by score over total, with relu before that,
// and by softmax.
import { matrixOf, zeros } from '../../../src/numeric/matrix.ts';
import { ROW_ACTIVATION } from '../../../src/ops/registry.ts';
import { plainShares } from './score-gradient.ts';

/** Scores of the two others. At a third score of -1.5 the total is 0. */
export const OTHERS = [1, 0.5] as const;

export interface Shares {
  readonly scores: readonly number[];
  readonly plain: readonly number[];
  readonly ratio: readonly number[];
  readonly softmax: readonly number[];
}

export function sharesOf(scores: readonly number[]): Shares {
  const by = (output: 'ratio' | 'softmax'): number[] => {
    const p = zeros('f64', 1, scores.length);
    ROW_ACTIVATION[output].forward(p, matrixOf([scores], 'f64'));
    return Array.from(p.data);
  };
  return { scores, plain: plainShares(scores), ratio: by('ratio'), softmax: by('softmax') };
}

/** The third score from -4 to 4. */
export function slide(): Shares[] {
  return Array.from({ length: 161 }, (_, i) => sharesOf([...OTHERS, (i - 80) / 20]));
}
