// A small grammar of derivatives: what the gradient of an activation may have been multiplied by.
import { exp } from '../../../numeric/elementary.ts';
import { activationPages } from '../../../ops/registry.ts';
import type { ActivationPage } from '../../../ops/activations/page.ts';
import { APPROXIMATIONS, valueOf } from './activations.ts';
import type { Derivative } from './derivative.ts';
import { editedDerivatives } from './edited.ts';

/** The right derivative of an elementwise activation. */
export function rightDerivative(page: ActivationPage): Derivative {
  return { text: page.formula.derivative, cost: 0, at: (z, a) => slope(page, z, a) };
}

/** f'(z), as the page computes it from z or from a. */
function slope(page: ActivationPage, z: Float64Array, a: Float64Array): Float64Array {
  const out = new Float64Array(z.length);
  page.backward(out, new Float64Array(z.length).fill(1), z, a);
  return out;
}

const each =
  (of: (z: number, a: number) => number): Derivative['at'] =>
  (z, a) =>
    z.map((value, i) => of(value, a[i]));

/** Simple functions of z and a, and of them products of two. */
const ATOMS: readonly (readonly [string, (z: number, a: number) => number])[] = [
  ['a', (_z, a) => a],
  ['z', (z) => z],
  ['(1 - a)', (_z, a) => 1 - a],
  ['(1 + a)', (_z, a) => 1 + a],
  ['(1 - z)', (z) => 1 - z],
  ['(1 - a²)', (_z, a) => 1 - a * a],
  ['(1 - z²)', (z) => 1 - z * z],
  ['(1 - √a)', (_z, a) => 1 - Math.sqrt(a)],
  ['|z|', (z) => Math.abs(z)],
  ['|a|', (_z, a) => Math.abs(a)],
  ['(1 - |a|)', (_z, a) => 1 - Math.abs(a)],
  ['σ(z)', (z) => 1 / (1 + exp(-z))],
  ['(1 - σ(z))', (z) => 1 / (1 + exp(z))],
  ['exp(z)', (z) => exp(z)],
  ['exp(-z)', (z) => exp(-z)],
  ['exp(a)', (_z, a) => exp(a)],
  ['(a > 0)', (_z, a) => (a > 0 ? 1 : 0)],
  ['(z > 0)', (z) => (z > 0 ? 1 : 0)],
  ['(z < 0)', (z) => (z < 0 ? 1 : 0)],
  ['sign(z)', (z) => Math.sign(z)],
  ['1/a', (_z, a) => 1 / a],
  ['1/z', (z) => 1 / z],
];

const tidy = (text: string): string => (/^\([^()]*\)$/.test(text) ? text.slice(1, -1) : text);

function simple(): Derivative[] {
  const one = ATOMS.map(([text, of]): Derivative => ({ text: tidy(text), cost: 2, at: each(of) }));
  const two = ATOMS.flatMap(([left, f], i) =>
    ATOMS.slice(i).map(([right, g]): Derivative => ({
      text: left === right ? `${tidy(left).length > 1 ? left : tidy(left)}²` : `${left} · ${right}`,
      cost: 4,
      at: each((z, a) => f(z, a) * g(z, a)),
    })),
  );
  const sums = ATOMS.flatMap(([left, f], i) =>
    [...ATOMS.slice(i + 1).map(([text, of]) => [text, of] as const), ...PRODUCTS].flatMap(
      ([right, g]): Derivative[] => [
        { text: `${left} + ${right}`, cost: 5, at: each((z, a) => f(z, a) + g(z, a)) },
        { text: `${left} - ${right}`, cost: 5, at: each((z, a) => f(z, a) - g(z, a)) },
      ],
    ),
  );
  return [...one, ...two, ...sums];
}

/** Products that derivatives of activations with several terms have. */
const PRODUCTS: readonly (readonly [string, (z: number, a: number) => number])[] = [
  ['σ(z)(1 - σ(z))', (z) => 1 / (1 + exp(-z)) / (1 + exp(z))],
  ['z σ(z)(1 - σ(z))', (z) => z / (1 + exp(-z)) / (1 + exp(z))],
  ['σ(z)(1 - a)', (z, a) => (1 - a) / (1 + exp(-z))],
  ['a²', (_z, a) => a * a],
  ['z²', (z) => z * z],
  ['a z', (z, a) => a * z],
];

