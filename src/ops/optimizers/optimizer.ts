// All optimizers, one page each. To add one, add its line here.
import { adadelta } from './adadelta.ts';
import { adagrad } from './adagrad.ts';
import { adam } from './adam.ts';
import { adamax } from './adamax.ts';
import { adamw } from './adamw.ts';
import { momentum } from './momentum.ts';
import { nadam } from './nadam.ts';
import { nesterov } from './nesterov.ts';
import type { Clipping, Hyperparameters } from './page.ts';
import { rmspropCentered } from './rmsprop-centered.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** In the order that lists show them. */
export const OPTIMIZER_PAGES = [
  sgd,
  momentum,
  nesterov,
  rmsprop,
  adam,
  rmspropCentered,
  adadelta,
  adagrad,
  adamax,
  adamw,
  nadam,
] as const;

/** One of OPTIMIZERS. */
export type OptimizerId = (typeof OPTIMIZER_PAGES)[number]['id'];
/** The optimizers' names. Everything known about each is on its page. */
export const OPTIMIZERS: readonly OptimizerId[] = OPTIMIZER_PAGES.map(({ id }) => id);

/** An optimizer and its hyperparameters, of which it reads only its own. */
export interface OptimizerSpec extends Hyperparameters, Clipping {
  readonly id: OptimizerId;
  /** What the learning rate is multiplied by from step to step: `cosine:1000`. Default: nothing. */
  readonly schedule?: string | undefined;
}
