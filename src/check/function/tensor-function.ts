// A function of TensorFlow.js tensors as a function of flat numbers: its value, and its automatic
// gradient. No tensor is left over.
import { DataError } from '../../errors.ts';
import { isTensor } from './tensor-library.ts';
import type { TensorLibrary, TensorLike } from './tensor-library.ts';
import { shapeText, withLeaves } from './tree.ts';
import type { Tree } from './tree.ts';

/** A function of all numbers of a tree, in single precision. */
export interface TensorFunction {
  value(x: Float64Array): Promise<number>;
  /** TensorFlow.js's own gradient. */
  automatic(x: Float64Array): Promise<Float64Array>;
  /** The tree with tensors in it. To be called inside of tidy. */
  tensorsAt(x: Float64Array): unknown;
}

/**
 * @param f gets the tree with tensors in it
 * @param what names it in messages
 */
export function tensorFunction(
  tf: TensorLibrary,
  tree: Tree,
  f: (tensors: unknown) => unknown,
  what = 'the function',
): TensorFunction {
  for (const { path, shape } of tree.tensors)
    if (shape === null) throw new DataError(`${path} has rows of different lengths, which no tensor has`);
  const leavesAt = (x: Float64Array): TensorLike[] =>
    tree.tensors.map(({ from, size, shape }) => {
      const values = Float32Array.from(x.subarray(from, from + size));
      return tf.tensor(values, [...(shape as readonly number[])]) as TensorLike;
    });
  const scalarOf = (leaves: readonly unknown[]): TensorLike => scalar(f(withLeaves(tree, (n) => leaves[n])), what);
  return {
    async value(x) {
      const [y] = await numbersOf([tf.tidy(() => tf.clone(scalarOf(leavesAt(x))) as TensorLike) as TensorLike]);
      return y[0];
    },
    async automatic(x) {
      let thrown: unknown = null;
      const differentiated = (...leaves: unknown[]): TensorLike => {
        try {
          return scalarOf(leaves);
        } catch (error) {
          throw (thrown = error);
        }
      };
      let gradients: TensorLike[];
      try {
        gradients = tf.tidy(() => tf.valueAndGrads(differentiated)(leavesAt(x)).grads as TensorLike[]) as TensorLike[];
      } catch (error) {
        disposeOfTape(tf);
        if (error === thrown) throw error;
        throw new DataError(
          `TensorFlow.js has no gradient of ${what}: ${error instanceof Error ? error.message : String(error)}`,
          'is every tensor used, and by operations of TensorFlow.js that have a gradient?',
        );
      }
      const out = new Float64Array(x.length);
      const numbers = await numbersOf(gradients);
      tree.tensors.forEach(({ from }, n) => out.set(numbers[n], from));
      return out;
    },
    tensorsAt(x) {
      const leaves = leavesAt(x);
      return withLeaves(tree, (n) => leaves[n]);
    },
  };
}

/** What TensorFlow.js keeps for the way back stays where the way forward or back throws. */
function disposeOfTape(tf: TensorLibrary): void {
  for (const { saved } of tf.engine().state.activeTape ?? [])
    for (const t of (saved ?? []) as TensorLike[]) t.dispose();
}

/** The numbers of tensors, which are disposed of. */
export async function numbersOf(tensors: readonly TensorLike[]): Promise<ArrayLike<number>[]> {
  try {
    return (await Promise.all(tensors.map((t) => t.data()))) as ArrayLike<number>[];
  } finally {
    for (const t of tensors) t.dispose();
  }
}

function scalar(y: unknown, what: string): TensorLike {
  if (isTensor(y) && y.shape.every((length) => length === 1)) return y;
  const found = isTensor(y) ? `a tensor of shape ${shapeText(y.shape)}` : y instanceof Promise ? 'a promise' : typeof y;
  throw new DataError(
    `${what} returned ${found}, expected a scalar tensor`,
    'return a sum or a mean, such as y.mean()',
  );
}
