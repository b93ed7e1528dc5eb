// The line that says what was run.
import { describe, expect, test } from 'vitest';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { describeSettings } from '../../src/report/words/settings.ts';
import { realReport } from './fixture.ts';

const { settings } = await realReport();
const lineWith = (around: Partial<OptimizerSpec>): string =>
  describeSettings({ ...settings, optimizer: optimizerSpec('sgd', around) }).split('; ')[1];

describe('the line of the settings', () => {
  test.each<[string, Partial<OptimizerSpec>, string]>([
    ['nothing more', {}, 'sgd, learning rate 0.2'],
    ['no weight decay', { weightDecay: 0 }, 'sgd, learning rate 0.2'],
    ['weight decay', { weightDecay: 0.01 }, 'sgd, learning rate 0.2, weight decay 0.01'],
    ['a schedule', { schedule: 'cosine:100' }, 'sgd, learning rate 0.2 times cosine:100'],
    ['clipping by norm', { clipNorm: 1 }, 'sgd, learning rate 0.2, gradients clipped to norm 1'],
    ['clipping by value', { clipValue: 0.5 }, 'sgd, learning rate 0.2, gradients clipped to ±0.5'],
  ])('has %s', (_what, around, line) => {
    expect(lineWith(around)).toBe(line);
  });
});
