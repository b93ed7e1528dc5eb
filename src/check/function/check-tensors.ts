// checkTensors: is this the gradient of this function of TensorFlow.js tensors? Its automatic one,
// such as of tf.customGrad, or one by hand.
import { DataError, UsageError } from '../../errors.ts';
import { checkGradient } from './check-gradient.ts';
import type { GradientProblem } from './check-gradient.ts';
import type { FunctionCheck } from './result.ts';
import { numbersOf, tensorFunction } from './tensor-function.ts';
import { isTensor } from './tensor-library.ts';
import type { TensorLibrary, TensorLike, TensorTree } from './tensor-library.ts';
import { readLike, treeOf } from './tree.ts';

/** The arguments of a function of tensors: those of a list, or the tensors themselves. */
export type TensorArguments<P> = P extends readonly unknown[] ? P : readonly [P];

/** How the gradient of a function of tensors is checked. */
export interface TensorProblem<P> extends Pick<GradientProblem, 'seed' | 'sizes'> {
  /**
   * The gradient by hand: in the form of the tensors, from the same arguments as the function. If
   * it is not given, TensorFlow.js's own is checked.
   */
  readonly gradient?: (...tensors: TensorArguments<P>) => TensorTree;
}

/**
 * Checks a gradient of a function of tensors as checkGradient does, on the backend that is set, in
 * its single precision. With a list of tensors the function gets them as arguments, as tf.grads
 * calls it; with one tensor or an object of tensors it gets that.
 *
 * `await checkTensors(tf, (x, w) => tf.matMul(x, w).square().mean(), [x, w])`
 *
 * The tensors that are given are not disposed of, and no tensor is left over.
 * @param tf TensorFlow.js, as imported
 * @param f returns a scalar
 * @param tensors where the gradient is checked, float32
 * @throws DataError if f returns no scalar, a tensor is not float32 or not finite, or the gradient
 *   has another form than the tensors
 */
export async function checkTensors<const P extends TensorTree>(
  tf: TensorLibrary,
  f: (...tensors: TensorArguments<P>) => TensorLike,
  tensors: P,
  { gradient, ...rest }: TensorProblem<P> = {},
): Promise<FunctionCheck> {
  if (typeof (tf as Partial<TensorLibrary> | undefined)?.valueAndGrads !== 'function')
    throw new UsageError('checkTensors: the first argument is not TensorFlow.js', 'pass tf as it is imported');
  const at = await plainOf(tensors, 'tensors');
  const tree = treeOf(at, 'tensors');
  const isList = Array.isArray(tensors);
  const call = (g: unknown, given: unknown): unknown =>
    (g as (...all: unknown[]) => unknown)(...(isList ? (given as unknown[]) : [given]));
  const own = tensorFunction(tf, tree, (given) => call(f, given));
  const flat = (p: unknown): Float64Array => readLike(tree, p, 'tensors');
  const byHand = async (x: Float64Array): Promise<unknown> => {
    const cloned = (g: unknown): unknown => mapTensors(g, 'gradient', (t) => tf.clone(t) as TensorLike);
    const found: unknown = tf.tidy(() => cloned(call(gradient, own.tensorsAt(x))));
    return plainOf(found, 'gradient', true);
  };
  return checkGradient((p) => own.value(flat(p)), {
    ...rest,
    at,
    gradient: async (p: unknown) =>
      gradient === undefined ? tree.build(await own.automatic(flat(p))) : await byHand(flat(p)),
  });
}

/** { data, shape } in the place of each tensor. Ours are disposed of. */
async function plainOf(tensors: unknown, what: string, areOurs = false): Promise<object> {
  const all: TensorLike[] = [];
  mapTensors(tensors, what, (t) => {
    if (!areOurs && t.dtype !== 'float32')
      throw new DataError(
        `${what}: expected float32, found a tensor of ${t.dtype}`,
        'what is not varied is no argument: let the function use it from outside',
      );
    all.push(t);
  });
  const numbers = areOurs ? await numbersOf(all) : await Promise.all(all.map((t) => t.data()));
  let n = 0;
  return mapTensors(tensors, what, ({ shape }) => ({
    data: Float32Array.from(numbers[n++] as ArrayLike<number>),
    shape: [...shape],
  })) as object;
}

function mapTensors(tree: unknown, what: string, f: (t: TensorLike) => unknown): unknown {
  if (isTensor(tree)) return f(tree);
  if (Array.isArray(tree)) return tree.map((part) => mapTensors(part, what, f));
  if (typeof tree === 'object' && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([key, part]) => [key, mapTensors(part, what, f)]));
  throw new DataError(`${what}: expected tensors, found ${tree === null ? 'null' : typeof tree}`);
}
