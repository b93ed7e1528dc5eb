// Why flatten 28 x 28, and what is lost: weights as pictures, and trainings on shuffled pixels.
import { lineChart } from '../charts/line.ts';
import { barChart } from '../charts/bar.ts';
import { matrixChart } from '../charts/matrix.ts';
import { pictureGrid } from '../charts/pictures.ts';
import type { Answer, Experiment, Lab } from '../experiment.ts';
import { mlp, smoothed, trainOnce } from '../training.ts';

export const flatten: Experiment = {
  name: 'flatten',
  question: 'Why flatten 28×28, and what is lost?',
  run,
};

async function run(lab: Lab): Promise<Answer> {
  const dataset = lab.mnist(lab.quick ? 2000 : undefined, lab.quick ? 500 : undefined);
  const { losses, parameters, evaluation } = await trainOnce(lab, { network: mlp(), dataset });
  const curve = smoothed(losses, 100);
  const W = parameters[0].weights;
  const pictures = Array.from({ length: 16 }, (_, u) => ({
    caption: `unit ${u}`,
    values: Array.from({ length: 784 }, (_, i) => W.data[i * W.cols + u]),
    range: [-0.2, 0.2] as const,
  }));
  return {
    sentences: [`x ${evaluation?.accuracy ?? ''}`],
    numbers: { accuracy: evaluation?.accuracy, curve },
    figures: [
      {
        name: 'line',
        caption: 'line',
        alternative: 'line',
        svg: lineChart({
          x: { name: 'step' },
          y: { name: 'loss', scale: 'log' },
          series: [1, 2, 3, 4, 5].map((n) => ({
            name: `series number ${n}`,
            points: curve.map(([x, y]) => [x, y * n]),
          })),
          marks: [{ axis: 'y', at: 2.3, name: 'chance' }],
        }),
      },
      {
        name: 'bar',
        caption: 'bar',
        alternative: 'bar',
        svg: barChart({
          categories: ['one', 'two and three words', 'four'],
          series: [
            { name: 'seed 1', values: [0.9, 0.95, 0.1] },
            { name: 'seed 2', values: [0.91, 0.94, 0.12] },
          ],
          x: { name: 'test accuracy' },
          label: (v) => `${(100 * v).toFixed(2)} %`,
        }),
      },
      {
        name: 'matrix',
        caption: 'matrix',
        alternative: 'matrix',
        svg: matrixChart({
          rows: ['0', '1', '2'],
          cols: ['0', '1', '2'],
          rowTitle: 'digit',
          colTitle: 'predicted',
          values: [
            [100, 2, 3],
            [5, 80, 4],
            [NaN, 50, 60],
          ],
          label: (v) => String(v),
        }),
      },
      {
        name: 'pictures',
        caption: 'weights',
        alternative: 'weights',
        svg: await pictureGrid({ pictures, columns: 4 }),
      },
    ],
    tables: [{ caption: 'a table', head: ['', 'a', 'b'], rows: [['x', '1', '2']] }],
  };
}
