// An optimizer's steps in binary64. Every weight carries a bound on how far a binary32 engine may
// be from it, derived on the optimizer's page and applied tensor by tensor, step by step.
import { assignParameters, copyParameters, nameOf, zeroParameters } from '../network/parameters.ts';
import type { Parameters, ParameterTensor } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { uBasic, under } from '../numeric/bounds/arithmetic.ts';
import { known } from '../numeric/bounds/error-bound.ts';
import type { BoundedGradients } from './gradients.ts';
import { atStep } from '../ops/optimizers/at-step.ts';
import { clippedBounds, clips } from '../ops/optimizers/clip.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { TensorState } from '../ops/optimizers/page.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';
import { larger, peakOf, underArithmetic } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';

/**
 * The exact parameters after the steps taken so far, and the bound on each entry for a
 * binary32 engine.
 */
export interface BoundedUpdates {
  readonly parameters: Parameters;
  readonly errors: Parameters;
  /**
   * The part of `errors` from storing the weights in binary32 after each step: the sum of u·|w|.
   */
  readonly storing: Parameters;
  /** The largest sizes in the steps since goOnFrom, layer by layer. */
  readonly extremes: readonly Extreme[];
  /**
   * Takes one step with these gradients. Without `gradientErrors`, every engine is given the same
   * gradients. Tensors that are not trained stay as they are, or become those of `followed`.
   */
  step(gradients: Parameters, gradientErrors?: Parameters, followed?: BoundedGradients['followed']): void;
  /**
   * The next step starts from exactly these parameters. The optimizer's state and its error
   * bounds stay.
   */
  goOnFrom(parameters: Parameters): void;
}

/** @param start the parameters that every engine starts from, with a fresh optimizer state */
export function boundedUpdates(network: NetworkSpec, spec: OptimizerSpec, start: Parameters): BoundedUpdates {
  const parameters = copyParameters(start, 'f64');
  const errors = zeroParameters(network, 'f64');
  const storing = zeroParameters(network, 'f64');
  const { init, update, error, squares = false } = optimizerPage(spec.id);
  const tensors = parameters.map(({ values }) => ({ values, state: init(values, spec) }));
  const eSlots = tensors.map(({ state }) => mapSlots(state, ({ length }) => new Float64Array(length)));
  const extremes: Extreme[] = [];
  const longest = Math.max(0, ...parameters.map(({ values }) => values.length));
  const copied = new Float64Array(longest);
  let none: Float64Array | null = null;
  let t = 0;
  return {
    parameters,
    errors,
    storing,
    extremes,
    step: (gradients, gradientErrors, followed = null) =>
      under(network.arithmetic, () => {
        t++;
        const now = atStep(spec, t - 1);
        const [gs, egs] = clippedIn(spec, gradients, gradientErrors);
        tensors.forEach(({ values: w, state }, n) => {
          if (parameters[n].trained === false) {
            if (followed === null) return;
            w.set(followed.values[n].values);
            (errors[n].values as Float64Array).set(followed.errors[n].values);
            return;
          }
          const g = copied.subarray(0, w.length);
          g.set(gs[n].values);
          const eg =
            (egs?.[n].values as Float64Array | undefined) ?? (none ??= new Float64Array(longest)).subarray(0, w.length);
          const before = mapSlots(state, (slot) => slot.slice());
          update(w, g, state, now);
          const after = state.slots as Record<string, Float64Array>;
          const ew = errors[n].values as Float64Array;
          error({ w: w as Float64Array, ew, g, eg, t, before, after, eSlots: eSlots[n] }, now);
          addStored(storing[n].values as Float64Array, w as Float64Array);
          for (const bounds of [ew, ...Object.values(eSlots[n])]) makeKnown(bounds);
          const peak = peakOf(g);
          const product = peak * (squares ? peak : now.learningRate); // an intermediate of the step
          const largest = [w, ...Object.values(after)].map(peakOf).reduce(larger, peak);
          extremes.push(...underArithmetic(sizes(gs[n], now.learningRate, product, largest)));
        });
      }),
    goOnFrom(from) {
      assignParameters(parameters, from);
      for (const { values } of [...errors, ...storing]) values.fill(0);
      extremes.length = 0;
    },
  };
}

/** The gradients after clipping, with their errors; without clipping, what is given. */
function clippedIn(
  spec: OptimizerSpec,
  gs: Parameters,
  egs: Parameters | undefined,
): readonly [Parameters, Parameters | undefined] {
  if (!clips(spec)) return [gs, egs];
  const exact = gs.map(({ values }) => Float64Array.from(values));
  const errors = egs?.map(({ values }) => Float64Array.from(values)) ?? exact.map((g) => new Float64Array(g.length));
  const after = clippedBounds(exact, errors, spec);
  const like = (all: readonly Float64Array[]): Parameters => gs.map((one, n) => ({ ...one, values: all[n] }));
  return [like(after.gradients), like(after.errors)];
}

function addStored(storing: Float64Array, w: Float64Array): void {
  for (let i = 0; i < w.length; i++) storing[i] += uBasic * Math.abs(w[i]);
}

function makeKnown(bounds: Float64Array): void {
  for (let i = 0; i < bounds.length; i++) bounds[i] = known(bounds[i]);
}

function sizes(of: ParameterTensor, learningRate: number, product: number, largest: number): Extreme[] {
  const [update, name] = [{ stage: 'update', layer: of.layer } as const, nameOf(of)];
  return [
    { ...update, name: 'learning rate', size: learningRate },
    { ...update, name, size: largest },
    { ...update, name: `the update of ${name}`, size: product },
  ];
}

function mapSlots(state: TensorState, of: (slot: Float64Array) => Float64Array): Record<string, Float64Array> {
  return Object.fromEntries(Object.entries(state.slots).map(([name, slot]) => [name, of(slot as Float64Array)]));
}
