// What the thread beside a gradient check gets and sends. Everything is plain data.
import type { BoundedGradients } from '../../bounds/gradients.ts';
import type { Question } from '../../check/questions/protocol.ts';
import type { OracleProblem } from '../../check/slopes/oracle-check.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';

/** What a check is about. */
export interface Work extends Pick<OracleProblem, 'network' | 'parameters' | 'batch'> {
  /** Engines have one; the check of the exact gradients does not use it. */
  readonly optimizer: OptimizerSpec;
}

/**
 * The questions at the general point of this work; the updates to check its optimizer on, given its
 * own gradients; the check of its exact gradients.
 */
export type Order = { readonly questions: Work } | { readonly sequences: Parameters } | { readonly oracleCheck: true };

/** How far the check of the exact gradients is. */
export interface Progress {
  readonly done: number;
  readonly total: number;
}

/** A question whose exact answer is data alone. */
export interface PlainQuestion extends Omit<Question, 'exact'> {
  readonly exact: Omit<BoundedGradients, 'align'>;
}
