// exactGradients(): the exact gradients of one batch, and for every entry the bound on the error of
// single precision.
import { boundedGradients } from '../bounds/gradients.ts';
import { denseLayers } from '../network/parameters.ts';
import type { DenseParameters } from '../network/parameters.ts';
import { checkNetwork } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { batchFrom, parametersFrom } from './forms.ts';
import type { BatchLike, ParametersLike } from './forms.ts';

/** The loss of a batch and its gradients, exact to about 13 digits, with their bounds. */
export interface ExactGradients {
  /** The mean over the batch. */
  readonly loss: number;
  readonly gradients: readonly DenseParameters[];
  /** Per entry, the allowed error of right single-precision arithmetic. */
  readonly bounds: readonly DenseParameters[];
  readonly lossBound: number;
  readonly batchSize: number;
  readonly network: NetworkSpec;
}

/**
 * The loss and its gradients, computed in double precision by the hand-written engine, for
 * `expect(gradients).toAgreeWith(...)`.
 * @throws UsageError or DataError if network, parameters and batch do not fit together
 */
export function exactGradients(network: NetworkSpec, parameters: ParametersLike, batch: BatchLike): ExactGradients {
  checkNetwork(network);
  const own = batchFrom(network, batch);
  const { loss, gradients, errors } = boundedGradients(network, parametersFrom(network, parameters), own);
  return {
    loss: loss.value,
    lossBound: loss.error,
    gradients: denseLayers(gradients),
    bounds: denseLayers(errors),
    batchSize: own.inputs.rows,
    network,
  };
}

export function isExact(value: unknown): value is ExactGradients {
  return typeof value === 'object' && value !== null && 'bounds' in value && 'lossBound' in value;
}
