// What a layer does beside its numbers: what it changes, keeps and mixes.
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import type { Rng } from '../../numeric/rng.ts';
import type { Layer, LayerGradients } from './layer.ts';
import { nameOf, readLike, treeOf } from './tree.ts';
import type { Tree, TreeTensor } from './tree.ts';

/** How gradients come from one backward pass to the next. */
export type Keeping = 'overwrites' | 'accumulates';

/** The behaviour of a layer. Lists of names are of tensors. */
export interface LayerBehaviour {
  /** Tensors that forward or backward changed, with the pass that did. */
  readonly changed: readonly { readonly tensor: string; readonly by: 'forward' | 'backward' }[];
  /** Forward gave the same outputs twice. */
  readonly repeats: boolean;
  /** Per tensor, whether a second backward pass adds to the first; null: it gave something else. */
  readonly keeps: readonly { readonly tensor: string; readonly keeps: Keeping | null }[];
  /** backward(a u + b v) = a backward(u) + b backward(v), as any derivative. */
  readonly isLinear: boolean;
  /**
   * backward after a forward pass on other inputs gives the same, if it is handed its inputs. null:
   * not asked.
   */
  readonly ownsCache: boolean | null;
  /** Examples that should be independent and influence one another; null: not asked. */
  readonly mixes: { readonly from: string; readonly to: string; readonly pass: 'forward' | 'backward' } | null;
  readonly isIndependenceAsked: boolean;
}

/** How a layer is asked: flat numbers in, flat numbers out. */
export interface Asked {
  readonly layer: Layer;
  /** { inputs, parameters } */
  readonly tree: Tree;
  readonly outputs: Tree;
  /** Reads a backward pass's answer in the order of `tree`. */
  readonly read: (answer: LayerGradients) => Float64Array;
}

type Both = { readonly inputs: unknown; readonly parameters: unknown };

const both = (tree: Tree, x: Float64Array): Both => tree.build(x) as Both;

/** Forward, then backward with dy; where `between` is given, a forward pass on that in between. */
export async function passes(
  { layer, tree, outputs, read }: Asked,
  x: Float64Array,
  dy: Float64Array,
  between?: Float64Array,
): Promise<Float64Array> {
  const p = both(tree, x);
  await layer.forward(p.inputs, p.parameters);
  if (between !== undefined) {
    const other = both(tree, between);
    await layer.forward(other.inputs, other.parameters);
  }
  return read(await layer.backward(outputs.build(dy), p.inputs, p.parameters));
}

/** Outputs at these numbers, flat. */
export async function outputsAt({ layer, tree, outputs }: Asked, x: Float64Array): Promise<Float64Array> {
  const p = both(tree, x);
  return readLike(outputs, await layer.forward(p.inputs, p.parameters), 'outputs');
}

/**
 * How far two answers may be apart by rounding, as a share of the larger: roundings of their
 * precision.
 */
const ROUNDINGS = 2 ** 10;

function isClose(a: Float64Array, b: Float64Array): boolean {
  let size = 0;
  let single = true;
  for (let i = 0; i < a.length; i++) {
    size = Math.max(size, Math.abs(a[i]), Math.abs(b[i]));
    single &&= Math.fround(a[i]) === a[i];
  }
  return largestGap(a, b) <= ROUNDINGS * UNIT_ROUNDOFF[single ? 'f32' : 'f64'] * size;
}

function largestGap(a: Float64Array, b: Float64Array): number {
  return a.reduce((largest, y, i) => Math.max(largest, Math.abs(y - b[i])), 0);
}

/** The same of each tensor: they may be of different precisions. */
function areClose({ tensors }: Tree, a: Float64Array, b: Float64Array): boolean {
  return tensors.every(({ from, size }) => isClose(a.subarray(from, from + size), b.subarray(from, from + size)));
}

