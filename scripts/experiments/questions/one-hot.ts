// Why one-hot: compares ten outputs with one output that should equal the digit, and which digits each confuses.
import { testInputs } from '../../../src/check/run/test-set.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import { fitScaling } from '../../../src/data/scaling.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { argMax } from '../../../src/numeric/matrix.ts';
import type { Matrix } from '../../../src/numeric/matrix.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { barChart } from '../charts/bar.ts';
import { matrixChart } from '../charts/matrix.ts';
import type { Answer, Experiment, Figure, Lab, Table } from '../experiment.ts';
import { mlp, trainOnce } from '../training.ts';

export const oneHot: Experiment = { name: 'one-hot', question: 'Why one-hot?', run };

const DIGITS = Array.from({ length: 10 }, (_, d) => d);

interface Head {
  readonly name: string;
  readonly network: NetworkSpec;
  /** Targets, if they are not one-hot. */
  readonly targets?: (labels: Uint8Array) => Matrix;
  /** The digit that row r of the outputs stands for. */
  readonly digit: (outputs: Matrix, r: number) => number;
}

const HEADS = {
  oneHot: { name: 'ten outputs, softmax, cross-entropy', network: mlp(), digit: argMax },
  oneHotMse: { name: 'ten outputs, linear, mse', network: mlp({ output: 'linear' }), digit: argMax },
  number: {
    name: 'one output, linear, mse, rounded',
    network: mlp({ output: 'linear', units: 1 }),
    targets: (labels) => ({ rows: labels.length, cols: 1, data: Float32Array.from(labels) }),
    digit: ({ data }, r) => Math.min(9, Math.max(0, Math.round(data[r]))),
  },
} as const satisfies Record<string, Head>;
type HeadId = keyof typeof HEADS;

/** The same for all: Adam, which adapts the step per weight, and a last epoch with smaller steps, so that none ends on a large one. */
const [OPTIMIZER, LAST] = [optimizerSpec('adam'), optimizerSpec('adam', { learningRate: 0.0001 })];

interface Measured {
  readonly accuracy: number;
  /** confusion[digit][answer]: test images. */
  readonly confusion: readonly (readonly number[])[];
  readonly mistakes: number;
  /** The share of mistakes that are off by one digit. */
  readonly offByOne: number;
  /** The two digits most often confused, and how often. */
  readonly worstPair: { readonly digits: readonly [number, number]; readonly times: number };
}

async function run(lab: Lab): Promise<Answer> {
  const dataset = lab.quick ? lab.mnist(8000, 1000) : lab.mnist();
  const epochs = lab.quick ? 2 : 3;
  const heads = Object.entries(HEADS) as [HeadId, Head][];
  const measured = {} as Record<HeadId, Measured>;
  for (const [i, [id, head]] of heads.entries()) {
    measured[id] = await measure(lab, head, dataset, epochs);
    lab.progress(i + 1, heads.length);
  }
  return answer(dataset.test, epochs, measured);
}

async function measure(lab: Lab, head: Head, dataset: Dataset, epochs: number): Promise<Measured> {
  const { network, digit } = head;
  const confusion = DIGITS.map(() => DIGITS.map(() => 0));
  const after = async (engine: Engine): Promise<void> => {
    const test = { examples: dataset.test, classes: dataset.classes, scaling: fitScaling('unit', dataset.train) };
    const outputs = await engine.predict(testInputs(test, 0, dataset.test.count));
    for (let r = 0; r < outputs.rows; r++) confusion[dataset.test.labels[r]][digit(outputs, r)]++;
  };
  const plan = { network, dataset, ...(head.targets !== undefined && { targets: head.targets }) };
  const { parameters } = await trainOnce(lab, { ...plan, epochs, optimizer: OPTIMIZER });
  await trainOnce(lab, { ...plan, initial: parameters, seed: lab.seed + 1, optimizer: LAST, after });
  return summary(confusion);
}

function summary(confusion: readonly (readonly number[])[]): Measured {
  let [all, right, offByOne] = [0, 0, 0];
  let worstPair: Measured['worstPair'] = { digits: [0, 1], times: -1 };
  for (const digit of DIGITS) {
    for (const answer of DIGITS) {
      const times = confusion[digit][answer];
      all += times;
      if (digit === answer) right += times;
      if (Math.abs(digit - answer) === 1) offByOne += times;
      const both = times + confusion[answer][digit];
      if (digit < answer && both > worstPair.times) worstPair = { digits: [digit, answer], times: both };
    }
  }
  const mistakes = all - right;
  return { accuracy: right / all, confusion, mistakes, offByOne: offByOne / mistakes, worstPair };
}

