// Chance in the answers: what differs from call to call when one example is asked for again and
// again. With a batch of one, dW is the outer product of the layer's input and db, which shows the
// input in use.
import { dot } from '../../../numeric/norms.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { areClose, weightMatrix } from '../pass/pass.ts';
import { activated } from '../loss/pass.ts';
import { isOuter } from '../operations/example.ts';
import type { Asked } from './history.ts';

/** Entries that are 0 in some calls, the others multiplied by one number. */
export interface Mask {
  readonly kind: 'mask';
  /** The layer that gets it, from 0: 0 means x, 1 means a1. */
  readonly layer: number;
  readonly zeros: number;
  readonly entries: number;
  readonly factor: number;
  /** Whether the gradient is 0 where the entry is; null if that cannot be seen. */
  readonly inBackward: boolean | null;
}

/** The input of a layer is another one at each call, in no way that is known. */
export interface Noise {
  readonly kind: 'noise';
  readonly layer: number;
}

/** What differs in the inputs of the layers, from the first layer on, in calls for one example. */
export function chanceIn(network: NetworkSpec, calls: readonly Asked[]): readonly (Mask | Noise)[] {
  const seen = calls.map(() => new Map<number, Float64Array>());
  const out: (Mask | Noise)[] = [];
  for (let l = 0; l < network.layers.length; l++) {
    const used = calls.map((call) => inputInUse(call, l));
    if (used.includes(null)) return out;
    const pairs = calls.map((call, n) => ({
      used: used[n] as Float64Array,
      right: l === 0 ? Float64Array.from(call.batch.inputs.data) : outputOf(network, call, l - 1, seen[n].get(l - 1)),
    }));
    pairs.forEach(({ used: own }, n) => seen[n].set(l, own));
    if (pairs.every(({ used: own, right }) => areClose(own, right))) continue;
    const mask = maskOf(pairs);
    if (mask === null)
      return pairs.every(({ used: own }) => areClose(own, pairs[0].used)) ? out : [...out, { kind: 'noise', layer: l }];
    out.push({ kind: 'mask', layer: l, ...mask, inBackward: l === 0 ? null : isMasked(calls, pairs, l - 1) });
  }
  return out;
}

/** The input of layer l that dW is made of; null if dW is no product of an input and db. (I) */
function inputInUse({ found, right }: Asked, l: number): Float64Array | null {
  const [dW, db] = [found[1 + 2 * l].values, found[2 + 2 * l].values];
  const size = dot(db, db);
  const [O, I] = [db.length, right.x[l].cols];
  if (!(size > 0)) return null;
  const x = Float64Array.from({ length: I }, (_, i) => dot(dW.subarray(i * O, (i + 1) * O), db) / size);
  return isOuter(dW, x, db) ? x : null;
}

/** a of layer l for this input of it. */
function outputOf(network: NetworkSpec, { parameters }: Asked, l: number, x: Float64Array | undefined): Float64Array {
  const W = weightMatrix(parameters, l);
  const bias = parameters[2 * l + 1].values;
  const z = Float64Array.from(bias);
  x?.forEach((value, i) => z.forEach((_, o) => (z[o] += value * W.data[i * W.cols + o])));
  return activated(network.layers[l].activation, z);
}

interface Pair {
  readonly used: Float64Array;
  readonly right: Float64Array;
}

/** Ratios nearer to each other than this are the same. */
const SAME = 1e-3;
/** Entries smaller than this share of the largest tell no ratio. */
const TELLING = 1e-2;

function maskOf(pairs: readonly Pair[]): { zeros: number; entries: number; factor: number } | null {
  const ratios = pairs.flatMap(({ used, right }) => {
    const most = right.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    return Array.from(used.keys()).flatMap((i) => (Math.abs(right[i]) > TELLING * most ? [used[i] / right[i]] : []));
  });
  const kept = ratios.filter((ratio) => Math.abs(ratio) > SAME);
  if (kept.length === 0 || kept.length === ratios.length) return null;
  const factor = kept.reduce((a, b) => a + b, 0) / kept.length;
  if (!kept.every((ratio) => Math.abs(ratio / factor - 1) <= SAME)) return null;
  return { zeros: ratios.length - kept.length, entries: ratios.length, factor };
}

/** Whether db of layer l is 0 in all the units whose output is. */
function isMasked(calls: readonly Asked[], pairs: readonly Pair[], l: number): boolean | null {
  const off = calls.flatMap(({ found }, n) => {
    const db = found[2 + 2 * l].values;
    const most = db.reduce((a, b) => Math.max(a, Math.abs(b)), 0);
    const { used, right } = pairs[n];
    return Array.from(db.keys()).flatMap((o) =>
      used[o] === 0 && right[o] !== 0 && most > 0 ? [Math.abs(db[o]) <= SAME * most] : [],
    );
  });
  if (off.length === 0) return null;
  return off.every(Boolean) ? true : off.some(Boolean) ? null : false;
}