/** Approximations without a kink: where one is, derivatives at a few scores do not show. */
const SMOOTH = APPROXIMATIONS.filter(([text]) => !/min|max|where|\|/.test(text));
/** Of central differences in binary64: they leave 1e-10. */
const STEP = 1e-5;

/** Finite differences of a smooth activation, with steps that show in its gradient. */
function differences(page: ActivationPage): Derivative[] {
  const { id } = page;
  if (page.kink !== null) return []; // a few scores do not show them
  const f = (z: Float64Array, by: number): Float64Array => {
    const moved = z.map((x) => x + by);
    return valueOf(page, moved);
  };
  const of = (text: string, ahead: number, back: number): Derivative => ({
    text,
    cost: 2,
    at(z) {
      const [above, below] = [f(z, ahead), f(z, -back)];
      return above.map((x, i) => (x - below[i]) / (ahead + back));
    },
  });
  return STEPS.flatMap((h) => [
    of(`(${id}(z + ${h}) - ${id}(z)) / ${h}`, h, 0),
    of(`(${id}(z) - ${id}(z - ${h})) / ${h}`, 0, h),
    ...(h < LEAST_CENTRAL ? [] : [of(`(${id}(z + ${h}) - ${id}(z - ${h})) / ${2 * h}`, h, h)]),
  ]);
}

const STEPS = [0.5, 0.1, 0.05, 0.01, 0.005, 0.001];
/** With smaller ones, central differences are too near to the derivative to be told from it. */
const LEAST_CENTRAL = 0.05;

/** Derivatives of other activations, and right ones in the wrong place or twice. */
function ofActivations(own: ActivationPage): Derivative[] {
  const pages = activationPages().filter((page): page is ActivationPage => page.kind === 'elementwise');
  const right = rightDerivative(own);
  const called = (page: ActivationPage): string => (page === own ? `${own.id}'` : `${page.id}'`);
  return [
    ...pages.flatMap((page): Derivative[] => {
      const formula = page.formula.derivative;
      const others: Derivative[] = [];
      if (page !== own) others.push({ text: formula, cost: 1.5, at: (z, a) => slope(page, z, a) });
      if (page !== own)
        others.push({ text: `${called(page)}(z)`, cost: 1, at: (z) => slope(page, z, valueOf(page, z)) });
      return [
        ...others,
        { text: `${called(page)}(a)`, cost: page === own ? 1 : 3, at: (_z, a) => slope(page, a, valueOf(page, a)) },
        { text: `${page.id}(z)`, cost: 3, at: (z) => valueOf(page, z) },
        { text: `${page.id}(a)`, cost: 3, at: (_z, a) => valueOf(page, a) },
      ];
    }),
    ...SMOOTH.map(([text, of]): Derivative => ({
      text: `the derivative of ${text}`,
      cost: 4.5, // of simple ones there is a shorter formula
      at: (z) => z.map((x) => (of(x + STEP) - of(x - STEP)) / (2 * STEP)),
    })),
    ...differences(own),
    { text: `(${right.text})²`, cost: 1, at: (z, a) => right.at(z, a).map((x) => x * x) },
    { text: `1 - (${right.text})`, cost: 2, at: (z, a) => right.at(z, a).map((x) => 1 - x) },
    { text: `1 / (${right.text})`, cost: 2, at: (z, a) => right.at(z, a).map((x) => 1 / x) },
    { text: `(${right.text}) · a`, cost: 3, at: (z, a) => right.at(z, a).map((x, i) => x * a[i]) },
    { text: `(${right.text}) · z`, cost: 3, at: (z, a) => right.at(z, a).map((x, i) => x * z[i]) },
  ];
}

/** Every derivative of the grammar, the right one first, then none at all, then the simplest. */
export function derivativesFor(page: ActivationPage): Derivative[] {
  const none: Derivative = { text: '1', cost: 0.5, at: (z) => z.map(() => 1) };
  const edited = editedDerivatives(page.id);
  const all = [rightDerivative(page), none, ...ofActivations(page), ...edited, ...simple()].sort(
    (p, q) => p.cost - q.cost,
  );
  return all.map(remembered);
}

/** Every formula asks for the derivatives of the same units. */
function remembered({ at, ...rest }: Derivative): Derivative {
  const known = new WeakMap<Float64Array, Float64Array>();
  return {
    ...rest,
    at(z, a) {
      const slope = known.get(z) ?? at(z, a);
      known.set(z, slope);
      return slope;
    },
  };
}
