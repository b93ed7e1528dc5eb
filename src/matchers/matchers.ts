// The matchers for expect.extend, in Vitest and in Jest, and their types.
import type { Candidate, CandidateModule, CandidateStepModule, NumberRows } from '../candidates/candidate.ts';
import type { GradientProblem } from '../check/function/check-gradient.ts';
import type { LayerProblem } from '../check/function/check-layer.ts';
import type { Layer } from '../check/function/layer.ts';
import { isAnyNetwork } from '../fuzz/space.ts';
import type { AnyNetwork } from '../fuzz/space.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { agrees } from './agrees.ts';
import { backpropagatesAny } from './any-network.ts';
import type { AnyNetworkRun } from './any-network.ts';
import { backpropagates } from './backpropagates.ts';
import type { Outcome } from './backpropagates.ts';
import { hasGradient, isLayer, layerBackpropagates } from './function-gradients.ts';
import type { ExactGradients } from './exact-gradients.ts';
import type { ParametersLike } from './forms.ts';
import { shown } from './implementation.ts';
import type { BackpropagationOptions } from './problem.ts';

/** The expected values that toAgreeWith accepts. */
export type Agreeable =
  | ExactGradients
  | { readonly loss?: number; readonly gradients: ParametersLike }
  | ParametersLike
  | Matrix
  | NumberRows
  | number;

/**
 * The matchers added to expect.
 * @typeParam R the return type of a synchronous matcher: void, or a promise after `.resolves`
 */
export interface BackproofMatchers<R = void> {
  /**
   * Passes if the function (or module) computes the loss of a batch and its gradients within
   * rounding error, and also the updates if it has applyGradients. Must be awaited.
   */
  toBackpropagate(network: NetworkSpec, options?: BackpropagationOptions): Promise<void>;
  /**
   * Passes if the function (or module) is right on random networks, as many as `runs` says. What it
   * throws at is left out. Must be awaited.
   */
  toBackpropagate(networks: AnyNetwork, options?: AnyNetworkRun): Promise<void>;
  /**
   * Passes if the backward pass of a layer ({ forward, backward }) is right, as checkLayer says.
   * Must be awaited.
   */
  toBackpropagate(problem: LayerProblem & { readonly inputs: object }): Promise<void>;
  /** Passes if this is the gradient of the function, as checkGradient says. Must be awaited. */
  toHaveGradient(problem: GradientProblem): Promise<void>;
  /**
   * Passes if every number is within its bound of the expected one; exactGradients gives a bound
   * per entry.
   */
  toAgreeWith(expected: Agreeable): R;
}

/** What a matcher returns to the test runner. */
export interface MatcherResult {
  readonly pass: boolean;
  /** The message of a failed assertion, with or without `.not`. */
  readonly message: () => string;
}

/**
 * For `expect.extend` of any runner that accepts Jest's matchers; `backproof/vitest` and
 * `backproof/jest` call it for you.
 */
export const matchers = {
  /** {@link BackproofMatchers.toBackpropagate} */
  async toBackpropagate(
    received: Candidate | CandidateModule | CandidateStepModule | Layer,
    network: NetworkSpec | AnyNetwork | LayerProblem,
    options?: BackpropagationOptions | AnyNetworkRun,
  ): Promise<MatcherResult> {
    const outcome = isAnyNetwork(network)
      ? backpropagatesAny(received, network, options)
      : isLayer(received, network)
        ? layerBackpropagates(received, network)
        : backpropagates(received, network as NetworkSpec, options);
    return outcome.then(resultOf, failed);
  },
  /** {@link BackproofMatchers.toHaveGradient} */
  async toHaveGradient(received: unknown, problem: GradientProblem): Promise<MatcherResult> {
    return hasGradient(received, problem).then(resultOf, failed);
  },
  /** {@link BackproofMatchers.toAgreeWith} */
  toAgreeWith(received: unknown, expected: Agreeable): MatcherResult {
    try {
      return resultOf(agrees(received, expected));
    } catch (error) {
      return failed(error);
    }
  },
};

function resultOf({ pass, message }: Outcome): MatcherResult {
  return { pass, message: () => message };
}

/** Nothing was checked. */
function failed(error: unknown): never {
  throw shown(error);
}
