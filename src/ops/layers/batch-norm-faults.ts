// Mistakes that are made in batch normalization.
import type { Matrix } from '../../numeric/matrix.ts';
import type { LayerFault, LayerForward } from '../piece-fault.ts';
import { normalizationFaults, wrongForward } from './normalization-faults.ts';
import type { Kind } from './normalization-faults.ts';

const eachColumn: Kind['groups'] = ({ data }, p) => {
  const C = p['gamma'].values.length;
  return Array.from({ length: C }, (_, c) => ({ first: c, n: data.length / C, stride: C }));
};

const eachExample: Kind['groups'] = ({ rows, cols }: Matrix) =>
  Array.from({ length: rows }, (_, b) => ({ first: b * cols, n: cols, stride: 1 }));

export const BATCH_NORM_FAULTS = {
  ...normalizationFaults({ groups: eachColumn, several: () => true }),
  'running-averages-in-training': {
    first: 'scores',
    description: 'batch normalization uses its running averages in training too',
    remedy: 'normalize with the mean and variance of the batch in training, with the running averages in prediction',
    formula: 'x̂ = (x - running mean) / √(running variance + ε)',
    recipe: (at, right) => ({
      forward(layer, step: LayerForward) {
        const running = layer === at ? ({ ...step.pass, mode: 'predict' } as const) : step.pass;
        return right.forward(layer, { ...step, pass: running });
      },
    }),
  },
  'normalized-over-the-units': {
    first: 'scores',
    description: 'batch normalization is computed over the units of each example, not over the batch',
    remedy: 'take mean and variance of each unit over the examples of the batch',
    recipe: wrongForward(eachExample, (values, epsilon) => {
      const centre = values.reduce((sum, x) => sum + x, 0) / values.length;
      const variance = values.reduce((sum, x) => sum + (x - centre) * (x - centre), 0) / values.length;
      return [centre, Math.sqrt(variance + epsilon)];
    }),
  },
} as const satisfies Record<string, LayerFault>;
