// Adds up gradients over requests, in place.
import { zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { LossAndGradients } from '../engines/engine.ts';

/** The result after an overflow: a candidate is not asked about parameters that are not numbers. */
export function nothing(network: NetworkSpec, dtype: Dtype): LossAndGradients {
  const gradients = zeroParameters(network, dtype);
  for (const { values } of gradients) values.fill(NaN);
  return { loss: NaN, gradients };
}

export function addTo(sum: Parameters, more: Parameters): void {
  sum.forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] += more[t].values[i];
  });
}

export function scale(parameters: Parameters, factor: number): void {
  for (const { values } of parameters) for (let i = 0; i < values.length; i++) values[i] *= factor;
}
