// What a library is asked, as plain data: groups of problems, and optimizers.
import type { ActivationId, LossId } from '../../src/ops/registry.ts';

/** One group of problems; every activation of it is judged by the worst of its depths and batch sizes. */
export interface Configuration {
  readonly id: string;
  /** As the table says it. */
  readonly what: string;
  /** Of the hidden layers, or of all where the output is 'same'. */
  readonly activations: readonly ActivationId[];
  readonly output: ActivationId | 'same';
  readonly loss: LossId;
  /** How many hidden layers. */
  readonly hidden: readonly number[];
  readonly batches: readonly number[];
  readonly inputsTimes?: number;
  /** For the adapter. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** The library's activation has another constant than backproof's: the slope of its own loss alone can tell. */
  readonly ownFunction?: boolean;
  /** Activations of the library's own, which backproof has not; the same holds for them. */
  readonly squashes?: readonly string[];
}

export interface Audited {
  /** Its file in adapters/. */
  readonly adapter: string;
  readonly configurations: readonly Configuration[];
  /** That backproof has too. */
  readonly optimizers: readonly OptimizerAudit[];
}

export interface OptimizerAudit {
  readonly id: 'momentum' | 'nesterov' | 'adam' | 'adadelta' | 'rmsprop';
  readonly loss: LossId;
  readonly output: ActivationId;
}
