// The loss of a right network and of one with a mistake, from the same start on the same batches.
import { useMemo } from 'preact/hooks';
import { Chart } from '../../report/html/client/charts/chart.tsx';
import type { Curve } from '../../report/html/client/charts/plot.tsx';
import { axisAround, ticksBetween } from '../../report/html/client/charts/scales.ts';
import { stepWords } from '../../report/html/client/charts/step-axis.ts';
import { formatCount, formatNumber, formatPercent } from '../../report/words/numbers.ts';
import type { Trained } from './messages.ts';
import { lossWords, meanOfLast } from './loss-words.ts';

export function LossOfBoth({ trained }: { readonly trained: Trained | null }) {
  if (trained === null)
    return (
      <section class="card loss-card" aria-label="loss while training">
        <h2>What the loss says</h2>
        <p class="muted">Training both ...</p>
      </section>
    );
  return <Drawn trained={trained} />;
}

function Drawn({ trained }: { readonly trained: Trained }) {
  const { right, broken, accuracy } = trained;
  const curves = useMemo(
    (): Curve[] => [
      { ...curveOf('right', right), color: 'reference', dash: '6 4' },
      { ...curveOf('with the mistake', broken), color: 'candidate' },
    ],
    [trained],
  );
  const last = Math.max(1, right.length - 1);
  const ends = [meanOfLast(right), meanOfLast(broken)].map((loss) => formatNumber(loss, 3));
  return (
    <section class="card loss-card" aria-label="loss while training">
      <h2>What the loss says</h2>
      <p>{lossWords(trained)}</p>
      <Chart
        id="break-losses"
        height={220}
        x={{ min: 0, max: last, ticks: ticksBetween(0, last, 6), label: formatCount, name: 'step' }}
        y={axisAround([...right, ...broken].filter(Number.isFinite), 'loss', 3)}
        curves={curves}
        xWords={stepWords}
        alternative={`Loss of both while training. At the end: right ${ends[0] ?? ''}, with the mistake ${ends[1] ?? ''}.`}
        caption={`Test examples labelled right: ${formatPercent(accuracy.right)} by the right network, ${formatPercent(accuracy.broken)} with the mistake.`}
        table={{
          head: ['step', 'right', 'with the mistake'],
          rows: () =>
            right.map((loss, step) => [String(step), formatNumber(loss, 6), formatNumber(broken[step] ?? NaN, 6)]),
        }}
      />
    </section>
  );
}

function curveOf(name: string, losses: readonly number[]): Omit<Curve, 'color'> {
  return {
    name,
    width: 2,
    joined: true,
    symbol: null,
    points: losses.map((loss, step) => [step, Number.isFinite(loss) ? loss : null] as const),
    say: (at) => formatNumber(losses[at] ?? NaN, 6),
  };
}
