// All experiments, in the order of the page.
import type { Experiment } from '../experiment.ts';
import { allZero } from './all-zero.ts';
import { backward } from './backward.ts';
import { flatten } from './flatten.ts';
import { oneHot } from './one-hot.ts';
import { scaling } from './scaling.ts';
import { scoreOverTotal } from './score-over-total.ts';
import { stepSize } from './step-size.ts';
import { subtract } from './subtract.ts';
import { whichLoss } from './which-loss.ts';

export const EXPERIMENTS: readonly Experiment[] = [
  flatten,
  scaling,
  oneHot,
  scoreOverTotal,
  allZero,
  whichLoss,
  subtract,
  stepSize,
  backward,
];
