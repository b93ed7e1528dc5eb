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
import { measureParameters, usedOfBound } from '../measure.ts';
import { both } from '../pair.ts';

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
  /** Bounds on what a step computes, in another thread; default: in this one. */
  readonly bounds?: BoundsOfStep | undefined;
}

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
  readonly #batches: Batches;
  readonly #engine: Engine;
  readonly #expected: BoundedUpdates;
  readonly #boundsOf: BoundsOfStep;
  /** Those of the next step. */
  #bounds: Promise<StepBounds>;

  private constructor(problem: CheckedProblem, engine: Engine, parameters: Parameters) {
    const { network, optimizer, batches, bounds } = problem;
    this.#batches = batches;
    this.#engine = engine;
    this.parameters = parameters;
    this.#expected = boundedUpdates(network, optimizer, parameters);
    this.#boundsOf = bounds ?? (async (at, { batch }, step) => boundedGradients(network, at, batch(step)));
    this.#bounds = this.#boundsAt(0);
  }

  static async begin(problem: CheckedProblem, engine: Engine): Promise<CheckedRun> {
    await engine.load(problem.initial);
    return new CheckedRun(problem, engine, await engine.parameters());
  }

  /**
   * Takes the next step. Another thread computes the bounds of the step after it meanwhile.
   * @param isLast whether no step follows
   */
  async step(isLast: boolean): Promise<CheckedStep> {
    const [engine, expected, step, started] = [this.#engine, this.#expected, this.losses.length, this.#bounds];
    const loss = await engine.trainStep(this.#batches.batch(step));
    const own = await engine.parameters();
    this.parameters = own;
    if (!isLast) this.#bounds = this.#boundsAt(step + 1);
    const exact = await started;
    expected.step(exact.gradients, exact.errors, exact.followed);
    const measures = measureParameters(both(own), expected.parameters, expected.errors);
    const isLossRight = usedOfBound(loss, exact.loss.value, exact.loss.error) <= 1;
    const beyond = [...exact.extremes, ...expected.extremes].find((e) => !isWithin(e, engine.dtype)) ?? null;
    this.losses.push(loss);
    this.#remember(step, exact.kinks);
    expected.goOnFrom(own);
    return { isRight: isLossRight && measures.every((m) => m.left === null), beyond };
  }

  #boundsAt(step: number): Promise<StepBounds> {
    const bounds = this.#boundsOf(this.parameters, this.#batches, step);
    bounds.catch(() => {}); // thrown where it is awaited
    return bounds;
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
