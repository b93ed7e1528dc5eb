// One operation on one backend: its gradient beside slopes of its own values.
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import type { Case, Input, Tensor, Tf } from './case.ts';

export type Verdict = 'right' | 'wrong' | 'throws' | 'kink' | 'not decided';

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

export async function checkCase(tf: Tf, backend: string, one: Case): Promise<Checked> {
  const { gradient, what, inputs, isKink } = one;
  const result = (verdict: Verdict, detail: string, isConfirmed: boolean | null = null): Checked => ({
    ...{ gradient, what, backend, verdict, detail, isConfirmed },
  });
  const at: Point = Object.fromEntries(inputs.map(({ values }, k) => [`input${k + 1}`, values]));
  const tensors = (p: Point, areWhole = false): Tensor[] =>
    inputs.map((input, k) => tensorOf(tf, input, p[`input${k + 1}`], areWhole));
  const forward = (p: Point): Float32Array => tf.tidy(() => one.f(tf, tensors(p)).dataSync() as Float32Array);
  let dy: Float32Array;
  let shape: number[];
  try {
    shape = tf.tidy(() => one.f(tf, tensors(at)).shape);
    const rng = createRng(1, `${gradient} ${what}`);
    dy = Float32Array.from(forward(at), () => rng.normal());
  } catch (error) {
    return result('throws', `forward: ${messageOf(error)}`);
  }
  const gradientOf = (p: Point): Point =>
    tf.tidy(() => {
      const f = (...x: Tensor[]): Tensor => one.f(tf, x);
      const found = tf.grads(f)(tensors(p, true), tf.tensor(dy, shape));
      return Object.fromEntries(found.map((g, k) => [`input${k + 1}`, numbersOf(tf, g, inputs[k])]));
    });
  let given: Point;
  try {
    given = gradientOf(at);
  } catch (error) {
    return result('throws', messageOf(error));
  }
  const value = (p: Point): number => forward(p).reduce((sum, y, i) => sum + y * dy[i], 0);
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
      ? byUnits(one, forward, dy)
      : one.formula?.(
          inputs.map((x) => x.values),
          dy,
        );
  return result('wrong', detail, right === undefined ? null : contradicts(right, given));
}

/** Whole numbers move for slopes: there they are float32, unless `isWhole`. */
function tensorOf(tf: Tf, { shape, dtype }: Input, values: Float32Array, isWhole: boolean): Tensor {
  if (dtype !== 'complex64') return tf.tensor(values, [...shape], isWhole ? dtype : 'float32');
  const [re, im] = [values.subarray(0, values.length / 2), values.subarray(values.length / 2)];
  return tf.complex(tf.tensor(re, [...shape]), tf.tensor(im, [...shape]));
}

/** A gradient in the form of its input: one without imaginary parts has zeros for them. */
function numbersOf(tf: Tf, g: Tensor, { dtype, values }: Input): Float32Array {
  if (dtype !== 'complex64') return Float32Array.from(g.dataSync());
  const parts = g.dtype === 'complex64' ? [tf.real(g), tf.imag(g)] : [g];
  const found = new Float32Array(values.length);
  found.set(parts.flatMap((part) => [...part.dataSync()]));
  return found;
}

/** Linear in an input: its gradient is dy times what the operation makes of each unit vector. */
function byUnits({ inputs }: Case, forward: (p: Point) => Float32Array, dy: Float32Array): number[][] {
  return inputs.map(({ values }, k) =>
    Array.from(values, (_, i) => {
      const unit = values.map((_x, j) => Number(j === i));
      const at = Object.fromEntries(inputs.map((input, m) => [`input${m + 1}`, m === k ? unit : input.values]));
      return forward(at).reduce((sum, y, n) => sum + y * dy[n], 0);
    }),
  );
}

/** The formula has the gradient otherwise by more than binary32 explains. */
function contradicts(right: readonly number[][], given: Point): boolean {
  return right.some((x, k) => {
    const size = Math.max(...x.map(Math.abs));
    return x.some((y, i) => !(Math.abs(given[`input${k + 1}`][i] - y) <= 1e-4 * size));
  });
}

const short = (x: number): string => String(Number(x.toPrecision(4)));
const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0];
