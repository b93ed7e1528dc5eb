// A twin: the same function in operations of TensorFlow.js. Its automatic gradient is compared with
// the one by hand, and slopes of the function decide between them.
import { distance, norm } from '../../numeric/norms.ts';
import { judge } from './judge.ts';
import type { Judged, Subject } from './judge.ts';
import type { Counted } from './line.ts';
import { Place, rngFor } from './place.ts';
import type { TwinCheck, TwinTensor } from './result.ts';
import { tensorFunction } from './tensor-function.ts';
import type { Twin } from './tensor-library.ts';
import { readLike } from './tree.ts';

/**
 * Standard deviations of the noise that the values may be apart. The noise is of operations; data
 * and constants that are rounded to binary32 once, which it does not show, are as many and move the
 * value as far, always in the same direction. Place allows as many roundings to a gradient.
 */
const DEVIATIONS = 64;
/**
 * The same where shaders compute: WGSL and GLSL allow sin and cos to be off by 2⁻¹¹, which is 2¹³
 * roundings of 2⁻²⁴; in a sum these may add up to twice as much. The noise does not show it, as
 * such errors are the same next to the point.
 */
const IN_SHADERS = 2 ** 14;

/**
 * @param subject the function and its gradient by hand; evaluations are counted there
 * @param judged what the slopes say of the gradient by hand
 */
export async function compareTwin(
  { tf, f, inShaders = false }: Twin<never>,
  subject: Subject,
  judged: Judged,
  seed: number,
): Promise<TwinCheck> {
  const { tree } = subject;
  const twin = tensorFunction(tf, tree, f as (tensors: unknown) => unknown, 'the twin');
  const rounded = readLike(tree, tree.build(tree.values.map(Math.fround)), 'at');
  const [value, expected] = [await twin.value(rounded), await subject.f.valueAt(rounded)];
  const nothing = { value, expected, error: 0, tensors: [] };
  if (!Number.isFinite(value)) return { ...nothing, isSame: false };
  const asked: Counted = { evaluations: 0, valueAt: (x) => twin.value(x) };
  const { noise } = await Place.at(tree, asked, rounded, value, rounded, rngFor(seed, 'twin'));
  const error = (inShaders ? IN_SHADERS : DEVIATIONS) * (noise.sigma + judged.noise);
  if (!(Math.abs(value - expected) <= error)) return { ...nothing, error, isSame: false };
  const automatic = await twin.automatic(tree.values);
  const own: Counted = {
    evaluations: 0,
    valueAt(x) {
      own.evaluations++; // judge has so many for each gradient
      return subject.f.valueAt(x);
    },
  };
  const other = await judge(
    {
      ...{ ...subject, f: own, gradientAt: (x) => twin.automatic(x), given: automatic },
      roundings: inShaders ? IN_SHADERS : undefined,
    },
    seed,
  );
  const tensors = tree.tensors.map(({ path, from, size }, n): TwinTensor => {
    const part = (g: Float64Array): Float64Array => g.subarray(from, from + size);
    const verdicts = [judged, other].map((of) => of.tensors[n].verdict);
    return { path, apart: apartOf(part(subject.given), part(automatic)), right: rightOf(verdicts) };
  });
  return { value, expected, error, isSame: true, tensors };
}

function rightOf([gradient, twin]: Judged['tensors'][number]['verdict'][]): TwinTensor['right'] {
  if (gradient === 'undecided' || twin === 'undecided') return 'undecided';
  if (gradient === 'agree') return twin === 'agree' ? 'both' : 'gradient';
  return twin === 'agree' ? 'twin' : 'neither';
}

function apartOf(a: Float64Array, b: Float64Array): number {
  const length = Math.max(norm(a), norm(b));
  return length === 0 ? 0 : distance([a], [b]) / length;
}
