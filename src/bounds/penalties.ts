// The penalties of a network with their bounds: added to the loss and the gradients of the data.
//
// u: one rounding, as arithmetic.ts has it. A program may sum the terms of a penalty in any order,
// on their own or on top of the loss, and may start the sum over the examples of a gradient with
// the penalty's.
import { u } from '../numeric/bounds/arithmetic.ts';
import { penaltiesOn } from '../network/penalties.ts';
import type { Parameters } from '../network/parameters.ts';
import { nameOf } from '../network/parameters.ts';
import { hasPenalties } from '../network/penalty-spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { LAMBDA, underflow } from '../numeric/bounds/error-bound.ts';
import { peakOf } from '../numeric/bounds/extremes.ts';
import type { Extreme } from '../numeric/bounds/extremes.ts';

interface Loss {
  readonly value: number;
  readonly error: number;
}

/** The gradients of the data and their errors, to which those of the penalties are added. */
interface Gradients {
  readonly gradients: Parameters;
  readonly errors: Parameters;
}

/**
 * The loss with its penalties, and their value alone. With n terms, the running sum of a program is
 * at most |loss| + P, and each addition rounds it:
 *
 *   e = (roundings + 1)·u·P + λ·√n·u·(|loss| + P)
 *
 * A gradient g = g_data + c·R'(w) has besides its own error, with B examples,
 *
 *   e = (roundings + λ·√B)·u·|c·R'(w)| + u·|g| + c·(what is open at a kink)
 */
export function addPenalties(
  network: NetworkSpec,
  parameters: Parameters,
  B: number,
  data: Loss,
  { gradients, errors }: Gradients,
  extremes: Extreme[],
): { readonly loss: Loss; readonly penalty: number } {
  if (!hasPenalties(network)) return { loss: data, penalty: 0 };
  let [penalty, own, terms] = [0, 0, 0];
  for (const { at, layer, role, page, factor } of penaltiesOn(network, B)) {
    const { values: w } = parameters[at];
    const { roundings, peak, open = () => 0 } = page.bound;
    const value = page.forward(w, factor);
    penalty += value;
    own += (roundings + 1) * u * Math.abs(value) + underflow(2 * w.length);
    terms += w.length;
    const dw = new Float64Array(w.length);
    page.backward(dw, w, factor);
    const [g, e] = [gradients[at].values, errors[at].values];
    for (let i = 0; i < w.length; i++) {
      g[i] += dw[i];
      const rounding = (roundings + LAMBDA * Math.sqrt(B)) * Math.abs(dw[i]) + Math.abs(g[i]);
      e[i] += u * rounding + factor * open(w[i]) + (dw[i] === 0 ? 0 : underflow(3));
    }
    extremes.push({ stage: 'loss', layer, name: `the penalty of ${nameOf({ layer, role })}`, size: peak(w) });
    extremes.push({ stage: 'gradient', layer, name: `d${nameOf({ layer, role })}`, size: peakOf(dw) });
  }
  const [value, running] = [data.value + penalty, Math.abs(data.value) + Math.abs(penalty)];
  const summing = LAMBDA * Math.sqrt(terms) * u * running;
  return { loss: { value, error: data.error + own + summing }, penalty };
}
