// Statistics of the scores that a network gives real digits, under each output: gradients that are exactly 0, and invalid shares.
import { batchOf } from '../../../src/data/batches.ts';
import type { Examples } from '../../../src/data/dataset.ts';
import { fitScaling } from '../../../src/data/scaling.ts';
import { createVectorEngine } from '../../../src/engines/vector/vector.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { outputs } from '../../../src/network/spec.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { argMax, asDtype, toRows } from '../../../src/numeric/matrix.ts';
import type { Matrix } from '../../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { plainShares, scored } from './score-gradient.ts';
import type { HeadId } from './score-gradient.ts';

export interface Scores {
  readonly z: Matrix; // (B, K)
  readonly t: Matrix; // (B, K), one-hot
  readonly labels: Uint8Array;
}

/** Scores of the first `count` examples, in binary64. */
export async function scoresOf(
  network: NetworkSpec,
  parameters: Parameters,
  examples: Examples,
  count: number,
): Promise<Scores> {
  const positions = Array.from({ length: Math.min(count, examples.count) }, (_, i) => i);
  const batch = batchOf(examples, outputs(network), fitScaling('unit', examples), positions);
  const engine = createVectorEngine(network, optimizerSpec('sgd'), { dtype: 'f64' });
  await engine.load(parameters);
  const trace = (await engine.trace?.(batch)) ?? [];
  const z = trace.find(({ name }) => name === `z${network.layers.length}`)?.values;
  if (z === undefined) throw new RangeError('the engine shows no scores');
  const t = { ...batch.targets, data: asDtype(batch.targets.data, 'f64') };
  return { z, t, labels: examples.labels.subarray(0, positions.length) };
}

export interface GradientStatistics {
  readonly examples: number;
  /** Wrongly classified examples, and those whose right class has a gradient of exactly 0, so that its score is not raised. */
  readonly wrong: number;
  readonly wrongWithout: number;
  /** The root mean square of an example's gradient over all scores. */
  readonly size: number;
}

export function gradientStatistics(head: HeadId, { z, t, labels }: Scores): GradientStatistics {
  const { p, dz } = scored(head, z, t);
  const [B, K] = [z.rows, z.cols];
  let [wrong, wrongWithout, squares] = [0, 0, 0];
  for (let b = 0; b < B; b++) {
    const isWithout = dz.data[b * K + labels[b]] === 0;
    const isWrong = argMax(p, b) !== labels[b];
    if (isWrong) wrong++;
    if (isWrong && isWithout) wrongWithout++;
    for (let k = b * K; k < (b + 1) * K; k++) squares += (B * dz.data[k]) ** 2; // B: the gradient of the example, not of the mean
  }
  return { examples: B, wrong, wrongWithout, size: Math.sqrt(squares / (B * K)) };
}

export interface PlainStatistics {
  readonly examples: number;
  /** Examples with a score below 0. */
  readonly negativeScore: number;
  /** Examples with a share below 0 or above 1. */
  readonly noShare: number;
  /** The total closest to 0, and the smallest and largest share of all. */
  readonly smallestTotal: number;
  readonly lowest: number;
  readonly highest: number;
}

/** The scores under score over total without relu. */
export function plainStatistics({ z }: Scores): PlainStatistics {
  const rows = toRows(z);
  const shares = rows.map(plainShares);
  const totals = rows.map((row) => row.reduce((sum, x) => sum + x, 0));
  const count = (values: readonly number[][], is: (x: number) => boolean): number =>
    values.filter((row) => row.some(is)).length;
  return {
    examples: rows.length,
    negativeScore: count(rows, (x) => x < 0),
    noShare: count(shares, (p) => !(p >= 0 && p <= 1)),
    smallestTotal: totals.reduce((a, b) => (Math.abs(b) < Math.abs(a) ? b : a)),
    lowest: Math.min(...shares.map((row) => Math.min(...row))),
    highest: Math.max(...shares.map((row) => Math.max(...row))),
  };
}
