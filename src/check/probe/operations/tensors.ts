// What an engine's dW and db of one layer are made of, given its dz.
import { activationOf } from '../../../ops/registry.ts';
import { derivativesFor } from './derivatives.ts';
import type { Derivative } from './derivative.ts';
import { inLayer } from './signals.ts';
import { factorOf, isTelling } from './fit.ts';
import type { Pair } from './fit.ts';
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../close.ts';
import { LIKELY_ROUNDINGS } from '../rounding/roundings.ts';
import type { Example, Shown } from './example.ts';
import { clipped, decayed, otherInputs, rowsAlike, scaled } from './whole-tensors.ts';
import type { Of, OneTensor, TensorFit } from './whole-tensors.ts';

/** The first formula that gives `found` in all examples. */
function first(
  all: readonly OneTensor[],
  found: (one: OneTensor) => Float64Array,
  wanted: readonly [string, Of][],
): TensorFit | null {
  for (const [used, of] of wanted) {
    const pairs: Pair[] = [];
    for (const one of all) {
      const value = of(one);
      if (value === null) break;
      pairs.push({ found: found(one), wanted: value });
      if (pairs.length === 1 && factorOf(pairs) === null && value.some((x) => x !== 0)) break;
    }
    if (pairs.length < all.length || !isTelling(pairs)) continue;
    const factor = factorOf(pairs);
    if (factor !== null) return { used, factor, text: null };
  }
  return null;
}

/** What db of layer l (from 0) is instead of dz; null if nothing of this kind. */
export function biasFit(l: number, all: readonly OneTensor[]): TensorFit | null {
  const [n, found] = [l + 1, (one: OneTensor): Float64Array => one.shown.db];
  const sum = (s: Float64Array): number => s.reduce((total, x) => total + x, 0);
  if (all.every(isZero)) {
    const cancels = all.every(({ dz }) => Math.abs(sum(dz)) <= ROUNDING * Math.sqrt(dot(dz, dz)));
    return cancels ? { used: `0, or Σ dz${n} over the units, which is 0 too`, factor: 1, text: null } : ZERO;
  }
  const layer = ({ example }: OneTensor): Example['layers'][number] => example.layers[l];
  return (
    first(all, found, [
      [`dz${n}`, ({ dz }) => dz],
      [`Σ dz${n} over the units, in every entry`, ({ dz }) => dz.map(() => sum(dz))],
      [`dz${n} of the first unit, in every entry`, ({ dz }) => dz.map(() => dz[0])],
      [`dz${n} of the last unit, in every entry`, ({ dz }) => dz.map(() => dz[dz.length - 1])],
      [`the running sum of dz${n} over the units`, ({ dz }) => dz.map((_, o) => sum(dz.subarray(0, o + 1)))],
      [`dz${n} of each unit and the next one, added`, ({ dz }) => dz.map((x, o) => x + dz[(o + 1) % dz.length])],
      [
        `dz${n} of each unit and the one before, added`,
        ({ dz }) => dz.map((x, o) => x + dz[(o + dz.length - 1) % dz.length]),
      ],
      [`dz${n} in reverse order`, ({ dz }) => dz.toReversed()],
      [`dz${n}, each entry one place further`, ({ dz }) => dz.map((_, o) => dz[(o + dz.length - 1) % dz.length])],
      [`dz${n}, each entry one place back`, ({ dz }) => dz.map((_, o) => dz[(o + 1) % dz.length])],
      [`|dz${n}|`, ({ dz }) => dz.map(Math.abs)],
      [`dz${n}²`, ({ dz }) => dz.map((x) => x * x)],
      [`dz${n} ⊙ b${n}`, (one) => one.dz.map((x, o) => x * layer(one).b[o])],
      [`dz${n} ⊙ a${n}`, (one) => one.dz.map((x, o) => x * layer(one).a[o])],
      [`dz${n} ⊙ z${n}`, (one) => one.dz.map((x, o) => x * layer(one).z[o])],
      [`a${n}`, (one) => layer(one).a],
      [`dz${n} · Σ ${inputOf(l)}`, (one) => one.dz.map((x) => x * sum(layer(one).x))],
      ...otherLayers(l, all[0]),
    ]) ??
    decayed(
      'b',
      n,
      all,
      (one) => one.shown.db,
      (one) => one.dz,
      (one) => layer(one).b,
    ) ??
    clipped(all, found, (one) => one.dz) ??
    scaled(all, found, (one) => one.dz, [['entry', (at) => at]])
  );
}

/** dz of other layers with as many units. */
function otherLayers(l: number, { dz, every }: OneTensor): [string, Of][] {
  return every.flatMap(({ length }, m): [string, Of][] =>
    m === l || length !== dz.length ? [] : [[`dz${m + 1}`, (one) => one.every[m]]],
  );
}

/** db is 0, or what rounding leaves of a sum that is 0. */
function isZero({ shown: { db }, dz }: OneTensor): boolean {
  return dot(db, db) <= ROUNDING * ROUNDING * dot(dz, dz);
}

const ZERO: TensorFit = { used: '0', factor: 1, text: null };

/** Of single precision, as a share of the numbers that cancel. */
const ROUNDING = 1e-6;

function inputOf(l: number): string {
  return l === 0 ? 'x' : `a${l}`;
}

