// Forward and backward through the whole network: the chain rule, layer by layer, on buffers that are made once.
//
// Letters: B examples, D inputs, K outputs; for layer l: x what enters it, z = x W + b, a = activation(z).
import type { Batch } from '../../network/batch.ts';
import { denseLayers } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { isRowActivation, lastLayer } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { ACTIVATION } from '../../ops/activations.ts';
import type { BackwardRules } from '../../ops/backward-rules.ts';
import { denseForward } from '../../ops/dense.ts';
import { meanSquaredErrorForward, softmaxCrossEntropyForward } from '../../ops/losses.ts';
import { ROW_ACTIVATION } from '../../ops/outputs.ts';

/** Buffers for one batch size; index l is the layer. */
export interface Workspace {
  readonly x: Matrix; // (B, D)
  readonly t: Matrix; // (B, K)
  readonly z: readonly Matrix[]; // (B, units of l)
  readonly a: readonly Matrix[]; // (B, units of l); for cross-entropy the last holds log p
  readonly dz: readonly Matrix[]; // like z
  readonly da: readonly Matrix[]; // like a
}

export function createWorkspace(network: NetworkSpec, dtype: Dtype, B: number): Workspace {
  const perLayer = (): Matrix[] => network.layers.map(({ units }) => zeros(dtype, B, units));
  return {
    x: zeros(dtype, B, network.inputs),
    t: zeros(dtype, B, lastLayer(network).units),
    z: perLayer(),
    a: perLayer(),
    dz: perLayer(),
    da: perLayer(),
  };
}

/** Copies a batch into the workspace's precision. */
export function loadBatch(work: Workspace, batch: Batch): void {
  work.x.data.set(batch.inputs.data);
  work.t.data.set(batch.targets.data);
}

/** Scores and outputs of all layers. With cross-entropy the last layer stops at its scores z: the loss starts from there. */
export function forward(network: NetworkSpec, parameters: Parameters, work: Workspace, toLoss: boolean): void {
  let x = work.x;
  const last = network.layers.length - 1;
  const dense = denseLayers(parameters);
  network.layers.forEach(({ activation }, l) => {
    const [z, a, { weights: W, bias: b }] = [work.z[l], work.a[l], dense[l]];
    denseForward(z, x, W, b);
    if (l === last && toLoss && network.loss === 'cross-entropy') return;
    if (isRowActivation(activation)) ROW_ACTIVATION[activation].forward(a, z);
    else ACTIVATION[activation].forward(a.data, z.data);
    x = a;
  });
}

export function loss(network: NetworkSpec, { z, a, t }: Workspace): number {
  const last = network.layers.length - 1;
  if (network.loss === 'cross-entropy') return softmaxCrossEntropyForward(a[last], z[last], t);
  return meanSquaredErrorForward(a[last], t);
}

/** From the loss back to the first layer: what each score, and then each weight, contributed.
 * @param afterLayer called when a layer's gradients are there and nothing below has used them */
export function backward(
  network: NetworkSpec,
  parameters: Parameters,
  gradients: Parameters,
  work: Workspace,
  rules: BackwardRules,
  afterLayer?: (l: number) => void,
): void {
  const { x, z, a, dz, da } = work;
  const last = network.layers.length - 1;
  const startsAtScores = network.loss === 'cross-entropy';
  rules.loss(last, network.loss, startsAtScores ? dz[last] : da[last], a[last], work.t);
  for (let l = last; l >= 0; l--) {
    const { activation } = network.layers[l];
    if (l < last || !startsAtScores) rules.activation(l, activation, dz[l], da[l], z[l], a[l]);
    const { weights: dW, bias: db } = denseLayers(gradients)[l];
    const { weights: W } = denseLayers(parameters)[l];
    rules.dense(l, l > 0 ? da[l - 1] : null, dW, db, dz[l], l > 0 ? a[l - 1] : x, W);
    afterLayer?.(l);
  }
}
