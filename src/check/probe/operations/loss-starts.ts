// Where the gradients of losses with numbers of their own may start by a slip: in that of Huber
// loss, p - t up to an error of δ and δ sign(p - t) beyond, parts are mixed up, or one is wrong; in
// that of weighted cross-entropy, p Σ_j w_j t_j - w t, weights are in one place alone.
import { lossOf } from '../../../ops/registry.ts';
import { errorOf } from './starts.ts';
import type { Signal } from './signal.ts';

/** In place of the slope at an error e. */
interface Slip {
  /** With δ for the bound. */
  readonly text: string;
  readonly at: (e: number, delta: number) => number;
}

const beyond =
  (outer: Slip['at'], inner: Slip['at'] = (e) => e): Slip['at'] =>
  (e, delta) =>
    Math.abs(e) <= delta ? inner(e, delta) : outer(e, delta);

const SLIPS: readonly Slip[] = [
  { text: 'p - t, but δ where |p - t| > δ, whatever its sign', at: beyond((_e, delta) => delta) },
  { text: 'p - t, but -δ sign(p - t) where |p - t| > δ', at: beyond((e, delta) => -delta * Math.sign(e)) },
  { text: 'p - t, but no more than δ', at: (e, delta) => Math.min(e, delta) },
  { text: 'p - t, but no less than -δ', at: (e, delta) => Math.max(e, -delta) },
  { text: 'p - t, but δ (p - t) where |p - t| > δ', at: beyond((e, delta) => delta * e) },
  { text: 'p - t, but 0 where |p - t| > δ', at: beyond(() => 0) },
  {
    text: 'p - t where |p - t| > δ, else 0',
    at: beyond(
      (e) => e,
      () => 0,
    ),
  },
  {
    text: 'p - t where |p - t| > δ, else δ sign(p - t)',
    at: beyond(
      (e) => e,
      (e, delta) => delta * Math.sign(e),
    ),
  },
  { text: 'p - t, but sign(p - t) where |p - t| > δ', at: beyond(Math.sign) },
  { text: '|p - t|, but δ where it is larger: without its sign', at: (e, delta) => Math.min(Math.abs(e), delta) },
];

/** Those of a loss; none where it has no such numbers. */
export function lossStarts(loss: string): readonly Signal[] {
  const { known } = lossOf(loss);
  if (known?.id === 'huber' && known.free !== undefined) return huberStarts(known.free);
  return known?.weights === undefined ? [] : weightedStarts(known.weights);
}

function weightedStarts(w: readonly number[]): readonly Signal[] {
  const by = (of: (p: number, t: number, k: number, ofTarget: number) => number): Signal['at'] => {
    return (example) => {
      const ofTarget = example.t.reduce((sum, t, k) => sum + w[k] * t, 0);
      return errorOf(example).map((e, k) => of(e + example.t[k], example.t[k], k, ofTarget));
    };
  };
  return [
    { text: 'p - w t', cost: 1, at: by((p, t, k) => p - w[k] * t) },
    { text: 'p Σ_j w_j t_j - t', cost: 1, at: by((p, t, _k, ofTarget) => p * ofTarget - t) },
    { text: 'w p - t', cost: 1, at: by((p, t, k) => w[k] * p - t) },
  ];
}

function huberStarts(delta: number): readonly Signal[] {
  return SLIPS.map(({ text, at }) => ({
    text: text.replaceAll('δ', String(delta)),
    cost: 1,
    at: (example) => errorOf(example).map((e) => at(e, delta)),
  }));
}
