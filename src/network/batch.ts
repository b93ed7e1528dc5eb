// A batch: the inputs and targets of one step.
import { DataError } from '../errors.ts';
import { argMax, firstNonFinite } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import type { Range } from '../ops/activations/page.ts';
import { lossOf } from '../ops/registry.ts';
import { layersOf, outputs } from './spec.ts';
import type { NetworkSpec } from './spec.ts';

/** Inputs (B, D) and targets (B, K), one row per example. */
export interface Batch {
  readonly inputs: Matrix;
  readonly targets: Matrix;
  /**
   * What each layer that draws multiplies its numbers by, (B, units): one entry per layer, null for
   * the others. Missing: no layer draws.
   */
  readonly masks?: readonly (Matrix | null)[];
}

/**
 * The class of row r of the outputs (B, K): the largest output; with one output, 1 if it is above
 * 1/2 (for hinge losses above 0), else 0.
 */
export function classOf(network: NetworkSpec, out: Matrix, r: number): number {
  if (out.cols > 1) return argMax(out, r);
  return out.data[r] > (lossOf(network.loss).decidesAt ?? 0.5) ? 1 : 0;
}

/** Allowed rounding error of targets that must sum to 1. */
const SUM_TOLERANCE = 1e-6;

/**
 * Refuses a batch that does not fit the network, or holds NaN, infinity or, for a loss such as
 * cross-entropy, targets that do not sum to 1.
 * @throws DataError that says what is wrong, where, and what was expected
 */
export function checkBatch(network: NetworkSpec, { inputs, targets, masks = [] }: Batch): void {
  requireWidth(inputs, network.inputs, 'inputs');
  requireWidth(targets, outputs(network), 'targets');
  if (inputs.rows === 0) throw new DataError('the batch is empty');
  if (inputs.rows !== targets.rows) {
    throw new DataError(`batch: ${inputs.rows} rows of inputs, but ${targets.rows} rows of targets`);
  }
  layersOf(network).forEach(({ page, units }, l) => {
    if (page.draw === undefined) return;
    const mask = masks[l] ?? null;
    if (mask === null) throw new DataError(`batch masks[${l}]: expected (${inputs.rows}, ${units}), got nothing`);
    requireWidth(mask, units, `masks[${l}]`);
    if (mask.rows !== inputs.rows)
      throw new DataError(`batch masks[${l}]: expected (${inputs.rows}, ${units}), got (${mask.rows}, ${units})`);
  });
  const { targets: range, targetsSumTo1 } = lossOf(network.loss);
  if (range !== undefined) requireRange(targets, range, network.loss);
  if (targetsSumTo1 !== true) return;
  for (let b = 0; b < targets.rows; b++) {
    let sum = 0;
    for (let k = 0; k < targets.cols; k++) sum += targets.data[b * targets.cols + k];
    if (!(Math.abs(sum - 1) <= SUM_TOLERANCE)) {
      throw new DataError(`row ${b} of the targets sums to ${sum}`, `${network.loss} needs targets that sum to 1`);
    }
  }
}

function requireRange({ cols, data }: Matrix, [least, most]: Range, loss: string): void {
  const at = data.findIndex((t) => t < least || t > most);
  if (at < 0) return;
  throw new DataError(
    `batch targets [${Math.floor(at / cols)}, ${at % cols}] is ${data[at]}`,
    `${loss} needs targets from ${least} to ${most}`,
  );
}

function requireWidth(m: Matrix, cols: number, what: string): void {
  if (m.cols !== cols || m.data.length !== m.rows * m.cols) {
    throw new DataError(`batch ${what}: expected (B, ${cols}), got (${m.rows}, ${m.cols})`);
  }
  const at = firstNonFinite(m.data);
  if (at >= 0) throw new DataError(`batch ${what} [${Math.floor(at / cols)}, ${at % cols}] is ${m.data[at]}`);
}
