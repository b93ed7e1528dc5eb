// The engines that a self-test needs, made by whoever knows them.
import type { Engine, Mistake } from '../../engines/engine.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import type { OptimizerSpec } from '../../optimizers/optimizer.ts';

export interface Makers {
  /** The hand-written engine. */
  readonly own: (
    network: NetworkSpec,
    optimizer: OptimizerSpec,
    options: { dtype: Dtype; mistake?: Mistake },
  ) => Promise<Engine>;
  /** The scalar graph. */
  readonly graph: (network: NetworkSpec, optimizer: OptimizerSpec) => Promise<Engine>;
  /** Single-precision engines that somebody else wrote. */
  readonly others: readonly Other[];
}

export interface Other {
  readonly label: string;
  readonly make: (network: NetworkSpec, optimizer: OptimizerSpec) => Promise<Engine>;
}
