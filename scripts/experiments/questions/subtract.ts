// Why the gradient is subtracted: trains with both signs from the same start, with the same
// batches.
import { lineOf } from '../../../src/check/run/step-line.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { lineChart } from '../charts/line.ts';
import type { Answer, Experiment, Lab } from '../experiment.ts';
import { followGradient } from '../measures/follow-gradient.ts';
import type { Walk } from '../measures/follow-gradient.ts';
import { mlp, prepare, sgd } from '../training.ts';

export const subtract: Experiment = {
  name: 'subtract',
  question: 'Add or subtract the gradient?',
  run,
};

const LEARNING_RATE = 0.05;
/** Losses above this are in the numbers but not in the figure. */
const SHOWN = 1e4;

async function run(lab: Lab): Promise<Answer> {
  const dataset = lab.mnist(undefined, lab.quick ? 500 : undefined);
  const network = mlp();
  const steps = lab.quick ? 30 : 200;
  const plan = { network, dataset, steps, optimizer: sgd(LEARNING_RATE) };
  const down = await followGradient(lab, plan, -1);
  lab.progress(1, 2);
  const up = await followGradient(lab, plan, 1);
  lab.progress(2, 2);
  const first = await firstStep(lab, plan);
  const three = (x: number): string => formatNumber(x, 3);
  const signs = [
    { name: 'subtracted: w - lr·g', walk: down, change: first.subtracted },
    { name: 'added: w + lr·g', walk: up, change: first.added },
  ];
  return {
    sentences: [
      'Subtract: the gradient points to where the loss rises.',
      `One step against the gradient (learning rate ${LEARNING_RATE}) changes the loss of its own batch by ${three(first.subtracted)}. One step along the gradient changes it by +${three(first.added)}.`,
      `Both runs have the same start and the same batches. Subtracting for ${formatCount(down.losses.length)} steps brings the loss from ${three(down.losses[0])} to ${three(last(down))}, and ${formatPercent(down.accuracy)} of the test digits are right. Adding makes the loss climb to ${three(last(up))}${up.overflowedAt === null ? '' : ` and, after ${up.overflowedAt} steps, beyond what single precision can hold`}. After that, ${formatPercent(up.accuracy)} of the test digits are right.`,
    ],
    figures: [
      {
        name: 'losses',
        svg: lineChart({
          x: { name: 'step' },
          y: { name: 'loss of the batch', scale: 'log', min: 0.1, max: SHOWN },
          series: signs.map(({ name, walk }) => ({
            name,
            points: walk.losses.map((loss, step) => [step, loss <= SHOWN ? loss : NaN] as const),
          })),
        }),
        caption: `Both runs have the same start, the same batches and a learning rate of ${LEARNING_RATE}; only the sign differs. The loss axis is logarithmic. The climb goes on above the chart, to ${three(last(up))}.`,
        alternative: `Loss against steps on a logarithmic axis. With subtraction it falls from ${three(down.losses[0])} to ${three(last(down))}. With addition it climbs to ${three(last(up))}.`,
      },
    ],
    tables: [
      {
        caption: 'The first step and the whole run.',
        head: ['gradient', 'change of the loss by the first step', 'loss at the end', 'test accuracy'],
        rows: signs.map(({ name, walk, change }) => [
          name,
          three(change),
          three(last(walk)),
          formatPercent(walk.accuracy),
        ]),
      },
    ],
    numbers: { learningRate: LEARNING_RATE, first, down, up },
  };
}

/** The loss of the last batch; if training overflowed, the last finite loss. */
function last({ losses }: Walk): number {
  return losses[losses.length - 1];
}

/** The effect of one step on the loss of the batch that gave the gradient, in double precision. */
async function firstStep(
  lab: Lab,
  plan: Parameters<typeof prepare>[1],
): Promise<{ subtracted: number; added: number }> {
  const { initial, batches } = prepare(lab, plan);
  const engine = await createEngine('vector', plan.network, sgd(0), { dtype: 'f64' });
  const line = await lineOf(engine, initial, batches.batch(0));
  const [subtracted, added] = [await line.step(LEARNING_RATE), await line.step(-LEARNING_RATE)];
  await engine.dispose();
  return { subtracted: subtracted.measured, added: added.measured };
}
