// The optimizers that there are, one page each: to add one, add its line here.
import { adadelta } from './adadelta.ts';
import { adam } from './adam.ts';
import { momentum } from './momentum.ts';
import { nesterov } from './nesterov.ts';
import type { Hyperparameters } from './page.ts';
import { rmspropCentered } from './rmsprop-centered.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** In the order in which they are listed. */
export const OPTIMIZER_PAGES = [sgd, momentum, nesterov, rmsprop, adam, rmspropCentered, adadelta] as const;

/** One of OPTIMIZERS. */
export type OptimizerId = (typeof OPTIMIZER_PAGES)[number]['id'];
/** Optimizers by name; all that is known of each is on its page. */
export const OPTIMIZERS: readonly OptimizerId[] = OPTIMIZER_PAGES.map(({ id }) => id);

/** An optimizer and its hyperparameters; it reads those it knows. */
export interface OptimizerSpec extends Hyperparameters {
  readonly id: OptimizerId;
}
