// Functions along a line whose derivative is known, every operation rounded, and slopes of them.
import { OTHER_FIRST, noiseAlong } from '../../../src/check/function/noise.ts';
import { measureSlope } from '../../../src/check/function/slope.ts';
import type { Slope } from '../../../src/check/function/slope.ts';
import type { Rng } from '../../../src/numeric/rng.ts';

type F = (x: number, a: number, r: (x: number) => number) => number;

export const SMOOTH: [name: string, f: F, derivative: (x: number, a: number) => number][] = [
  ['sin', (x, a, r) => r(Math.sin(r(a * x))), (x, a) => a * Math.cos(a * x)],
  ['exp', (x, a, r) => r(Math.exp(r(a * x))), (x, a) => a * Math.exp(a * x)],
  ['square', (x, a, r) => r(r(a * r(x * x)) + 1), (x, a) => 2 * a * x],
  ['line', (x, a, r) => r(r(a * x) + 3), (_x, a) => a],
  ['rational', (x, a, r) => r(1 / r(1 + r(a * r(x * x)))), (x, a) => (-2 * a * x) / (1 + a * x * x) ** 2],
  ['root', (x, a, r) => r(Math.sqrt(r(1 + r(a * r(x * x))))), (x, a) => (a * x) / Math.sqrt(1 + a * x * x)],
  // not log(1 + exp(z)): rounded, that is a staircase, whose slope is 0
  [
    'softplus',
    (x, a, r) => r(r(Math.log1p(r(Math.exp(-Math.abs(r(a * x)))))) + Math.max(0, r(a * x))),
    (x, a) => a / (1 + Math.exp(-a * x)),
  ],
  ['tanh', (x, a, r) => r(Math.tanh(r(a * x))), (x, a) => a / Math.cosh(a * x) ** 2],
  ['bell', (x, a, r) => r(Math.exp(r(-a * r(x * x)))), (x, a) => -2 * a * x * Math.exp(-a * x * x)],
  ['beside a hundred', (x, a, r) => r(r(Math.sin(r(a * x))) + 100), (x, a) => a * Math.cos(a * x)],
  ['fifth power', (x, a, r) => r(a * r(x ** 5)), (x, a) => 5 * a * x ** 4],
];

export async function along(f: (t: number) => number): Promise<Slope> {
  const line = { phi: async (t: number) => f(t), value: f(0) };
  const noise = await noiseAlong(line);
  const again = async (): Promise<typeof noise> => {
    const other = await noiseAlong(line, OTHER_FIRST);
    return other.sigma > noise.sigma ? { ...noise, sigma: other.sigma } : noise;
  };
  return measureSlope(line, noise, 2 ** -3, 0, again);
}

export const PRECISIONS = { f64: (x: number) => x, f32: Math.fround } as const;

/** A slope at a point and scale drawn at random, and the true one. */
export async function drawSlope(
  [, f, derivative]: (typeof SMOOTH)[number],
  rng: Rng,
  r: (x: number) => number,
): Promise<{ found: Slope; right: number }> {
  const [scale, x, a] = [10 ** (3 * rng.uniform() - 2), rng.normal(), 10 ** (2 * rng.uniform() - 1)];
  return { found: await along((t) => f(x + t * scale, a, r)), right: derivative(x, a) * scale };
}
