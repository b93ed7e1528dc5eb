// Why the gradient is subtracted: trains with both signs from the same start, with the same batches.
import { createEngine } from '../../../src/engines/registry.ts';
import { formatCount, formatNumber, formatPercent } from '../../../src/report/words/numbers.ts';
import { lineChart } from '../charts/line.ts';
import type { Answer, Experiment, Lab } from '../experiment.ts';
import { followGradient } from '../measures/follow-gradient.ts';
import type { Walk } from '../measures/follow-gradient.ts';
import { lineOf } from '../measures/step-size.ts';
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
      `Subtract: the gradient points to where the loss rises, so one step against it (learning rate ${LEARNING_RATE}) changes the loss of its own batch by ${three(first.subtracted)}, and one step along it by +${three(first.added)}.`,
      `From the same start with the same batches, ${formatCount(down.losses.length)} subtracted steps bring the loss from ${three(down.losses[0])} to ${three(last(down))} and ${formatPercent(down.accuracy)} of the test digits right; added, it climbs to ${three(last(up))}${up.overflowedAt === null ? '' : `, after ${up.overflowedAt} steps beyond what single precision can hold`}, with ${formatPercent(up.accuracy)} right.`,
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
        caption: `The same start, the same batches, learning rate ${LEARNING_RATE}; only the sign differs. The loss axis is logarithmic; the climb goes on above it, to ${three(last(up))}.`,
        alternative: `Loss against steps on a logarithmic axis: subtracted it falls from ${three(down.losses[0])} to ${three(last(down))}, added it climbs to ${three(last(up))}.`,
      },
    ],
    tables: [
      {
        caption: 'The first step, and the whole run.',
        head: ['gradient', 'first step changes the loss by', 'loss at the end', 'test accuracy'],
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