/** Asks all questions about behaviour at the tree's own numbers. */
export async function behaviourOf(asked: Asked, rng: Rng, areExamplesIndependent: boolean): Promise<LayerBehaviour> {
  const { tree, outputs } = asked;
  const x = tree.values;
  const dy = () => outputs.values.map(() => rng.normal());
  const [u, v] = [dy(), dy()];
  const changed = await changesOf(asked, u);
  const [first, second] = [await outputsAt(asked, x), await outputsAt(asked, x)];
  const repeats = first.every((y, i) => y === second[i]);
  const keeps = await keepsOf(asked, u);
  const accumulates = keeps.some(({ keeps: k }) => k === 'accumulates');
  const backward = accumulates ? differencesOf(asked, keeps) : (d: Float64Array) => passes(asked, x, d);
  const [gu, gv] = [await backward(u), await backward(v)];
  const sum = await backward(u.map((d, i) => 2 * d - v[i] / 2));
  const isSteady = repeats && keeps.every(({ keeps: k }) => k !== null);
  const expected = gu.map((g, i) => 2 * g - gv[i] / 2);
  const isLinear =
    !isSteady || areClose(tree, sum, expected) || (await isWithinNoise(tree, sum, expected, { backward, u, gu }));
  let ownsCache: boolean | null = null;
  if (repeats && !accumulates) {
    const other = x.map((y) => y * (1 + rng.normal() / 4) + rng.normal() / 16);
    const mixed = await passes(asked, x, u, other).catch(() => null);
    ownsCache = mixed === null ? null : areClose(tree, mixed, gu);
  }
  const mixes = areExamplesIndependent && repeats ? await mixesOf(asked, backward, rng) : null;
  return { changed, repeats, keeps, isLinear, ownsCache, mixes, isIndependenceAsked: areExamplesIndependent };
}

const [SCALINGS, LITTLE] = [8, 1.3 * 2 ** -16];
/** As many times the noise that was seen is still noise: there are few samples of it. */
const NOISE = 64;

/**
 * Where terms cancel, as in normalization, rounding is large beside a gradient that is small. How
 * large it is, is seen at gradients of the outputs that are a little longer or shorter: what is
 * linear grows with them exactly, and what is not is by far nearer there than at sums.
 */
async function isWithinNoise(
  { tensors }: Tree,
  a: Float64Array,
  b: Float64Array,
  { backward, u, gu }: { backward: (dy: Float64Array) => Promise<Float64Array>; u: Float64Array; gu: Float64Array },
): Promise<boolean> {
  const scaled: { found: Float64Array; exact: Float64Array }[] = [];
  for (let n = 1; n <= SCALINGS; n++) {
    const factor = 1 + (n % 2 === 0 ? n : -n) * LITTLE;
    scaled.push({ found: await backward(u.map((d) => d * factor)), exact: gu.map((g) => g * factor) });
  }
  return tensors.every(({ from, size }) => {
    const part = (g: Float64Array): Float64Array => g.subarray(from, from + size);
    const noise = Math.max(...scaled.map(({ found, exact }) => largestGap(part(found), part(exact))));
    return isClose(part(a), part(b)) || largestGap(part(a), part(b)) <= NOISE * noise;
  });
}

/** Gradients of a layer: of tensors that accumulate, what each backward pass adds. */
export function differencesOf(
  asked: Asked,
  keeps: LayerBehaviour['keeps'],
): (dy: Float64Array, x?: Float64Array) => Promise<Float64Array> {
  const adding = asked.tree.tensors.filter(
    ({ path }) => !path.startsWith('inputs') && keeps.some((one) => one.tensor === path && one.keeps === 'accumulates'),
  );
  let before: Float64Array | null = null;
  return async (dy, x = asked.tree.values) => {
    before ??= await passes(asked, x, new Float64Array(dy.length)); // adds nothing
    const now = await passes(asked, x, dy);
    const gained = now.slice();
    for (const { from, size } of adding) for (let i = from; i < from + size; i++) gained[i] -= before[i];
    before = now;
    return gained;
  };
}

