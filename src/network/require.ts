// Refusals of numbers and names in a network, with their place.
import { DataError, UsageError, placed } from '../errors.ts';
import { choicesOf } from '../ops/family.ts';
import type { Named } from '../ops/family.ts';

export function requireCount(n: unknown, where: string): void {
  if (typeof n === 'number' && Number.isSafeInteger(n) && n >= 1) return;
  const found = typeof n === 'number' ? String(n) : (JSON.stringify(n) ?? 'nothing'); // JSON has no NaN
  throw new DataError(`${where}: expected a whole number of at least 1, got ${found}`);
}

interface Sort {
  readonly pages: readonly Named[];
  readonly known: (id: string) => object | undefined;
}

export function namesOf(pages: readonly Named[]): string {
  return choicesOf(pages).join(', ');
}

export function requireKnown(name: string, { pages, known }: Sort, where: string): void {
  if (placed(`${where}: `, () => known(name)) === undefined)
    throw new UsageError(`${where}: unknown name "${name}"`, `choose one of ${namesOf(pages)}`);
}
