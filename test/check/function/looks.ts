// Whether what is said of wrong numbers is true, from the right ones: written apart from src, which
// knows slopes alone.
import type { GradientLook } from '../../../src/check/function/looks-like.ts';

/** A tensor with its right and its given gradient. */
export interface WrongTensor {
  readonly right: readonly number[];
  readonly given: readonly number[];
  readonly x: readonly number[];
  readonly shape: readonly number[];
  /** The right gradient of another tensor. */
  readonly other: (path: string) => readonly number[] | undefined;
  /** How far the right numbers may be from the exact ones. */
  readonly tolerance: number;
}

export function isTrue(look: GradientLook, wrong: WrongTensor): boolean {
  const { right, given, x, tolerance } = wrong;
  const close = (a: number, b: number): boolean => Math.abs(a - b) <= tolerance;
  const all = (expected: (i: number) => number): boolean => given.every((g, i) => close(g, expected(i)));
  switch (look.kind) {
    case 'not-finite':
      return given.some((g) => !Number.isFinite(g));
    case 'zero':
      return all(() => 0);
    case 'times':
      return given.every((g, i) => Math.abs(g - look.factor * right[i]) <= tolerance * (1 + Math.abs(look.factor)));
    case 'plus-parameters':
      return all((i) => right[i] + look.factor * x[i]);
    case 'another': {
      const other = wrong.other(look.path);
      return other !== undefined && all((i) => other[i]);
    }
    case 'transposed':
      return all((i) => right[(i % wrong.shape[0]) * wrong.shape[1] + Math.floor(i / wrong.shape[0])]);
    case 'shifted':
      return all((i) => right[moved(i, look.axis, wrong.shape, (k, n) => (k - look.by + n) % n)]);
    case 'reversed':
      return all((i) => right[moved(i, look.axis, wrong.shape, (k, n) => n - 1 - k)]);
    case 'one-for-all': {
      const total = right.reduce((a, b) => a + b, 0);
      return all(() => (look.of === 'sum' ? total : total / right.length));
    }
    case 'same-along': {
      const along = wrong.shape[look.axis];
      return all((i) => {
        let total = 0;
        for (let k = 0; k < along; k++) total += right[moved(i, look.axis, wrong.shape, () => k)];
        return look.of === 'sum' ? total : total / along;
      });
    }
    case 'where':
      return given.every((g, i) => {
        if (!holds(look.condition, i, wrong)) return close(g, right[i]);
        // the factor has four digits
        return look.factor === null || Math.abs(g - look.factor * right[i]) <= tolerance + 1e-3 * Math.abs(g);
      });
  }
}

/** The place of entry i with its index along an axis (or in all) changed. */
function moved(i: number, axis: number | null, shape: readonly number[], to: (k: number, n: number) => number): number {
  const n = axis === null ? shape.reduce((a, b) => a * b, 1) : shape[axis];
  const stride = axis === null ? 1 : shape.slice(axis + 1).reduce((a, b) => a * b, 1);
  const k = Math.floor(i / stride) % n;
  return i + (to(k, n) - k) * stride;
}

function holds(condition: string, i: number, { x, given, shape }: WrongTensor): boolean {
  const sign = (y: number): string => (y < 0 ? 'negative' : y > 0 ? 'positive' : '0');
  const index = shape.map((n, axis) => Math.floor(i / shape.slice(axis + 1).reduce((a, b) => a * b, 1)) % n);
  const [row, col] = index;
  const number = /^(?:the parameter|the gradient given) is (not )?(\w+)$/.exec(condition);
  if (number !== null) {
    const is = sign((condition.startsWith('the parameter') ? x : given)[i]) === number[2];
    return number[1] === undefined ? is : !is;
  }
  const place = /^(?:the index|index (\d)) is (not )?(?:the )?(\w+)$/.exec(condition);
  if (place !== null) {
    const axis = Number(place[1] ?? 1) - 1;
    const asked = place[3] === 'first' ? 0 : place[3] === 'last' ? shape[axis] - 1 : Number(place[3]);
    return (index[axis] === asked) === (place[2] === undefined);
  }
  const isBorder = row === 0 || col === 0 || row === shape[0] - 1 || col === shape[1] - 1;
  const known: Record<string, boolean> = {
    'it is at the border': isBorder,
    'it is not at the border': !isBorder,
    'it is on the diagonal': row === col,
    'it is off the diagonal': row !== col,
    'it is above the diagonal': row < col,
    'it is below the diagonal': row > col,
  };
  if (!(condition in known)) throw new Error(`the tests do not know the condition "${condition}"`);
  return known[condition];
}
