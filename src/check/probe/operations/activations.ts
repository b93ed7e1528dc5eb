// What an activation may have been replaced by, in the forward pass or by its derivative.
import { exp, square } from '../../../numeric/elementary.ts';
import type { ActivationPage } from '../../../ops/activations/page.ts';
import { activationPages } from '../../../ops/registry.ts';
import { areClose } from '../close.ts';
import { sigmoid } from '../loss/loss-parts.ts';
import { factorOf, formatNumber, isTelling } from './fit.ts';

/** f(z) */
export function valueOf(page: ActivationPage, z: Float64Array): Float64Array {
  const out = new Float64Array(z.length);
  page.forward(out, z);
  return out;
}

/** What replaces an activation. */
export interface Replaced {
  readonly text: string;
  readonly of: (z: Float64Array) => Float64Array;
  /** Its name, if it is one that a network can have. */
  readonly id?: string | undefined;
}

/** What people use in place of an activation, or take for it. */
export const APPROXIMATIONS: readonly (readonly [string, (z: number) => number])[] = [
  [
    '0.5 z (1 + tanh(√(2/π) (z + 0.044715 z³)))',
    (z) => z * sigmoid(2 * Math.sqrt(2 / Math.PI) * (z + 0.044715 * z * z * z)),
  ],
  ['z σ(1.702 z)', (z) => z * sigmoid(1.702 * z)],
  ['min(6, max(0, z))', (z) => Math.min(6, Math.max(0, z))],
  ['min(1, max(0, z))', (z) => Math.min(1, Math.max(0, z))],
  ['min(1, max(-1, z))', (z) => Math.min(1, Math.max(-1, z))],
  ['min(1, max(0, 0.2 z + 0.5))', (z) => Math.min(1, Math.max(0, 0.2 * z + 0.5))],
  ['min(1, max(0, z / 6 + 0.5))', (z) => Math.min(1, Math.max(0, z / 6 + 0.5))],
  ['z / (1 + |z|)', (z) => z / (1 + Math.abs(z))],
  ['z (27 + z²) / (27 + 9 z²)', (z) => (z * (27 + z * z)) / (27 + 9 * z * z)],
  ['z / √(1 + z²)', (z) => z / Math.sqrt(1 + z * z)],
  ['1 where z > 0, else 0', (z) => (z > 0 ? 1 : 0)],
  ['max(0, z)²', (z) => square(Math.max(0, z))],
  ['exp(z)', exp],
  ['z²', (z) => z * z],
];

/** Other activations than the right one. */
export function activationsFor(page: ActivationPage): Replaced[] {
  const pages = activationPages().filter((one): one is ActivationPage => one.kind === 'elementwise');
  return [
    ...pages
      .filter((one) => one !== page)
      .map((one) => ({ id: one.id, text: one.formula.forward, of: (z: Float64Array) => valueOf(one, z) })),
    { text: `${page.id}(${page.id}(z))`, of: (z) => valueOf(page, valueOf(page, z)) },
    {
      text: `${page.id}(-z)`,
      of: (z) =>
        valueOf(
          page,
          z.map((x) => -x),
        ),
    },
    { text: `|z|`, of: (z) => z.map(Math.abs) },
    ...APPROXIMATIONS.map(([text, of]) => ({ text, of: (z: Float64Array) => z.map(of) })),
  ];
}

/** The slopes of a line on either side of 0; null if the numbers are not on two such lines. */
export function slopesBeside0(
  pairs: readonly { readonly z: Float64Array; readonly a: Float64Array }[],
): { readonly above: number; readonly below: number } | null {
  const all = pairs.flatMap(({ z, a }) => Array.from(z, (score, i) => ({ score, own: a[i] })));
  const of = (isIn: (z: number) => boolean): number | null => {
    const ratios = all.flatMap(({ score, own }) => (isIn(score) ? [own / score] : []));
    const c = ratios.reduce((sum, x) => sum + x, 0) / ratios.length;
    const isOne = ratios.every((x) => Math.abs(x - c) <= 1e-4 * Math.max(Math.abs(c), 1e-3));
    return ratios.length >= 3 && isOne ? c : null;
  };
  const [above, below] = [of((z) => z > 0), of((z) => z < 0)];
  return above === null || below === null ? null : { above, below };
}

