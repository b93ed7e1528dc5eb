// Other readings of numbers that do not fit: rounded ones that do not say so, sums where means are expected.
import { MOST_WRITTEN, decimalsOf, numbersOf } from '../../network/expected.ts';
import type { Expected } from '../../network/expected.ts';
import { MEANINGS, MEANS, averagesOutputs } from '../../network/meaning.ts';
import type { Meaning } from '../../network/meaning.ts';
import type { NetworkSpec } from '../../network/spec.ts';

/** How the numbers of a case are to be read. */
export interface Reading {
  readonly conventions: Meaning;
  /** Digits after the point that are given; null: as many as the precision has. */
  readonly decimals: number | null;
}

/** Digits after the point that numbers in a text have at least: fewer say nothing. */
const LEAST_WRITTEN = 3;

/** Those readings by which everything fits, with as little declared otherwise as possible. */
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
      break; // what fits to more digits fits to fewer
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

/** First as declared; then by the longest number, and by a digit less, for numbers that are cut off or end in a 0. */
function roundings(expected: Expected): (number | null)[] {
  const longest = Math.max(...numbersOf(expected).map(decimalsOf));
  const possible = [longest, longest - 1].filter((digits) => digits >= LEAST_WRITTEN);
  const further = longest > MOST_WRITTEN ? [] : possible;
  return [expected.decimals, ...further.filter((digits) => expected.decimals === null || digits < expected.decimals)];
}