async function changesOf({ layer, tree, outputs }: Asked, dy: Float64Array): Promise<LayerBehaviour['changed']> {
  const found: { tensor: string; by: 'forward' | 'backward' }[] = [];
  const p = both(tree, tree.values);
  const whole = treeOf({ ...p, dOutputs: outputs.build(dy) }, 'layer');
  const mine = whole.build(whole.values) as Both & { dOutputs: unknown };
  const note = (by: 'forward' | 'backward'): void => {
    const now = readLike(whole, mine, 'layer');
    for (const { path, from, size } of whole.tensors) {
      const isSame = whole.values.subarray(from, from + size).every((y, i) => Object.is(y, now[from + i]));
      if (!isSame && !found.some(({ tensor }) => tensor === path)) found.push({ tensor: path, by });
    }
  };
  await layer.forward(mine.inputs, mine.parameters);
  note('forward');
  await layer.backward(mine.dOutputs, mine.inputs, mine.parameters);
  note('backward');
  return found;
}

/** Three backward passes: what one adds to the one before tells accumulating from overwriting. */
async function keepsOf(asked: Asked, dy: Float64Array): Promise<LayerBehaviour['keeps']> {
  const { tree } = asked;
  const runs: Float64Array[] = [];
  for (let n = 0; n < 3; n++) runs.push(await passes(asked, tree.values, dy));
  const [a, b, c] = runs;
  const isZero = ({ from, size }: TreeTensor): boolean =>
    runs.every((g) => g.subarray(from, from + size).every((y) => y === 0)); // tells nothing
  return tree.tensors
    .filter((t) => !isZero(t))
    .map(({ path, from, size }) => {
      const part = (g: Float64Array): Float64Array => g.subarray(from, from + size);
      const step = part(c).map((g, i) => g - part(b)[i]);
      const stepBefore = part(b).map((g, i) => g - part(a)[i]);
      const isSame = step.every((d) => d === 0) && stepBefore.every((d) => d === 0);
      if (isSame) return { tensor: path, keeps: 'overwrites' };
      return { tensor: path, keeps: isClose(step, stepBefore) ? 'accumulates' : null };
    });
}

/** One example is moved, or given a gradient: no other may notice. */
async function mixesOf(
  asked: Asked,
  backward: (dy: Float64Array) => Promise<Float64Array>,
  rng: Rng,
): Promise<LayerBehaviour['mixes']> {
  const { tree, outputs } = asked;
  const inputs = tree.tensors.filter(({ path }) => path.startsWith('inputs'));
  const count = inputs[0]?.shape?.[0] ?? 0;
  const isBatch = [...inputs, ...outputs.tensors].every(({ shape }) => shape !== null && shape[0] === count);
  if (!isBatch || count < 2) return null;
  const chosen = rng.below(count);
  const isOf = (size: number, i: number): boolean => Math.floor(i / (size / count)) === chosen;
  const moved = tree.values.slice();
  for (const { from, size } of inputs)
    for (let i = 0; i < size; i++) if (isOf(size, i)) moved[from + i] = moved[from + i] * 1.25 + rng.normal() / 8;
  const [before, after] = [await outputsAt(asked, tree.values), await outputsAt(asked, moved)];
  const from = nameOf(inputs[0].path, [chosen]);
  for (const t of outputs.tensors)
    for (let i = 0; i < t.size; i++) {
      const [a, b] = [before[t.from + i], after[t.from + i]];
      if (!isOf(t.size, i) && !(Math.abs(a - b) <= ROUNDINGS * UNIT_ROUNDOFF.f64 * Math.abs(a)))
        return { from, to: nameOf(t.path, outputs.indexOf(t, i)), pass: 'forward' };
    }
  const dy = new Float64Array(outputs.values.length);
  for (const t of outputs.tensors) for (let i = 0; i < t.size; i++) if (isOf(t.size, i)) dy[t.from + i] = rng.normal();
  const gradient = await backward(dy);
  for (const t of inputs)
    for (let i = 0; i < t.size; i++)
      if (!isOf(t.size, i) && gradient[t.from + i] !== 0)
        return {
          from: nameOf(outputs.tensors[0].path, [chosen]),
          to: nameOf(t.path, tree.indexOf(t, i)),
          pass: 'backward',
        };
  return null;
}
