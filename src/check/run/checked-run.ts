// A run whose every loss and update is checked from where the engine was: if all are within their
// bounds, it is right so far, however far it is from the exact one.
import { boundedGradients } from '../../bounds/gradients.ts';
import type { Kink, StepBounds } from '../../bounds/gradients.ts';
import { boundedUpdates } from '../../bounds/update.ts';
import type { BoundedUpdates } from '../../bounds/update.ts';
import type { Batches } from '../../data/batches.ts';
import type { Engine } from '../../engines/engine.ts';
import { indexOf, namedTensors } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { isWithin } from '../../numeric/bounds/extremes.ts';
import type { Extreme } from '../../numeric/bounds/extremes.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { isWithinBounds, usedOfBound } from '../uses.ts';
import { stepOf } from './training.ts';

/**
 * Why a correct run leaves the exact one. Either a unit took another branch at `step`, or had a
 * score of exactly 0 there, where both branches are right. Or rounding was fed back and grew, most
 * of all in the update at `step`, in the named entry, which single precision determines least.
 */
export type Cause = { readonly step: number } & (
  | ({ readonly cause: 'kink' } & Kink)
  | { readonly cause: 'feedback'; readonly parameter: string; readonly index: readonly number[] }
);

/** boundedGradients of the batch of a step. */
export type BoundsOfStep = (parameters: Parameters, batches: Batches, step: number) => Promise<StepBounds>;

/** What is run. */
export interface CheckedProblem {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  /** Bounds on what a step computes, in other threads; default: in this one. */
  readonly bounds?: BoundsOfStep | undefined;
}

/** How many steps the engine is ahead of the check, where other threads find bounds. */
const AHEAD = 2;

/** A step that the engine took, or what it threw. */
type Taken =
  | { readonly loss: number; readonly after: Parameters; readonly bounds: Promise<StepBounds> }
  | { readonly error: unknown };

/** What a step showed. */
export interface CheckedStep {
  readonly isRight: boolean;
  /** The first exact number that leaves the range of the engine's precision; null if none does. */
  readonly beyond: Extreme | null;
}

/** Goes on after a step only if that was right, or left the range. */
export class CheckedRun {
  readonly losses: number[] = [];
  parameters: Parameters;
  /** Where single precision determined it least. */
  cause: Cause | null = null;
  #largest = -1;
  readonly #problem: CheckedProblem;
  readonly #engine: Engine;
  readonly #last: number;
  readonly #expected: BoundedUpdates;
  /** Steps that the engine took already. */
  readonly #ahead: Taken[] = [];
  /** Where the engine is. */
  #reached: Parameters;

  private constructor(problem: CheckedProblem, engine: Engine, last: number, parameters: Parameters) {
    this.#problem = problem;
    this.#engine = engine;
    this.#last = last;
    this.parameters = this.#reached = parameters;
    this.#expected = boundedUpdates(problem.network, problem.optimizer, parameters);
  }

  /** @param last the last step that will be asked for */
  static async begin(problem: CheckedProblem, engine: Engine, last: number): Promise<CheckedRun> {
    await engine.load(problem.initial);
    return new CheckedRun(problem, engine, last, await engine.parameters());
  }

  /** Takes the next step. */
  async step(): Promise<CheckedStep> {
    const [expected, step] = [this.#expected, this.losses.length];
    const reach = Math.min(step + (this.#problem.bounds === undefined ? 0 : AHEAD), this.#last);
    while (step + this.#ahead.length <= reach && !this.#hasFailed()) this.#ahead.push(await this.#take());
    const taken = this.#ahead.shift();
    if (taken === undefined) throw new RangeError(`step ${step} is beyond the last one, ${this.#last}`);
    if ('error' in taken) throw taken.error;
    const { loss, after } = taken;
    const exact = await taken.bounds;
    expected.step(exact.gradients, exact.errors, exact.followed);
    const [right, errors] = [expected.parameters, expected.errors];
    const isRight = after.every(({ values }, t) => isWithinBounds(values, right[t].values, errors[t].values));
    const isLossRight = usedOfBound(loss, exact.loss.value, exact.loss.error) <= 1;
    const beyond = [...exact.extremes, ...expected.extremes].find((e) => !isWithin(e, this.#engine.dtype)) ?? null;
    this.parameters = after;
    this.losses.push(loss);
    this.#remember(step, exact.kinks);
    expected.goOnFrom(after);
    return { isRight: isLossRight && isRight, beyond };
  }

  /** Whether a step that the engine took already threw: it is not asked for another. */
  #hasFailed(): boolean {
    return this.#ahead.some((taken) => 'error' in taken);
  }

  /** The engine's next step. Its bounds are found meanwhile. */
  async #take(): Promise<Taken> {
    const { network, batches, bounds: elsewhere } = this.#problem;
    const [from, step] = [this.#reached, this.losses.length + this.#ahead.length];
    const bounds = elsewhere?.(from, batches, step);
    bounds?.catch(() => {}); // thrown where it is awaited
    try {
      const loss = await stepOf(this.#engine, batches, step);
      const after = await this.#engine.parameters();
      this.#reached = after;
      return { loss, after, bounds: bounds ?? Promise.resolve(boundedGradients(network, from, batches.batch(step))) };
    } catch (error) {
      return { error };
    }
  }

  #remember(step: number, [kink]: readonly Kink[]): void {
    const { at, bound } = largestEntry(this.#expected.errors);
    if (bound <= this.#largest) return;
    this.#largest = bound;
    this.cause = kink === undefined ? { step, cause: 'feedback', ...at } : { step, cause: 'kink', ...kink };
  }
}

function largestEntry(of: Parameters): { at: { parameter: string; index: readonly number[] }; bound: number } {
  let worst = { at: { parameter: '', index: [] as readonly number[] }, bound: -1 };
  for (const { name, shape, values } of namedTensors(of)) {
    let i = 0;
    for (let j = 1; j < values.length; j++) if (values[j] > values[i]) i = j;
    if (values[i] > worst.bound) worst = { at: { parameter: name, index: indexOf(shape, i) }, bound: values[i] };
  }
  return worst;
}
