// All experiments, in the order of the page.
import type { Experiment } from '../experiment.ts';
import { allZero } from './all-zero.ts';
import { flatten } from './flatten.ts';
import { oneHot } from './one-hot.ts';
import { scaling } from './scaling.ts';

export const EXPERIMENTS: readonly Experiment[] = [flatten, scaling, oneHot, allZero];
