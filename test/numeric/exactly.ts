// Elementary functions to 60 digits and more, in integer arithmetic: numeric/elementary.ts is
// measured against them.

/** A bigint n stands for the number n·2^-FRACTION. */
const FRACTION = 320;
const ONE = 1n << BigInt(FRACTION);

/** The number x without error; |x| must be 0 or at least 2^-200. */
export function fixed(x: number): bigint {
  let [rest, shift] = [x, 0];
  for (; !Number.isInteger(rest); shift++) rest *= 2;
  return (BigInt(rest) << BigInt(FRACTION)) >> BigInt(shift);
}

const times = (a: bigint, b: bigint): bigint => (a * b) >> BigInt(FRACTION);
const over = (a: bigint, b: bigint): bigint => (a << BigInt(FRACTION)) / b;

/** e^x by its series at x/2^16, squared 16 times. */
function exp(x: bigint): bigint {
  let [sum, term] = [ONE, ONE];
  for (let n = 1n; term !== 0n && term !== -1n; n++) sum += term = times(term, x >> 16n) / n;
  for (let i = 0; i < 16; i++) sum = times(sum, sum);
  return sum;
}

/** ln x for 1 <= x < 2: 2 artanh((x - 1) / (x + 1)) */
function logNear1(x: bigint): bigint {
  const t = over(x - ONE, x + ONE);
  let [sum, power] = [0n, t];
  for (let n = 1n; power !== 0n && power !== -1n; n += 2n) [sum, power] = [sum + power / n, times(times(power, t), t)];
  return 2n * sum;
}

function log(x: bigint): bigint {
  let [rest, k] = [x, 0n];
  for (; rest >= 2n * ONE; k++) rest >>= 1n;
  for (; rest < ONE; k--) rest <<= 1n;
  return logNear1(rest) + k * (logNear1((3n * ONE) / 2n) + logNear1((4n * ONE) / 3n)); // ln 2 = ln 3/2 + ln 4/3
}

/** Σ (-1)ⁿ x^(2n+first) / (2n+first)! */
function alternating(x: bigint, first: bigint): bigint {
  let [sum, term, n] = [0n, first === 0n ? ONE : x, first];
  for (; term !== 0n && term !== -1n; n += 2n)
    [sum, term] = [sum + term, -times(times(term, x), x) / ((n + 1n) * (n + 2n))];
  return sum;
}

export const EXACTLY = {
  exp,
  expm1: (x) => exp(x) - ONE,
  log,
  log1p: (x) => log(ONE + x),
  tanh: (x) => over(exp(2n * x) - ONE, exp(2n * x) + ONE),
  sin: (x) => alternating(x, 1n),
  cos: (x) => alternating(x, 0n),
} satisfies Record<string, (x: bigint) => bigint>;

/**
 * The distance of y from the exact value, in units of the last place of a binary64 number of
 * that size.
 */
export function ulps(y: number, exact: bigint): number {
  const size = exact < 0n ? -exact : exact;
  const last = size.toString(2).length - 53; // bits below the last of 53
  const difference = fixed(y) - exact;
  return Number(((difference < 0n ? -difference : difference) * 1000n) >> BigInt(Math.max(0, last))) / 1000;
}
