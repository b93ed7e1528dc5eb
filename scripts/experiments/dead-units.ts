// Looks inside a network: examples whose scores are all 0 after relu, and units that are 0 for every example.
import type { Engine } from '../../src/engines/engine.ts';
import type { Batch } from '../../src/network/batch.ts';
import type { Matrix } from '../../src/numeric/matrix.ts';

export interface Look {
  /** The rows of the batch with no score above 0 in the last layer. */
  readonly allZero: readonly number[];
  /** Units of the first layer that are 0 for the whole batch. */
  readonly deadHidden: number;
  /** Outputs whose score is above 0 for no example. */
  readonly deadOutputs: number;
}

/** For a network with one hidden layer. */
export async function look(engine: Engine, batch: Batch): Promise<Look> {
  const trace = (await engine.trace?.(batch)) ?? [];
  const values = (name: string): Matrix => (trace.find((t) => t.name === name) as { values: Matrix }).values;
  const [a1, z2] = [values('a1'), values('z2')];
  const rows = Array.from({ length: z2.rows }, (_, r) => r);
  return {
    allZero: rows.filter((r) => !z2.data.subarray(r * z2.cols, (r + 1) * z2.cols).some((z) => z > 0)),
    deadHidden: deadUnits(a1),
    deadOutputs: deadUnits(z2),
  };
}

/** The number of columns with no value above 0. */
function deadUnits({ rows, cols, data }: Matrix): number {
  const alive = new Set<number>();
  for (let i = 0; i < rows * cols; i++) if (data[i] > 0) alive.add(i % cols);
  return cols - alive.size;
}
