// Finds on which side of its kinks a network is: between two points on the same sides, the loss has
// one formula.
import type { Parameters } from '../../network/parameters.ts';
import { copyParameters, tensorsOf } from '../../network/parameters.ts';
import { layersOf } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { activate } from '../../ops/backward-rules.ts';
import { activationOf } from '../../ops/registry.ts';

/** The point where f' jumps, or null. */
export function kinkOf(activation: string): number | null {
  return activationOf(activation).kink;
}

/**
 * The point where f' jumps, or f'' does (elu): either misleads finite differences that
 * reach across.
 */
function changeOfFormula(activation: string): number | null {
  const page = activationOf(activation);
  return page.kink ?? (page.kind === 'elementwise' ? page.bend : null) ?? null;
}

/**
 * Scores in binary64, as distances from the point where the layer's activation changes; null for
 * layers whose activation does not.
 * @param changesAt where an activation changes: kinkOf, or wider
 */
export function scoresOf(
  network: NetworkSpec,
  parameters: Parameters,
  inputs: Matrix,
  changesAt: (activation: string) => number | null,
): (Matrix | null)[] {
  const exact = copyParameters(parameters, 'f64');
  const last = network.layers.length - 1;
  let x: Matrix = { rows: inputs.rows, cols: inputs.cols, data: new Float64Array(inputs.data) };
  return layersOf(network).map(({ page, spec, activation, units }, l) => {
    const z = zeros('f64', inputs.rows, units);
    page.forward(z, x, tensorsOf(exact, l), spec);
    if (l < last) activate(activation, (x = zeros('f64', inputs.rows, units)), z);
    const at = changesAt(activation);
    return at === null ? null : { ...z, data: z.data.map((score) => score - at) };
  });
}

/** Whether all units are on the same side of their kinks as at `here`. */
export function onePiece(network: NetworkSpec, here: Parameters, inputs: Matrix): (there: Parameters) => boolean {
  if (!layersOf(network).some(({ activation }) => changeOfFormula(activation) !== null)) return () => true;
  const own = scoresOf(network, here, inputs, changeOfFormula);
  return (there) =>
    scoresOf(network, there, inputs, changeOfFormula).every(
      (z, l) => z === null || z.data.every((score, i) => Math.sign(score) === Math.sign(own[l]?.data[i] ?? NaN)),
    );
}
