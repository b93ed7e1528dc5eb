// All optimizers, one page each. To add one, add its line here.
import { adadelta } from './adadelta.ts';
import { adam } from './adam.ts';
import { momentum } from './momentum.ts';
import { nesterov } from './nesterov.ts';
import type { Hyperparameters } from './page.ts';
import { rmspropCentered } from './rmsprop-centered.ts';
import { rmsprop } from './rmsprop.ts';
import { sgd } from './sgd.ts';

/** In the order that lists show them. */
export const OPTIMIZER_PAGES = [sgd, momentum, nesterov, rmsprop, adam, rmspropCentered, adadelta] as const;

/** One of OPTIMIZERS. */
export type OptimizerId = (typeof OPTIMIZER_PAGES)[number]['id'];
/** The optimizers' names. Everything known about each is on its page. */
export const OPTIMIZERS: readonly OptimizerId[] = OPTIMIZER_PAGES.map(({ id }) => id);

/** An optimizer and its hyperparameters, of which it reads only its own. */
export interface OptimizerSpec extends Hyperparameters {
  readonly id: OptimizerId;
}
