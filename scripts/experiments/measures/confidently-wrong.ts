// The gradient of each loss with respect to the wrong class's score, for a softmax network that is wrong with growing confidence.
import { matrixOf } from '../../../src/numeric/matrix.ts';
import { scored } from './score-gradient.ts';

export interface Confident {
  /** The lead of the wrong class's score over the nine others. */
  readonly lead: number;
  /** The wrong class's share. */
  readonly share: number;
  /** d loss / d (its score) */
  readonly squaredError: number;
  readonly crossEntropy: number;
}

/** One example of ten classes: class 0 is right, class 1 has the score `lead`, all others 0. */
export function confidentlyWrong(lead: number): Confident {
  const [right, wrong] = [0, 1];
  const row = (at: number, value: number): number[] => Array.from({ length: 10 }, (_, k) => (k === at ? value : 0));
  const [z, t] = [matrixOf([row(wrong, lead)], 'f64'), matrixOf([row(right, 1)], 'f64')];
  const squared = scored('softmaxSquared', z, t);
  return {
    ...{ lead, share: squared.p.data[wrong], squaredError: squared.dz.data[wrong] },
    crossEntropy: scored('softmaxCrossEntropy', z, t).dz.data[wrong],
  };
}
