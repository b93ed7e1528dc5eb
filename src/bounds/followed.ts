// Tensors that are not trained, such as running averages, after a training step; and whether
// predictions differ from the training pass.
import { tensorsOf, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Align } from '../numeric/bounds/alikeness.ts';
import type { Tracked } from '../numeric/bounds/tracked.ts';
import type { Pass } from '../ops/layers/page.ts';
import { boundOfLayer } from './of-page.ts';

/** Such tensors and the bounds on their errors; all others are 0. */
export interface FollowedTensors {
  readonly values: Parameters;
  readonly errors: Parameters;
}

interface Passed {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly align: Align;
  readonly alike: Float64Array;
}

/**
 * What they become in a step on these inputs; null where there are none.
 * @param layers what each layer computed
 */
export function followedBy(
  { network, parameters, align, alike }: Passed,
  inputs: Tracked,
  layers: readonly { readonly a: Tracked; readonly pass: Pass }[],
): FollowedTensors | null {
  if (layersOf(network).every(({ page }) => boundOfLayer(page).follow === undefined)) return null;
  const [values, errors] = [zeroParameters(network, 'f64'), zeroParameters(network, 'f64')];
  layersOf(network).forEach(({ page, spec }, l) => {
    const out = { values: tensorsOf(values, l), errors: tensorsOf(errors, l) };
    const at = { spec, layer: l + 1, pass: layers[l].pass, align, alike };
    boundOfLayer(page).follow?.(out, l === 0 ? inputs : layers[l - 1].a, tensorsOf(parameters, l), at);
  });
  return { values, errors };
}

/** Whether prediction computes something else than training. */
export function predictsOtherwise(network: NetworkSpec): boolean {
  return layersOf(network).some(({ page }) => page.draw !== undefined || page.follow !== undefined);
}
