// Forward and backward through the whole network: the chain rule, layer by layer, on buffers that
// are allocated once.
//
// Letters: B examples, D inputs, K outputs; for layer l: x its input, z its scores,
// a = activation(z).
import type { Batch } from '../../network/batch.ts';
import { tensorsOf } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { penaltiesOfLayer, withPenalties } from '../../network/penalties.ts';
import { lastLayer, layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import { dtypeOf } from '../../numeric/dtype.ts';
import { asDtype, zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { BACKWARD, activate } from '../../ops/backward-rules.ts';
import type { Pass } from '../../ops/layers/page.ts';
import type { BackwardRules } from '../../ops/piece-fault.ts';
import { lossOf } from '../../ops/registry.ts';

/** Buffers for one batch size; index l is the layer. */
export interface Workspace {
  readonly x: Matrix; // (B, D)
  readonly t: Matrix; // (B, K)
  readonly z: readonly Matrix[]; // (B, units of l)
  // (B, units of l); for a loss from scores, the last is what the loss keeps (cross-entropy: log p)
  readonly a: readonly Matrix[];
  readonly dz: readonly Matrix[]; // like z
  readonly da: readonly Matrix[]; // like a
  readonly more: unknown[]; // what else each layer keeps for its backward pass
  readonly masks: (Matrix | null)[]; // (B, units of l) of layers that draw
}

export function createWorkspace(network: NetworkSpec, dtype: Dtype, B: number): Workspace {
  const perLayer = (): Matrix[] => layersOf(network).map(({ units }) => zeros(dtype, B, units));
  return {
    x: zeros(dtype, B, network.inputs),
    t: zeros(dtype, B, lastLayer(network).units),
    z: perLayer(),
    a: perLayer(),
    dz: perLayer(),
    da: perLayer(),
    more: network.layers.map(() => undefined),
    masks: network.layers.map(() => null),
  };
}

/** Copies a batch into the workspace, converted to its precision. */
export function loadBatch(work: Workspace, batch: Batch): void {
  work.x.data.set(batch.inputs.data);
  work.t.data.set(batch.targets.data);
  work.masks.forEach((_, l) => {
    const mask = batch.masks?.[l] ?? null;
    work.masks[l] = mask && { ...mask, data: asDtype(mask.data, dtypeOf(work.x.data)) };
  });
}

/**
 * Scores and outputs of all layers. If `toLoss` is set and the loss starts from scores, the last
 * layer stops at its scores. That is a pass of training, else one of prediction.
 * @param from the layer to start with, from 0: the work of those below is done
 */
export function forward(
  network: NetworkSpec,
  parameters: Parameters,
  work: Workspace,
  toLoss: boolean,
  from = 0,
  rules: Pick<BackwardRules, 'forward'> = BACKWARD,
): void {
  let x = from === 0 ? work.x : work.a[from - 1];
  const last = network.layers.length - 1;
  const stopsAtScores = toLoss && lossOf(network.loss).from === 'scores';
  layersOf(network).forEach(({ page, spec, activation }, l) => {
    if (l < from) return;
    const [z, a] = [work.z[l], work.a[l]];
    const pass: Pass = toLoss ? { mode: 'train', mask: work.masks[l] } : { mode: 'predict', mask: null };
    work.more[l] = rules.forward(l, { page, spec, z, x, p: tensorsOf(parameters, l), pass });
    if (l === last && stopsAtScores) return;
    activate(activation, a, z);
    x = a;
  });
}

/** @param change as of withPenalties */
export function loss(
  network: NetworkSpec,
  parameters: Parameters,
  { z, a, t }: Workspace,
  change?: (penalty: number) => number,
): number {
  const last = network.layers.length - 1;
  const page = lossOf(network.loss);
  const ofData = page.forward(a[last], page.from === 'scores' ? z[last] : a[last], t);
  return withPenalties(network, parameters, t.rows, ofData, change);
}

/**
 * From the loss back to the first layer: how much each score, and then each weight, contributed.
 * @param afterLayer called when the gradients of a layer are computed and no layer below has used
 *   them yet
 */
export function backward(
  network: NetworkSpec,
  parameters: Parameters,
  gradients: Parameters,
  work: Workspace,
  rules: BackwardRules,
  afterLayer?: (l: number) => void,
): void {
  const { x, z, a, dz, da } = work;
  const layers = layersOf(network);
  const last = layers.length - 1;
  const startsAtScores = lossOf(network.loss).from === 'scores';
  rules.loss(last, network.loss, startsAtScores ? dz[last] : da[last], a[last], work.t);
  for (let l = last; l >= 0; l--) {
    const { page, spec, activation } = layers[l];
    if (l < last || !startsAtScores) rules.activation(l, activation, dz[l], da[l], z[l], a[l]);
    const saved = { x: l > 0 ? a[l - 1] : x, z: z[l], more: work.more[l] };
    const [dx, dp, p] = [l > 0 ? da[l - 1] : null, tensorsOf(gradients, l), tensorsOf(parameters, l)];
    rules.layer(l, { page, spec, dx, dp, dz: dz[l], saved, p });
    const penalties = penaltiesOfLayer(network, l, x.rows);
    if (penalties.length > 0) rules.penalty(l, { dp, p, penalties, B: x.rows });
    afterLayer?.(l);
  }
}
