// Derivatives that are the right one but for one place in its formula: a variable for another, a
// term or factor left out, a sign, a constant. What people mistype is rarely further away.
import { exp } from '../../../numeric/elementary.ts';
import { erfc } from '../../../numeric/erf.ts';
import { SELU_SCALE, SELU_SCALE_ALPHA } from '../../../ops/activations/selu.ts';
import { sigmoid } from '../loss/loss-parts.ts';
import type { Derivative } from './derivative.ts';

type F = (z: number, a: number) => number;

/** How tightly the last operation of a formula binds. */
type Binding = 'sum' | 'product' | 'name';

interface Formula {
  readonly text: string;
  readonly binding: Binding;
  readonly at: F;
  /** What it is made of by its last operation: brackets may be in another place. */
  readonly parts?: { readonly join: Join; readonly left: Formula; readonly right: Formula };
}

type Join = (l: Formula, r: Formula) => Formula;

/** A formula, and all formulas that differ from it in one place. */
interface Editable {
  readonly right: Formula;
  readonly edited: readonly Formula[];
}

const name = (text: string, at: F): Formula => ({ text, binding: 'name', at });
const inside = ({ text, binding }: Formula): string => (binding === 'sum' ? `(${text})` : text);

const density = (x: number): number => exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
const cdf = (x: number): number => erfc(-x / Math.SQRT2) / 2;

const Z = name('z', (z) => z);
const A = name('a', (_z, a) => a);
const ONE = name('1', () => 1);
const SIGMA = name('σ(z)', sigmoid);

const number = (text: string, value: number): Formula => name(text, () => value);
const leaf = (right: Formula, ...edited: Formula[]): Editable => ({ right, edited });

const z = leaf(
  Z,
  A,
  SIGMA,
  name('|z|', Math.abs),
  name('z²', (x) => x * x),
);
const a = leaf(
  A,
  Z,
  SIGMA,
  name('|a|', (_z, x) => Math.abs(x)),
  name('√a', (_z, x) => Math.sqrt(x)),
);
const one = leaf(ONE, number('2', 2), number('½', 0.5), A, Z);
const s = leaf(
  SIGMA,
  A,
  Z,
  name('σ(a)', (_z, x) => sigmoid(x)),
  name('σ(-z)', (x) => sigmoid(-x)),
);
const e = leaf(
  name('exp(z)', exp),
  name('exp(-z)', (x) => exp(-x)),
  name('exp(a)', (_z, x) => exp(x)),
  Z,
  A,
);
const square = leaf(
  name('a²', (_z, x) => x * x),
  A,
  Z,
  name('z²', (x) => x * x),
  name('|a|', (_z, x) => Math.abs(x)),
);
const phi = leaf(
  name('φ(z)', density),
  name('exp(-z²/2)', (x) => exp((-x * x) / 2)),
  name('exp(-z²/2)/(2π)', (x) => exp((-x * x) / 2) / (2 * Math.PI)),
  name('exp(-z²/2)/√2', (x) => exp((-x * x) / 2) / Math.SQRT2),
  name('exp(-z²/2)/√π', (x) => exp((-x * x) / 2) / Math.sqrt(Math.PI)),
  name('exp(-z²)/√(2π)', (x) => exp(-x * x) / Math.sqrt(2 * Math.PI)),
  name('exp(-z²)/√π', (x) => exp(-x * x) / Math.sqrt(Math.PI)),
  name('φ(a)', (_z, x) => density(x)),
  name('Φ(z)', cdf),
  SIGMA,
);
const Phi = leaf(
  name('Φ(z)', cdf),
  name('Φ(a)', (_z, x) => cdf(x)),
  name('erf(z)', (x) => 1 - erfc(x)),
  name('erf(z/√2)', (x) => 1 - erfc(x / Math.SQRT2)),
  name('(1 + erf(z)) / 2', (x) => (2 - erfc(x)) / 2),
  name('φ(z)', density),
  SIGMA,
  A,
);

/** Both sides may be edited, and either left out. */
function combine(left: Editable, right: Editable, join: Join, others: readonly Formula[]): Editable {
  return {
    right: join(left.right, right.right),
    edited: [
      ...left.edited.map((l) => join(l, right.right)),
      ...right.edited.map((r) => join(left.right, r)),
      left.right,
      right.right,
      ...rebracketed(join, left.right, right.right),
      ...others,
    ],
  };
}

