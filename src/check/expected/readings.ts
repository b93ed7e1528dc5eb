// Other ways to read numbers that do not fit: rounded without saying so, or sums where means are
// expected.
import { MOST_WRITTEN, decimalsOf, numbersOf } from '../../network/expected.ts';
import type { Expected } from '../../network/expected.ts';
import { MEANINGS, MEANS, averagesOutputs } from '../../network/meaning.ts';
import type { Meaning } from '../../network/meaning.ts';
import type { NetworkSpec } from '../../network/spec.ts';

/** How to read the numbers of a case. */
export interface Reading {
  readonly conventions: Meaning;
  /** Decimals that are given; null: as many as the precision holds. */
  readonly decimals: number | null;
}

/** With fewer decimals than this, a fit says nothing. */
const LEAST_WRITTEN = 3;

/** The readings under which everything fits, with as few changed declarations as possible. */
export async function otherReadings(
  expected: Expected,
  network: NetworkSpec,
  fits: (reading: Reading) => Promise<boolean>,
): Promise<Reading[]> {
  const found: Reading[] = [];
  const ways = meanings(network).map((conventions) => ({ conventions, changes: changes(conventions, expected) }));
  for (const { conventions, changes: count } of ways.toSorted((a, b) => a.changes - b.changes)) {
    if (found.length > 0 && count > changes(found[0].conventions, expected)) break;
    for (const decimals of roundings(expected)) {
      if (!(await fits({ conventions, decimals }))) continue;
      found.push({ conventions, decimals });
      break; // what fits to more decimals fits to fewer
    }
  }
  return found;
}

function meanings(network: NetworkSpec): Meaning[] {
  const squares = averagesOutputs(network) ? MEANINGS.squaredError : [MEANS.squaredError];
  return MEANINGS.gradients.flatMap((gradients) =>
    MEANINGS.loss.flatMap((ofLoss) => squares.map((squaredError) => ({ gradients, loss: ofLoss, squaredError }))),
  );
}

function changes(conventions: Meaning, { conventions: declared }: Expected): number {
  const names = Object.keys(MEANS) as (keyof Meaning)[];
  return names.filter((name) => conventions[name] !== declared[name]).length;
}

/**
 * Decimals to try: first as declared, then those of the longest number, then one less, because
 * numbers may be truncated or end in a 0.
 */
function roundings(expected: Expected): (number | null)[] {
  const longest = Math.max(...numbersOf(expected).map(decimalsOf));
  const possible = [longest, longest - 1].filter((digits) => digits >= LEAST_WRITTEN);
  const further = longest > MOST_WRITTEN ? [] : possible;
  return [expected.decimals, ...further.filter((digits) => expected.decimals === null || digits < expected.decimals)];
}
