// What an engine's thread and its owner send each other. Everything is plain data.
import type { BatchPlan } from '../../data/batches.ts';
import type { Examples } from '../../data/dataset.ts';
import type { Scaling } from '../../data/scaling.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Engine, EngineId } from '../engine.ts';
import type { EngineOptions } from '../registry.ts';

/** What createEngine needs, as data: mistakes to inject are functions and stay in their thread. */
export interface EngineRequest {
  readonly id: EngineId;
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly options: Omit<EngineOptions, 'injection'>;
}

/** What createBatches needs. The examples lie in shared memory. */
export interface BatchesRequest {
  readonly examples: Examples;
  readonly classes: number;
  readonly scaling: Scaling;
  readonly plan: BatchPlan;
}

/** Bounds on what a step of a training computes. */
export interface BoundsRequest {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly step: number;
}

/** Methods that not every engine has. */
export const OPTIONAL = ['trace', 'lossAt'] as const satisfies readonly (keyof Engine)[];
/** Methods of an engine that get data and return data. */
export type Method =
  | 'load'
  | 'lossAndGradients'
  | 'applyGradients'
  | 'trainStep'
  | 'predict'
  | 'parameters'
  | 'dispose'
  | (typeof OPTIONAL)[number];

/**
 * To the thread. Engines and batches have the numbers that their owner gave them; `stop` names the
 * call that trains.
 */
export type ToThread = { readonly call: number } & (
  | { readonly open: EngineRequest; readonly engine: number }
  | { readonly method: Method; readonly engine: number; readonly args: readonly unknown[] }
  | { readonly keep: BatchesRequest; readonly batches: number }
  | {
      readonly train: { readonly from: number; readonly to: number };
      readonly engine: number;
      readonly batches: number;
    }
  | { readonly stop: number }
  | { readonly bound: BoundsRequest; readonly batches: number }
);

/** A message to the thread before it has its number. */
export type Order = ToThread extends infer T ? (T extends ToThread ? Omit<T, 'call'> : never) : never;

/** What the owner learns of an engine when it is open. */
export interface Opened extends Pick<Engine, 'id' | 'dtype' | 'label' | 'backend' | 'versions'> {
  /** Those of OPTIONAL that it has. */
  readonly more: readonly Method[];
}
