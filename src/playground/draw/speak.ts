// Which pixels spoke for an answer: the gradient with respect to the input, by the hand-written
// backward pass, which goes one layer farther than training needs.
import { oneHot } from '../../data/batches.ts';
import { backward, createWorkspace, forward, loadBatch, loss } from '../../engines/vector/backprop.ts';
import { copyParameters, tensorsOf, zeroParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { BACKWARD } from '../../ops/backward-rules.ts';

/**
 * -dL/dx of the loss L for the target `answer`, in binary64: where it is above 0, more ink makes
 * the answer more likely. With cross-entropy it is d log p / dx.
 * @param inputs (1, D), scaled
 * @param answer a class, 0 .. K-1
 * @returns (1, D)
 */
export function spokeFor(network: NetworkSpec, parameters: Parameters, inputs: Matrix, answer: number): Matrix {
  const p = copyParameters(parameters, 'f64');
  const gradients = zeroParameters(network, 'f64');
  const work = createWorkspace(network, 'f64', 1);
  const targets = oneHot([answer], layersOf(network).at(-1)?.units ?? 0);
  loadBatch(work, { inputs, targets });
  forward(network, p, work, true);
  loss(network, p, work); // keeps what its backward pass needs
  backward(network, p, gradients, work, BACKWARD);
  const [{ page, spec } = raise()] = layersOf(network);
  const [dz = raise(), z = raise()] = [work.dz[0], work.z[0]];
  const dx = zeros('f64', 1, network.inputs); // (1, D)
  page.backward(dx, tensorsOf(gradients, 0), dz, { x: work.x, z, more: work.more[0] }, tensorsOf(p, 0), spec);
  dx.data.forEach((d, i) => (dx.data[i] = -d));
  return dx;
}

function raise(): never {
  throw new RangeError('a network has at least one layer');
}
