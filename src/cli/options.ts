// The one table of options: name, meaning and parser. What an option means is the same for every command that takes it.
import { FAULT_IDS } from '../faults/registry.ts';
import { DATASETS } from '../data/load.ts';
import { SCALES } from '../data/scaling.ts';
import { ENGINES } from '../engines/engine.ts';
import { BACKENDS } from '../engines/tfjs/backends.ts';
import { availableParallelism } from 'node:os';
import { UsageError } from '../errors.ts';
import { hasControls, safeText } from '../text.ts';
import { MOST_LAYERS } from '../network/spec.ts';
import { unknownWord } from './nearest.ts';
import { LANGUAGES } from './template/network.ts';
import { INITIALIZERS } from '../network/initializers.ts';
import { ACTIVATIONS, ELEMENTWISE_ACTIVATIONS, LOSSES } from '../ops/registry.ts';
import { DTYPES } from '../numeric/dtype.ts';
import { OPTIMIZERS } from '../ops/optimizers/optimizer.ts';
import { FORMAT_NAMES } from '../report/formats/formats.ts';

interface Option<T> {
  readonly describe: string;
  /** @throws UsageError */
  readonly parse: (text: string, name: string) => T;
  /** Whether it may be given more than once: the same as once, with commas between. */
  readonly repeated?: true;
}

function choice<const T extends readonly string[]>(choices: T, describe: string): Option<T[number]> {
  return {
    describe: `${describe}: ${choices.join(', ')}`,
    parse(text, name) {
      if (choices.includes(text)) return text;
      throw unknownWord(name, text, choices);
    },
  };
}

function number(describe: string, fits: (x: number) => boolean, expected: string): Option<number> {
  return {
    describe,
    parse(text, name) {
      const value = text.trim() === '' ? NaN : Number(text);
      if (Number.isFinite(value) && fits(value)) return value;
      throw new UsageError(`--${name}: ${expected} expected, "${safeText(text)}" found`);
    },
  };
}

const count = (describe: string): Option<number> =>
  number(describe, (x) => Number.isSafeInteger(x) && x >= 1, 'a whole number of at least 1');

/** A thread that has no core of its own keeps those waiting that have. */
const threads: Option<number> = {
  ...count('threads of the wasm engine (the cores) and of native TensorFlow'),
  parse(text, name) {
    const value = count('').parse(text, name);
    const cores = availableParallelism();
    if (value <= cores) return value;
    throw new UsageError(`--${name}: at most ${cores} expected (the cores that this machine has), "${text}" found`);
  },
};

/** A day: timers of Node go off at once beyond 24 of them. */
const MOST_SECONDS = 86_400;

const path = (describe: string): Option<string> => ({
  describe,
  parse(text, name) {
    if (text === '') throw new UsageError(`--${name}: a path expected, nothing found`);
    if (!hasControls(text)) return text;
    throw new UsageError(`--${name}: a path without control characters expected, "${safeText(text)}" found`);
  },
});

const shellCommand = (describe: string): Option<string> => ({
  describe,
  parse(text, name) {
    if (text.trim() !== '') return text;
    throw new UsageError(`--${name}: a command expected, nothing found`);
  },
});

const hidden: Option<number[]> = {
  describe: 'units of the hidden layers, for example 128 or 256,128; none for no hidden layer',
  parse(text, name) {
    if (text === 'none') return [];
    const units = text.split(',').map((part) => (part.trim() === '' ? NaN : Number(part)));
    if (units.length >= MOST_LAYERS)
      throw new UsageError(`--${name}: at most ${MOST_LAYERS - 1} hidden layers expected, ${units.length} found`);
    if (units.every((n) => Number.isSafeInteger(n) && n >= 1)) return units;
    throw new UsageError(`--${name}: whole numbers with commas between expected (or none), "${safeText(text)}" found`);
  },
};

const FORMATS = ['terminal', ...FORMAT_NAMES] as const;
const formats: Option<(typeof FORMATS)[number][]> = {
  describe: `files to write, with commas between: ${FORMAT_NAMES.join(', ')} (all); terminal, which is always shown, for none`,
  repeated: true,
  parse: (text) =>
    text.split(',').map((word) => {
      const found = FORMATS.find((name) => name === word.trim());
      if (found === undefined) throw unknownWord('format', safeText(word), FORMATS);
      return found;
    }),
};

