// Engines that ask the same candidate by conventions it does not declare, to find out whether only
// its declaration is wrong.
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { remembering, variantsOf } from './variants.ts';
import { declaredOf } from './conventions.ts';
import type { Conventions } from './conventions.ts';
import type { ConventionVariant } from '../engine.ts';
import { createExternalEngine } from '../external.ts';
import type { CandidatePort, RequestName } from '../request.ts';

/**
 * The declared conventions first, then those with the fewest changes.
 * @param open opens the candidate again; no question is asked twice
 * @param can what it can be asked; default: gradients
 */
export function variantEngines(
  declared: Conventions,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  open: () => Promise<CandidatePort>,
  can?: readonly RequestName[],
): ConventionVariant[] {
  const [ask, askElsewhere] = [remembering(open, asked(can)), remembering(open, asked(can))];
  const [asDeclared, ...others] = variantsOf(declared, network);
  return [asDeclared, ...others].map(({ conventions, changes, asked: name }) => {
    const own = withBiasesOf(network, conventions);
    return {
      conventions: declaredOf(conventions),
      changes,
      asksAlike: name === asDeclared.asked,
      network: own,
      open: async () => createExternalEngine(await ask(name), own, optimizer, conventions),
      openFor: async (other) =>
        createExternalEngine(await askElsewhere(name), withBiasesOf(other, conventions), optimizer, conventions),
    };
  });
}

/** Of two ways to get gradients, the one that it has. */
function asked(can: readonly RequestName[] = ['gradients']): readonly RequestName[] {
  return can.includes('gradients') ? ['gradients'] : can;
}

/** A candidate without biases is compared with networks that have none. */
export function withBiasesOf(network: NetworkSpec, { biases }: Conventions): NetworkSpec {
  const { biases: _given, ...rest } = network;
  return biases === 'none' ? { ...rest, biases: false } : rest;
}
