// Other conventions of a large network: a candidate that gets something right is not asked by them,
// and of one that gets nothing right, a small network finds out which are worth asking.
import { describe, expect, test } from 'vitest';
import type { CandidateModule, CandidateProblem } from '../../src/candidates/candidate.ts';
import type { DeclaredConventions } from '../../src/candidates/conventions/conventions.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { altered, withGradients } from '../check/sabotage.ts';
import { network, randomBatch, startOf } from '../fixtures.ts';
import { ownNetwork } from './own-network.ts';
import { SGD, onTrial } from './trial.ts';

const LARGE = network(300, [70], 'tanh', 3, 'softmax', 'cross-entropy');

type Default = CandidateModule['default'];
type Change = (answer: Awaited<ReturnType<Default>>) => void;

/** Follows these conventions without declaring them; counts its calls by the number of inputs. */
function counted(follows: DeclaredConventions, change: Change = () => {}, check = (_: CandidateProblem): void => {}) {
  const calls = { large: 0, small: 0 };
  const own = ownNetwork(follows);
  const answer: Default = async (problem) => {
    calls[problem.network.inputs === LARGE.inputs ? 'large' : 'small']++;
    check(problem);
    const found = await own(problem);
    change(found);
    return found;
  };
  return { answer, calls };
}

async function trial(answer: Default) {
  return onTrial(answer, LARGE).then(
    ({ gradients }) => ({ looksLike: gradients.looksLike, kind: gradients.verdict.kind, hint: '' }),
    (error: Error & { hint?: string }) => ({ looksLike: [], kind: 'error', hint: error.hint ?? '' }),
  );
}

const flip: Change = ({ gradients }) => {
  for (const { bias } of gradients as { bias: number[] }[]) bias[0] += 1;
};
const spoil: Change = (found) => {
  Object.assign(found, { loss: Number(found.loss) + 1 });
  for (const { weights, bias } of found.gradients as { weights: number[][]; bias: number[] }[]) {
    bias[0] += 1;
    weights[0][0] += 1;
  }
};

/** The calls that a check makes of a candidate that agrees. */
const { answer: right, calls: usual } = counted({});
await onTrial(right, LARGE);

describe('a wrong candidate', () => {
  test('whose weights are right is asked by no other conventions', async () => {
    const { answer, calls } = counted({}, flip);
    expect((await trial(answer)).looksLike).toEqual([]);
    expect(calls.small).toBe(0);
    expect(calls.large - usual.large).toBeLessThan(100);
  });

  test('that gets nothing right is asked by them about a small network alone', async () => {
    const { answer, calls } = counted({}, spoil);
    expect((await trial(answer)).looksLike).toEqual([]);
    expect(calls.small).toBeGreaterThan(60);
    expect(calls.large - usual.large).toBeLessThan(100);
  });
});

test('an engine that has no other conventions is not asked by any', async () => {
  const wrong = withGradients(await createEngine('vector', LARGE, SGD), (gradients) => {
    for (const { values } of gradients) values[0] += 1;
  });
  const candidate = altered(wrong, {
    async lossAndGradients(batch) {
      const { loss, gradients } = await wrong.lossAndGradients(batch);
      return { loss: loss + 1, gradients };
    },
  });
  const reference = await createEngine('vector', LARGE, SGD);
  const exact = await createEngine('vector', LARGE, SGD, { dtype: 'f64' });
  const batch = randomBatch(LARGE, 4, 1);
  const { verdict, looksLike } = await gradientCheck(LARGE, startOf(LARGE), batch, { candidate, reference }, { exact });
  expect([verdict.kind, looksLike]).toEqual(['disagree', []]);
});

describe('a right candidate is told what to declare', () => {
  const COLUMNS = { weights: 'units-inputs', examples: 'columns', biases: 'column' } as const;

  test('which the small network found out', async () => {
    const { answer, calls } = counted(COLUMNS);
    const { looksLike, hint } = await trial(answer);
    expect(JSON.stringify(looksLike) + hint).toContain('columns');
    expect(calls.small).toBeGreaterThan(20);
    expect(calls.large).toBeLessThan(usual.large + 20);
  });

  test('although it has its sizes built in', async () => {
    const { answer } = counted(COLUMNS, undefined, ({ network: { inputs } }) => {
      if (inputs !== LARGE.inputs) throw new Error('only 300 inputs');
    });
    const { looksLike, hint } = await trial(answer);
    expect(JSON.stringify(looksLike) + hint).toContain('columns');
  });

  test('if only its answers mean something else', async () => {
    const { answer, calls } = counted({ gradients: 'sum', loss: 'sum' });
    expect((await trial(answer)).looksLike).toEqual([{ gradients: 'sum', loss: 'sum' }]);
    expect(calls.small).toBe(0);
  });
});