function answer(test: Dataset['test'], epochs: number, measured: Readonly<Record<HeadId, Measured>>): Answer {
  const { oneHot: ten, number: one, oneHotMse: linear } = measured;
  const pairs = DIGITS.flatMap((a) => DIGITS.map((b) => Math.abs(a - b))).filter((apart) => apart > 0);
  const offByOneIfEven = pairs.filter((apart) => apart === 1).length / pairs.length;
  const pair = ({ worstPair: { digits, times } }: Measured): string => `${digits.join(' and ')} (${times} times)`;
  return {
    numbers: {
      testImages: test.count,
      optimizer: OPTIMIZER.id,
      learningRates: [OPTIMIZER.learningRate, LAST.learningRate],
      epochs,
      measured,
      offByOneIfEven,
    },
    sentences: [
      `Because classes are names, not amounts: with ten outputs and one-hot targets ${formatPercent(ten.accuracy)} of the test images are right, with one output that should equal the digit ${formatPercent(one.accuracy)}; with ten linear outputs and the same loss as the one, mse, it is ${formatPercent(linear.accuracy)}, so it is the coding that matters, not the loss.`,
      `The single output takes digits for their neighbours in value: ${formatPercent(one.offByOne)} of its mistakes are off by one, ${formatPercent(ten.offByOne)} with one-hot (${formatPercent(offByOneIfEven)} if mistakes were spread evenly), because between any two digits it must pass through all the digits between them.`,
      `Most often it mixes up ${pair(one)}; one-hot mixes up ${pair(ten)}.`,
    ],
    figures: [
      matrixFigure('number', measured.number),
      matrixFigure('oneHot', measured.oneHot),
      {
        name: 'distance',
        caption: 'How far off the mistakes are in value, as a share of the mistakes of each.',
        alternative: `Bars: with one output ${formatPercent(one.offByOne)} of the mistakes are off by one and fewer and fewer by more; with one-hot ${formatPercent(ten.offByOne)}, and the rest is spread.`,
        svg: barChart({
          categories: DIGITS.slice(1).map((apart) => `off by ${apart}`),
          series: (['number', 'oneHot'] as const).map((id) => ({
            name: HEADS[id].name,
            values: distances(measured[id]),
          })),
          x: { name: 'share of the mistakes', min: 0, format: (v) => `${Math.round(100 * v)} %` },
          label: (v) => `${(100 * v).toFixed(1)} %`,
        }),
      },
    ],
    tables: [accuracyTable(epochs, measured)],
  };
}

/** The shares of mistakes that are off by 1, 2 ... 9. */
function distances({ confusion, mistakes }: Measured): number[] {
  const counts = new Array<number>(DIGITS.length).fill(0);
  confusion.forEach((row, digit) => row.forEach((times, answer) => (counts[Math.abs(digit - answer)] += times)));
  return counts.slice(1).map((times) => times / mistakes);
}

function matrixFigure(id: HeadId, { confusion, offByOne, worstPair }: Measured): Figure {
  const { name } = HEADS[id];
  const most = Math.max(...confusion.flatMap((row, d) => row.filter((_, a) => a !== d)));
  return {
    name: id === 'number' ? 'number' : 'one-hot',
    caption: `Which digits are taken for which: ${name}. Number of test images; the shade is that of the mistakes.`,
    alternative: `A table of 10 by 10 counts. ${formatPercent(offByOne)} of the mistakes lie beside the diagonal; most often ${worstPair.digits.join(' and ')} are mixed up.`,
    svg: matrixChart({
      ...{ rows: DIGITS.map(String), cols: DIGITS.map(String), rowTitle: 'digit', colTitle: 'answer' },
      values: confusion,
      shade: (times) => (times > most ? 0 : times / most), // more than any mistake: on the diagonal
      label: String,
      title: name,
    }),
  };
}

function accuracyTable(epochs: number, measured: Readonly<Record<HeadId, Measured>>): Table {
  return {
    caption: `After ${epochs} epochs of Adam at a learning rate of ${formatNumber(OPTIMIZER.learningRate)} and one at ${formatNumber(LAST.learningRate)}`,
    head: ['', 'test accuracy', 'mistakes', 'off by one', 'most mixed up'],
    rows: (Object.keys(HEADS) as HeadId[]).map((id) => {
      const { accuracy, mistakes, offByOne, worstPair } = measured[id];
      return [
        ...[HEADS[id].name, formatPercent(accuracy), String(mistakes)],
        ...[formatPercent(offByOne), `${worstPair.digits.join(' and ')}, ${worstPair.times} times`],
      ];
    }),
  };
}
