// One mistake, tried: is it caught, and is what is said of it right?
import { checkGradient } from '../../../src/check/function/check-gradient.ts';
import type { FunctionCheck } from '../../../src/check/function/result.ts';
import { createRng } from '../../../src/numeric/rng.ts';
import { drawn } from './functions.ts';
import type { TestFunction, ValueAndGradient } from './functions.ts';
import { isTrue } from './looks.ts';
import type { Mistake } from './mistakes.ts';
import { flat, shapeOf, wrong } from './mistakes.ts';
import { ROUNDINGS } from './tape.ts';
import type { Params } from './tape.ts';

export type Dtype = 'f64' | 'f32';

/** A right function and a wrong gradient of it. */
export interface Wrong {
  readonly at: Params;
  readonly f: ValueAndGradient;
  readonly gradient: (p: Params) => Params;
  readonly dtype: Dtype;
}

export interface Tried {
  readonly check: FunctionCheck;
  /** What falls short, in words; empty where all is right. */
  readonly short: readonly ('missed' | 'tensor' | 'entries' | 'look')[];
  /** A look was told for this many of the wrong tensors. */
  readonly looks: number;
  readonly tensors: number;
  /** Fewer than a tenth of the entries are wrong in so many tensors. */
  readonly few: number;
}

/** A mistake by rule, in one tensor of a function; null where it cannot be made. */
export function byRule(one: TestFunction, mistake: Mistake, dtype: Dtype, seed: number): Wrong | null {
  const rng = createRng(seed, one.name + mistake.name);
  const { at, f } = drawn(one, rng, ROUNDINGS[dtype]);
  const names = Object.keys(at);
  const tensor = names[rng.below(names.length)];
  const entry = rng.below(1e9);
  const made = (p: Params): Params | null => {
    const right = f(p).gradient;
    return wrong(mistake, tensor, right, p, createRng(entry, 'entry'));
  };
  if (made(at) === null) return null;
  return { at, f, dtype, gradient: (p) => made(p) ?? f(p).gradient };
}

/** The mistakes that the gradient of a function asks for. */
export function bugsOf(one: TestFunction): string[] {
  const names = new Set<string>();
  for (const seed of [1, 2, 3, 4]) {
    const { at, f } = drawn(one, createRng(seed, one.name), ROUNDINGS.f64, (name) => {
      names.add(name);
      return false;
    });
    f(at);
  }
  return [...names];
}

/** A mistake by hand; null where it makes no difference at a point that was drawn. */
export function byHandMade(one: TestFunction, bug: string, dtype: Dtype, seed: number): Wrong | null {
  const draw = (name: string | null) =>
    drawn(one, createRng(seed, one.name), ROUNDINGS[dtype], (asked) => asked === name);
  const { at, f } = draw(null);
  const off = draw(bug).f;
  const made: Wrong = { at, f, dtype, gradient: (p) => off(p).gradient };
  return differences(made).some(({ share }) => share > 0.02) ? made : null;
}

interface Difference {
  readonly path: string;
  readonly right: number[];
  readonly given: number[];
  readonly x: number[];
  readonly shape: number[];
  /** The largest difference, as a share of the largest number. */
  readonly share: number;
  readonly largest: number;
}

function differences({ at, f, gradient }: Wrong): Difference[] {
  const [right, given] = [f(at).gradient, gradient(at)];
  return Object.keys(at).map((path) => {
    const [r, g] = [flat(right[path]), flat(given[path])];
    const largest = Math.max(...r.map(Math.abs), ...g.map(Math.abs));
    const most = Math.max(...r.map((y, i) => Math.abs(g[i] - y)));
    const share = largest === 0 ? 0 : most / largest;
    return { path, right: r, given: g, x: flat(at[path]), shape: shapeOf(at[path]), share, largest };
  });
}

const EXACT: Readonly<Record<Dtype, number>> = { f64: 1e-5, f32: 2e-2 };

export async function tryOut(made: Wrong, seed: number): Promise<Tried> {
  const check = await checkGradient((p: Params) => made.f(p).value, { at: made.at, gradient: made.gradient, seed });
  const all = differences(made);
  const short = new Set<Tried['short'][number]>();
  let [looks, tensors, few] = [0, 0, 0];
  if (check.verdict !== 'disagree') short.add('missed');
  for (const one of all) {
    const found = check.tensors.find(({ path }) => path === one.path);
    const isNamed = found?.verdict === 'disagree';
    // at a kink, a point nearby was looked at, where other entries are wrong
    const isHere = check.place === 'given';
    if (one.share > 0.02 ? !isNamed : one.share === 0 && isNamed) short.add('tensor');
    if (one.share <= 0.02 || found === undefined || !isNamed) continue;
    tensors++;
    const off = [...one.right.keys()].filter((i) => one.given[i] !== one.right[i]);
    const clear = off.filter((i) => Math.abs(one.given[i] - one.right[i]) > EXACT[made.dtype] * one.largest);
    const named = found.wrong.map(({ index }) =>
      index.reduce((at, k, axis) => at + k * one.shape.slice(axis + 1).reduce((a, b) => a * b, 1), 0),
    );
    if (isHere && named.some((i) => !off.includes(i))) short.add('entries');
    if (off.length * 10 <= one.right.length) {
      few++;
      if (isHere && clear.some((i) => !named.includes(i))) short.add('entries');
    }
    if (found.look === null) continue;
    looks++;
    const right = Object.fromEntries(all.map(({ path, right: r }) => [path, r]));
    const tolerance = EXACT[made.dtype] * one.largest;
    const there = { ...one, other: (path: string) => right[path], tolerance };
    if (isHere && !isTrue(found.look, there)) short.add('look');
  }
  return { check, short: [...short], looks, tensors, few };
}
