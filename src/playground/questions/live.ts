// Three of the questions, measured here and now: short trainings of a small network on the small
// MNIST. Runs anywhere; worker.ts runs it beside the page. On one input it gives the same numbers
// everywhere: the kernels are used without relaxed SIMD, and the losses of steps are in binary64.
import { evaluate } from '../../check/run/test-set.ts';
import { lineOf } from '../../check/run/step-line.ts';
import type { StepPoint } from '../../check/run/step-line.ts';
import { createBatches } from '../../data/batches.ts';
import type { Dataset } from '../../data/dataset.ts';
import { fitScaling } from '../../data/scaling.ts';
import type { ScaleId } from '../../data/scaling.ts';
import type { Engine } from '../../engines/engine.ts';
import { createVectorEngine } from '../../engines/vector/vector.ts';
import { createWasmEngine } from '../../engines/wasm/wasm.ts';
import { EngineUnavailableError } from '../../errors.ts';
import { initialParameters } from '../../network/initializers.ts';
import { allFinite } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { power } from '../../numeric/elementary.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../ops/optimizers/registry.ts';

export const NETWORK: NetworkSpec = {
  inputs: 784,
  layers: [
    { units: 32, activation: 'relu' },
    { units: 10, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};
const [SEED, BATCH] = [1, 32];

/** A training: the loss of each step's batch before its update, up to the last finite one. */
export interface Walk {
  readonly name: string;
  readonly losses: readonly number[];
  /** The step whose loss or weights are no longer finite, or null. */
  readonly overflowedAt: number | null;
  /** Share of the test digits that are right at the end; null if it overflowed. */
  readonly accuracy: number | null;
}

/** What is asked, and what is answered. */
export type Ask =
  | { readonly question: 'scaling'; readonly learningRate: number }
  | { readonly question: 'subtract'; readonly learningRate: number }
  | { readonly question: 'step-size'; readonly after: number };
export type Measured =
  | { readonly question: 'scaling' | 'subtract'; readonly walks: readonly Walk[] }
  | {
      readonly question: 'step-size';
      readonly loss: number;
      readonly squaredNorm: number;
      readonly points: readonly StepPoint[];
    };

const SCALES: readonly (readonly [ScaleId, string])[] = [
  ['none', 'raw, 0 to 255'],
  ['unit', 'divided by 255'],
  ['standard', 'standardised'],
];
const STEPS = { scaling: 150, subtract: 60 };

export async function measured(ask: Ask, digits: Dataset): Promise<Measured> {
  switch (ask.question) {
    case 'scaling': {
      const walks: Walk[] = [];
      for (const [scale, name] of SCALES)
        walks.push(await walk(digits, { name, scale, steps: STEPS.scaling, sign: -1, ...ask }));
      return { question: ask.question, walks };
    }
    case 'subtract': {
      const plan = { scale: 'unit', steps: STEPS.subtract, ...ask } as const;
      const down = await walk(digits, { name: 'subtracted: w − lr·g', sign: -1, ...plan });
      const up = await walk(digits, { name: 'added: w + lr·g', sign: 1, ...plan });
      return { question: ask.question, walks: [down, up] };
    }
    case 'step-size':
      return stepsFrom(digits, ask.after);
  }
}

interface Plan {
  readonly name: string;
  readonly scale: ScaleId;
  readonly learningRate: number;
  readonly steps: number;
  /** -1: the gradient is subtracted, as training does. */
  readonly sign: 1 | -1;
}

async function walk(digits: Dataset, { name, scale, learningRate, steps, sign }: Plan): Promise<Walk> {
  const { train, test, classes } = digits;
  const scaling = fitScaling(scale, train);
  const batches = createBatches(train, classes, scaling, { batchSize: BATCH, epochs: 10, seed: SEED });
  const engine = await engineFor(optimizerSpec('sgd', { learningRate }));
  const losses: number[] = [];
  try {
    await engine.load(initialParameters(NETWORK, 'glorot-uniform', SEED));
    for (let step = 0; step < steps; step++) {
      const { loss, gradients } = await engine.lossAndGradients(batches.batch(step));
      if (!Number.isFinite(loss) || !allFinite(gradients)) return { name, losses, overflowedAt: step, accuracy: null };
      losses.push(loss);
      await engine.applyGradients(sign < 0 ? gradients : negative(gradients)); // it subtracts what it gets
    }
    if (!allFinite(await engine.parameters())) return { name, losses, overflowedAt: steps, accuracy: null };
    const { accuracy } = await evaluate(NETWORK, engine, { examples: test, classes, scaling });
    return { name, losses, overflowedAt: null, accuracy };
  } finally {
    await engine.dispose();
  }
}

function negative(gradients: Parameters): Parameters {
  return gradients.map((tensor) => ({ ...tensor, values: tensor.values.map((g) => -g) }));
}

/** The fast engine with fixed bits; where there is no SIMD, plain TypeScript. */
async function engineFor(optimizer: OptimizerSpec): Promise<Engine> {
  try {
    return await createWasmEngine(NETWORK, optimizer, { threads: 1, relaxed: false });
  } catch (error) {
    if (!(error instanceof EngineUnavailableError)) throw error;
    return createVectorEngine(NETWORK, optimizer, { dtype: 'f32' });
  }
}

/** Learning rates from 10⁻³ to 10, eight per power of ten. */
const RATES = Array.from({ length: 33 }, (_, i) => power(10, i / 8 - 3));
const STEP_BATCH = 128;

/** Steps of many lengths along one gradient, of one batch, after so many steps of training. */
async function stepsFrom({ train, classes }: Dataset, after: number): Promise<Measured> {
  const scaling = fitScaling('unit', train);
  const batches = createBatches(train, classes, scaling, { batchSize: BATCH, epochs: 10, seed: SEED });
  const optimizer = optimizerSpec('sgd');
  const trained = await engineFor(optimizer);
  await trained.load(initialParameters(NETWORK, 'glorot-uniform', SEED));
  for (let step = 0; step < after; step++) await trained.trainStep(batches.batch(step));
  const at = await trained.parameters();
  await trained.dispose();
  const batch = createBatches(train, classes, scaling, { batchSize: STEP_BATCH, epochs: 1, seed: SEED }).batch(0);
  const exact = createVectorEngine(NETWORK, optimizer, { dtype: 'f64' });
  const line = await lineOf(exact, at, batch);
  const points: StepPoint[] = [];
  for (const learningRate of RATES) points.push(await line.step(learningRate));
  await exact.dispose();
  return { question: 'step-size', loss: line.loss, squaredNorm: line.squaredNorm, points };
}
