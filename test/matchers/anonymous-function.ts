// A candidate whose default export has no name: a function.
import type { CandidateProblem } from '../../src/index.ts';

export default function ({ parameters }: CandidateProblem) {
  return { loss: 1, gradients: parameters };
}
