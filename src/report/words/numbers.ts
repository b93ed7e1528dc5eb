// Numbers as reports print them.
export { formatCount } from '../../text.ts';

/** 0.0123457, 1.2e-7, NaN. Very small and very large ones need fewer digits to say how large they are. */
export function formatNumber(x: number, digits = 6, ofPower = Math.min(digits, 4)): string {
  if (!Number.isFinite(x)) return String(x);
  if (x === 0) return '0';
  const size = Math.abs(x);
  return size >= 1e-4 && size < 1e6 ? String(Number(x.toPrecision(digits))) : x.toExponential(ofPower - 1);
}

/** Tells any two doubles apart. */
const ALL_DIGITS = 17;

/** Numbers that are compared: with more digits than `digits` only where it takes them to tell two of them apart. */
export function formatApart(numbers: readonly number[], digits = 8): string[] {
  const different = new Set(numbers.map((x) => x + 0)).size; // -0 is 0
  for (let more = 0; ; more++) {
    const [all, ofPower] = [Math.min(ALL_DIGITS, digits + more), Math.min(ALL_DIGITS, Math.min(digits, 4) + more)];
    const texts = numbers.map((x) => formatNumber(x, all, ofPower));
    if (new Set(texts).size >= different || ofPower === ALL_DIGITS) return texts;
  }
}

/** A share of the bound: "3.2 %", "840 times", "1.0002 times": what is beyond it is never "1 times" */
export function formatUsed(used: number): string {
  if (!Number.isFinite(used)) return 'not a number';
  if (used > 1) return `${formatApart([used, 1], 3)[0]} times`;
  return `${formatNumber(100 * used, 2)} %`;
}

export function formatPercent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(2)} %`;
}

/** The same of shares that are compared. */
export function formatPercents(shares: readonly number[]): string[] {
  const different = new Set(shares).size;
  for (let digits = 2; ; digits++) {
    const texts = shares.map((share) => `${(100 * share).toFixed(digits)} %`);
    if (new Set(texts).size >= different || digits === ALL_DIGITS) return texts;
  }
}
