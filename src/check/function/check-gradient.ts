// checkGradient: is this the gradient of this function? No step and no tolerance to choose.
import { DataError } from '../../errors.ts';
import { judge } from './judge.ts';
import type { Judged } from './judge.ts';
import { counted } from './line.ts';
import type { Behaviour, FunctionCheck } from './result.ts';
import { readLike, treeOf } from './tree.ts';
import type { Twin } from './tensor-library.ts';
import type { Tree } from './tree.ts';

/** What a function may answer: its value, or both. */
export type FunctionAnswer = number | { readonly value: number; readonly gradient: unknown };

/** Where a gradient is checked, and how. */
export interface GradientProblem<P = unknown> {
  /** The parameters: numbers, arrays of any depth, typed arrays, objects of these. */
  readonly at: P;
  /**
   * The gradient as a function of the parameters, or at this point. Not needed if f answers both.
   */
  readonly gradient?: ((parameters: P) => unknown) | object | number;
  /** The same function in operations of TensorFlow.js, whose gradient is compared as well. */
  readonly twin?: Twin<never>;
  /** Determines the directions; 1 if not given. */
  readonly seed?: number;
  /** Numbers that a wrong factor may be equal to, by name, such as { 'batch size': 32 }. */
  readonly sizes?: Readonly<Record<string, number>>;
}

/**
 * Checks a gradient against slopes of its function: central differences extrapolated to step 0
 * (Ridders 1982), with an error made of what they leave out and of the function's own noise, which
 * is measured (Moré & Wild 2011). Directions of random signs over all entries show a mistake
 * anywhere; halves of them say where it is. A right function of any size takes about 100
 * evaluations.
 * @throws DataError if there are no numbers, the value is no finite number, or the gradient has
 *   another form than the parameters
 */
export async function checkGradient<P>(
  f: (parameters: P) => FunctionAnswer | Promise<FunctionAnswer>,
  { at, gradient, twin, seed = 1, sizes = {} }: GradientProblem<P>,
): Promise<FunctionCheck> {
  const tree = treeOf(at, 'at');
  const ask = f as (parameters: unknown) => unknown;
  const value = counted(async (p) => valueOf(await ask(p)), tree);
  const asked = { count: 0 };
  const gradientAt =
    gradient !== undefined && typeof gradient !== 'function'
      ? null
      : async (x: Float64Array): Promise<Float64Array> => {
          asked.count++;
          const p = tree.build(x);
          const answer: unknown = await (gradient === undefined ? ask(p) : (gradient as (p: unknown) => unknown)(p));
          return readLike(tree, gradient === undefined ? gradientOf(answer) : answer, 'gradient');
        };
  const given = gradientAt === null ? readLike(tree, gradient, 'gradient') : await gradientAt(tree.values);
  const changesParameters = await changesWhatItIsGiven(tree, ask);
  const gradientChanges = gradientAt === null ? null : changeOf(given, await gradientAt(tree.values));
  const isSteady = gradientChanges === null; // otherwise its first answer is all there is
  const subject = { tree, f: value, gradientAt: isSteady ? gradientAt : null, given, sizes: sizesOf(tree, sizes) };
  const judged = await judge(subject, seed);
  // what gives other values each time has no twin
  const compared =
    twin === undefined || judged.reason === 'chance'
      ? null
      : await (await import('./twin.ts')).compareTwin(twin, subject, judged, seed);
  const found: Judged = compared?.isSame === false ? { ...judged, verdict: 'disagree', reason: null } : judged;
  const evaluations = { value: value.evaluations + 1, gradient: asked.count };
  const behaviour = { changesParameters, gradientChanges };
  return { ...found, behaviour, ...(compared !== null && { twin: compared }), evaluations, seed };
}

/** Whether f changes the parameters that it is given. */
async function changesWhatItIsGiven(tree: Tree, ask: (p: unknown) => unknown): Promise<boolean> {
  const mine = tree.build(tree.values);
  await ask(mine);
  const before = readLike(tree, tree.build(tree.values), 'at'); // as Float32Arrays hold it
  const after = readLike(tree, mine, 'at');
  return after.some((x, i) => !Object.is(x, before[i]));
}

function changeOf(first: Float64Array, second: Float64Array): Behaviour['gradientChanges'] {
  if (first.every((g, i) => Object.is(g, second[i]) || g === second[i])) return null;
  return first.every((g, i) => second[i] === 2 * g) ? 'accumulates' : 'differs';
}

/** Sizes that a factor may come from: those of the tensors, and what the caller names. */
export function sizesOf({ tensors, values }: Tree, named: Readonly<Record<string, number>>): Map<string, number> {
  const sizes = new Map<string, number>(Object.entries(named));
  for (const { path, shape, size } of tensors) {
    shape?.forEach((length, axis) => sizes.set(`length ${axis + 1} of ${path}`, length));
    sizes.set(`number of entries of ${path}`, size);
  }
  sizes.set('number of parameters', values.length);
  return sizes;
}

function valueOf(answer: unknown): number {
  const value: unknown = typeof answer === 'object' && answer !== null ? (answer as { value?: unknown }).value : answer;
  if (typeof value !== 'number')
    throw new DataError(
      `the function returned ${typeof value === 'object' ? 'an object' : `a ${typeof value}`}, expected a number`,
      'return the value, or { value, gradient }',
    );
  return value;
}

function gradientOf(answer: unknown): unknown {
  const gradient =
    typeof answer === 'object' && answer !== null ? (answer as { gradient?: unknown }).gradient : undefined;
  if (gradient === undefined)
    throw new DataError('there is no gradient to check', 'pass { gradient }, or return { value, gradient }');
  return gradient;
}
