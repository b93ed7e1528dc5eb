// The one interface of all engines: computing and training a network. `check` knows engines only
// through this file.
import type { Batches } from '../data/batches.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import type { Dtype, FloatArray } from '../numeric/dtype.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Fields } from '../ops/layers/tensors.ts';
import type { BackwardRules } from '../ops/piece-fault.ts';
import type { Clipping, Hyperparameters, Optimizer } from '../ops/optimizers/page.ts';

/**
 * Engines by name: a graph of scalars, the hand-written network in TypeScript and in WebAssembly,
 * and TensorFlow.js.
 */
export const ENGINES = ['autograd', 'vector', 'wasm', 'tfjs'] as const;
/** One of ENGINES. */
export type EngineId = (typeof ENGINES)[number];

/** The loss before any update, and its gradient with respect to every parameter. */
export interface LossAndGradients {
  readonly loss: number;
  readonly gradients: Parameters;
  /**
   * How far rounding can have moved each gradient after it was computed, where it was not returned
   * but recovered from an update; missing where it was returned.
   */
  readonly rounding?: Parameters;
}

/** What some training steps gave. */
export interface TrainedSteps {
  /** The loss of each step before its update. */
  readonly losses: readonly number[];
  /** Spent in the steps alone. */
  readonly milliseconds: number;
}

/** Named intermediates in the order of computation: z1, a1, z2 ... loss ... dz2, dz1. */
export type LayerTrace = readonly { readonly name: string; readonly values: Matrix }[];

/**
 * Steps of the computation that are replaced by mistaken ones, to show that a mistake is caught and
 * to name it. Only the hand-written engines accept this. It may keep state between calls, so every
 * engine needs its own. Layers and tensors count from 0.
 */
export interface FaultInjection {
  /** Changes the inputs (B, D) in place before they enter the network. */
  readonly inputs?: (x: Matrix) => void;
  readonly backward?: Partial<BackwardRules>;
  /** What is added to the loss in place of the value of each penalty. */
  readonly penaltyValue?: (penalty: number) => number;
  readonly optimizer?: Optimizer;
  /** What is done to the gradients of all tensors before the update, in place of clipping. */
  readonly clip?: (gradients: readonly FloatArray[], spec: Clipping) => readonly FloatArray[];
  /** What the learning rate of step t, from 0, is multiplied by, in place of `factor`. */
  readonly rateFactor?: (t: number, factor: (t: number) => number) => number;
  /** Changes the step w₀ → w of a tensor (W1, b1, W2 ...) after it is taken. */
  readonly afterUpdate?: (tensor: number, before: FloatArray, w: FloatArray, spec: Hyperparameters) => void;
  /**
   * The tensor whose optimizer state a tensor (W1, b1, W2 ...) uses; it must be at least as long.
   */
  readonly stateOf?: (tensor: number) => number;
  /** The fields with which a layer's running averages follow a step, from the right ones. */
  readonly follow?: (layer: number, spec: Fields) => Fields;
  /** trainStep updates these layers before the gradient of the layer below is computed. */
  readonly updatesEarly?: readonly number[];
}

/**
 * Parameters are copied in and out: engines share no memory. Every call of every engine is
 * asynchronous, because another process or a GPU cannot answer at once. Calls on one engine are
 * awaited one after another.
 */
export interface Engine {
  readonly id: EngineId | 'external';
  readonly dtype: Dtype;
  /** "vector f32", "tfjs node": for reports. */
  readonly label: string;
  /** The backend of the library behind it; null for the hand-written engines. */
  readonly backend: string | null;
  /** Versions of the libraries behind it. */
  readonly versions: Readonly<Record<string, string>>;
  /** What it computes on, if that is not this processor: its name, its precision. For reports. */
  readonly device?: Readonly<Record<string, string>>;
  /**
   * Copies the parameters in and resets the optimizer state.
   * @throws DataError on wrong shapes, NaN or infinity
   */
  load(parameters: Parameters): Promise<void>;
  /**
   * Changes nothing.
   * @throws DataError on a batch that does not fit
   */
  lossAndGradients(batch: Batch): Promise<LossAndGradients>;
  /**
   * The loss at these parameters, which are not loaded, for engines that need not compute the
   * gradients with it.
   * @param from layers below this one (from 0) have the parameters of the previous call, with the
   *   same batch; no other call came between
   * @throws DataError as `load` and `lossAndGradients` do
   */
  lossAt?(parameters: Parameters, batch: Batch, from: number): Promise<number>;
  /**
   * One optimizer update with these gradients. It lets the harness tell an optimizer fault from a
   * gradient fault.
   */
  applyGradients(gradients: Parameters): Promise<void>;
  /**
   * Gradients and update in one call, as fast as the engine can. Returns the loss before
   * the update.
   */
  trainStep(batch: Batch): Promise<number>;
  /**
   * trainStep for the steps from .. to-1 of these batches in one call, for engines that gain from
   * it. Returns the losses. The examples are copied once and stay until others replace them.
   */
  trainOn?(batches: Batches, from: number, to: number): Promise<readonly number[]>;
  /**
   * trainStep for the steps from .. to-1, for an engine in a thread of its own, which needs nobody
   * for it: portion by portion, as they are done. It ends after the first loss that is not finite,
   * and soon after the caller stops asking.
   */
  trainAlone?(batches: Batches, from: number, to: number): AsyncIterable<TrainedSteps>;
  /** (B, D) inputs to (B, K) outputs. */
  predict(inputs: Matrix): Promise<Matrix>;
  /** A copy of the current parameters. */
  parameters(): Promise<Parameters>;
  /**
   * The intermediates of this batch, if the engine can return them. Changes nothing.
   * @throws DataError on a batch that does not fit
   */
  trace?(batch: Batch): Promise<LayerTrace>;
  /** Frees memory and threads. No call is allowed afterwards. */
  dispose(): Promise<void>;
}

/**
 * Makes a fresh engine of one kind for one network and optimizer: checks need several of a kind.
 */
export type EngineFactory = () => Promise<Engine>;
