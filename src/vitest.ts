/**
 * backproof/vitest: adds toBackpropagate, toHaveGradient and toAgreeWith to Vitest's expect.
 * @module backproof/vitest
 */
import { expect } from 'vitest';
import { matchers } from './matchers/matchers.ts';
import type { BackproofMatchers } from './matchers/matchers.ts';

export { anyNetwork } from './fuzz/space.ts';
export type { AnyNetwork, AnyNetworkOptions } from './fuzz/space.ts';
export type { AnyNetworkRun } from './matchers/any-network.ts';
export { exactGradients } from './matchers/exact-gradients.ts';
export type { ExactGradients } from './matchers/exact-gradients.ts';
export type {
  Candidate,
  CandidateAnswer,
  CandidateGradients,
  CandidateLayer,
  LayerTensors,
} from './candidates/candidate.ts';
export type { CandidateModule, CandidateProblem, CandidateUpdate } from './candidates/candidate.ts';
export type { CandidateUpdated, NumberRows, Numbers } from './candidates/candidate.ts';
export type { CandidateStep, CandidateStepModule, CandidateStepped } from './candidates/candidate.ts';
export type { CandidateTrainStep } from './candidates/candidate.ts';
export type { DeclaredConventions } from './candidates/conventions/conventions.ts';
export type { GradientProblem } from './check/function/check-gradient.ts';
export type { LayerProblem } from './check/function/check-layer.ts';
export type { Layer, LayerGradients } from './check/function/layer.ts';
export type { NetworkSpec } from './network/spec.ts';
export type { BatchLike, MatrixLike, ParametersLike } from './matchers/forms.ts';
export type { Agreeable, BackproofMatchers } from './matchers/matchers.ts';
export type { BackpropagationOptions } from './matchers/problem.ts';

declare module 'vitest' {
  // eslint-disable-next-line @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- the form that is merged
  interface Matchers<T> extends BackproofMatchers {}
}

expect.extend(matchers);
