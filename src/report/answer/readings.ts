// Sentences about a case's wrong expected values: what would make them right.
import type { ExpectedCheck } from '../../check/expected/expected-check.ts';
import type { Reading } from '../../check/expected/readings.ts';
import { MEANS } from '../../network/meaning.ts';
import type { Meaning } from '../../network/meaning.ts';

/**
 * The declarations with which the expected values would be right, and the mistake in their
 * training.
 */
export function readingSentences(expected: ExpectedCheck): string[] {
  const explained = expected.training?.explained ?? [];
  return [
    ...expected.looksLike.map((one) => `The expected values fit if the case declares ${declared(one)} in "expected".`),
    ...explained.map((m) => `Fix: ${m.remedy}. The expected training is that of ${m.fault}: ${m.description}.`),
  ];
}

/** "conventions": { "loss": "sum" }, "decimals": 9 */
function declared({ conventions, decimals }: Reading): string {
  const others = Object.entries(conventions).filter(([name, choice]) => MEANS[name as keyof Meaning] !== choice);
  const parts = [
    ...(others.length === 0 ? [] : [`"conventions": { ${others.map(([n, c]) => `"${n}": "${c}"`).join(', ')} }`]),
    ...(decimals === null ? [] : [`"decimals": ${decimals}`]),
  ];
  return parts.join(', ');
}
