// What the experiments on outputs and losses claim: the example by hand, where gradients vanish,
// and what a race counts.
import { describe, expect, test } from 'vitest';
import { examinerOf } from '../../scripts/experiments/measures/accuracy-curve.ts';
import { confidentlyWrong } from '../../scripts/experiments/measures/confidently-wrong.ts';
import { HEADS, HEAD_IDS, plainShares, scored } from '../../scripts/experiments/measures/score-gradient.ts';
import { gradientStatistics, plainStatistics, scoresOf } from '../../scripts/experiments/measures/score-statistics.ts';
import { fastest, stepsToGoal } from '../../scripts/experiments/measures/search.ts';
import { sharesOf } from '../../scripts/experiments/measures/slide.ts';
import { OUTPUTS, RIGHT, targetsOf, workOut } from '../../scripts/experiments/measures/worked-example.ts';
import { whichLoss } from '../../scripts/experiments/questions/which-loss.ts';
import { scoreOverTotal } from '../../scripts/experiments/questions/score-over-total.ts';
import { mlp, prepare } from '../../scripts/experiments/training.ts';
import { matrixOf } from '../../src/numeric/matrix.ts';
import { quickAnswer, quickLab } from './experiments-quick.ts';

describe('the example by hand', () => {
  const { examples, loss, lossByOperation } = workOut(OUTPUTS, RIGHT);

  test('entry by entry: the right answer is the digit 3, the fourth output, which is 0', () => {
    expect(examples[0].entries.map(({ target }) => target)).toEqual([0, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    expect(examples[0].entries[3]).toEqual({ digit: 3, output: 0, target: 1, difference: 1, square: 1 });
    expect(examples[0].entries[2].square).toBeCloseTo(0.49, 15);
    expect(examples[0].mean).toBeCloseTo((0.01 + 0.04 + 0.49 + 1) / 10, 15);
    expect(examples[1].mean).toBeCloseTo((0.01 + 0.16 + 0.04 + 0.01) / 10, 15);
  });

  test('the mean over the examples is what the project’s own loss says', () => {
    expect(loss).toBeCloseTo(0.088, 15);
    expect(lossByOperation).toBeCloseTo(loss, 15);
  });

  test('read as the third output, 3 would make another loss', () => {
    expect(workOut(OUTPUTS.slice(0, 1), 2).loss).toBeCloseTo((0.01 + 0.04 + 0.09) / 10, 15);
  });

  test('as scores: score over total has no gradient for the right answer, softmax raises it', () => {
    const [z, t] = [matrixOf([OUTPUTS[0]], 'f64'), targetsOf([OUTPUTS[0]], RIGHT)];
    expect(scored('ratio', z, t).p.data).toEqual(z.data); // they sum to 1
    expect(Math.abs(scored('ratio', z, t).dz.data[RIGHT])).toBe(0);
    expect(scored('softmaxSquared', z, t).dz.data[RIGHT]).toBeLessThan(-0.01);
    expect(scored('softmaxCrossEntropy', z, t).dz.data[RIGHT]).toBeLessThan(-0.9);
  });
});

test.each(HEAD_IDS)('%s: gradients with respect to scores equal central differences', (head) => {
  const scores = [0.3, -0.4, 1.2, 0.9];
  const t = matrixOf([[0, 1, 0, 0]], 'f64');
  const lossAt = (k: number, by: number): number =>
    scored(head, matrixOf([scores.map((s, j) => (j === k ? s + by : s))], 'f64'), t).loss;
  const { dz } = scored(head, matrixOf([scores], 'f64'), t);
  scores.forEach((_, k) => {
    expect(dz.data[k]).toBeCloseTo((lossAt(k, 1e-5) - lossAt(k, -1e-5)) / 2e-5, 9);
  });
});

describe('a network that is surer and surer of a wrong class', () => {
  test('cross-entropy’s gradient is the share itself and goes to 1, squared error’s to 0', () => {
    for (const lead of [0, 1, 5, 10, 18]) {
      const { share, crossEntropy } = confidentlyWrong(lead);
      expect(crossEntropy).toBeCloseTo(share, 14);
    }
    expect(1 - confidentlyWrong(18).crossEntropy).toBeLessThan(1e-6);
    expect(confidentlyWrong(18).squaredError).toBeLessThan(1e-7);
    expect(confidentlyWrong(18).squaredError).toBeGreaterThan(0);
  });

  test('it is the softmax that makes squared error’s vanish: before it, with respect to the share, it stays', () => {
    const z = matrixOf([[0, 18, 0, 0, 0, 0, 0, 0, 0, 0]], 'f64');
    const { p } = scored('softmaxSquared', z, targetsOf([Array.from(z.data)], 0));
    expect((2 * (p.data[1] - 0)) / 10).toBeCloseTo(0.2, 5);
  });
});

describe('score over total', () => {
  test('as it stands: sums to 1, yet is below 0 or above 1; without bounds near a total of 0', () => {
    const shares = plainShares([2, 1, -1]);
    expect(shares).toEqual([1, 0.5, -0.5]);
    expect(Math.max(...plainShares([2, -1, -0.999]))).toBeGreaterThan(1000);
  });

  test('relu and softmax keep all shares between 0 and 1; all scores above 0 need neither', () => {
    for (const scores of [
      [2, 1, -1],
      [2, -1, -0.999],
    ]) {
      const { ratio, softmax } = sharesOf(scores);
      for (const p of [...ratio, ...softmax]) expect(p >= 0 && p <= 1).toBe(true);
    }
    const { plain, ratio } = sharesOf([2, 1, 1]);
    expect(ratio).toEqual(plain);
  });

  test('on real digits: wrong ones without a gradient under score over total, none under softmax', async () => {
    const lab = quickLab();
    const dataset = lab.mnist(500, 10);
    for (const head of HEAD_IDS) {
      const network = mlp(HEADS[head]);
      const scores = await scoresOf(network, prepare(lab, { network, dataset }).initial, dataset.train, 300);
      const { examples, wrong, wrongWithout } = gradientStatistics(head, scores);
      expect(examples).toBe(300);
      expect(wrong).toBeGreaterThan(200);
      if (head === 'ratio') expect(wrongWithout).toBeGreaterThan(wrong / 4);
      else expect(wrongWithout).toBe(0);
      if (head === 'ratio') expect(plainStatistics(scores).noShare).toBeGreaterThan(250);
    }
  });

  test('the experiment', async () => {
    const { numbers, tables } = await quickAnswer(scoreOverTotal);
    expect(numbers['worked']).toMatchObject({ examples: [{}, {}] });
    expect(tables[0].rows.map(([first]) => first)).toContain('mean over the classes');
    expect(JSON.stringify(numbers).length).toBeLessThan(100_000); // no parameters in it
  });
});

describe('a race to an accuracy', () => {
  const lab = quickLab();
  const dataset = lab.mnist(undefined, 500);
  const race = { network: mlp(), dataset, examine: examinerOf(dataset), goal: 0.8, every: 20, most: 100, starts: 1 };

  test('counts the steps to the first look with the goal; a learning rate of 0 never gets there', async () => {
    const [still, moving] = [await stepsToGoal(lab, race, 0), await stepsToGoal(lab, race, 0.2)];
    expect(still).toEqual({ learningRate: 0, steps: [null], median: null });
    expect(moving.median).toBeGreaterThan(0);
    expect((moving.median ?? NaN) % 20).toBe(0);
    expect(fastest([still, moving])).toBe(moving);
  });

  test('the experiment: both losses are compared, and gradients part', async () => {
    const { numbers } = await quickAnswer(whichLoss);
    expect(Object.keys(numbers['races'] as object).sort()).toEqual(['cross-entropy', 'mse']);
  });
});
