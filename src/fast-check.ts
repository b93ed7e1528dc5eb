/**
 * backproof/fast-check: random networks as arbitraries of fast-check.
 * @module backproof/fast-check
 */
export { networks, problems } from './fuzz/arbitraries.ts';
export type { NetworkProblem } from './fuzz/arbitraries.ts';
export type { AnyNetworkOptions } from './fuzz/space.ts';
export type { Batch } from './network/batch.ts';
export type { Parameters, ParameterTensor } from './network/parameters.ts';
export type { NetworkSpec } from './network/spec.ts';
export type { OptimizerSpec } from './ops/optimizers/optimizer.ts';
