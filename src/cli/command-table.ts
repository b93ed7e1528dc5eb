// The commands: what each is for, which options it takes, and what runs it.
import type { Io } from '../program/io.ts';
import { PREDICT_DEFAULTS } from './arguments/defaults.ts';
import type { Usage } from './arguments/help.ts';
import { MODEL_FLAGS, MODEL_OPTIONS } from './model-options.ts';
import type { FlagOption, Options, ValueOption } from './options.ts';

export interface Command extends Usage {
  readonly positional?: ValueOption;
  readonly values: readonly ValueOption[];
  readonly flags: readonly FlagOption[];
  /** Imports what the command needs, and no more, when it is run. */
  readonly load: () => Promise<(options: Options, io: Io) => Promise<number>>;
}

const CANDIDATE_OPTIONS = ['candidate', 'candidate-command', 'time-limit', 'memory-limit'] as const;
const QUEUE_OPTIONS = ['queue', 'chunk'] as const;
const ENGINE_OPTIONS = ['engine', 'dtype', 'backend', 'threads'] as const;

const FUZZ_OPTIONS = ['runs', 'time', 'seed', 'workers', 'only', 'largest', 'deepest', 'steps', 'replay'] as const;

/** Every command by its name. */
export const COMMANDS = {
  init: {
    describe: 'write a template of your own network, with a test and a CI step; or a function or a layer to check',
    examples: ['init my-network', 'init my-network --loss huber:0.5', 'init --layer my-layer.ts', 'init --function'],
    positional: 'folder',
    values: ['loss', 'style', 'language'],
    defaults: { loss: 'mse and cross-entropy' },
    flags: ['function', 'layer', 'json'],
    load: async () => (await import('./commands/init.ts')).runInit,
  },
  compare: {
    describe: 'check the gradients, train candidate and reference, and say whether they agree',
    examples: ['compare --candidate my-mlp.ts', 'compare --dataset moons --hidden 32,32 --optimizer adam'],
    values: [
      ...CANDIDATE_OPTIONS,
      ...MODEL_OPTIONS,
      ...ENGINE_OPTIONS,
      'reference',
      'fault',
      'baseline',
      'out',
      'format',
    ],
    defaults: { 'train-size': 'all; for a candidate, as many as fit into a minute' },
    flags: ['transpose', 'watch', 'full', 'update-baseline', ...MODEL_FLAGS, 'json'],
    load: async () => (await import('./commands/compare.ts')).runCompare,
  },
  gradcheck: {
    describe: 'check every gradient of one batch or case file, and the updates, without training',
    examples: ['gradcheck --candidate my-mlp.ts', 'gradcheck --dataset moons --fault missing-activation-derivative'],
    values: [...CANDIDATE_OPTIONS, ...MODEL_OPTIONS, ...ENGINE_OPTIONS, 'reference', 'fault', 'case', 'out', 'format'],
    unlisted: ['epochs'],
    flags: ['transpose', 'watch', ...MODEL_FLAGS, 'json'],
    load: async () => (await import('./commands/gradcheck.ts')).runGradcheck,
  },
  check: {
    describe: 'check any function and its gradient, or any layer, from a file or a program in any language',
    examples: ['check my-function.mjs', 'check my-layer.ts --json', 'check --command "python3 my_layer.py"'],
    positional: 'module',
    values: ['command', 'time-limit', 'memory-limit', 'seed', 'backend', 'out', 'format'],
    defaults: {
      'time-limit': '600 for a file and its whole check; 30 with --command',
      backend: 'cpu, for a twin; webgl and webgpu take the file into a browser',
      out: 'results, if --format is given',
      format: 'all, if --out is given',
    },
    flags: ['json'],
    load: async () => (await import('./commands/check.ts')).runCheck,
  },
  fuzz: {
    describe: 'try random networks, or arguments of a function, until a mistake shows, and make it as small as it gets',
    positional: 'module',
    examples: [
      'fuzz --candidate my-mlp.ts',
      'fuzz --candidate my-mlp.ts --time 60 --only relu,softmax,cross-entropy',
      'fuzz my-layer.ts',
    ],
    values: [...CANDIDATE_OPTIONS, ...ENGINE_OPTIONS, ...FUZZ_OPTIONS, 'out', 'format', ...QUEUE_OPTIONS],
    flags: ['keep-going', 'json'],
    load: async () => (await import('./commands/fuzz.ts')).runFuzz,
  },
  train: {
    describe: 'train one engine alone and save its parameters',
    examples: ['train --engine wasm --epochs 5 --save mnist.json'],
    values: [...MODEL_OPTIONS, ...ENGINE_OPTIONS, 'fault', 'load', 'save', 'out'],
    flags: ['transpose', ...MODEL_FLAGS, 'json'],
    load: async () => (await import('./commands/train.ts')).runTrain,
  },
  report: {
    describe: 'make the page of an earlier run and the list of all pages',
    examples: ['report --open'],
    positional: 'file',
    values: ['out', 'port'],
    flags: ['open', 'serve', 'json'],
    load: async () => (await import('./commands/report.ts')).runReport,
  },
  selftest: {
    describe: 'check backproof itself: every known mistake is found, and thousands of right networks agree',
    examples: ['selftest --quick', 'selftest --queue redis://my-server'],
    values: ['engine', 'backend', 'threads', 'networks', 'seed', ...QUEUE_OPTIONS, 'out'],
    defaults: { backend: 'every one that is available' },
    flags: ['quick', 'json'],
    load: async () => (await import('./commands/selftest.ts')).runSelftest,
  },
  worker: {
    describe: 'do the work that other processes ask for with --queue, until Ctrl-C; see docs/cluster.md',
    examples: [
      'worker --queue redis://my-server --candidate my-mlp.ts',
      'worker --queue redis://my-server --metrics 9464',
    ],
    values: ['candidate', 'candidate-command', 'queue', 'processes', 'metrics'],
    flags: ['json'],
    means: { json: 'print one JSON object per line, for each event' },
    load: async () => (await import('./commands/worker.ts')).runWorker,
  },
  predict: {
    describe: 'draw a digit and the probabilities that both engines give it',
    examples: ['predict --index 7', 'predict --image my-digit.png'],
    values: [...MODEL_OPTIONS, ...ENGINE_OPTIONS, 'reference', 'load', 'image', 'index', 'out'],
    defaults: PREDICT_DEFAULTS,
    flags: ['transpose', 'json'],
    load: async () => (await import('./commands/predict.ts')).runPredict,
  },
  faults: {
    describe: 'list the known mistakes, or explain one',
    examples: ['faults', 'faults missing-batch-mean'],
    positional: 'name',
    values: [],
    flags: ['json'],
    load: async () => (await import('./commands/faults.ts')).runFaults,
  },
} as const satisfies Record<string, Command>;
