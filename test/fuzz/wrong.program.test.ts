// Ten mistakes that show for some shapes alone are found, and shrunk to the smallest shape that
// shows them; two mistakes in one candidate are not confused.
import { describe, expect, it, test } from 'vitest';
import type { CandidateProblem } from '../../src/candidates/candidate.ts';
import { parseCase } from '../../src/network/case.ts';
import { caseText, problemOfCase } from '../../src/fuzz/case-text.ts';
import { replay } from '../../src/fuzz/fuzz.ts';
import type { Found } from '../../src/fuzz/fuzz.ts';
import { localSubject } from '../../src/matchers/implementation.ts';
import { spoilt } from '../matchers/implementations.ts';
import { fuzzed, shapeOf } from './fuzzed.ts';
import { WRONG, right } from './wrong.ts';

describe.each(Object.entries(WRONG))('%s', (_name, { candidate, smallest }) => {
  it('is found within 1,000 networks, at its smallest shape, and the case file shows it again', async () => {
    const { verdict, tally, found } = await fuzzed(candidate);
    expect(verdict).toEqual({ kind: 'disagree' });
    expect(tally.runs).toBeLessThan(1000);
    const { case: file, ...rest } = found as Found;
    expect(shapeOf({ case: file, ...rest })).toEqual(smallest);
    expect(rest.headline).toMatch(/^d[Wb]\d(\[.*\])? of mine is wrong: /);
    const problem = problemOfCase(parseCase(caseText(file), 'case'));
    const again = await replay(localSubject(candidate), problem);
    expect(again.found?.headline).toBe(rest.headline);
    expect((await replay(localSubject(right), problem)).verdict).toEqual({ kind: 'agree' });
  });
});

test('the right network is right, with any seed', async () => {
  const { verdict, tally, found } = await fuzzed(right, { runs: 60, seed: 5000 });
  expect({ verdict, found }).toEqual({ verdict: { kind: 'agree' }, found: null });
  expect(tally).toMatchObject({ runs: 60, right: 60, refused: 0 });
});

test('a mistake of one example does not take the place of one of three layers', async () => {
  // the bias gradient of one example is 0 everywhere, which is the smaller failure
  const both = (problem: CandidateProblem) => {
    const three = problem.network.layers.length === 3;
    return spoilt({
      ...(three && { dW: (x, dz, l) => (l === 1 ? x[0].map(() => dz[0].map(() => 3)) : transposedProduct(x, dz)) }),
      ...(problem.inputs.length === 1 && { db: (dz) => dz[0].map(() => 0) }),
    })(problem);
  };
  const { found } = await fuzzed(both, { seed: 2, runs: 1 });
  expect(found?.original.network.layers).toHaveLength(3);
  expect(found?.failure.of).toEqual(['weights']);
  const shape = shapeOf(found as Found);
  expect(shape.units).toEqual([1, 1, 1]);
  expect(shape.examples).toBeGreaterThan(1);
});

function transposedProduct(x: number[][], dz: number[][]): number[][] {
  return x[0].map((_, i) => dz[0].map((_d, o) => x.reduce((sum, row, b) => sum + row[i] * dz[b][o], 0)));
}
