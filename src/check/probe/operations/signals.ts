// What a layer may have got from above in place of what it should.
import { activationOf } from '../../../ops/registry.ts';
import type { Derivative } from './derivative.ts';
import { dot } from '../../../numeric/norms.ts';
import { passedBack } from './example.ts';
import type { Example } from './example.ts';
import type { Signal } from './signal.ts';
import { errorOf } from './starts.ts';

/**
 * What the layer l (from 0) may have been given from layer l + 1.
 * @param layers how many there are
 */
export function signalsFrom(l: number, layers: number): Signal[] {
  const up = l + 2; // its number in formulas
  const isLast = l + 2 === layers;
  const back = (e: Example, s: Float64Array): Float64Array => passedBack(e.layers[l + 1], s);
  const signals: Signal[] = [
    { text: `dz${up} W${up}ᵀ`, cost: 0, at: (e, s) => (s === null ? null : back(e, s)), from: (_e, s) => s },
    {
      text: `dz${up} W${up}ᵀ where it is > 0, else 0`,
      cost: 3,
      at: (e, s) => (s === null ? null : back(e, s).map((x) => (x > 0 ? x : 0))),
    },
    {
      text: `the running sum of dz${up} W${up}ᵀ over the units`,
      cost: 3,
      at: (e, s) =>
        s === null
          ? null
          : back(e, s).map(
              (
                (sum) =>
                (x: number): number =>
                  (sum += x)
              )(0),
            ),
    },
    { text: '1', cost: 2, at: ({ layers: all }) => all[l].z.map(() => 1) },
    { text: `dz${up}`, cost: 3, at: (e, s) => (s !== null && s.length === e.layers[l].z.length ? s : null) },
    ...[true, false].map((isSquare): Signal => ({
      text: isSquare ? `dz${up} W${up}` : `dz${up} times W${up} reshaped, not transposed`,
      cost: 3,
      at: (e, s) => (s === null || (s.length === e.layers[l].z.length) !== isSquare ? null : misread(e, l + 1, s)),
    })),
    {
      text: `dz${up} Wᵀ, W being W${up} moved down by one row, b${up} first`,
      cost: 3,
      at: (e, s) => (s === null ? null : backShifted(e.layers[l + 1], s)),
    },
    {
      text: `dz${up} dW${up}ᵀ`,
      cost: 3,
      at: ({ layers: all }, s) => (s === null ? null : all[l + 1].x.map((x) => x * dot(s, s))), // dW = xᵀ dz
    },
    {
      text: `dz${up} |W${up}|ᵀ`,
      cost: 4,
      at: (e, s) => (s === null ? null : passedBack({ ...e.layers[l + 1], W: e.layers[l + 1].W.map(Math.abs) }, s)),
    },
    {
      text: `dz${up} sign(W${up})ᵀ`,
      cost: 4,
      at: (e, s) => (s === null ? null : passedBack({ ...e.layers[l + 1], W: e.layers[l + 1].W.map(Math.sign) }, s)),
    },
    {
      text: `Σ dz${up}`,
      cost: 4,
      at: (e, s) => (s === null ? null : e.layers[l].z.map(() => s.reduce((sum, x) => sum + x, 0))),
    },
    {
      text: `(dz${up} ⊙ f'(z${up})) W${up}ᵀ`,
      cost: 3,
      at: (e, s) => (s === null ? null : slopeTimes(e, l + 1, s, (x, d) => x * d, back)),
    },
    {
      text: `(dz${up} / f'(z${up})) W${up}ᵀ`,
      cost: 2,
      at: (e, s) => (s === null ? null : slopeTimes(e, l + 1, s, (x, d) => x / d, back)),
    },
  ];
  const error: Signal = { text: `(a${up} - t) W${up}ᵀ`, cost: 1, at: (e) => back(e, errorOf(e)), from: errorOf };
  return [...signals, ...throughOthers(l, layers), ...sharesOf(l), ...(isLast ? [error] : [])];
}

