// What the outputs p of the last layer may be in place of an output activation over all scores.
import { exp, log } from '../../../numeric/elementary.ts';
import { dot } from '../../../numeric/norms.ts';
import { areClose } from '../close.ts';
import { sigmoid, total } from '../loss/loss-parts.ts';
import { activated } from '../loss/pass.ts';
import { divided, withoutLargest } from './vectors.ts';

/** A formula for the outputs of one example, from its scores. (K) */
interface OutputForm {
  readonly text: string;
  readonly of: (z: Float64Array) => Float64Array;
}

/** Right scores and the engine's own outputs of one example. (K) */
export interface Output {
  readonly z: Float64Array;
  readonly p: Float64Array;
}

/**
 * The formula that gives all outputs, and what to add to it; null if there is none.
 * @param activation the right one, of all scores together
 */
export function outputInUse(activation: string, all: readonly Output[]): string | null {
  const right = (z: Float64Array): Float64Array => activated(activation, z);
  const forms = [...of(activation, right), ...FORMS];
  const form = forms.find((one) => all.every(({ z, p }) => areClose(p, one.of(z))));
  if (form !== undefined) return form.text;
  return (
    withEpsilon(all, `exp(z_k) / (Σ_j exp(z_j) + ε)`, () => 0) ??
    withEpsilon(all, `exp(z_k - max z) / (Σ_j exp(z_j - max z) + ε)`, (z) => Math.max(...z))
  );
}

function of(name: string, right: OutputForm['of']): OutputForm[] {
  const through = (text: string, f: (x: number) => number): OutputForm => ({
    text: `${name}(${text})`,
    of: (z) => right(z.map(f)),
  });
  return [
    { text: `${name}(${name}(z))`, of: (z) => right(right(z)) },
    through('max(0, z)', (x) => Math.max(0, x)),
    through('σ(z)', sigmoid),
    through('tanh(z)', (x) => 2 * sigmoid(2 * x) - 1),
    through('-z', (x) => -x),
    through('|z|', Math.abs),
    ...DIVISORS.map(([text, by]): OutputForm => ({
      text: `${name}(z / ${text})`,
      of: (z) => right(divided(z, by(z))),
    })),
    { text: `log ${name}(z)`, of: (z) => right(z).map(log) },
    { text: `${name}(z) in reverse order`, of: (z) => right(z).toReversed() },
    { text: `${name} of the scores sorted upwards`, of: (z) => right(z.toSorted()) },
    { text: `${name} of the scores sorted downwards`, of: (z) => right(z.toSorted().toReversed()) },
    {
      text: `${name} of the scores sorted as text, as Array.sort() does`,
      of: (z) => right(Float64Array.from(Array.from(z).sort())),
    },
  ];
}

/** What all scores of an example may be divided by. */
const DIVISORS: readonly (readonly [string, (z: Float64Array) => number])[] = [
  ['max |z|', (z) => Math.max(...z.map(Math.abs))],
  ['max z', (z) => Math.max(...z)],
  ['‖z‖', (z) => Math.sqrt(dot(z, z))],
  ['Σ_j z_j', total],
  ['Σ_j |z_j|', (z) => total(z.map(Math.abs))],
];

const FORMS: readonly OutputForm[] = [
  { text: 'σ(z)', of: (z) => z.map(sigmoid) },
  { text: 'z', of: (z) => z },
  { text: 'max(0, z)', of: (z) => z.map((x) => Math.max(0, x)) },
  { text: 'exp(z)', of: (z) => z.map(exp) },
  { text: 'exp(z - max z), not divided by the sum', of: (z) => shifted(z) },
  { text: 'exp(z_k - max z) / Σ_j exp(z_j)', of: (z) => divided(shifted(z), total(z.map(exp))) },
  { text: 'exp(z_k) / Σ_j exp(z_j - max z)', of: (z) => divided(z.map(exp), total(shifted(z))) },
  {
    text: 'exp(z_k) / Σ_j exp(z_j), the sum without the last entry',
    of: (z) => divided(z.map(exp), total(z.map(exp).slice(0, -1))),
  },
  {
    text: 'exp(z_k) / Σ_j exp(z_j), the sum without the first entry',
    of: (z) => divided(z.map(exp), total(z.map(exp).slice(1))),
  },
  {
    text: 'exp(z_k) / Σ_j exp(z_j), the sum without entry k itself',
    of: (z) => {
      const sum = total(z.map(exp));
      return z.map((x) => exp(x) / (sum - exp(x)));
    },
  },
  { text: 'z_k / Σ_j z_j', of: (z) => divided(z, total(z)) },
  { text: 'z_k² / Σ_j z_j²', of: (z) => divided(squares(z), total(squares(z))) },
  { text: '1 for the largest score, 0 for the others', of: (z) => z.map((x) => (x === Math.max(...z) ? 1 : 0)) },
];

const squares = (z: Float64Array): Float64Array => z.map((x) => x * x);
const shifted = (z: Float64Array): Float64Array => withoutLargest(z).map(exp);

/** A number added to the sum that divides: the same in every example. */
function withEpsilon(all: readonly Output[], text: string, shiftOf: (z: Float64Array) => number): string | null {
  const parts = all.map(({ z, p }) => {
    const shift = shiftOf(z);
    const e = z.map((x) => exp(x - shift));
    return { p, e, sum: total(e) };
  });
  const found = parts.map(({ p, e, sum }) => total(e) / total(p) - sum);
  const epsilon = total(Float64Array.from(found)) / found.length;
  const fits = parts.every(({ p, e, sum }) => areClose(p, divided(e, sum + epsilon)));
  const isClear = parts.every(({ p, e, sum }) => !areClose(p, divided(e, sum)));
  return fits && isClear ? `${text}, ε = ${Number(epsilon.toPrecision(3))}` : null;
}
