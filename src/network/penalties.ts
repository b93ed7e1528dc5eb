// The penalties of a network, tensor by tensor: what is added to the loss of its data.
import type { PenaltyOn } from '../ops/piece-fault.ts';
import type { PenaltyPage } from '../ops/penalties/page.ts';
import { penaltyOf } from '../ops/penalties/registry.ts';
import { roundingOf } from '../numeric/dtype.ts';
import { shapesOf } from './parameters.ts';
import type { Parameters } from './parameters.ts';
import { factorOf, hasPenalties, isOn } from './penalty-spec.ts';
import type { NetworkSpec } from './spec.ts';

/** A penalty on one tensor, by the tensor's place among the network's. */
export interface PlacedPenalty extends PenaltyOn {
  readonly page: PenaltyPage;
  readonly at: number;
  /** From 1. */
  readonly layer: number;
}

/** Every penalty on every tensor, in the order in which engines add them: penalty by penalty. */
export function penaltiesOn(network: NetworkSpec, B: number): PlacedPenalty[] {
  return (network.penalties ?? []).flatMap((spec) => {
    const [page, factor] = [penaltyOf(spec.kind), factorOf(spec, B)];
    return shapesOf(network).flatMap(({ layer, role }, at) =>
      isOn(spec, { layer, role }) ? [{ at, layer, role, page, factor }] : [],
    );
  });
}

/** The penalties on the tensors of layer l (from 0). */
export function penaltiesOfLayer(network: NetworkSpec, l: number, B: number): PenaltyOn[] {
  return hasPenalties(network) ? penaltiesOn(network, B).filter(({ layer }) => layer === l + 1) : [];
}

/**
 * The loss of the data with all penalties added to it, each sum rounded to the precision of the
 * parameters.
 * @param change what is added in place of the value of a penalty
 */
export function withPenalties(
  network: NetworkSpec,
  parameters: Parameters,
  B: number,
  loss: number,
  change: (penalty: number) => number = (penalty) => penalty,
): number {
  return penaltiesOn(network, B).reduce((sum, { at, page, factor }) => {
    const { values } = parameters[at];
    return roundingOf(values)(sum + change(page.forward(values, factor)));
  }, loss);
}

/** The value of all penalties together. */
export function penaltyValue(network: NetworkSpec, parameters: Parameters, B: number): number {
  return withPenalties(network, parameters, B, 0);
}
