// The options of fuzz alone: a part of the table of options.
import { MOST_SECONDS } from '../arguments/defaults.ts';
import { count, number, path } from '../arguments/parsers.ts';
import type { Option } from '../arguments/parsers.ts';
import { MOST_STEPS } from '../../network/steps.ts';
import { onlyOf } from './only.ts';

export const FUZZ_OPTIONS = {
  runs: count('Checks', 'number of random networks', '1000; with --time as many as fit'),
  time: number(
    { expected: `above 0 and at most ${MOST_SECONDS}`, fits: (x) => x > 0 && x <= MOST_SECONDS },
    'Checks',
    'seconds after which no further random network is tried',
    'no limit',
  ),
  workers: number(
    { whole: true, expected: 'from 1 to 256', fits: (x) => x >= 1 && x <= 256 },
    'Checks',
    'processes that try random networks',
    'up to one per core',
  ),
  only: {
    group: 'Checks',
    value: 'NAMES',
    describe: 'activations, outputs, losses, layers, penalties, optimizers, clipping and schedules to try, with commas',
    default: 'all that it computes',
    repeated: true,
    parse(text: string) {
      const names = text.split(',').map((name) => name.trim());
      onlyOf(names);
      return names;
    },
  },
  largest: number(
    { whole: true, expected: 'from 1 to 1000', fits: (x) => x >= 1 && x <= 1000 },
    'Checks',
    'most units of a layer, inputs and examples of random networks',
    9,
  ),
  deepest: number(
    { whole: true, expected: 'from 1 to 50', fits: (x) => x >= 1 && x <= 50 },
    'Checks',
    'most dense layers of random networks',
    4,
  ),
  steps: number(
    { whole: true, expected: `from 1 to ${MOST_STEPS}`, fits: (x) => x >= 1 && x <= MOST_STEPS },
    'Checks',
    'most training steps of random networks',
    6,
  ),
  replay: path('FILE', 'Checks', 'case file of an earlier failure to check again'),
} as const satisfies Record<string, Option<unknown>>;
