// Formats numbers for reports.
import { formatCount } from '../../text.ts';

export { formatCount };

/** 0.0123457, 1.2e-7, NaN. Very small and very large numbers get fewer digits. */
export function formatNumber(x: number, digits = 6, ofPower = Math.min(digits, 4)): string {
  if (!Number.isFinite(x)) return String(x);
  if (x === 0) return '0';
  const size = Math.abs(x);
  return size >= 1e-4 && size < 1e6
    ? String(Number(x.toPrecision(digits)))
    : x.toExponential(ofPower - 1).replace(/\.?0+e/, 'e');
}

/** Enough digits to tell any two doubles apart. */
const ALL_DIGITS = 17;
/** Digits of compared numbers, if these are enough to tell them apart. */
const FEW_DIGITS = 3;

/** Compared numbers, with as many digits as needed to tell different ones apart, and no more. */
export function formatApart(numbers: readonly number[], digits = FEW_DIGITS): string[] {
  return formatBeside(numbers, [], digits);
}

/** Compared numbers as in formatApart, followed by other numbers with as many digits. */
export function formatBeside(apart: readonly number[], others: readonly number[], digits = FEW_DIGITS): string[] {
  const different = new Set(apart.map((x) => x + 0)).size; // -0 is 0
  for (let more = 0; ; more++) {
    const [all, ofPower] = [Math.min(ALL_DIGITS, digits + more), Math.min(ALL_DIGITS, Math.min(digits, 4) + more)];
    const format = (x: number): string => formatNumber(x, all, ofPower);
    const texts = apart.map(format);
    if (new Set(texts).size >= different || ofPower === ALL_DIGITS) return [...texts, ...others.map(format)];
  }
}

/** Beyond this, how much is of no use to a reader. */
const MOST_TIMES = 1e9;

/**
 * A share of the bound: "3.2 %", "840 times", "252,000 times". Just above 1 it is "1.0002 times",
 * never "1 times".
 */
export function formatUsed(used: number): string {
  if (!Number.isFinite(used)) return 'not a number';
  if (used <= 1) return `${formatNumber(100 * used, 2)} %`;
  if (used > MOST_TIMES) return `over ${formatNumber(MOST_TIMES)} times`;
  const [times] = formatApart([used, 1]);
  return `${times.includes('e') ? times : formatCount(Number(times))} times`;
}

export function formatPercent(share: number | null): string {
  return share === null ? '-' : `${(100 * share).toFixed(2)} %`;
}

/** The mean loss over a test set; null: it was not computed. */
export function formatLoss(loss: number | null): string {
  return loss === null ? '-' : formatNumber(loss);
}

/** Compared percentages, with enough digits that different ones look different. */
export function formatPercents(shares: readonly number[]): string[] {
  const different = new Set(shares).size;
  for (let digits = 2; ; digits++) {
    const texts = shares.map((share) => `${(100 * share).toFixed(digits)} %`);
    if (new Set(texts).size >= different || digits === ALL_DIGITS) return texts;
  }
}
