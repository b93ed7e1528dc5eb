// The types of an audit's questions, as plain data: groups of problems, and optimizers.
import type { ActivationId, LossId } from '../../src/ops/registry.ts';

/**
 * A group of problems. The verdict of each activation is the worst one over depths and batch sizes.
 */
export interface Configuration {
  readonly id: string;
  /** The text in the table. */
  readonly what: string;
  /** Activations of the hidden layers, or of all layers if the output is 'same'. */
  readonly activations: readonly ActivationId[];
  readonly output: ActivationId | 'same';
  readonly loss: LossId;
  /** Numbers of hidden layers to try. */
  readonly hidden: readonly number[];
  readonly batches: readonly number[];
  readonly inputsTimes?: number;
  /** Options for the adapter. */
  readonly options?: Readonly<Record<string, unknown>>;
  /**
   * The library's activation has another constant than backproof's, so only the slope of its own
   * loss can decide.
   */
  readonly ownFunction?: boolean;
  /** Activations that only the library has; again only the slope of its own loss can decide. */
  readonly squashes?: readonly string[];
}

export interface Audited {
  /** Its file in adapters/. */
  readonly adapter: string;
  readonly configurations: readonly Configuration[];
  /** Optimizers that backproof has too. */
  readonly optimizers: readonly OptimizerAudit[];
}

export interface OptimizerAudit {
  readonly id: 'momentum' | 'nesterov' | 'adam' | 'adadelta' | 'rmsprop';
  readonly loss: LossId;
  readonly output: ActivationId;
}
