// THE interface: one way to compute and train the network. `check` knows engines through this file alone.
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { Matrix } from '../numeric/matrix.ts';

export const ENGINES = ['autograd', 'vector', 'tfjs'] as const;
export type EngineId = (typeof ENGINES)[number];

/** Loss before any update, and its gradient with respect to every parameter. */
export interface LossAndGradients {
  readonly loss: number;
  readonly gradients: Parameters;
}

/** Named intermediates in the order of computation: z1, a1, z2 ... loss ... dz2, dz1. */
export type LayerTrace = readonly { readonly name: string; readonly values: Matrix }[];

/**
 * Parameters are copied in and out: engines share no memory. Every call is asynchronous, for all engines alike (another
 * process or a GPU cannot answer at once); calls on one engine are awaited one after the other.
 */
export interface Engine {
  readonly id: EngineId | 'external';
  readonly dtype: Dtype;
  /** "vector f32", "tfjs node": for reports. */
  readonly label: string;
  /** Which backend of the library behind it; null for the hand-written engines. */
  readonly backend: string | null;
  /** Versions of the libraries behind it. */
  readonly versions: Readonly<Record<string, string>>;
  /** Takes over the numbers and forgets all optimizer state.
   * @throws DataError on wrong shapes, NaN or infinity. */
  load(parameters: Parameters): Promise<void>;
  /** Changes nothing. @throws DataError on a batch that does not fit. */
  lossAndGradients(batch: Batch): Promise<LossAndGradients>;
  /** One optimizer update with the gradients given: lets the harness tell an optimizer fault from a gradient fault. */
  applyGradients(gradients: Parameters): Promise<void>;
  /** Both at once, as fast as the engine can; the loss before the update. */
  trainStep(batch: Batch): Promise<number>;
  /** (B, D) inputs to (B, K) outputs. */
  predict(inputs: Matrix): Promise<Matrix>;
  parameters(): Promise<Parameters>;
  trace?(batch: Batch): Promise<LayerTrace>;
  dispose(): Promise<void>;
}

/** Makes a fresh engine of one kind for one network and optimizer: checks need several of a kind. */
export type EngineFactory = () => Promise<Engine>;
