// What is fuzzed: a candidate or an engine, opened anew for each network.
import type { Conventions } from '../candidates/conventions/conventions.ts';
import { withBiasesOf } from '../candidates/conventions/variant-engines.ts';
import type { ConventionVariant } from '../candidates/engine.ts';
import type { RequestName } from '../candidates/request.ts';
import type { Engine, FaultInjection } from '../engines/engine.ts';
import { createVectorEngine } from '../engines/vector/vector.ts';
import { withoutBiases } from '../engines/without-biases.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';

/** What is fuzzed. */
export interface Subject {
  readonly label: string;
  /** 'external' for a candidate. */
  readonly engine: string;
  /**
   * Opens it for one network. What it answers depends on nothing that it was asked before, if it
   * keeps no state.
   * @throws CandidateError or UsageError if it does not compute such a network
   */
  readonly open: (network: NetworkSpec, optimizer: OptimizerSpec) => Promise<Engine>;
  /** The network as it can compute it: without biases, if it has none. */
  readonly adapt: (network: NetworkSpec) => NetworkSpec;
  /** Whether it is given classes alone as targets. */
  readonly classes: boolean;
  /** Whether it makes updates or training steps itself. */
  readonly updates: boolean;
  /** Ends its process, so that the next answer is one of a fresh one; missing: it has none. */
  readonly renew?: () => Promise<void>;
  /** The same under other conventions; none for an engine. */
  readonly variants: (network: NetworkSpec, optimizer: OptimizerSpec) => readonly ConventionVariant[];
}

/** What a candidate says of itself. */
interface Described {
  readonly label: string;
  readonly conventions: Conventions;
  readonly can: readonly RequestName[];
}

/** A candidate, by what it says of itself and how it is opened. */
export function candidateSubject(
  { label, conventions, can }: Described,
  opening: Pick<Subject, 'open' | 'variants' | 'renew'>,
): Subject {
  return {
    label,
    engine: 'external',
    adapt: (network) => withBiasesOf(network, conventions),
    classes: conventions.targets === 'classes',
    updates: can.includes('applyGradients') || can.includes('trainStep'),
    ...opening,
  };
}

/** The hand-written network in binary64. */
export function exactEngine(network: NetworkSpec, optimizer: OptimizerSpec, injection?: FaultInjection): Engine {
  const own = createVectorEngine(network, optimizer, { dtype: 'f64', ...(injection !== undefined && { injection }) });
  return withoutBiases(network, own);
}
