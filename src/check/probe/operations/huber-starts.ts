// Slips in the gradient of the Huber loss, p - t up to an error of δ and δ sign(p - t) beyond: its
// two parts mixed up, or one of them wrong.
import { lossOf } from '../../../ops/registry.ts';
import { errorOf } from './starts.ts';
import type { Signal } from './signal.ts';

/** In place of the slope at an error e. */
interface Slip {
  /** With δ for the bound. */
  readonly text: string;
  readonly at: (e: number, delta: number) => number;
}

const SLIPS: readonly Slip[] = [
  { text: 'p - t, but δ where |p - t| > δ, whatever its sign', at: (e, delta) => (Math.abs(e) <= delta ? e : delta) },
  {
    text: 'p - t, but -δ sign(p - t) where |p - t| > δ',
    at: (e, delta) => (Math.abs(e) <= delta ? e : -delta * Math.sign(e)),
  },
  { text: 'p - t, but no more than δ', at: (e, delta) => Math.min(e, delta) },
  { text: 'p - t, but no less than -δ', at: (e, delta) => Math.max(e, -delta) },
  { text: 'p - t, but δ (p - t) where |p - t| > δ', at: (e, delta) => (Math.abs(e) <= delta ? e : delta * e) },
  { text: 'p - t, but 0 where |p - t| > δ', at: (e, delta) => (Math.abs(e) <= delta ? e : 0) },
  { text: 'p - t where |p - t| > δ, else 0', at: (e, delta) => (Math.abs(e) <= delta ? 0 : e) },
  {
    text: 'p - t where |p - t| > δ, else δ sign(p - t)',
    at: (e, delta) => (Math.abs(e) <= delta ? delta * Math.sign(e) : e),
  },
  {
    text: 'p - t, but sign(p - t) where |p - t| > δ',
    at: (e, delta) => (Math.abs(e) <= delta ? e : Math.sign(e)),
  },
  {
    text: '|p - t|, but δ where it is larger: without its sign',
    at: (e, delta) => Math.min(Math.abs(e), delta),
  },
];

/** Those of a loss; none where it is no Huber loss. */
export function huberStarts(loss: string): readonly Signal[] {
  const { known } = lossOf(loss);
  const delta = known?.id === 'huber' ? known.free : undefined;
  if (delta === undefined) return [];
  return SLIPS.map(({ text, at }) => ({
    text: text.replaceAll('δ', String(delta)),
    cost: 1,
    at: (example) => errorOf(example).map((e) => at(e, delta)),
  }));
}
