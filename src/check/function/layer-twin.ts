// A layer's twin: the same outputs in operations of TensorFlow.js. With the same gradients of the
// outputs as the layer gets, it becomes a function like the twin of a function.
import { DataError } from '../../errors.ts';
import { tensorFunction } from './tensor-function.ts';
import { isTensor } from './tensor-library.ts';
import type { LayerTwin, TensorLibrary, TensorLike, Twin } from './tensor-library.ts';
import { shapeText, treeOf } from './tree.ts';
import type { Tree } from './tree.ts';

type Both = { readonly inputs?: unknown; readonly parameters?: unknown };

/**
 * Σ dy·y of the twin's outputs, as a function of what is differentiated.
 * @param fixed inputs that are not
 * @throws DataError where it is called, if the twin's outputs have another form than the layer's
 */
export function summedTwin(
  { tf, f, inShaders = false }: LayerTwin<never, never>,
  outputs: Tree,
  dy: Float64Array,
  fixed: unknown,
): Twin<never> {
  const call = f as (inputs: unknown, parameters: unknown) => unknown;
  const constants = (): unknown => {
    const tree = treeOf(fixed, 'inputs');
    return tensorFunction(tf, tree, () => null).tensorsAt(tree.values);
  };
  return {
    ...{ tf, inShaders },
    f: (given: Both): TensorLike => {
      const found = [...leavesOf(call(given.inputs ?? constants(), given.parameters))];
      const expected = outputs.tensors.map(({ shape }) => shape);
      const isLike = found.length === expected.length && found.every((t, n) => t.shape.join() === expected[n]?.join());
      if (!isLike)
        throw new DataError(`the twin returned ${formOf(found)}, expected the outputs ${formOf(outputs.tensors)}`);
      return summed(tf, found, outputs, dy);
    },
  };
}

function summed(tf: TensorLibrary, found: readonly TensorLike[], outputs: Tree, dy: Float64Array): TensorLike {
  const terms = found.map((y, n): unknown => {
    const { from, size } = outputs.tensors[n];
    return tf.sum(tf.mul(y, tf.tensor(Float32Array.from(dy.subarray(from, from + size)), [...y.shape])));
  });
  return tf.addN(terms) as TensorLike;
}

function* leavesOf(found: unknown): Generator<TensorLike> {
  if (isTensor(found)) yield found;
  else if (typeof found === 'object' && found !== null) for (const part of Object.values(found)) yield* leavesOf(part);
  else throw new DataError(`the twin returned ${found === null ? 'null' : typeof found}, expected tensors`);
}

function formOf(tensors: readonly { readonly shape: readonly number[] | null }[]): string {
  return tensors.length === 0
    ? 'no tensor'
    : tensors.map(({ shape }) => (shape === null ? 'of rows of different lengths' : shapeText(shape))).join(' and ');
}