/** W of another layer in place of the one above, as far as its numbers reach. */
function throughOthers(l: number, layers: number): Signal[] {
  const up = l + 2;
  const others = Array.from({ length: layers }, (_, m) => m).filter((m) => m !== l + 1);
  const read = (text: string, m: number, strideOf: (own: number, O: number) => number | null): Signal => ({
    text,
    cost: 3,
    at({ layers: all }, s) {
      const { W, b } = all[m];
      const [I, O] = [all[l].z.length, s?.length ?? 0];
      const stride = strideOf(b.length, O);
      if (s === null || stride === null || (I - 1) * stride + O > W.length || O > stride) return null;
      return all[l].z.map((_, i) => s.reduce((sum, value, o) => sum + W[i * stride + o] * value, 0));
    },
  });
  return others.flatMap((m) => [
    read(`dz${up} W${m + 1}ᵀ`, m, (own, O) => (own === O ? own : null)),
    read(`dz${up} Wᵀ, W being the first rows and columns of W${m + 1}`, m, (own, O) => (own === O ? null : own)),
    read(`dz${up} Wᵀ, W being the first numbers of W${m + 1}`, m, (own, O) => (own === O ? null : O)),
  ]);
}

/** W divided by sums of its own, as where an error is split among weights. */
function sharesOf(l: number): Signal[] {
  const up = l + 2;
  const split = (what: string, of: (w: number) => number, isColumn: boolean): Signal => ({
    text: `dz${up} Wᵀ, W being W${up} divided by the sums of ${what} over its ${isColumn ? 'columns' : 'rows'}`,
    cost: 3,
    at({ layers }, s) {
      const { W, x } = layers[l + 1];
      if (s === null || (isColumn ? x.length : s.length) < 2) return null; // one number is its own sum
      const O = s.length;
      const sums = new Float64Array(isColumn ? O : x.length);
      const group = (at: number): number => (isColumn ? at % O : Math.floor(at / O));
      W.forEach((w, at) => (sums[group(at)] += of(w)));
      return x.map((_, i) => s.reduce((sum, value, o) => sum + (W[i * O + o] / sums[group(i * O + o)]) * value, 0));
    },
  });
  return [true, false].flatMap((isColumn) => [
    split(`|W${up}|`, Math.abs, isColumn),
    split(`W${up}`, (w) => w, isColumn),
  ]);
}

/** W (I, O) read as if it were (O, I), row by row. */
function misread({ layers }: Example, l: number, s: Float64Array): Float64Array {
  const { x, W } = layers[l];
  return x.map((_, i) => s.reduce((sum, value, o) => sum + W[o * x.length + i] * value, 0));
}

/** The bias counts as the first row of the weights, so each row is one too far down. */
function backShifted({ b, ...layer }: Example['layers'][number], s: Float64Array): Float64Array {
  const rows = passedBack({ b, ...layer }, s);
  return rows.map((_, i) => (i === 0 ? dot(b, s) : rows[i - 1]));
}

function slopeTimes(
  e: Example,
  l: number,
  s: Float64Array,
  combine: (x: number, slope: number) => number,
  back: (e: Example, s: Float64Array) => Float64Array,
): Float64Array | null {
  const { activation, z, a } = e.layers[l];
  const page = activationOf(activation);
  if (page.kind !== 'elementwise') return null;
  const slope = new Float64Array(z.length);
  page.backward(slope, new Float64Array(z.length).fill(1), z, a);
  if (slope.every((d) => d === 0 || d === 1)) return null; // what is multiplied twice is the same
  const out = back(
    e,
    s.map((x, i) => combine(x, slope[i])),
  );
  return out.every(Number.isFinite) ? out : null;
}

/** A derivative as the formula of one layer: z1 for z, a1 for a. */
export function inLayer({ text }: Pick<Derivative, 'text'>, l: number): string {
  return text.replace(/\b([za])\b(?!\()/g, `$1${l + 1}`);
}
