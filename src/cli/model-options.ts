// Options that say what is trained, on what, and how.
import type { FlagOption, ValueOption } from './options.ts';

export const MODEL_OPTIONS = [
  ...[
    'dataset',
    'data',
    'classes',
    'first-label',
    'label-column',
    'task',
    'train-size',
    'test-size',
    'scale',
    'hidden',
    'layers',
    'network',
    'activation',
    'output',
    'outputs',
    'loss',
  ],
  ...['l2', 'l1'],
  ...[
    'optimizer',
    'learning-rate',
    'weight-decay',
    'clip-norm',
    'clip-value',
    'schedule',
    'batch-size',
    'epochs',
    'seed',
    'initializer',
  ],
] as readonly ValueOption[];

/** Flags that say what the network is. */
export const MODEL_FLAGS = [
  'l2-half',
  'penalize-biases',
  'penalty-over-batch',
] as const satisfies readonly FlagOption[];
