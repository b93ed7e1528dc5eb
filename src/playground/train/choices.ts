// What a visitor chooses for a training, as plain JSON in a link, and the run that it makes: the
// same as `backproof compare` makes of the same options.
import { createBatches, heldBatches } from '../../data/batches.ts';
import type { Batches } from '../../data/batches.ts';
import type { Dataset } from '../../data/dataset.ts';
import { fitScaling } from '../../data/scaling.ts';
import { UsageError } from '../../errors.ts';
import { inArithmeticOf } from '../../engines/tfjs/backends.ts';
import type { Bits } from '../../engines/tfjs/backends.ts';
import { PAGE_BACKENDS } from '../../engines/tfjs/in-browser.ts';
import type { PageBackend } from '../../engines/tfjs/in-browser.ts';
import type { TestSet } from '../../check/run/test-set.ts';
import { heldParameters } from '../../network/held.ts';
import { initialParameters } from '../../network/initializers.ts';
import type { Parameters } from '../../network/parameters.ts';
import { checkNetwork } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { OPTIMIZERS } from '../../ops/optimizers/optimizer.ts';
import type { OptimizerId, OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../ops/optimizers/registry.ts';
import { ACTIVATIONS, ELEMENTWISE_ACTIVATIONS, LOSSES } from '../../ops/registry.ts';
import { DIGIT_SETS } from '../work/digit-sets.ts';
import type { DigitSet } from '../work/digit-sets.ts';

/** The hand-written engines that can train in a browser at a useful speed. */
export const HAND = ['vector', 'wasm'] as const;
export type HandId = (typeof HAND)[number];

export interface Choices {
  /** Units of each hidden layer; none: the inputs go straight to the ten outputs. */
  readonly hidden: readonly number[];
  readonly activation: string;
  readonly output: string;
  readonly loss: string;
  readonly optimizer: OptimizerId;
  readonly learningRate: number;
  readonly batchSize: number;
  readonly seed: number;
  readonly engine: HandId;
  readonly backend: PageBackend;
  readonly digits: DigitSet;
  /** Every how many steps the gradients are checked. */
  readonly every: number;
}

export const DEFAULT_CHOICES: Choices = {
  hidden: [32],
  activation: 'relu',
  output: 'softmax',
  loss: 'cross-entropy',
  optimizer: 'sgd',
  learningRate: 0.2,
  batchSize: 32,
  seed: 1,
  engine: 'vector',
  backend: 'cpu',
  digits: 'small',
  every: 20,
};

/** How far a choice may go on somebody's machine. */
export const LIMITS = { layers: 4, units: 512, batchSize: 1000, every: 1000, seed: 2 ** 31 } as const;

type Reader = (value: unknown) => boolean;
const oneOf =
  (names: readonly string[]): Reader =>
  (value) =>
    typeof value === 'string' && names.includes(value);
const whole =
  (most: number): Reader =>
  (value) =>
    typeof value === 'number' && Number.isSafeInteger(value) && value >= 1 && value <= most;

const READERS: { readonly [Name in keyof Choices]: Reader } = {
  hidden: (value) => Array.isArray(value) && value.length <= LIMITS.layers && value.every(whole(LIMITS.units)),
  activation: oneOf(ELEMENTWISE_ACTIVATIONS),
  output: oneOf(ACTIVATIONS),
  loss: oneOf(LOSSES),
  optimizer: oneOf(OPTIMIZERS),
  learningRate: (value) => typeof value === 'number' && Number.isFinite(value) && value >= 0,
  batchSize: whole(LIMITS.batchSize),
  seed: whole(LIMITS.seed),
  engine: oneOf(HAND),
  backend: oneOf(PAGE_BACKENDS),
  digits: oneOf(DIGIT_SETS),
  every: whole(LIMITS.every),
};

/** Whether a value can be this choice. */
export function isChoice(name: keyof Choices, value: unknown): boolean {
  return READERS[name](value);
}

/** A state from anywhere. What is missing or wrong in it is as in DEFAULT_CHOICES. */
export function choicesFrom(state: unknown): { readonly choices: Choices; readonly wrong: readonly string[] } {
  const given = typeof state === 'object' && state !== null ? (state as Record<string, unknown>) : {};
  const names = Object.keys(READERS) as (keyof Choices)[];
  const wrong = names.filter((name) => Object.hasOwn(given, name) && !isChoice(name, given[name]));
  const right = names.filter((name) => Object.hasOwn(given, name) && !wrong.includes(name));
  const choices = { ...DEFAULT_CHOICES, ...Object.fromEntries(right.map((name) => [name, given[name]])) };
  return { choices, wrong };
}

/** What the choices make of these digits. */
export interface Run {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly test: TestSet;
}

/** So many passes that a visitor stops before. */
const EPOCHS = 1000;
const INPUTS = 784;

/** @throws UsageError if the pieces do not fit together */
export function networkOf(choices: Choices, bits?: Bits): NetworkSpec {
  const { hidden, activation, output, loss, backend } = choices;
  const layers = [...hidden.map((units) => ({ units, activation })), { units: 10, activation: output }];
  const network = { inputs: INPUTS, layers, loss } as NetworkSpec;
  checkNetwork(network);
  return inArithmeticOf(network, backend, bits);
}

/**
 * @param bits that the backend stores numbers in
 * @throws UsageError if the pieces do not fit together, or a number is out of range
 */
export function runOf(choices: Choices, digits: Dataset, bits?: Bits): Run {
  const { optimizer, learningRate, batchSize, seed } = choices;
  const network = networkOf(choices, bits);
  const { train, test, classes } = digits;
  if (batchSize > train.count) throw new UsageError(`batch: at most ${train.count}, the digits there are`);
  const scaling = fitScaling('unit', train);
  return {
    network,
    optimizer: optimizerSpec(optimizer, { learningRate }),
    initial: heldParameters(network, initialParameters(network, 'glorot-uniform', seed)),
    batches: heldBatches(network, createBatches(train, classes, scaling, { batchSize, epochs: EPOCHS, seed })),
    test: { examples: test, classes, scaling },
  };
}

/** The command that makes the same run in a checkout, of this many steps' epochs. */
export function commandOf(choices: Choices, epochs: number): string {
  const { hidden, activation, output, loss, optimizer, learningRate, batchSize, seed, engine, backend } = choices;
  const options = {
    ...(choices.digits === 'small' && { data: 'data/mnist-small' }),
    hidden: hidden.length === 0 ? 'none' : hidden.join(','),
    activation,
    output,
    loss,
    optimizer,
    'learning-rate': learningRate,
    'batch-size': batchSize,
    epochs,
    seed,
    engine,
    backend,
  };
  const words = Object.entries(options).map(([name, value]) => `--${name} ${value}`);
  return ['npm run compare --', ...words].join(' ');
}
