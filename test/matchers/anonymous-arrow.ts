// A candidate whose default export has no name: an arrow function.
import type { CandidateProblem } from '../../src/index.ts';

export default ({ parameters }: CandidateProblem) => ({ loss: 1, gradients: parameters });
