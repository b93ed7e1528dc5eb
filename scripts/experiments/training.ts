// A training for experiments: a seeded network with one hidden layer on the fast engine, with callbacks during training.
import { train } from '../../src/check/run/training.ts';
import type { TrainRequest, Trajectory } from '../../src/check/run/training.ts';
import type { Watch } from '../../src/check/watch.ts';
import { batchOf, createBatches } from '../../src/data/batches.ts';
import type { Batches } from '../../src/data/batches.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { fitScaling } from '../../src/data/scaling.ts';
import type { ScaleId } from '../../src/data/scaling.ts';
import type { Engine, EngineId } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { createWasmEngine } from '../../src/engines/wasm/wasm.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import type { InitializerId } from '../../src/network/initializers.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { outputs } from '../../src/network/spec.ts';
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { Dtype } from '../../src/numeric/dtype.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { Lab } from './experiment.ts';

export interface Shape {
  readonly hidden?: readonly number[];
  readonly activation?: ActivationId;
  readonly output?: ActivationId;
  readonly units?: number;
  readonly loss?: LossId;
}

/** 784-128-10, relu, softmax, cross-entropy by default; mse if the output is not softmax. */
export function mlp(shape: Shape = {}): NetworkSpec {
  const { hidden = [128], activation = 'relu', output = 'softmax', units = 10 } = shape;
  return {
    inputs: 784,
    layers: [...hidden.map((n) => ({ units: n, activation })), { units, activation: output }],
    loss: shape.loss ?? (output === 'softmax' ? 'cross-entropy' : 'mse'),
  };
}

export interface Plan {
  readonly network: NetworkSpec;
  readonly dataset: Dataset;
  /** Default: unit (divided by 255). */
  readonly scale?: ScaleId;
  /** Default: SGD at its default learning rate. */
  readonly optimizer?: OptimizerSpec;
  readonly initializer?: InitializerId;
  /** Initial parameters, instead of the initializer's. */
  readonly initial?: Parameters;
  readonly batchSize?: number;
  readonly epochs?: number;
  /** The most steps, whatever the number of epochs. */
  readonly steps?: number;
  /** Determines initial weights and order. Default: the lab's. */
  readonly seed?: number;
  readonly engine?: EngineId;
  /** Default: f32. */
  readonly dtype?: Dtype;
  /** Called with the engine before these steps. */
  readonly before?: TrainRequest['before'];
  /** Called with the engine after training. */
  readonly after?: (engine: Engine) => Promise<void>;
  /** Makes targets (B, K) from labels, instead of one-hot. The test set is then evaluated only if K is the number of classes. */
  readonly targets?: (labels: Uint8Array) => Matrix;
}

export const DEFAULT_BATCH = 64;

export function sgd(learningRate: number): OptimizerSpec {
  return optimizerSpec('sgd', { learningRate });
}

/** The initial weights and the batches of every step, as `trainOnce` uses them. */
export function prepare(lab: Lab, plan: Plan): { initial: Parameters; batches: Batches } {
  const { network, dataset, scale = 'unit', batchSize = DEFAULT_BATCH, epochs = 1, seed = lab.seed } = plan;
  const { train: examples, classes } = dataset;
  const scaling = fitScaling(scale, examples);
  const all = createBatches(examples, classes, scaling, { batchSize, epochs, seed });
  const { targets } = plan;
  return {
    initial: plan.initial ?? initialParameters(network, plan.initializer ?? 'glorot-uniform', seed),
    batches: {
      ...all,
      steps: Math.min(all.steps, plan.steps ?? all.steps),
      ...(targets !== undefined && {
        batch: (step) => {
          const positions = all.positions(step);
          const { inputs } = batchOf(examples, classes, scaling, positions);
          return { inputs, targets: targets(Uint8Array.from(positions, (p) => examples.labels[p])) };
        },
      }),
    },
  };
}

/** Trains a new engine once. @returns the losses of all steps, the parameters, and the evaluation on the test set */
export async function trainOnce(lab: Lab, plan: Plan): Promise<Trajectory> {
  const { network, dataset, before, after } = plan;
  const { initial, batches } = prepare(lab, plan);
  const engine = await openEngine(network, plan.optimizer ?? optimizerSpec('sgd'), plan.engine, plan.dtype);
  try {
    const trained = await train(
      plan.targets === undefined ? engine : stepByStep(engine),
      {
        ...{ network, initial, batches, phase: 'candidate' },
        ...(outputs(network) === dataset.classes && {
          test: { examples: dataset.test, classes: dataset.classes, scaling: batches.scaling },
        }),
        ...(before !== undefined && { before }),
      },
      watchOf(lab),
    );
    if (!lab.signal.aborted) await after?.(engine);
    return trained;
  } finally {
    await engine.dispose();
  }
}

/** wasm must not fuse multiply and add, so that a seed gives the same numbers on every machine. */
export async function openEngine(
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  id: EngineId = 'wasm',
  dtype: Dtype = 'f32',
): Promise<Engine> {
  if (id === 'wasm') return createWasmEngine(network, optimizer, { relaxed: false });
  return createEngine(id, network, optimizer, { dtype });
}

export function watchOf({ signal }: Lab): Watch {
  return { signal, now: () => performance.now(), progress: () => {} };
}

/** The engine without `trainOn`, which would make one-hot targets of the labels itself. */
function stepByStep(engine: Engine): Engine {
  const { id, dtype, label, backend, versions } = engine;
  return {
    ...{ id, dtype, label, backend, versions },
    load: (parameters) => engine.load(parameters),
    lossAndGradients: (batch) => engine.lossAndGradients(batch),
    applyGradients: (gradients) => engine.applyGradients(gradients),
    trainStep: (batch) => engine.trainStep(batch),
    predict: (inputs) => engine.predict(inputs),
    parameters: () => engine.parameters(),
    dispose: () => engine.dispose(),
  };
}

/** A readable curve: about `count` means of neighbouring values, each at the middle of its steps. */
export function smoothed(values: readonly number[], count: number): [number, number][] {
  const size = Math.max(1, Math.ceil(values.length / count));
  const points: [number, number][] = [];
  for (let from = 0; from < values.length; from += size) {
    const some = values.slice(from, from + size);
    points.push([from + (some.length - 1) / 2, mean(some)]);
  }
  return points;
}

export function mean(values: readonly number[]): number {
  return values.reduce((sum, x) => sum + x, 0) / values.length;
}

/** The root of the sum of squares. */
export function norm(values: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i] ** 2;
  return Math.sqrt(sum);
}
