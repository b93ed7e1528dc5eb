// Mean squared error or cross-entropy on a softmax: the gradient of each for a network that is
// confidently wrong, and how long each takes to train.
import { formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { lineChart } from '../charts/line.ts';
import type { Answer, Experiment, Figure, Lab, Table } from '../experiment.ts';
import { accuracyCurve, examinerOf } from '../measures/accuracy-curve.ts';
import type { CurvePoint } from '../measures/accuracy-curve.ts';
import { confidentlyWrong } from '../measures/confidently-wrong.ts';
import type { Confident } from '../measures/confidently-wrong.ts';
import { fastest, stepsToGoal } from '../measures/search.ts';
import type { Race, Reached } from '../measures/search.ts';
import { mlp, sgd } from '../training.ts';

export const whichLoss: Experiment = {
  name: 'which-loss',
  question: 'Mean squared error or cross-entropy?',
  run,
};

/** Wide enough that the best rate is not at either end. */
/** The two losses of the question. */
type Raced = 'mse' | 'cross-entropy';

const LEARNING_RATES: Record<Raced, readonly number[]> = {
  'cross-entropy': [0.1, 0.2, 0.5, 1],
  mse: [2, 4, 8, 16],
};
const LEADS = Array.from({ length: 37 }, (_, i) => i / 2);
const GOAL = 0.9;

async function run(lab: Lab): Promise<Answer> {
  const dataset = lab.mnist(undefined, lab.quick ? 500 : undefined);
  const setting = {
    dataset,
    examine: examinerOf(dataset),
    goal: GOAL,
    ...(lab.quick ? { every: 20, most: 200, starts: 1 } : { every: 10, most: 400, starts: 3 }),
  };
  const confident = LEADS.map(confidentlyWrong);
  let done = 0;
  const parts = (lab.quick ? 4 : 8) + 3;
  const search = async (loss: Raced): Promise<Reached[]> => {
    const found: Reached[] = [];
    for (const rate of lab.quick ? LEARNING_RATES[loss].slice(2) : LEARNING_RATES[loss]) {
      found.push(await stepsToGoal(lab, { ...setting, network: mlp({ loss }) }, rate));
      lab.progress(++done, parts);
    }
    return found;
  };
  const races = { 'cross-entropy': await search('cross-entropy'), mse: await search('mse') };
  const best = { 'cross-entropy': fastest(races['cross-entropy']), mse: fastest(races.mse) };

  const curve = async (loss: Raced, rate: number): Promise<Curve> => {
    const plan = { network: mlp({ loss }), dataset, optimizer: sgd(rate), steps: setting.most };
    const points = await accuracyCurve(lab, plan, setting.examine, setting.every);
    lab.progress(++done, parts);
    return { loss, rate, name: `${WORDS[loss]}, lr ${rate}`, points };
  };
  const curves = [
    await curve('cross-entropy', best['cross-entropy'].learningRate),
    await curve('mse', best.mse.learningRate),
    await curve('mse', best['cross-entropy'].learningRate),
  ];
  return {
    sentences: sentencesOf(confident, best, curves[2], setting),
    figures: [gradientFigure(confident), curveFigure(curves)],
    tables: [gradientTable(confident), raceTable(races, setting)],
    numbers: {
      goal: GOAL,
      every: setting.every,
      most: setting.most,
      confident,
      ...saidOf(confident, best),
      races,
      best,
      curves,
    },
  };
}

interface Curve {
  readonly loss: Raced;
  readonly rate: number;
  readonly name: string;
  readonly points: readonly CurvePoint[];
}

type Races = Readonly<Record<Raced, readonly Reached[]>>;
type Best = Readonly<Record<Raced, Reached>>;
type Setting = Pick<Race, 'every' | 'most' | 'starts'>;

const WORDS: Record<Raced, string> = { mse: 'mean squared error', 'cross-entropy': 'cross-entropy' };
const three = (x: number): string => formatNumber(x, 3);

/** The points of the curves that the sentences mention. */
function saidOf(
  confident: readonly Confident[],
  best: Best,
): { sure: Confident; strongest: Confident; timesTheRate: number } {
  return {
    sure: confident.find(({ lead }) => lead === 10) ?? confident[confident.length - 1],
    strongest: confident.reduce((a, b) => (b.squaredError > a.squaredError ? b : a)),
    timesTheRate: best.mse.learningRate / best['cross-entropy'].learningRate,
  };
}

function sentencesOf(
  confident: readonly Confident[],
  best: Best,
  sameRate: Curve,
  { every, most, starts }: Setting,
): string[] {
  const { sure, strongest } = saidOf(confident, best);
  const reached = ({ median }: Reached): string => (median === null ? `not in ${most}` : String(median));
  const end = sameRate.points[sameRate.points.length - 1];
  const steps = (loss: Raced): number[] => best[loss].steps.map((step) => step ?? Infinity);
  const overlap = Math.min(...steps('mse')) <= Math.max(...steps('cross-entropy'));
  return [
    'Cross-entropy, because its gradient is largest where the network is most wrong.',
    `Suppose the score of a wrong class is ${sure.lead} ahead of all others. Its share is then ${formatPercent(sure.share)}, and the gradient of cross-entropy with respect to that score is ${formatNumber(sure.crossEntropy, 4)}. The gradient of the squared error is never above ${three(strongest.squaredError)}, and has vanished to ${three(sure.squaredError)} there.`,
    `Steps until ${100 * GOAL} % of the test digits are right: ${reached(best['cross-entropy'])} with cross-entropy (lr ${best['cross-entropy'].learningRate}), ${reached(best.mse)} with squared error (lr ${best.mse.learningRate}). Each loss has the best of its learning rates (${starts === 1 ? 'one start' : `median of ${starts} starts`}, checked every ${every} steps).`,
    `So squared error trains too if its smaller gradients get a learning rate ${three(best.mse.learningRate / best['cross-entropy'].learningRate)} times as large${overlap ? ', and some of its starts are then as fast' : ''}. At the best learning rate for cross-entropy, ${sameRate.rate}, squared error is at ${formatPercent(end.accuracy)} after ${end.step} steps.`,
  ];
}

function gradientFigure(confident: readonly Confident[]): Figure {
  const last = confident[confident.length - 1];
  return {
    name: 'gradient',
    svg: lineChart({
      x: { name: 'lead of the wrong class (its score minus the others)' },
      y: { name: 'gradient of its score', scale: 'log', min: 1e-8, max: 10, format: (x) => formatNumber(x, 1) },
      series: [
        { name: WORDS['cross-entropy'], points: confident.map((c) => [c.lead, c.crossEntropy] as const) },
        { name: WORDS.mse, points: confident.map((c) => [c.lead, c.squaredError] as const) },
      ],
    }),
    caption:
      'One example with ten classes and a softmax output: the gradient of the loss with respect to the score of a wrong class, as the network grows surer of that class. The gradient axis is logarithmic.',
    alternative: `Gradient against the lead of the wrong class, from 0 to ${last.lead}. With cross-entropy it rises from ${three(confident[0].crossEntropy)} to ${three(last.crossEntropy)}. With mean squared error it falls to ${three(last.squaredError)}.`,
  };
}

function curveFigure(curves: readonly Curve[]): Figure {
  const end = ({ points }: Curve): CurvePoint => points[points.length - 1];
  return {
    name: 'accuracy',
    svg: lineChart({
      x: { name: 'step' },
      y: { name: 'test accuracy', min: 0, max: 1, format: (x) => `${Math.round(100 * x)} %` },
      series: curves.map(({ name, points }) => ({ name, points: points.map((p) => [p.step, p.accuracy] as const) })),
      marks: [{ axis: 'y', at: GOAL, name: `${100 * GOAL} %`, nameAt: 'start' }],
    }),
    caption:
      'All runs have the same start and batches. Each loss is shown at its best learning rate, and squared error also at the best rate for cross-entropy.',
    alternative: `Test accuracy against steps: ${curves.map((c) => `${c.name}: ${formatPercent(end(c).accuracy)} after ${end(c).step} steps`).join('; ')}.`,
  };
}

function gradientTable(confident: readonly Confident[]): Table {
  return {
    caption: 'Gradient with respect to the score of the wrong class.',
    head: ['lead', 'share of the wrong class', 'cross-entropy', 'mean squared error'],
    rows: confident
      .filter(({ lead }) => lead % 5 === 0 || lead === 2)
      .map(({ lead, share, crossEntropy, squaredError }) => [
        String(lead),
        formatPercent(share),
        formatNumber(crossEntropy, 4),
        three(squaredError),
      ]),
  };
}

function raceTable(races: Races, { every, most }: Setting): Table {
  const words = (steps: number | null): string => (steps === null ? `over ${most}` : String(steps));
  return {
    caption: `Steps until ${100 * GOAL} % of the test digits are right for the first time, checked every ${every} steps.`,
    head: ['loss', 'learning rate', 'steps of each start', 'median'],
    rows: (['cross-entropy', 'mse'] as const).flatMap((loss) =>
      races[loss].map(({ learningRate, steps, median }) => [
        WORDS[loss],
        String(learningRate),
        steps.map(words).join(', '),
        words(median),
      ]),
    ),
  };
}
