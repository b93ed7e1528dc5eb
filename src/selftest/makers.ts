// The engines that a self-test needs, made by whoever knows them.
import type { Engine, FaultInjection } from '../engines/engine.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';

export interface Makers {
  /** The hand-written engine. */
  readonly own: (
    network: NetworkSpec,
    optimizer: OptimizerSpec,
    options: { dtype: Dtype; injection?: FaultInjection },
  ) => Promise<Engine>;
  /** The single-precision engine that must pass where it is right: the hand-written one, or another of the project's own. */
  readonly onTrial: Other;
  /** The scalar graph. */
  readonly graph: (network: NetworkSpec, optimizer: OptimizerSpec) => Promise<Engine>;
  /** Single-precision engines to compare with, among them the one on trial where its part cannot be given mistakes. */
  readonly others: readonly Other[];
}

export interface Other {
  readonly label: string;
  readonly make: (network: NetworkSpec, optimizer: OptimizerSpec) => Promise<Engine>;
}