function productOf(l: Formula, r: Formula): Formula {
  if (r === ONE) return l;
  const parts = { join: productOf, left: l, right: r };
  return { text: `${inside(l)} ${inside(r)}`, binding: 'product', at: (x, y) => l.at(x, y) * r.at(x, y), parts };
}

function sumOf(l: Formula, r: Formula): Formula {
  const parts = { join: sumOf, left: l, right: r };
  return { text: `${l.text} + ${r.text}`, binding: 'sum', at: (x, y) => l.at(x, y) + r.at(x, y), parts };
}

function differenceOf(l: Formula, r: Formula): Formula {
  const parts = { join: differenceOf, left: l, right: r };
  const text = `${l.text} - ${r.binding === 'sum' ? inside(r) : r.text}`;
  return { text, binding: 'sum', at: (x, y) => l.at(x, y) - r.at(x, y), parts };
}

/** p (q + r t) without brackets, or with them around q + r; q + r t with brackets around q + r. */
function rebracketed(join: Join, p: Formula, { parts }: Formula): Formula[] {
  if (parts === undefined) return [];
  const { join: inner, left: q, right: rest } = parts;
  if (join !== productOf) return inner === productOf ? [productOf(join(p, q), rest)] : [];
  if (inner === productOf) return [];
  const moved = rest.parts?.join === productOf ? [rest.parts] : [];
  return [
    inner(productOf(p, q), rest),
    ...moved.map(({ left: r, right: t }) => productOf(productOf(p, inner(q, r)), t)),
  ];
}

function product(left: Editable, right: Editable): Editable {
  return combine(left, right, productOf, [sumOf(left.right, right.right)]);
}

function sum(left: Editable, right: Editable): Editable {
  return combine(left, right, sumOf, [differenceOf(left.right, right.right)]);
}

function difference(left: Editable, right: Editable): Editable {
  const [l, r] = [left.right, right.right];
  return combine(left, right, differenceOf, [sumOf(l, r), differenceOf(r, l)]);
}

/** The derivatives of activations as people write them, above 0 where there is a branch. */
const FORMULAS: Readonly<Record<string, readonly Editable[]>> = {
  sigmoid: [product(a, difference(one, a)), product(s, difference(one, s))],
  tanh: [difference(one, square)],
  swish: [
    product(s, sum(one, product(z, difference(one, s)))),
    sum(a, product(s, difference(one, a))),
    sum(s, product(z, product(s, difference(one, s)))),
  ],
  gelu: [sum(Phi, product(z, phi))],
  softplus: [s],
};

const SCALE = number('s', SELU_SCALE);
const ALPHA = number('α', SELU_SCALE_ALPHA / SELU_SCALE);
const SCALED = productOf(SCALE, productOf(ALPHA, e.right));

/** Those that are something else below 0: what they are above, and what they may be below. */
const BRANCHES: Readonly<Record<string, readonly (readonly [above: Formula, below: readonly Formula[]])[]>> = {
  elu: [[ONE, e.edited]],
  selu: [
    [ONE, [SCALED]],
    [
      SCALE,
      [
        productOf(ALPHA, e.right),
        productOf(SCALE, e.right),
        e.right,
        sumOf(A, ALPHA),
        productOf(SCALE, sumOf(A, ALPHA)),
        sumOf(A, SCALE),
        A,
        productOf(
          SCALE,
          productOf(
            ALPHA,
            name('exp(a)', (_z, x) => exp(x)),
          ),
        ),
      ],
    ],
  ],
};

/** Of an activation, by name; none for those with nothing to edit. */
export function editedDerivatives(activation: string): Derivative[] {
  const everywhere = (FORMULAS[activation] ?? []).flatMap(({ edited }) => edited);
  const branches = (BRANCHES[activation] ?? []).flatMap(([above, below]) =>
    below.map((one) => ({
      text: `${above.text} where z > 0, else ${one.text}`,
      at: (x: number, y: number) => (x > 0 ? above : one).at(x, y),
    })),
  );
  return [...everywhere, ...branches].map(({ text, at }) => ({
    text,
    cost: 2.5,
    at: (zs, as) => zs.map((x, i) => at(x, as[i])),
  }));
}
