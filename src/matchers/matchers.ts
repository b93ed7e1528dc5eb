// The matchers as expect.extend takes them, in Vitest and in Jest alike, and what their types are.
import type { Candidate, CandidateModule, NumberRows } from '../candidates/candidate.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { agrees } from './agrees.ts';
import { backpropagates } from './backpropagates.ts';
import type { ExactGradients } from './exact-gradients.ts';
import type { ParametersLike } from './forms.ts';
import { shown } from './implementation.ts';
import type { BackpropagationOptions } from './problem.ts';

/** What toAgreeWith compares with. */
export type Agreeable =
  | ExactGradients
  | { readonly loss?: number; readonly gradients: ParametersLike }
  | ParametersLike
  | Matrix
  | NumberRows
  | number;

/**
 * What the matchers add to expect.
 * @typeParam R what a matcher gives back that does not have to wait: void, or a promise after `.resolves`
 */
export interface BackproofMatchers<R = void> {
  /**
   * The function (or module) that is expected on gives the loss of a batch and its gradients, and makes updates if it has applyGradients, as exactly as
   * rounding allows. Has to be awaited.
   */
  toBackpropagate(network: NetworkSpec, options?: BackpropagationOptions): Promise<void>;
  /** Every number is within its bound of the one expected; exactGradients gives exact bounds. */
  toAgreeWith(expected: Agreeable): R;
}

/** What a matcher answers to the runner. */
export interface MatcherResult {
  readonly pass: boolean;
  /** What the test says where it fails; with `.not`, where it passes. */
  readonly message: () => string;
}

/** For `expect.extend` of any runner that takes Jest's matchers; `backproof/vitest` and `backproof/jest` do it for those two. */
export const matchers = {
  /** {@link BackproofMatchers.toBackpropagate} */
  async toBackpropagate(
    received: Candidate | CandidateModule,
    network: NetworkSpec,
    options?: BackpropagationOptions,
  ): Promise<MatcherResult> {
    try {
      const { pass, message } = await backpropagates(received, network, options);
      return { pass, message: () => message };
    } catch (error) {
      throw shown(error);
    }
  },
  /** {@link BackproofMatchers.toAgreeWith} */
  toAgreeWith(received: unknown, expected: Agreeable): MatcherResult {
    try {
      const { pass, message } = agrees(received, expected);
      return { pass, message: () => message };
    } catch (error) {
      throw shown(error);
    }
  },
};
