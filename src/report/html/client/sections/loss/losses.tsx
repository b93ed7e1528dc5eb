// Loss of both paths over the steps; below it their difference.
import type { FreeRun } from '../../../../../check/run/free-run.ts';
import { formatCount, formatNumber } from '../../../../words/numbers.ts';
import { Chart } from '../../charts/chart.tsx';
import { axisAround } from '../../charts/scales.ts';
import { MARKED, pointsOf, stepAxis, stepWords, stepsOf } from '../../charts/step-axis.ts';
import { Section } from '../../parts/section.tsx';
import { SIDES, nameOf } from '../../parts/words.ts';
import type { Labels, Side } from '../../parts/words.ts';
import type { Training } from './difference.tsx';
import { DifferenceChart } from './difference.tsx';

export function Losses(training: Training) {
  return (
    <Section id="losses" title="Loss">
      <LossChart run={training.freeRun} sides={training.sides} />
      <DifferenceChart {...training} />
    </Section>
  );
}

function LossChart({ run, sides }: { readonly run: FreeRun; readonly sides: Labels }) {
  const { loss, finalLoss } = run;
  const steps = stepsOf(run);
  const points = {
    candidate: pointsOf(loss.candidate, finite),
    reference: pointsOf(loss.reference, finite),
  };
  const values = SIDES.flatMap((side) => points[side].map(([, x]) => x ?? NaN));
  const from = (side: Side): string =>
    `${nameOf(sides, side)} from ${formatNumber(loss[side][0] ?? NaN)} to ${formatNumber(finalLoss[side])}`;
  return (
    <Chart
      id="loss-chart"
      height={300}
      x={stepAxis(run)}
      y={axisAround(values, 'loss', (x) => formatNumber(x, 3))}
      curves={SIDES.map((side) => ({
        name: nameOf(sides, side),
        color: side,
        ...(side === 'reference' && { dash: '6 4' }),
        width: side === 'candidate' ? 2.5 : 1.5,
        joined: true,
        symbol: steps > MARKED ? null : side === 'candidate' ? 'circle' : 'diamond',
        points: points[side],
        say: (n) => formatNumber(loss[side][points[side][n]?.[0] ?? 0] ?? NaN, 8),
      }))}
      xWords={stepWords}
      alternative={`Loss of both paths over ${formatCount(steps)} steps: ${SIDES.map(from).join('; ')} (mean of the last tenth).`}
      caption="Loss of the batch of each step, before its update. Where both are the same, the broken line lies over the solid one."
      table={{ head: ['step', nameOf(sides, 'candidate'), nameOf(sides, 'reference')], rows: () => lossRows(run) }}
    />
  );
}

function finite(x: number): number | null {
  return Number.isFinite(x) ? x : null;
}

function lossRows({ loss }: FreeRun): string[][] {
  const show = (x: number | undefined): string => (x === undefined ? '-' : formatNumber(x, 9));
  const rows: string[][] = [];
  loss.candidate.forEach((x, step) => rows.push([String(step), show(x), show(loss.reference[step])]));
  return rows;
}
