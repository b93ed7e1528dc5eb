// The same implementation asked by conventions that it does not declare, to find out whether that is all that is wrong with it.
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { EngineFactory } from '../../engines/engine.ts';
import { alternativesTo, remembering } from './alternatives.ts';
import { declaredOf } from './conventions.ts';
import type { Conventions, DeclaredConventions } from './conventions.ts';
import { createExternalEngine } from '../external.ts';
import type { CandidatePort } from '../request.ts';

export interface OtherWay {
  readonly conventions: DeclaredConventions;
  /** How many of them are not what it declares. */
  readonly changes: number;
  /** Without biases, where they say so. */
  readonly network: NetworkSpec;
  readonly open: EngineFactory;
}

/** Those with the fewest changes first. @param open opens it once more; it is asked nothing twice */
export function otherWays(
  declared: Conventions,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  open: () => Promise<CandidatePort>,
): OtherWay[] {
  const ask = remembering(open);
  return alternativesTo(declared, network).map(({ conventions, changes, asked }) => {
    const own = withBiasesOf(network, conventions);
    return {
      ...{ conventions: declaredOf(conventions), changes, network: own },
      open: async () => createExternalEngine(await ask(asked), own, optimizer, conventions),
    };
  });
}

/** A candidate without biases is compared with networks that have none. */
export function withBiasesOf(network: NetworkSpec, { biases }: Conventions): NetworkSpec {
  const { biases: _given, ...rest } = network;
  return biases === 'none' ? { ...rest, biases: false } : rest;
}
