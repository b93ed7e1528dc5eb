// Candidates of which some gradients are not written yet: the others are judged, and their mistakes
// named, as if all were there.
import { pathToFileURL } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { CandidateGradients, CandidateProblem } from '../../src/candidates/candidate.ts';
import type { GradientCheck } from '../../src/check/gradient-check.ts';
import { FILLED_IN, replacedOnce } from '../cli/filled-in.ts';
import { network } from '../fixtures.ts';
import { modules } from './modules.ts';
import { onTrial } from './trial.ts';

const TANH = network(5, [6, 4], 'tanh', 3, 'softmax', 'cross-entropy');

const { written } = modules();

type Answer = { loss: number; gradients: CandidateGradients[] };
type Answers = (problem: CandidateProblem) => Answer;

/**
 * The template as it is filled in, with one place changed, of which only some gradients are
 * returned.
 */
async function partly(
  keep: (gradients: CandidateGradients[]) => unknown,
  ...change: [] | [right: string, wrong: string]
): Promise<GradientCheck> {
  const text = change.length === 2 ? replacedOnce(FILLED_IN, change[0], change[1]) : FILLED_IN;
  const { default: own } = (await import(pathToFileURL(written(text, '.mjs')).href)) as { default: Answers };
  const answer = (problem: CandidateProblem): unknown => {
    const { loss, gradients } = own(problem);
    return { loss, gradients: keep(gradients) };
  };
  return (await onTrial({ default: answer }, TANH, { B: 6 })).gradients;
}

const lastAlone = (gradients: CandidateGradients[]): unknown => [null, null, gradients[2]];
const withoutBiases = (gradients: CandidateGradients[]): unknown => gradients.map(({ weights }) => ({ weights }));
const firstAlone = ([first]: CandidateGradients[]): unknown => [first];
const named = ({ diagnosis }: GradientCheck): string[] | undefined => diagnosis?.mistakes.map(({ fault }) => fault);

const OF_SOFTMAX = '(p - targets[b][k]) / B)';
const BIAS = 'dz.reduce((sum, row) => sum + row[o], 0)';
const WEIGHTS = 'weights: times(transposed(x), dz),\n      bias: dz';

describe('what is there', () => {
  test.each([
    ['the last layer', lastAlone],
    ['the weights', withoutBiases],
    ['the first layer', firstAlone],
  ])('%s: right, and nothing is explained', async (_what, keep) => {
    const found = await partly(keep);
    expect([found.firstWrong.candidate, found.firstWrongQuestion, found.diagnosis]).toEqual([null, null, null]);
    expect(found.verdict.kind).toBe('disagree');
    const kinds = found.verdict.kind === 'disagree' ? found.verdict.findings.map(({ kind }) => kind) : [];
    expect(new Set(kinds)).toEqual(new Set(['answer']));
  });

  test.each<[string, typeof lastAlone, string, string, string, string]>([
    // a mistake that would show in the layers that are missing as well
    ['the batch mean left out', lastAlone, OF_SOFTMAX, '(p - targets[b][k]))', 'missing-batch-mean', 'dW3'],
    ['the wrong sign', lastAlone, OF_SOFTMAX, '(targets[b][k] - p) / B)', 'loss-sign', 'dW3'],
    ['biases not summed', lastAlone, BIAS, 'dz[0][o]', 'bias-not-summed', 'db3'],
    ['the batch mean, weights alone', withoutBiases, OF_SOFTMAX, '(p - targets[b][k]))', 'missing-batch-mean', 'dW3'],
    ['tanh at z', withoutBiases, '(1 - a[b][o] ** 2)', '(1 - z[b][o] ** 2)', 'derivative-at-z', 'dW2'],
    // below what is missing
    [
      'relu for tanh',
      firstAlone,
      'return value * (1 - a[b][o] ** 2);',
      'return value;',
      'missing-activation-derivative',
      'dW1',
    ],
  ])('%s is found and named', async (_what, keep, right, wrong, fault, place) => {
    const found = await partly(keep, right, wrong);
    expect(found.firstWrong.candidate?.name).toBe(place);
    expect(named(found)).toContain(fault);
  });

  test('a mistake that no known one explains is found all the same', async () => {
    const found = await partly(
      lastAlone,
      WEIGHTS,
      'weights: times(transposed(x), dz).map((row) => row.map((v) => v + 0.1)), bias: dz',
    );
    expect([found.firstWrong.candidate?.name, named(found)]).toEqual(['dW3', []]);
  });

  test('a mistake for one example only is found at that question', async () => {
    const found = await partly(
      lastAlone,
      WEIGHTS,
      'weights: times(transposed(x), dz).map((row) => row.map((v) => (B === 1 ? 2 * v : v))), bias: dz',
    );
    expect(found.firstWrongQuestion).toBe('one');
  });
});
