// The loss of an engine over some batches, computed from its outputs in the same way for every contender.
import type { Batches } from '../../src/data/batches.ts';
import type { Engine } from '../../src/engines/engine.ts';
import type { Batch } from '../../src/network/batch.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';

/** Mean over the steps from .. from+steps-1 of the cross-entropy of their batches; no update. */
export async function batchesLoss(engine: Engine, batches: Batches, from: number, steps: number): Promise<number> {
  let sum = 0;
  for (let s = from; s < from + steps; s++) {
    const batch = batches.batch(s);
    sum += crossEntropy(await engine.predict(batch.inputs), batch);
  }
  return sum / steps;
}

/** -(1/B) Σ_b Σ_k t_bk · log p_bk         p, t (B, K) */
export function crossEntropy(p: Matrix, { targets: t }: Batch): number {
  let sum = 0;
  for (let i = 0; i < p.data.length; i++) if (t.data[i] !== 0) sum -= t.data[i] * Math.log(p.data[i]);
  return sum / p.rows;
}
