// A share of something, as reports of `check` write it.
import { formatNumber } from './numbers.ts';

/** Shares below this are written as numbers, others in per cent. */
const IN_PER_CENT = 1e-4;

/** "0.01 %", "1.2e-8" */
export function share(x: number): string {
  return x >= IN_PER_CENT ? `${formatNumber(100 * x, 2)} %` : formatNumber(x, 2);
}