/** Where scores have one sign. */
export type Half = 'z > 0' | 'z < 0';

const HALVES: readonly (readonly [Half, (z: number) => boolean])[] = [
  ['z < 0', (z) => z < 0],
  ['z > 0', (z) => z > 0],
];

/** Numerators and denominators that formulas with a branch for each sign have. */
const PARTS: readonly (readonly [string, (z: number) => number])[] = [
  ['1', () => 1],
  ['z', (z) => z],
  ['exp(z)', exp],
  ['exp(-z)', (z) => exp(-z)],
  ['(1 + exp(z))', (z) => 1 + exp(z)],
  ['(1 + exp(-z))', (z) => 1 + exp(-z)],
  ['(1 - exp(z))', (z) => 1 - exp(z)],
  ['(1 - exp(-z))', (z) => 1 - exp(-z)],
];
const QUOTIENTS = PARTS.flatMap(([p, over]) =>
  PARTS.filter(([q]) => p !== q).flatMap(([q, under]) =>
    ['', '-'].map((sign): readonly [string, (z: number) => number] => [
      `${sign}${p}${q === '1' ? '' : ` / ${q}`}`,
      (z) => ((sign === '' ? 1 : -1) * over(z)) / under(z),
    ]),
  ),
);

/** The same with the other sign. */
const TURNED: Readonly<Record<string, string>> = { '(1 - exp(z))': '(exp(z) - 1)', '(1 - exp(-z))': '(exp(-z) - 1)' };

/** A number times one of them; null if none gives the activations. */
function scaledQuotient(part: readonly { readonly score: number; readonly own: number }[]): string | null {
  const found = Float64Array.from(part, ({ own }) => own);
  for (const [text, of] of QUOTIENTS) {
    const wanted = Float64Array.from(part, ({ score }) => of(score));
    const c = isTelling([{ found, wanted }]) ? factorOf([{ found, wanted }]) : null;
    if (c !== null && c < 0 && TURNED[text] !== undefined) return `${formatNumber(-c)} · ${TURNED[text]}`;
    if (c !== null) return `${formatNumber(c)} · ${text}`;
  }
  return null;
}

/** Too few numbers tell nothing. */
const ENOUGH = 4;

/**
 * An activation that is right for scores of one sign and wrong for the others, as where each has a
 * branch of its own: for which, and what is used there if it is known. null if it is not so.
 */
export function wrongHalf(
  page: ActivationPage,
  pairs: readonly { readonly z: Float64Array; readonly a: Float64Array }[],
): { readonly half: Half; readonly used: string | null } | null {
  const all = pairs.flatMap(({ z, a }) => Array.from(z, (score, i) => ({ score, own: a[i] })));
  const fits = (part: typeof all, of: (z: Float64Array) => Float64Array): boolean =>
    areClose(
      Float64Array.from(part, ({ own }) => own),
      of(Float64Array.from(part, ({ score }) => score)),
    );
  for (const [half, isIn] of HALVES) {
    const [inside, outside] = [all.filter(({ score }) => isIn(score)), all.filter(({ score }) => !isIn(score))];
    const telling = outside.filter(({ own }) => own !== 0); // relu is 0 below 0 whatever the scores are
    if (Math.min(inside.length, telling.length) < ENOUGH || !fits(outside, (z) => valueOf(page, z))) continue;
    const wrong = inside.filter((one) => !fits([one], (z) => valueOf(page, z)));
    if (wrong.length < inside.length / 2) continue; // then the sign is not what they have in common
    const others = [
      ...activationsFor(page),
      ...QUOTIENTS.map(([text, of]) => ({ text, of: (z: Float64Array) => z.map(of) })),
    ];
    const used = others.find(({ of }) => fits(inside, of))?.text ?? null;
    return { half, used: used ?? scaledQuotient(inside) };
  }
  return null;
}
