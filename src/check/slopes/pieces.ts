// On which side of its kinks a network is: where two places are on the same, the loss has one formula between them.
import type { Parameters } from '../../network/parameters.ts';
import { copyParameters, denseLayers } from '../../network/parameters.ts';
import { isRowActivation } from '../../network/spec.ts';
import type { ActivationId, NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { ACTIVATION } from '../../ops/activations.ts';
import { denseForward } from '../../ops/dense.ts';

/** f' jumps at 0. */
export function hasKink(activation: ActivationId): boolean {
  return isRowActivation(activation) ? activation === 'ratio' : ACTIVATION[activation].kink !== null;
}

/** f' jumps at 0, or f'' does (elu): either misleads finite differences that reach across. */
function changesFormula(activation: ActivationId): boolean {
  return hasKink(activation) || (!isRowActivation(activation) && ACTIVATION[activation].bend !== undefined);
}

/** Scores of the layers whose activation is `wanted`, in binary64; null for the others. */
export function scoresOf(
  network: NetworkSpec,
  parameters: Parameters,
  inputs: Matrix,
  wanted: (activation: ActivationId) => boolean,
): (Matrix | null)[] {
  const exact = copyParameters(parameters, 'f64');
  let x: Matrix = { rows: inputs.rows, cols: inputs.cols, data: new Float64Array(inputs.data) };
  return network.layers.map(({ activation, units }, l) => {
    const z = zeros('f64', inputs.rows, units);
    const { weights, bias } = denseLayers(exact)[l];
    denseForward(z, x, weights, bias);
    if (!isRowActivation(activation)) {
      x = zeros('f64', inputs.rows, units);
      ACTIVATION[activation].forward(x.data, z.data);
    }
    return wanted(activation) ? z : null;
  });
}

/** Whether all units are on the side of their kinks on which they are at `here`. */
export function onePiece(network: NetworkSpec, here: Parameters, inputs: Matrix): (there: Parameters) => boolean {
  if (!network.layers.some(({ activation }) => changesFormula(activation))) return () => true;
  const own = scoresOf(network, here, inputs, changesFormula);
  return (there) =>
    scoresOf(network, there, inputs, changesFormula).every(
      (z, l) => z === null || z.data.every((score, i) => Math.sign(score) === Math.sign(own[l]?.data[i] ?? NaN)),
    );
}
