// The one table of options: name, meaning, default and parser. An option means the same for every
// command that takes it.
import { availableParallelism } from 'node:os';
import { DEFAULT_TIME_LIMIT } from '../candidates/limits.ts';
import { TASKS } from '../data/csv/labels.ts';
import { DATASETS } from '../data/names.ts';
import { SCALES } from '../data/scaling.ts';
import { ENGINES } from '../engines/engine.ts';
import { BACKENDS } from '../engines/tfjs/backends.ts';
import { UsageError, placed } from '../errors.ts';
import { FAULT_IDS } from '../faults/registry.ts';
import { INITIALIZERS, INITIALIZER_CHOICES, checkInitializer } from '../network/initializers.ts';
import type { InitializerId } from '../network/initializers.ts';
import { parseLayers } from '../network/layer-notation.ts';
import type { ActivationPage } from '../ops/activations/page.ts';
import type { LossPage } from '../ops/losses/page.ts';
import type { OutputPage } from '../ops/outputs/page.ts';
import { ACTIVATION_PAGES, LOSS_PAGES, OUTPUT_PAGES, knownActivation, knownLoss } from '../ops/registry.ts';
import type { ActivationId, ElementwiseActivationId, LossId } from '../ops/registry.ts';
import { DTYPES } from '../numeric/dtype.ts';
import { OPTIMIZERS } from '../ops/optimizers/optimizer.ts';
import { SCHEDULES, checkSchedule } from '../ops/schedules/schedules.ts';
import { FORMAT_NAMES } from '../report/formats/formats.ts';
import { DEFAULTS, MOST_SECONDS, datasetDefaults, learningRates } from './arguments/defaults.ts';
import { unknownWord } from './arguments/nearest.ts';
import { choice, count, layerSizes, list, number, path, piece, shellCommand, unexpected } from './arguments/parsers.ts';
import type { Described, Option } from './arguments/parsers.ts';
import { FUZZ_OPTIONS } from './fuzz/options.ts';
import { QUEUE_OPTIONS } from './queue/options.ts';
import { LANGUAGES, STYLES } from './template/network.ts';

/** A thread without a core of its own keeps the others waiting. */
const threads: Option<number> = {
  ...count('Engines', 'threads of wasm and of native TensorFlow', 'up to one per core'),
  parse(text, name) {
    const value = count('Engines', '').parse(text, name);
    const cores = availableParallelism();
    if (value <= cores) return value;
    throw unexpected(name, `at most ${cores}, the cores of this machine`, text);
  },
};

const fault: Option<string> = {
  group: 'Checks',
  value: 'NAME[@LAYER]',
  describe: 'put a known mistake into the hand-written network; see `backproof faults`',
  parse(text) {
    const [id = ''] = text.split('@', 1);
    if ((FAULT_IDS as readonly string[]).includes(id)) return text;
    throw unknownWord('mistake', id, FAULT_IDS, 'see backproof faults');
  },
};

function initializerNamed(text: string, name: string): InitializerId {
  const [plain] = text.split(':', 1);
  if (!(INITIALIZERS as readonly string[]).includes(plain))
    throw unknownWord(name, text, INITIALIZERS, `choose one of ${INITIALIZER_CHOICES.join(', ')}`);
  placed(`--${name} `, () => checkInitializer(text));
  return text as InitializerId;
}

