// Numbers that people write in a loss: 1/K, ½, 1/ln 2.

/** A factor of a sum over the outputs. */
export interface Factor {
  readonly value: number;
  /** sum or mean over the K outputs of an example, and what that is multiplied by. */
  readonly over: 'sum' | 'mean';
  readonly times: number;
  /** "½", "1/ln 2"; empty for 1. */
  readonly text: string;
}

const LOGARITHMS: readonly (readonly [number, string])[] = [
  [Math.LOG2E, '1/ln 2'],
  [Math.LOG10E, '1/ln 10'],
];

/**
 * The factors that people write, the simplest first. K outputs; the free number of the loss or 0.
 */
function namedFactors(K: number, free: number): Factor[] {
  const plain: readonly (readonly [number, string])[] = [
    [1, ''],
    [0.5, '½'],
    [2, '2'],
    ...LOGARITHMS,
    ...(free > 0 && free !== 1 ? [[1 / free, `1/${digits(free)}`] as const] : []),
    ...(free > 0 && free !== 1 ? [[2 / free, `2/${digits(free)}`] as const] : []),
  ];
  const signed = [...plain, ...plain.map(([value, text]) => [-value, text === '' ? '-1' : `-${text}`] as const)];
  return signed.flatMap(([times, text]): Factor[] => [
    ...(K > 1 ? [{ value: times / K, over: 'mean' as const, times, text }] : []),
    { value: times, over: 'sum', times, text },
  ]);
}

/** Factors near this one that people write, the simplest first. */
export function niceFactors(c: number, K: number, free: number): number[] {
  const near = namedFactors(K, free).filter(({ value }) => Math.abs(c / value - 1) < 1e-3);
  return [...near.map(({ value }) => value), roundedTo(c, 1e-2), roundedTo(c, 1e-3)];
}

/** What a factor of a sum over the outputs says. */
export function factorOf(c: number, K: number, free: number): Factor {
  const found = namedFactors(K, free).find(({ value }) => Math.abs(c / value - 1) < 1e-6);
  return found ?? { value: c, over: 'sum', times: c, text: digits(c) };
}

/** The number of at most six digits nearest to x, with as few as the share allows. */
export function roundedTo(x: number, share: number): number {
  for (let n = 1; n <= 6; n++) {
    const rounded = Number(x.toPrecision(n));
    if (Math.abs(rounded - x) <= share * Math.abs(x)) return rounded;
  }
  return x;
}

/** 0.005, 0.3333, 1e-7 */
export function digits(x: number): string {
  return String(Number(x.toPrecision(4)));
}

/** c itself, or the simple number that it is but for rounding: 2, 1/3, 1/ln 2. */
export function factorNear(c: number): number {
  const choices = [Math.round(c), 1 / Math.round(1 / c), Math.LOG2E, Math.LOG10E, Math.LN2, Math.LN10];
  return choices.find((value) => value !== 0 && Math.abs(c / value - 1) < 1e-5) ?? c;
}
