/**
 * backproof/jest: adds toBackpropagate, toHaveGradient and toAgreeWith to Jest's expect, both the
 * global one and that of @jest/globals.
 * @module backproof/jest
 */
import { expect } from '@jest/globals';
import { anyNetwork as any } from './fuzz/space.ts';
import { exactGradients as exact } from './matchers/exact-gradients.ts';
import { matchers } from './matchers/matchers.ts';
import type { BackproofMatchers } from './matchers/matchers.ts';

export type { AnyNetwork, AnyNetworkOptions } from './fuzz/space.ts';
export type { AnyNetworkRun } from './matchers/any-network.ts';
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

/** As 'backproof' exports it, but for CommonJS too: 'backproof' itself is only for ES modules. */
export const exactGradients: typeof exact = exact;

/** As 'backproof/vitest' exports it. */
export const anyNetwork: typeof any = any;

/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type, @typescript-eslint/no-namespace -- the forms that are merged */
declare module '@jest/expect' {
  interface Matchers<R extends void | Promise<void>, T> extends BackproofMatchers<R> {}
}
declare global {
  namespace jest {
    interface Matchers<R, T> extends BackproofMatchers<R> {}
  }
}

expect.extend(matchers);
