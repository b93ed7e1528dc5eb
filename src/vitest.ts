/**
 * backproof/vitest: Vitest's expect learns toBackpropagate and toAgreeWith.
 * @module backproof/vitest
 */
import { expect } from 'vitest';
import { matchers } from './report/matchers/matchers.ts';
import type { BackproofMatchers } from './report/matchers/matchers.ts';

export { exactGradients } from './report/matchers/exact-gradients.ts';
export type { ExactGradients } from './report/matchers/exact-gradients.ts';
export type { Candidate, CandidateAnswer, CandidateGradients, CandidateLayer } from './engines/external/candidate.ts';
export type { CandidateModule, CandidateProblem, CandidateUpdate } from './engines/external/candidate.ts';
export type { CandidateUpdated, NumberRows, Numbers } from './engines/external/candidate.ts';
export type { DeclaredConventions } from './engines/external/conventions.ts';
export type { NetworkSpec } from './network/spec.ts';
export type { BatchLike, MatrixLike, ParametersLike } from './report/matchers/forms.ts';
export type { Agreeable, BackproofMatchers } from './report/matchers/matchers.ts';
export type { BackpropagationOptions } from './report/matchers/problem.ts';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- the form that is merged
  interface Matchers<T> extends BackproofMatchers {}
}

expect.extend(matchers);
