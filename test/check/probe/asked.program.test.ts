// Mistakes that are on no list, made in an example of the gallery one at a time: what asking finds
// out about them, as a user reads it.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Told } from '../../../src/check/probe/told.ts';
import { gradcheckDocument } from '../../cli/documents.ts';
import { ROOT, backproof, newFolder } from '../../cli/program.ts';

const RIGHT = readFileSync(join(ROOT, 'examples/loops/network.mjs'), 'utf8');

/** Runs the check on the example with a line replaced. */
async function check(from: string, to: string) {
  expect(RIGHT, 'the example has this line once').toMatch(new RegExp(`^${escaped(from, 1)}$`));
  const folder = newFolder();
  writeFileSync(join(folder, 'network.mjs'), RIGHT.replace(from, to));
  const words = ['gradcheck', '--candidate', 'network.mjs', '--dataset', 'xor', '--reference', 'vector'];
  const { code, stdout } = await backproof([...words, '--hidden', '5,4', '--out', folder], { cwd: folder });
  const { verdict, gradientCheck } = gradcheckDocument(readFileSync(join(folder, 'gradcheck.json'), 'utf8'));
  return { code, stdout, verdict, diagnosis: gradientCheck?.diagnosis };
}

/** A pattern of a whole text in which `part` occurs so many times. */
function escaped(part: string, times: number): string {
  const one = part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  return `(?:(?!${one})[^])*(?:${one}(?:(?!${one})[^])*){${times}}`;
}

const BACK = '(x[i] > 0 ? d : 0)';
const BIAS = 'gradients[l].bias[o] += dz[o];';
const EXAMPLES = 'for (let b = 0; b < inputs.length; b++) {';

describe('what is told of a mistake on no list', () => {
  it.each<[string, string, string, readonly (string | RegExp)[]]>([
    [
      'the gradient from above is left out',
      BACK,
      '(x[i] > 0 ? 1 : 0)',
      [/W3ᵀ is left out of dz2/, /W2ᵀ is left out of dz1/],
    ],
    [
      'a slope below 0 in the backward pass alone',
      BACK,
      '(x[i] > 0 ? d : 0.01 * d)',
      [/in dz2 is 1 where z2 > 0, else 1\/100; for relu/, /in dz1 is 1 where z1 > 0, else 1\/100; for relu/],
    ],
    [
      'what no formula of z gives below 0: the place is told, and nothing more',
      BACK,
      '(x[i] > 0 ? d : 0.3 * d * d)',
      [
        'dz2 is wrong, given its own dz3. dW2 and db2 are right for this dz2.',
        'dz1 is wrong, given its own dz2. dW1 and db1 are right for this dz1.',
      ],
    ],
    [
      'the first bias is left out',
      BIAS,
      'if (o > 0) gradients[l].bias[o] += dz[o];',
      [/^db3 is the right one .*: 0 for entry 0/, /^db2 .*: 0 for entry 0/, /^db1 .*: 0 for entry 0/],
    ],
    [
      'the last example is left out',
      EXAMPLES,
      EXAMPLES.replace('length', 'length - 1'),
      [/the last example is left out/],
    ],
    [
      'another base of the logarithm',
      '(z[k] - logSumExp(z))',
      '((z[k] - logSumExp(z)) / Math.LN2)',
      [
        /^The loss that is returned is cross-entropy with a logarithm to base 2\. The gradients are those of cross-entropy/,
      ],
    ],
  ])('%s', async (_name, from, to, texts) => {
    const { code, stdout, diagnosis } = await check(from, to);
    expect(code).toBe(1);
    expect(diagnosis?.mistakes).toEqual([]);
    const told = diagnosis?.probed?.told ?? [];
    expect(told.map(({ text }) => text)).toEqual(texts.map((text) => expect.stringMatching(text) as string));
    expect(stdout).toContain(told[0].text);
    const isSaid = ({ text, place }: Told): boolean =>
      stdout.includes(text) || new RegExp(`The same in [^.]*\\b${place}\\b`).test(stdout);
    expect(told.filter((one) => !isSaid(one))).toEqual([]);
    expect(stdout).toContain(`Found by asking the candidate ${diagnosis?.probed?.asked} times.`);
    expect(diagnosis?.probed?.asked).toBeLessThanOrEqual(100);
  });

  it('chance: a mask that is drawn at each call', async () => {
    const { code, diagnosis } = await check('Math.max(0, score)', 'Math.max(0, score) * (Math.random() < 0.5 ? 0 : 2)');
    expect(code).toBe(1);
    expect(diagnosis?.probed?.told[0].text).toMatch(/depends on chance/);
  });

  it('nothing of a right one, which is not asked', async () => {
    const { code, diagnosis } = await check(BIAS, 'gradients[l].bias[o] = gradients[l].bias[o] + dz[o];');
    expect([code, diagnosis]).toEqual([0, null]);
  });
});
