// What every engine on trial is asked to do, in the same order: a batch, another one, and the first once more.
import type { Engine, LossAndGradients } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import type { Parameters } from '../network/parameters.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';

export interface Twice {
  readonly first: LossAndGradients;
  /** The same batch after another one: what an engine remembers of that, it shows here. */
  readonly again: LossAndGradients;
}

export async function gradientsTwice(engine: Engine, parameters: Parameters, batch: Batch): Promise<Twice> {
  await engine.load(parameters);
  const first = await engine.lossAndGradients(batch);
  await engine.lossAndGradients(otherBatch(batch));
  return { first, again: await engine.lossAndGradients(batch) };
}

/** A batch of the same size with nothing in common: the examples in another order, their inputs negated. */
export function otherBatch({ inputs, targets }: Batch): Batch {
  const turned = (m: Matrix, factor: number): Matrix => {
    const out = zeros('f32', m.rows, m.cols);
    for (let i = 0; i < out.data.length; i++) out.data[i] = factor * m.data[(i + m.cols) % m.data.length];
    return out;
  };
  return { inputs: turned(inputs, -1), targets: turned(targets, 1) };
}

/** The batch without these rows; null if none is left. */
export function withoutExamples({ inputs, targets }: Batch, out: ReadonlySet<number>): Batch | null {
  const kept = Array.from({ length: inputs.rows }, (_, r) => r).filter((r) => !out.has(r));
  if (kept.length === 0) return null;
  const rows = (m: Matrix): Matrix => {
    const some = zeros('f32', kept.length, m.cols);
    kept.forEach((from, to) => some.data.set(m.data.subarray(from * m.cols, (from + 1) * m.cols), to * m.cols));
    return some;
  };
  return { inputs: rows(inputs), targets: rows(targets) };
}