export const VALUE_OPTIONS = {
  candidate: path('FILE', 'Your network', 'module (.js, .mjs, .ts) whose default export returns loss and gradients'),
  module: path(
    'FILE',
    'Your network',
    'module that exports a function and its gradient, or a layer; see docs/check.md',
  ),
  command: shellCommand(
    'Your network',
    'program with a function or a layer, in any language; see docs/check-protocol.md',
  ),
  'candidate-command': shellCommand(
    'Your network',
    'program in any language; it speaks JSON lines, see docs/protocol.md',
  ),
  'time-limit': number(
    { expected: `above 0 and at most ${MOST_SECONDS}`, fits: (x) => x > 0 && x <= MOST_SECONDS },
    'Your network',
    'seconds that a candidate may take to return one result',
    DEFAULT_TIME_LIMIT,
  ),
  'memory-limit': count(
    'Your network',
    'MiB that a candidate and all it starts may use',
    'half of what is free, 1024 to 4096',
  ),
  dataset: choice(DATASETS, 'Data', 'data set', DEFAULTS.dataset),
  data: path('PATH', 'Data', 'another data set: a folder of IDX files like MNIST’s, a CSV table, or a folder of them'),
  classes: count('Data', 'number of classes in --data', '10; as many as a table has'),
  'first-label': number({ whole: true }, 'Data', 'label of the first class in --data; 1 for EMNIST letters', 0),
  'label-column': {
    group: 'Data',
    value: 'COLUMN',
    describe: 'column of a table that has the labels: first, last, its number from 1, or its name',
    default: 'found out',
    parse: (text) => text,
  },
  task: choice(TASKS, 'Data', 'what the labels of a table are: classes, or numbers to predict', 'found out'),
  'train-size': count('Data', 'number of training examples, from the first', 'all'),
  'test-size': count('Data', 'number of test examples, from the first', 'all'),
  scale: choice(
    SCALES,
    'Data',
    'scaling of the inputs',
    `${DEFAULTS.scale}; ${DEFAULTS.mixedScale} for housing and tables`,
  ),
  image: path('FILE', 'Data', 'PNG or JPEG of your own digit, instead of a test digit'),
  index: number(
    { whole: true, expected: 'of at least 0', fits: (x) => x >= 0 },
    'Data',
    'number of the test example, from 0',
    0,
  ),
  hidden: layerSizes(
    'Network',
    'units of each hidden layer, such as 256,128, or none',
    datasetDefaults(({ hidden }) => hidden.join(',')),
  ),
  layers: {
    group: 'Network',
    value: 'LAYERS',
    describe: 'all layers in place of --hidden, such as conv:8x3,max-pool:2,flatten,dense:10; see docs/layers.md',
    parse(text: string, name: string) {
      placed(`--${name}: `, () => parseLayers(text, 'linear', 'linear'));
      return text;
    },
  },
  network: path('FILE', 'Network', 'JSON file with the network, in place of --hidden or --layers'),
  activation: piece<ElementwiseActivationId, ActivationPage | OutputPage>(
    ACTIVATION_PAGES,
    knownActivation,
    'Network',
    'activation of the hidden layers',
    DEFAULTS.activation,
  ),
  output: piece<ActivationId, ActivationPage | OutputPage>(
    [...ACTIVATION_PAGES, ...OUTPUT_PAGES],
    knownActivation,
    'Network',
    'activation of the last layer',
    `${DEFAULTS.output}; ${DEFAULTS.regressionOutput} for regression`,
  ),
  outputs: number(
    { whole: true, expected: 'that is 1', fits: (x) => x === 1 },
    'Network',
    '1: one output for two classes, with sigmoid and binary-cross-entropy',
    'one for each class',
  ),
  loss: piece<LossId, LossPage>(LOSS_PAGES, knownLoss, 'Network', 'loss', 'cross-entropy for softmax, mse for others'),
  l2: number(
    { expected: 'of at least 0', fits: (x) => x >= 0 },
    'Network',
    'strength λ of a penalty λ Σ W², added to the loss',
    'none',
  ),
  l1: number(
    { expected: 'of at least 0', fits: (x) => x >= 0 },
    'Network',
    'strength λ of a penalty λ Σ |W|, added to the loss',
    'none',
  ),
  initializer: {
    group: 'Network',
    value: 'NAME',
    describe: 'initial weights',
    choices: INITIALIZER_CHOICES,
    default: DEFAULTS.initializer,
    parse: initializerNamed,
  },
  load: path('FILE', 'Network', 'file with parameters to start from'),
  optimizer: choice(OPTIMIZERS, 'Training', 'optimizer', DEFAULTS.optimizer),
  'learning-rate': number(
    { expected: 'of at least 0', fits: (x) => x >= 0 },
    'Training',
    'learning rate',
    learningRates(),
  ),
  'weight-decay': number(
    { expected: 'of at least 0', fits: (x) => x >= 0 },
    'Training',
    'decoupled weight decay λ of sgd and adamw: w ← (1 - lr·λ)·w before each step',
    '0.01 for adamw, none for sgd',
  ),
  'clip-norm': number(
    { expected: 'above 0', fits: (x) => x > 0 },
    'Training',
    'all gradients together are cut down to this norm before each update',
    'none',
  ),
  'clip-value': number(
    { expected: 'above 0', fits: (x) => x > 0 },
    'Training',
    'every entry of a gradient is cut to at most this size before each update',
    'none',
  ),
  schedule: {
    group: 'Training',
    value: 'NAME:NUMBERS',
    describe: `learning rate from step to step: ${SCHEDULES.map(({ form }) => form).join(', ')}; joined by +`,
    default: 'constant',
    parse(text, name) {
      placed(`--${name}: `, () => checkSchedule(text));
      return text;
    },
  },
  'batch-size': number({ whole: true }, 'Training', 'examples per step', DEFAULTS.batchSize),
  epochs: count(
    'Training',
    'passes over the training set',
    datasetDefaults(({ epochs }) => epochs),
  ),
  seed: number({ whole: true }, 'Training', 'determines weights, batches and generated data', DEFAULTS.seed),
  engine: choice(ENGINES, 'Engines', 'engine to check', DEFAULTS.engine),
  dtype: choice(DTYPES, 'Engines', 'precision of that engine', 'f32'),
  reference: choice(
    ENGINES,
    'Engines',
    'engine to compare with; for a candidate vector, if TensorFlow.js is not installed',
    DEFAULTS.reference,
  ),
  backend: choice(BACKENDS, 'Engines', 'TensorFlow.js backend', DEFAULTS.backend),
  threads,
  case: path('PATH', 'Checks', 'file, or folder of files, with a gradient problem and its answer'),
  fault,
  baseline: path('FILE', 'Checks', 'accuracy baseline to check against'),
  ...FUZZ_OPTIONS,
  networks: count('Checks', 'number of random networks to check', '2000, or 20 with --quick'),
  ...QUEUE_OPTIONS,
  out: path('FOLDER', 'Output', 'folder for reports', DEFAULTS.out),
  format: list(
    ['terminal', ...FORMAT_NAMES],
    'format',
    'Output',
    'files to write, separated by commas; terminal alone writes none',
    'all',
  ),
  save: path('FILE', 'Output', 'file for the trained parameters', `parameters.json in --out`),
  folder: path('FOLDER', 'Output', 'folder to write into; with --function or --layer also a file', 'the current one'),
  style: choice(STYLES, 'Output', 'functions, or a class with forward, backward and step', 'functions'),
  language: choice(LANGUAGES, 'Output', 'language of the template', 'typescript'),
  file: path('FILE', 'Output', 'JSON report of an earlier run', 'the newest in --out'),
  port: number(
    { whole: true, expected: 'from 0 to 65535', fits: (x) => x >= 0 && x < 65536 },
    'Output',
    'port of --serve; 0 for any free port',
    DEFAULTS.port,
  ),
  name: {
    group: 'Output',
    value: 'NAME',
    describe: 'a known mistake to explain',
    default: 'all are listed',
    parse: fault.parse,
  },
} as const satisfies Record<string, Option<unknown>>;

