// Whether a candidate whose gradients are wrong reads its parameters and inputs as they are meant:
// then no other convention for them is worth asking about.
import { flawsOf } from '../../candidates/engine.ts';
import { BackproofError } from '../../errors.ts';
import type { Engine } from '../../engines/engine.ts';
import { peakOf } from '../../numeric/bounds/extremes.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Question } from '../questions/protocol.ts';
import { onlyExamples } from '../questions/protocol.ts';

/** Share of the largest entry that may be rounding. */
const NEAR = 1e-5;

/**
 * Whether dW1 of one example is the product of its inputs and db1, whatever db1 is: weights,
 * biases and examples that are misread give another one, or none.
 */
export async function readsRequests(
  engine: Engine,
  network: NetworkSpec,
  { parameters, batch }: Pick<Question, 'parameters' | 'batch'>,
): Promise<boolean> {
  if (network.layers[0].kind !== undefined || network.biases === false) return false;
  const one = onlyExamples(batch, [0]);
  try {
    await engine.load(parameters);
    const { gradients } = await engine.lossAndGradients(one);
    if (flawsOf(engine).length > 0) return false;
    const [dW, db] = gradients.map(({ values }) => values);
    const x = one.inputs.data;
    const largest = peakOf(db) * peakOf(x);
    const isProduct = dW.every((value, at) => {
      const [i, o] = [Math.floor(at / db.length), at % db.length];
      return Math.abs(value - x[i] * db[o]) <= NEAR * largest;
    });
    return largest > 0 && isProduct;
  } catch (error) {
    if (error instanceof BackproofError) return false;
    throw error;
  }
}
