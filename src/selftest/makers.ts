// The engines that the self-test needs. The command line makes them (cli/selftest/makers.ts).
import type { Engine, FaultInjection } from '../engines/engine.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { ArithmeticId } from '../numeric/bounds/arithmetic.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';

export interface Makers {
  /** The hand-written engine. */
  readonly own: (
    network: NetworkSpec,
    optimizer: OptimizerSpec,
    options: { dtype: Dtype; injection?: FaultInjection },
  ) => Promise<Engine>;
  /**
   * The tested engine, in single precision: the hand-written one, or another of backproof's own.
   */
  readonly onTrial: Other;
  /** The scalar graph. */
  readonly graph: (network: NetworkSpec, optimizer: OptimizerSpec) => Promise<Engine>;
  /**
   * Single-precision engines to compare with, including the tested one if mistakes cannot be
   * injected into it.
   */
  readonly others: readonly Other[];
}

export interface Other {
  readonly label: string;
  readonly make: (network: NetworkSpec, optimizer: OptimizerSpec) => Promise<Engine>;
  /** How exact it is. Default: as IEEE 754 has it. */
  readonly arithmetic?: ArithmeticId | undefined;
  /** Whether it can compute them. Default: it can. */
  readonly supports?: (network: NetworkSpec, optimizer: OptimizerSpec) => boolean;
}

/** The problem with its network judged by this arithmetic; undefined: as it is. */
export function judgedBy<T extends { readonly network: NetworkSpec }>(
  arithmetic: ArithmeticId | undefined,
  problem: T,
): T {
  return arithmetic === undefined ? problem : { ...problem, network: { ...problem.network, arithmetic } };
}