export const FLAG_OPTIONS = {
  watch: { group: 'Your network', describe: 'check again after each save of what is checked, until Ctrl-C' },
  'l2-half': { group: 'Network', describe: 'the penalty of --l2 is ½ λ Σ W², whose gradient is λ W' },
  'penalize-biases': { group: 'Network', describe: 'the penalties of --l2 and --l1 are on biases too' },
  'penalty-over-batch': { group: 'Network', describe: 'the penalties of --l2 and --l1 are divided by the batch size' },
  function: { group: 'Output', describe: 'write a function and its gradient to start from, for `backproof check`' },
  layer: { group: 'Output', describe: 'write a layer to start from, for `backproof check`' },
  'keep-going': { group: 'Checks', describe: 'go on after the first failure, and count all' },
  quick: { group: 'Checks', describe: 'run a smaller self-test, in under half a minute' },
  transpose: { group: 'Data', describe: 'exchange rows and columns of the pictures in --data, as EMNIST needs' },
  full: { group: 'Training', describe: 'train on all examples, however slow the candidate is' },
  'update-baseline': { group: 'Checks', describe: `write --baseline from this run (default: ${DEFAULTS.baseline})` },
  open: { group: 'Output', describe: 'open the page in a browser' },
  serve: { group: 'Output', describe: 'serve the pages on this machine until Ctrl-C, for browsers that open no files' },
  json: { group: 'Output', describe: 'print one JSON document on stdout, everything else on stderr' },
} as const satisfies Record<string, Described>;

export type ValueOption = keyof typeof VALUE_OPTIONS;
export type FlagOption = keyof typeof FLAG_OPTIONS;
/** Options as commands get them: those that were given, parsed. */
export type Options = { [K in ValueOption]?: ReturnType<(typeof VALUE_OPTIONS)[K]['parse']> } & {
  [K in FlagOption]?: boolean;
};

/**
 * From the strings of yargs to values.
 * @throws UsageError on a value that does not fit, or an option given twice.
 */
export function parseOptions(raw: Readonly<Record<string, unknown>>): Options {
  const options: Record<string, unknown> = {};
  for (const [name, option] of Object.entries(VALUE_OPTIONS) as [string, Option<unknown>][]) {
    const text = raw[name];
    if (text === undefined) continue;
    const given: unknown = option.repeated && Array.isArray(text) ? text.join(',') : text;
    if (typeof given !== 'string') throw new UsageError(`--${name}: given more than once`);
    options[name] = option.parse(given, name);
  }
  for (const name of Object.keys(FLAG_OPTIONS)) if (raw[name] !== undefined) options[name] = raw[name] === true;
  if (options['port'] !== undefined && options['serve'] !== true) throw new UsageError('--port needs --serve');
  return options;
}