export const VALUE_OPTIONS = {
  dataset: choice(DATASETS, 'data set'),
  data: path('folder with another set in MNIST’s form (IDX files, gzip’ed or not)'),
  classes: count('classes of that set (10)'),
  'train-size': count('training examples to use, from the first on (all)'),
  'test-size': count('test examples to use (all)'),
  scale: choice(SCALES, 'scaling of the inputs'),
  hidden,
  activation: choice(ELEMENTWISE_ACTIVATIONS, 'activation of the hidden layers'),
  output: choice(ACTIVATIONS, 'output of the last layer'),
  loss: choice(LOSSES, 'loss'),
  optimizer: choice(OPTIMIZERS, 'optimizer'),
  'learning-rate': number('learning rate', (x) => x >= 0, 'a number of at least 0'),
  'batch-size': number('examples a step', Number.isSafeInteger, 'a whole number'),
  epochs: count('passes over the training set'),
  seed: number('determines weights, batches and generated data', Number.isSafeInteger, 'a whole number'),
  initializer: choice(INITIALIZERS, 'starting weights'),
  engine: choice(ENGINES, 'engine on trial'),
  dtype: choice(DTYPES, 'its precision'),
  reference: choice(ENGINES, 'engine to compare with'),
  backend: choice(BACKENDS, 'TensorFlow.js backend'),
  threads,
  fault: {
    describe: `put a known mistake into the hand-written path, NAME or NAME@LAYER: ${FAULT_IDS.join(', ')}`,
    parse(text) {
      const [id = ''] = text.split('@', 1);
      if ((FAULT_IDS as readonly string[]).includes(id)) return text;
      throw unknownWord('fault', id, FAULT_IDS);
    },
  } satisfies Option<string>,
  candidate: path(
    'your own network on trial: a module (.js, .mjs, .ts) whose default export answers loss and gradients',
  ),
  'candidate-command': shellCommand('the same as a program in any language: JSON lines, see docs/protocol.md'),
  'memory-limit': count(
    'MiB of memory that a candidate and what it starts may use (half of what is free, from 1024 to 4096)',
  ),
  'time-limit': number(
    'seconds a candidate may take for one answer (30)',
    (x) => x > 0 && x <= MOST_SECONDS,
    `a number above 0 and at most ${MOST_SECONDS}`,
  ),
  case: path('case file with a gradient problem and its answer, or a folder of them'),
  baseline: path('accuracy baseline to check against'),
  out: path('folder for reports (results)'),
  format: formats,
  save: path('file for the trained parameters'),
  load: path('file with parameters to start from'),
  networks: count('random networks to try (2000; 30 with --quick)'),
  folder: path('where to (here)'),
  language: choice(LANGUAGES, 'what the template is written in'),
  file: path('report of an earlier comparison (<out>/compare.json)'),
  port: number(
    'port of --serve; 0 for any that is free',
    (x) => Number.isSafeInteger(x) && x >= 0 && x < 65536,
    'a port',
  ),
  image: path('PNG or JPEG of your own digit, to predict instead of a test digit'),
  index: number('which test example, from 0', (x) => Number.isSafeInteger(x) && x >= 0, 'a whole number of at least 0'),
} as const satisfies Record<string, Option<unknown>>;

export const FLAG_OPTIONS = {
  quick: { describe: 'a smaller self-test, under half a minute' },
  open: { describe: 'show it in the browser' },
  serve: { describe: 'serve the folder on this machine until Ctrl-C, for browsers that open no files' },
  json: { describe: 'print one JSON document on stdout, everything else on stderr' },
  'update-baseline': { describe: 'write the baseline (results/baseline.json) from this run' },
} as const;

export type ValueOption = keyof typeof VALUE_OPTIONS;
export type FlagOption = keyof typeof FLAG_OPTIONS;
/** Options as commands get them: those that were given, parsed. */
export type Options = { [K in ValueOption]?: ReturnType<(typeof VALUE_OPTIONS)[K]['parse']> } & {
  [K in FlagOption]?: boolean;
};

export const MODEL_OPTIONS = [
  ...['dataset', 'data', 'classes', 'train-size', 'test-size', 'scale', 'hidden', 'activation', 'output', 'loss'],
  ...['optimizer', 'learning-rate', 'batch-size', 'epochs', 'seed', 'initializer'],
] as readonly ValueOption[];

/** From yargs's strings to values.
 * @throws UsageError on a value that does not fit, or an option given twice. */
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
  return options;
}