/** What dW of layer l (from 0) is instead of xᵀ dz; null if nothing of this kind. */
export function weightFit(l: number, all: readonly OneTensor[]): TensorFit | null {
  const [n, x] = [l + 1, inputOf(l)];
  if (all.every(({ shown }) => shown.dW.every((value) => value === 0))) return ZERO;
  const outer =
    (of: (one: OneTensor) => Float64Array | null, s: Of = ({ dz }) => dz): Of =>
    (one) => {
      const [left, right] = [of(one), s(one)];
      const I = one.example.layers[l].x.length;
      return left === null || right === null || left.length !== I ? null : product(left, right);
    };
  const layer = ({ example }: OneTensor, at = l): Example['layers'][number] | undefined => example.layers.at(at);
  const right = outer((one) => one.example.layers[l].x);
  const O = all[0].dz.length;
  const [W, own] = [
    (one: OneTensor): Float64Array => one.example.layers[l].W,
    (one: OneTensor): Float64Array => one.shown.dW,
  ];
  const simple = first(all, own, [
    [`${x}ᵀ dz${n}`, right],
    ...(l === 0 ? [] : ([[`z${l}ᵀ dz${n}`, outer((one) => layer(one, l - 1)?.z ?? null)]] as [string, Of][])),
    [`xᵀ dz${n}, with the inputs x of the network`, outer((one) => one.example.layers[0].x)],
    ...Array.from({ length: all[0].example.layers.length }, (_, k): [string, Of] => [
      `a${k + 1}ᵀ dz${n}`,
      outer((one) => (k === l - 1 ? null : (layer(one, k)?.a ?? null))),
    ]),
    ...derivativesBelow(all[0], l).map(({ text, at }): [string, Of] => [
      `(${inLayer({ text }, l - 1)})ᵀ dz${n}`,
      outer(({ example }) => at(example.layers[l - 1].z, example.layers[l - 1].a)),
    ]),
    [
      `${x}ᵀ (Σ dz${n} over the units), in every column`,
      outer(
        (one) => one.example.layers[l].x,
        ({ dz }) => dz.map(() => dz.reduce((sum, x) => sum + x, 0)),
      ),
    ],
    [
      `${x}ᵀ (dz${n} of the last unit), in every column`,
      outer(
        (one) => one.example.layers[l].x,
        ({ dz }) => dz.map(() => dz[dz.length - 1]),
      ),
    ],
    [`1ᵀ dz${n}, without ${x}`, outer((one) => one.example.layers[l].x.map(() => 1))],
    [
      `${x}ᵀ a${n}`,
      outer(
        (one) => one.example.layers[l].x,
        (one) => one.example.layers[l].a,
      ),
    ],
    [`dz${n}ᵀ ${x}, put into the shape of W${n}`, ({ example, dz }) => product(dz, example.layers[l].x)],
    [`(${x}ᵀ dz${n}) ⊙ W${n}`, (one) => right(one)?.map((value, i) => value * W(one)[i]) ?? null],
    [`|${x}ᵀ dz${n}|`, (one) => right(one)?.map(Math.abs) ?? null],
    [`${x}ᵀ dz${n} with ${x} in reverse order`, outer((one) => one.example.layers[l].x.toReversed())],
    [`(${x}²)ᵀ dz${n}`, outer((one) => one.example.layers[l].x.map((value) => value * value))],
    [`|${x}|ᵀ dz${n}`, outer((one) => one.example.layers[l].x.map(Math.abs))],
    ...otherLayers(l, all[0]).map(([dz, of]): [string, Of] => [
      `${x}ᵀ ${dz}`,
      outer((one) => one.example.layers[l].x, of),
    ]),
  ]);
  return (
    simple ??
    first(
      all,
      own,
      LIKELY_ROUNDINGS.flatMap(({ text, of }): [string, Of][] => [
        [`(${x} ${text})ᵀ dz${n}`, outer((one) => one.example.layers[l].x.map(of))],
        [
          `${x}ᵀ (dz${n} ${text})`,
          outer(
            (one) => one.example.layers[l].x,
            ({ dz }) => dz.map(of),
          ),
        ],
      ]),
    ) ??
    rowsAlike(l + 1, all) ??
    otherInputs(n, x, all) ??
    decayed('W', n, all, own, (one) => right(one) ?? own(one), W) ??
    clipped(all, own, right) ??
    scaled(all, own, right, [
      ['row (input)', (at) => Math.floor(at / O)],
      ['column (unit)', (at) => at % O],
    ])
  );
}

/** What dW may have been made of in place of the activations of the layer below. */
function derivativesBelow({ example }: OneTensor, l: number): Derivative[] {
  if (l === 0) return [];
  const page = activationOf(example.layers[l - 1].activation);
  return page.kind === 'elementwise' ? derivativesFor(page).filter(({ cost, text }) => cost < 5 && text !== '1') : [];
}

/** xᵀ s, row-major */
function product(x: Float64Array, s: Float64Array): Float64Array {
  const out = new Float64Array(x.length * s.length);
  for (let i = 0, at = 0; i < x.length; i++) for (let o = 0; o < s.length; o++) out[at++] = x[i] * s[o];
  return out;
}

/** Whether dW and db show the same dz. */
export function isSameScore({ dz, db, isProduct }: Shown): boolean {
  return isProduct && areClose(dz, db);
}
