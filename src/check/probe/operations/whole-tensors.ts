// What is wrong with a dW or db as a whole: other inputs, rows that are one array, a penalty, a
// limit, factors.
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../close.ts';
import { factorsBy, limitOf } from './deviations.ts';
import { isOuter } from './example.ts';
import type { Example, Shown } from './example.ts';
import { factorOf, formatNumber, isTelling } from './fit.ts';
import { inputFormOf } from './score-forms.ts';

/** dW or db of one example, with the dz that it should be made of. */
export interface OneTensor {
  readonly example: Example;
  readonly shown: Shown;
  /** (O) */
  readonly dz: Float64Array;
  /** dz of every layer, as the engine has it. */
  readonly every: readonly Float64Array[];
}

/** A formula for a tensor; `factor` is 1 where the formula says it all. */
export interface TensorFit {
  readonly used: string;
  readonly factor: number;
  /** More about it, as a sentence; null if the formula says it all. */
  readonly text: string | null;
  /** The gradient of a penalty that it lacks, if it lacks one that is declared. */
  readonly lacks?: string;
}

/** The numbers of a formula; null where it makes no sense. */
export type Of = (one: OneTensor) => Float64Array | null;

/** The inputs that dW was made of are made from the right ones. */
export function otherInputs(n: number, x: string, all: readonly OneTensor[]): TensorFit | null {
  const pairs = all.map(({ dz, shown: { dW }, example }) => {
    const size = dot(dz, dz);
    const wanted = example.layers[n - 1].x;
    const found = wanted.map((_, i) => dot(dz, dW.subarray(i * dz.length, (i + 1) * dz.length)) / size);
    return { found, wanted, isProduct: size > 0 && isOuter(dW, found, dz) };
  });
  if (!pairs.every(({ isProduct }) => isProduct)) return null;
  const form = inputFormOf(pairs, x);
  return form === null ? null : { used: `(${form})ᵀ dz${n}`, factor: 1, text: null };
}

/** All rows of dW are one and the same, as where one array stands for all of them. */
export function rowsAlike(n: number, all: readonly OneTensor[]): TensorFit | null {
  const isAlike = ({ dz, shown: { dW }, example }: OneTensor): boolean => {
    const rows = dW.map((_, at) => dW[at % dz.length]);
    const x = example.layers[n - 1].x;
    return x.some((value) => value !== x[0]) && rows.some((value) => value !== 0) && areClose(dW, rows);
  };
  if (!all.every(isAlike)) return null;
  const used = `one row for all: the rows of dW${n} may be one array`;
  return { used, factor: 1, text: `It is ${used}.` };
}

/** The right gradient and a multiple of the parameters themselves. */
export function decayed(
  symbol: 'W' | 'b',
  n: number,
  all: readonly OneTensor[],
  found: (one: OneTensor) => Float64Array,
  right: (one: OneTensor) => Float64Array,
  parameter: (one: OneTensor) => Float64Array,
): TensorFit | null {
  for (const [text, of] of [
    [`${symbol}${n}`, (w: number): number => w],
    [`sign(${symbol}${n})`, Math.sign],
  ] as const) {
    const more = all.map((one) => {
      const [own, wanted] = [found(one), right(one)];
      return { found: own.map((x, i) => x - wanted[i]), wanted: parameter(one).map(of) };
    });
    const hasBoth = [-1, 1].every((sign) => more.some(({ wanted }) => wanted.includes(sign)));
    const factor = isTelling(more) || (text.startsWith('sign') && hasBoth) ? factorOf(more) : null;
    if (factor === null) continue;
    const [name, size] = [
      `d${symbol}${n}`,
      Math.abs(factor)
        .toPrecision(4)
        .replace(/\.?0+$/, ''),
    ];
    return {
      used: `the right ${name} ${factor < 0 ? '-' : '+'} ${size} · ${text}`,
      factor: 1,
      text: `A penalty on ${symbol}${n} is in the gradient.`,
      ...(factor < 0 && { lacks: `${size} · ${text}` }),
    };
  }
  return null;
}

/** The right numbers, but none beyond a limit. */
export function clipped(
  all: readonly OneTensor[],
  found: (one: OneTensor) => Float64Array,
  right: Of,
): TensorFit | null {
  const pairs = all.flatMap((one) => {
    const wanted = right(one);
    return wanted === null ? [] : [{ found: found(one), wanted }];
  });
  const limit = pairs.length < all.length ? null : limitOf(pairs);
  return limit === null ? null : { used: `the right one, clipped to ±${formatNumber(limit)}`, factor: 1, text: null };
}

/** The right numbers, with factors by entry, row or column. */
export function scaled(
  all: readonly OneTensor[],
  found: (one: OneTensor) => Float64Array,
  right: Of,
  by: readonly (readonly [string, (at: number) => number])[],
): TensorFit | null {
  const pairs = all.flatMap((one) => {
    const wanted = right(one);
    return wanted === null ? [] : [{ found: found(one), wanted }];
  });
  for (const [what, group] of by) {
    const said = factorsBy(group, pairs);
    if (said !== null)
      return {
        used: `the right one with a factor for each ${what}`,
        factor: 1,
        text: `It is the right one with a factor for each ${what}: ${said}.`,
      };
  }
  return null;
}
