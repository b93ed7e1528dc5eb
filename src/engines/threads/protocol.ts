// What an engine's thread and its owner send each other. Everything is plain data.
import type { BatchPlan } from '../../data/batches.ts';
import type { Examples } from '../../data/dataset.ts';
import type { Scaling } from '../../data/scaling.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { EngineId } from '../engine.ts';
import type { EngineOptions } from '../engine-options.ts';
import type { Method } from '../through.ts';

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

/** Bounds on the outputs for inputs (B, D). */
export interface OutputsRequest {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly inputs: Matrix;
}

/**
 * To where engines are: a thread, or a page of a browser. Engines and batches have the numbers that
 * their owner gave them; `stop` names the call that trains.
 */
export type ToEngines = { readonly call: number } & (
  | { readonly open: EngineRequest; readonly engine: number }
  | { readonly method: Method; readonly engine: number; readonly args: readonly unknown[] }
  | { readonly keep: BatchesRequest; readonly batches: number }
  | {
      readonly train: { readonly from: number; readonly to: number };
      readonly engine: number;
      readonly batches: number;
    }
  | { readonly stop: number }
);

/** To a thread, which computes bounds as well. */
export type ToThread =
  | ToEngines
  | ({ readonly call: number } & (
      { readonly bound: BoundsRequest; readonly batches: number } | { readonly outputs: OutputsRequest }
    ));

/** A message to the thread before it has its number. */
export type Order = WithoutCall<ToThread>;
/** The same of engines alone. */
export type EngineOrder = WithoutCall<ToEngines>;
type WithoutCall<T> = T extends unknown ? Omit<T, 'call'> : never;
