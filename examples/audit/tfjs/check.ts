// One operation on one backend: its gradient beside slopes of its own values.
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { inBrowser } from '../../../src/engines/tfjs/backends.ts';
import type { BackendId } from '../../../src/engines/tfjs/backends.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import type { Case, Input, Tensor, Tf } from './case.ts';

/**
 * inexact: the gradient is right by its formula, and the values are those of the cpu backend, but
 * too rough for slopes of them to say so.
 */
export type Verdict = 'right' | 'wrong' | 'throws' | 'inexact' | 'kink' | 'not decided';

/**
 * WGSL and GLSL allow sin and cos to be off by 2⁻¹¹, and tan by twice as much. Everywhere else
 * binary32 leaves less than 1e-4 of such small sums.
 */
const ROUGH = { shaders: 2 ** -10, elsewhere: 1e-4 };

export interface Checked {
  readonly gradient: string;
  readonly what: string;
  readonly backend: string;
  readonly verdict: Verdict;
  /** The message of what was thrown, or the first wrong entry. */
  readonly detail: string;
  /** Whether the formula contradicts the gradient as well, if there is one. */
  readonly isConfirmed: boolean | null;
}

type Point = Record<string, Float32Array>;

export async function checkCase(tf: Tf, backend: BackendId, one: Case): Promise<Checked> {
  const { gradient, what, inputs, isKink } = one;
  const result = (verdict: Verdict, detail: string, isConfirmed: boolean | null = null): Checked => ({
    ...{ gradient, what, backend, verdict, detail, isConfirmed },
  });
  const at: Point = Object.fromEntries(inputs.map(({ values }, k) => [`input${k + 1}`, values]));
  const tensors = (p: Point, areWhole = false): Tensor[] =>
    inputs.map((input, k) => tensorOf(tf, input, p[`input${k + 1}`], areWhole));
  const forward = async (p: Point): Promise<Float32Array> => {
    const [y] = await numbersOf([tf.tidy(() => one.f(tf, tensors(p)))]);
    return y;
  };
  let dy: Float32Array;
  let shape: number[];
  try {
    shape = tf.tidy(() => one.f(tf, tensors(at)).shape);
    const rng = createRng(1, `${gradient} ${what}`);
    dy = Float32Array.from(await forward(at), () => rng.normal());
  } catch (error) {
    return result('throws', `forward: ${messageOf(error)}`);
  }
  const gradientOf = async (p: Point): Promise<Point> => {
    const found = tf.tidy(() => {
      const f = (...x: Tensor[]): Tensor => one.f(tf, x);
      return tf
        .grads(f)(tensors(p, true), tf.tensor(dy, shape))
        .flatMap((g, k) => partsOf(tf, g, inputs[k]));
    });
    const parts = await numbersOf(found);
    return Object.fromEntries(
      inputs.map(({ dtype, values }, k) => {
        const own = new Float32Array(values.length);
        const [re, im] = dtype === 'complex64' ? parts.splice(0, 2) : parts.splice(0, 1);
        own.set(re);
        if (dtype === 'complex64') own.set(im, re.length);
        return [`input${k + 1}`, own];
      }),
    );
  };
  let given: Point;
  try {
    given = await gradientOf(at);
  } catch (error) {
    return result('throws', messageOf(error));
  }
  const value = async (p: Point): Promise<number> => (await forward(p)).reduce((sum, y, i) => sum + y * dy[i], 0);
  const isWhole = inputs.some(({ dtype }) => dtype === 'int32' || dtype === 'bool'); // at such numbers alone
  const check = await checkGradient(value, { at, gradient: isWhole ? given : gradientOf });
  if (check.verdict === 'agree') return result(isKink || check.place === 'nearby' ? 'kink' : 'right', '');
  if (check.verdict === 'inconclusive')
    return result(check.reason === 'kink' ? 'kink' : 'not decided', String(check.reason));
  const wrong = check.tensors.find((t) => t.verdict === 'disagree');
  const entry = wrong?.wrong.at(0);
  const detail =
    entry === undefined
      ? String(wrong?.path)
      : `${entry.name} is ${short(entry.given)}, measured ${short(entry.measured)}`;
  const right =
    one.formula === 'linear'
      ? await byUnits(one, forward, dy)
      : one.formula?.(
          inputs.map((x) => x.values),
          dy,
        );
  if (right === undefined) return result('wrong', detail);
  const rough = inBrowser(backend) ? ROUGH.shaders : ROUGH.elsewhere;
  if (right.some((x, k) => areApart(given[`input${k + 1}`], x, rough))) return result('wrong', detail, true);
  const own = await forward(at);
  return areApart(own, await onCpu(tf, () => forward(at)), rough)
    ? result('wrong', detail, false)
    : result('inexact', detail);
}

/** The same on the cpu backend. */
async function onCpu<T>(tf: Tf, ask: () => Promise<T>): Promise<T> {
  const own = tf.getBackend();
  await tf.setBackend('cpu');
  try {
    return await ask();
  } finally {
    await tf.setBackend(own);
  }
}

/** Whole numbers move for slopes: there they are float32, unless `isWhole`. */
function tensorOf(tf: Tf, { shape, dtype }: Input, values: Float32Array, isWhole: boolean): Tensor {
  if (dtype !== 'complex64') return tf.tensor(values, [...shape], isWhole ? dtype : 'float32');
  const [re, im] = [values.subarray(0, values.length / 2), values.subarray(values.length / 2)];
  return tf.complex(tf.tensor(re, [...shape]), tf.tensor(im, [...shape]));
}

/** The real and the imaginary part of a complex input's gradient, without one zeros. */
function partsOf(tf: Tf, g: Tensor, { dtype }: Input): Tensor[] {
  if (dtype !== 'complex64') return [g];
  return g.dtype === 'complex64' ? [tf.real(g), tf.imag(g)] : [g, tf.zerosLike(g)];
}

/** Read as WebGPU can: not at once. They are disposed of. */
async function numbersOf(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  try {
    return await Promise.all(tensors.map(async (t) => Float32Array.from(await t.data())));
  } finally {
    for (const t of tensors) t.dispose();
  }
}

/** Linear in an input: its gradient is dy times what the operation makes of each unit vector. */
async function byUnits(
  { inputs }: Case,
  forward: (p: Point) => Promise<Float32Array>,
  dy: Float32Array,
): Promise<number[][]> {
  const found: number[][] = [];
  for (const [k, { values }] of inputs.entries()) {
    found.push([]);
    for (let i = 0; i < values.length; i++) {
      const unit = values.map((_x, j) => Number(j === i));
      const at = Object.fromEntries(inputs.map((input, m) => [`input${m + 1}`, m === k ? unit : input.values]));
      found[k].push((await forward(at)).reduce((sum, y, n) => sum + y * dy[n], 0));
    }
  }
  return found;
}

/** By more than that share of the largest. */
function areApart(found: ArrayLike<number>, right: ArrayLike<number>, share: number): boolean {
  const numbers = Array.from(right);
  const size = Math.max(...numbers.map(Math.abs));
  return numbers.some((y, i) => !(Math.abs(found[i] - y) <= share * size));
}

const short = (x: number): string => String(Number(x.toPrecision(4)));
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];
