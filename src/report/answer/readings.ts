// The expected values of a case that are wrong: what would make them right.
import type { ExpectedCheck } from '../../check/expected/expected-check.ts';
import type { Reading } from '../../check/expected/readings.ts';
import { MEANS } from '../../network/meaning.ts';
import type { Meaning } from '../../network/meaning.ts';

/** By which declaration the expected values would be right, and which mistake their training has. */
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
