// Right but for entries that a condition describes: found from entries that were measured one by
// one, told only if fresh slopes agree.
import type { Rng } from '../../numeric/rng.ts';
import type { GradientLook } from './looks-like.ts';
import type { Measured, Place } from './place.ts';
import type { TreeTensor } from './tree.ts';

/** An entry that was measured alone, within its tensor. */
export interface Labelled {
  readonly at: number;
  readonly measured: Measured;
}

interface Condition {
  readonly text: string;
  readonly holds: (at: number) => boolean;
}

/** So many entries must be wrong, and so many right, before a condition is looked for. */
const ENOUGH = 2;

/**
 * The first condition that holds for all wrong entries and for none of the right ones; then, in
 * fresh directions, the other entries together must be right, and entries that it describes wrong.
 */
export async function conditionOf(
  place: Place,
  tensor: TreeTensor,
  labelled: readonly Labelled[],
  rng: Rng,
): Promise<GradientLook | null> {
  const wrong = labelled.filter(({ measured }) => measured.is === 'wrong');
  const right = labelled.filter(({ measured }) => measured.is === 'right');
  if (wrong.length < ENOUGH || right.length < ENOUGH) return null;
  for (const { text, holds } of conditionsOf(place, tensor)) {
    if (!wrong.every(({ at }) => holds(at)) || right.some(({ at }) => holds(at))) continue;
    if (!(await holdsOnRepetition(place, tensor, holds, rng))) continue;
    return { kind: 'where', condition: text, factor: factorOf(wrong) };
  }
  return null;
}

async function holdsOnRepetition(
  place: Place,
  tensor: TreeTensor,
  holds: (at: number) => boolean,
  rng: Rng,
): Promise<boolean> {
  const d = place.signs([tensor], rng);
  const inside: number[] = [];
  for (let i = 0; i < tensor.size; i++) {
    if (!holds(i)) continue;
    inside.push(i);
    d[tensor.from + i] = 0;
  }
  if (inside.length === tensor.size || (await place.measure(d)).is !== 'right') return false;
  for (let n = 0; n < Math.min(3, inside.length); n++) {
    const at = inside[rng.below(inside.length)];
    if ((await place.measure(place.only(tensor, at))).is === 'right') return false;
  }
  return true;
}

/** given = c · right for all of them; null if not. */
function factorOf(wrong: readonly Labelled[]): number | null {
  const factors = wrong.map(({ measured: m }) => m.derived / m.measured);
  const [first] = factors;
  const isSame = wrong.every(
    ({ measured: m }) => Math.abs(m.derived - first * m.measured) <= 4 * m.error * Math.max(1, Math.abs(first)),
  );
  if (!isSame || !Number.isFinite(first)) return null;
  const round = [0, -1, 2, 0.5].find((x) => Math.abs(x - first) < 1e-3);
  return round ?? Number(first.toPrecision(4));
}

function conditionsOf(place: Place, tensor: TreeTensor): Condition[] {
  const { from, shape, size } = tensor;
  const x = (at: number): number => place.x[from + at];
  const g = (at: number): number => place.gradient[from + at];
  const found: Condition[] = [
    { text: 'the parameter is negative', holds: (at) => x(at) < 0 },
    { text: 'the parameter is positive', holds: (at) => x(at) > 0 },
    { text: 'the parameter is 0', holds: (at) => x(at) === 0 },
    { text: 'the gradient given is not 0', holds: (at) => g(at) !== 0 },
    { text: 'the gradient given is 0', holds: (at) => g(at) === 0 },
    { text: 'the gradient given is negative', holds: (at) => g(at) < 0 },
    { text: 'the gradient given is positive', holds: (at) => g(at) > 0 },
  ];
  const dims = shape ?? [size];
  const indexAlong = (axis: number, at: number): number => {
    const stride = dims.slice(axis + 1).reduce((n, s) => n * s, 1);
    return Math.floor(at / stride) % dims[axis];
  };
  for (const [axis, length] of dims.entries()) {
    if (length < 3) continue;
    const index = (at: number): number => indexAlong(axis, at);
    const name = dims.length === 1 ? 'the index' : `index ${axis + 1}`;
    found.push({ text: `${name} is the last`, holds: (at) => index(at) === length - 1 });
    found.push({ text: `${name} is the first`, holds: (at) => index(at) === 0 });
    found.push({ text: `${name} is not the last`, holds: (at) => index(at) !== length - 1 });
    found.push({ text: `${name} is not the first`, holds: (at) => index(at) !== 0 });
  }
  if (dims.length === 2 && dims[0] > 1 && dims[1] > 1) {
    const [row, col] = [(at: number) => indexAlong(0, at), (at: number) => indexAlong(1, at)];
    const [rows, cols] = dims;
    const isBorder = (at: number): boolean =>
      row(at) === 0 || row(at) === rows - 1 || col(at) === 0 || col(at) === cols - 1;
    found.push({ text: 'it is at the border', holds: isBorder });
    found.push({ text: 'it is not at the border', holds: (at) => !isBorder(at) });
    found.push({ text: 'it is on the diagonal', holds: (at) => row(at) === col(at) });
    found.push({ text: 'it is off the diagonal', holds: (at) => row(at) !== col(at) });
    found.push({ text: 'it is above the diagonal', holds: (at) => row(at) < col(at) });
    found.push({ text: 'it is below the diagonal', holds: (at) => row(at) > col(at) });
    for (let r = 0; r < Math.min(rows, 8); r++) found.push({ text: `index 1 is ${r}`, holds: (at) => row(at) === r });
    for (let c = 0; c < Math.min(cols, 8); c++) found.push({ text: `index 2 is ${c}`, holds: (at) => col(at) === c });
  }
  return found;
}
