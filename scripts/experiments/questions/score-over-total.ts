// Score over total or softmax: their effect on scores, gradients and a training, and a loss worked out by hand.
import { matrixOf } from '../../../src/numeric/matrix.ts';
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { curveFigure, slideFigure } from '../answers/score-over-total-figures.ts';
import { gradientTable, headTable, runTable, sharesTable, workedTable } from '../answers/score-over-total-tables.ts';
import type { Answer, Experiment, Lab } from '../experiment.ts';
import { bestOf, raceOfHeads, watched } from '../measures/race-of-heads.ts';
import type { Watched } from '../measures/race-of-heads.ts';
import { HEAD_IDS, scored } from '../measures/score-gradient.ts';
import type { HeadId, Scored } from '../measures/score-gradient.ts';
import { plainStatistics, scoresOf } from '../measures/score-statistics.ts';
import type { GradientStatistics, PlainStatistics } from '../measures/score-statistics.ts';
import { sharesOf, slide } from '../measures/slide.ts';
import { OUTPUTS, RIGHT, targetsOf, workOut } from '../measures/worked-example.ts';
import type { Worked } from '../measures/worked-example.ts';
import { mlp, prepare } from '../training.ts';

export const scoreOverTotal: Experiment = {
  name: 'score-over-total',
  question: 'Score over total, or softmax?',
  run,
};

/** All above 0; one below; a total near 0. */
const CASES = [
  [2, 1, 1],
  [2, 1, -1],
  [2, -1, -0.99],
];

async function run(lab: Lab): Promise<Answer> {
  const dataset = lab.mnist(undefined, lab.quick ? 500 : undefined);
  const count = lab.quick ? 300 : 5000;
  const worked = workOut(OUTPUTS, RIGHT);
  const [z, t] = [matrixOf([OUTPUTS[0]], 'f64'), targetsOf([OUTPUTS[0]], RIGHT)];
  const byHead = Object.fromEntries(HEAD_IDS.map((head) => [head, scored(head, z, t)])) as Record<HeadId, Scored>;
  const cases = CASES.map(sharesOf);

  const network = mlp();
  const { initial } = prepare(lab, { network, dataset });
  const plain = plainStatistics(await scoresOf(network, initial, dataset.train, count));
  const runs = await raceOfHeads(lab, dataset, lab.quick ? 40 : 50);
  const best: Watched[] = [];
  for (const head of HEAD_IDS)
    best.push(await watched(lab, dataset, bestOf(runs, head), lab.signal.aborted ? 1 : count));
  return {
    sentences: [outputSentence(plain, best), trainingSentence(best), workedSentence(worked)],
    figures: [slideFigure(slide()), curveFigure(best)],
    tables: [
      workedTable(worked),
      gradientTable(OUTPUTS[0], byHead),
      sharesTable(cases),
      runTable(runs),
      headTable(best),
    ],
    numbers: {
      worked,
      gradientsOfExample1: gradientsOf(byHead),
      cases,
      plain,
      runs: runs.map(withoutParameters),
      best: best.map(withoutParameters),
      wrongWithoutGradient: best.map(({ atStart, atEnd }) => [atStart, atEnd].map((s) => s.wrongWithout / s.wrong)),
    },
  };
}

function outputSentence(plain: PlainStatistics, [ratio, ...softmax]: readonly Watched[]): string {
  const share = ({ wrong, wrongWithout }: GradientStatistics): string => formatPercent(wrongWithout / wrong);
  const ofSoftmax = softmax.reduce((sum, { atStart, atEnd }) => sum + atStart.wrongWithout + atEnd.wrongWithout, 0);
  const large = (x: number): string => formatCount(Math.round(x));
  return `Softmax: with relu before it, score over total gives a right answer whose score is below 0 a gradient of exactly 0 (so it is for ${share(ratio.atStart)} of the digits that are wrong at the start and ${share(ratio.atEnd)} of those still wrong after an epoch; with softmax for ${ofSoftmax === 0 ? 'none' : ofSoftmax}), and as it stands it gives no shares at all: at the start ${formatPercent(plain.noShare / plain.examples)} of ${formatCount(plain.examples)} digits get some below 0 or above 1, from ${large(plain.lowest)} to ${large(plain.highest)} where the total comes near 0.`;
}

function trainingSentence([ratio, squared, crossEntropy]: readonly Watched[]): string {
  const { from, to, step } = ratio.fall;
  return `Trained from the same start, each at the best of its learning rates, score over total with relu gets ${formatPercent(ratio.accuracy)} of the test digits right (after a fall from ${formatPercent(from)} to ${formatPercent(to)} at step ${step}), softmax ${formatPercent(squared.accuracy)} with squared error and ${formatPercent(crossEntropy.accuracy)} with cross-entropy.`;
}

function workedSentence({ examples: [first, second], loss }: Worked): string {
  const four = (x: number): string => formatNumber(x, 4);
  return `By hand, where "right answer ${RIGHT}" is the digit ${RIGHT} (the fourth output, here ${four(first.entries[RIGHT].output)}): the squares of the first example have a mean of ${four(first.mean)}, those of the second ${four(second.mean)}, and the loss is the mean of the two, ${four(loss)}.`;
}

function gradientsOf(byHead: Readonly<Record<HeadId, Scored>>): Record<string, number[]> {
  return Object.fromEntries(HEAD_IDS.map((head) => [head, Array.from(byHead[head].dz.data)]));
}

/** Leaves out the 100,000 single numbers. */
function withoutParameters<T extends { readonly parameters: unknown }>({
  parameters: _,
  ...rest
}: T): Omit<T, 'parameters'> {
  return rest;
}
