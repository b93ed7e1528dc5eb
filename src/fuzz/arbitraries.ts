// Random networks as arbitraries of fast-check, for properties of the user's own. They shrink as
// `backproof fuzz` does.
import { Arbitrary, Stream, Value } from 'fast-check';
import type { Random } from 'fast-check';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { drawProblem, isWithin } from './draw.ts';
import type { Problem } from './draw.ts';
import { rounder } from './shrink/rounding.ts';
import { smaller } from './shrink/smaller.ts';
import { spaceOf } from './space.ts';
import type { AnyNetworkOptions, Space } from './space.ts';

/** A network with parameters, a batch and a training that fit it. */
export interface NetworkProblem {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  /** Training steps. */
  readonly steps: number;
  /** In single precision. */
  readonly parameters: Parameters;
  /** In single precision. */
  readonly batch: Batch;
}

/**
 * Random networks with numbers, for `fc.asyncProperty(problems({ activations: ['relu'] }), ...)`.
 * They shrink to fewer layers, units and examples, simpler activations and losses, and rounder
 * numbers.
 * @throws UsageError on an unknown name, or a number out of range
 */
export function problems(options: AnyNetworkOptions = {}): Arbitrary<NetworkProblem> {
  return new Problems(spaceOf(options));
}

/**
 * Random networks alone.
 * @throws UsageError on an unknown name, or a number out of range
 */
export function networks(options: AnyNetworkOptions = {}): Arbitrary<NetworkSpec> {
  return problems(options).map(({ network }) => network);
}

class Problems extends Arbitrary<NetworkProblem> {
  readonly #space: Space;

  constructor(space: Space) {
    super();
    this.#space = space;
  }

  override generate(random: Random): Value<NetworkProblem> {
    return new Value(shown(drawProblem(random.nextInt(), this.#space)), undefined);
  }

  override canShrinkWithoutContext(value: unknown): value is NetworkProblem {
    return typeof value === 'object' && value !== null && 'network' in value && 'parameters' in value;
  }

  override shrink({ parameters: start, ...rest }: NetworkProblem): Stream<Value<NetworkProblem>> {
    const problem = { ...rest, start };
    return new Stream(simpler(problem))
      .filter((one) => isWithin(one, this.#space))
      .map((one) => new Value(shown(one), undefined));
  }
}

/** Lazy: fast-check asks for the next only when one no longer fails. */
function* simpler(problem: Problem): Generator<Problem, void> {
  yield* smaller(problem, false);
  yield* rounder(problem);
}

function shown({ start, ...rest }: Problem): NetworkProblem {
  return { ...rest, parameters: start };
}
