// A test that fails until a failure is repaired, for Vitest.
import { inspect } from 'node:util';
import { safeText } from '../../text.ts';
import type { CaseFile } from '../case-text.ts';
import type { Found } from '../fuzz.ts';

/** What toBackpropagate takes: dense layers without masks. */
export function canBeTest({ case: { network, batch } }: Found): boolean {
  return network.layers.every(({ kind }) => kind === undefined) && batch.masks === undefined;
}

/**
 * @param from the candidate's file, as the test imports it: "../my-mlp.ts"
 * @param name what the report calls the candidate
 */
export function testText(found: Found, from: string, name: string): string {
  const { case: problem, headline } = found;
  return `// ${comment(headline)}.
// Written by backproof fuzz${found.seed === null ? '' : `, seed ${found.seed}`}. It passes once that is repaired.
import { expect, test } from 'vitest';
import 'backproof/vitest';
import * as candidate from ${literal(from)};

test(${literal(`${safeText(name)}: ${problem.name}`)}, async () => {
  const network = ${literal(problem.network)} as const;
  const parameters = ${literal(problem.parameters)};
  const batch = ${literal(problem.batch)};
  await expect(candidate).toBackpropagate(network, ${options(problem)});
});
`;
}

function options({ optimizer, steps }: CaseFile): string {
  const training = optimizer === undefined ? '' : `, optimizer: ${literal(optimizer)} as never, steps: ${steps}`;
  return `{ parameters, batch${training} }`;
}

/** No line break ends the comment. */
function comment(text: string): string {
  return safeText(text, 1000);
}

/** Plain data as JavaScript, with the quotes and spaces of Prettier. */
export function literal(value: unknown): string {
  const text = inspect(value, {
    depth: null,
    maxArrayLength: null,
    maxStringLength: null,
    breakLength: 90,
    compact: 3,
  });
  return text.replaceAll('\n', '\n  ');
}
