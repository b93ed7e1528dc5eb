// The network and its loss over scalar Values, written as on paper.
import { penaltiesOn } from '../../network/penalties.ts';
import { lastLayer, layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { total } from '../../numeric/scalar.ts';
import { activationOf, lossOf } from '../../ops/registry.ts';
import { Value } from './value.ts';

/** One layer's parameters as Values, by role, row-major. */
export type LayerValues = Readonly<Record<string, readonly Value[]>>;

/** Applies an activation or output to the scores of one example. */
function activate(id: string, z: readonly Value[]): Value[] {
  const page = activationOf(id);
  return page.kind === 'output' ? page.graph(z) : z.map((score) => page.graph(score));
}

/**
 * Receives the scores and activations of each layer except the last, and the scores of the last.
 */
type Listener = (l: number, z: readonly Value[], a: readonly Value[] | null) => void;

/**
 * The scores z of the last layer for each example.
 * @param masks of training, by layer and example; null in prediction
 */
function scores(
  network: NetworkSpec,
  layers: readonly LayerValues[],
  inputs: readonly (readonly Value[])[],
  masks: Masks | null,
  listen?: (example: number) => Listener,
): readonly Value[][] {
  let x = inputs;
  let z: readonly Value[][] = [];
  layersOf(network).forEach(({ page, spec, activation }, l) => {
    const mode = masks === null ? 'predict' : 'train';
    z =
      (mode === 'train' ? page.batchGraph?.(x, layers[l], spec) : undefined) ??
      x.map((one, b) => page.graph(one, layers[l], spec, { mode, mask: masks?.[l]?.[b] ?? null }));
    const isLast = l === layers.length - 1;
    if (!isLast) x = z.map((one) => activate(activation, one));
    z.forEach((one, b) => listen?.(b)(l, one, isLast ? null : x[b]));
  });
  return z;
}

/** Rows of masks by layer and example; null for a layer that draws nothing. */
export type Masks = readonly (readonly (readonly number[])[] | null)[];

/** The network's outputs for one example. */
export function predictOne(network: NetworkSpec, layers: readonly LayerValues[], inputs: readonly Value[]): Value[] {
  return activate(lastLayer(network).activation, scores(network, layers, [inputs], null)[0]);
}

/**
 * Mean loss over a batch with its penalties, as one Value at the top of the whole graph.
 * @param listen receives the intermediates, example by example
 */
export function batchLoss(
  network: NetworkSpec,
  layers: readonly LayerValues[],
  inputs: readonly (readonly number[])[],
  targets: readonly (readonly number[])[],
  masks: Masks,
  listen?: (example: number) => Listener,
): Value {
  const output = lastLayer(network).activation;
  const page = lossOf(network.loss);
  const x = inputs.map((row) => row.map((value) => new Value(value)));
  const losses = scores(network, layers, x, masks, listen).map((z, b) =>
    page.graph(page.from === 'scores' ? z : activate(output, z), targets[b]),
  );
  const ofData = total(losses).over(new Value(losses.length));
  return penaltiesOn(network, losses.length).reduce(
    (sum, { layer, role, page, factor }) => sum.plus(page.graph(layers[layer - 1][role]).times(new Value(factor))),
    ofData,
  );
}
