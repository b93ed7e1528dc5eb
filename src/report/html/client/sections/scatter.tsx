// Both sides of a sample of a gradient's entries against the exact ones: a wrong factor turns the
// line, a sign mirrors it.
import type { Scatter } from '../../../../check/diagnosis/entries.ts';
import { formatPlace } from '../../../words/findings.ts';
import { formatCount, formatNumber } from '../../../words/numbers.ts';
import { Chart } from '../charts/chart.tsx';
import type { Curve } from '../charts/plot.tsx';
import { axisAround } from '../charts/scales.ts';
import { SIDES, nameOf } from '../parts/words.ts';
import type { Labels, Side } from '../parts/words.ts';

interface Props {
  readonly id: string;
  readonly scatter: Scatter;
  readonly sides: Labels;
}

export function ScatterChart({ id, scatter, sides }: Props) {
  const { parameter, shape, at, oracle } = scatter;
  const entries = shape.reduce((a, b) => a * b, 1);
  const sizes = oracle.map(Math.abs).filter(Number.isFinite);
  const largest = sizes.reduce((a, b) => Math.max(a, b), 0);
  const farthest = (side: Side): string =>
    formatNumber(
      oracle.reduce((most, x, i) => Math.max(most, Math.abs((scatter[side][i] ?? NaN) - x)), 0),
      2,
    );
  const which =
    at.length === entries
      ? `All ${formatCount(entries)} entries`
      : `${formatCount(at.length)} of ${formatCount(entries)} entries`;
  const far = `Farthest from exact: candidate ${farthest('candidate')}, reference ${farthest('reference')}.`;
  const label = (x: number): string => formatNumber(x, 2);
  const x = axisAround(oracle, 'exact', label);
  const y = axisAround([...scatter.candidate, ...scatter.reference, ...oracle], 'computed', label);
  return (
    <Chart
      id={id}
      height={280}
      x={x}
      y={y}
      curves={curvesOf(scatter, sides, [Math.max(x.min, y.min), Math.min(x.max, y.max)])}
      xWords={(x) => `exact ${formatNumber(x, 6)}`}
      alternative={`Gradient of ${parameter}, ${which}, computed against exact. ${far} Exact values reach ${formatNumber(largest, 2)}.`}
      caption={`${which}, computed against exact. ${far} Right entries lie on the line.`}
      table={{ head: ['entry', 'exact', 'candidate', 'reference'], rows: () => rowsOf(scatter) }}
    />
  );
}

function curvesOf(scatter: Scatter, sides: Labels, [from, to]: readonly [number, number]): Curve[] {
  const { oracle, at } = scatter;
  const points = (side: Side): Curve => ({
    name: nameOf(sides, side),
    color: side,
    joined: false,
    symbol: side === 'candidate' ? 'circle' : 'diamond',
    hollow: side === 'candidate',
    points: oracle.map((x, i) => {
      const y = scatter[side][i] ?? NaN;
      return [x, Number.isFinite(y) ? y : null];
    }),
    say: (n) => `${placeOf(scatter, at[n] ?? 0)} ${formatNumber(scatter[side][n] ?? NaN, 6)}`,
  });
  const line: Curve = {
    name: 'exact',
    color: 'bound',
    dash: '2 3',
    width: 1,
    joined: true,
    symbol: null,
    points: [
      [from, from],
      [to, to],
    ],
    say: (n) => formatNumber(n === 0 ? from : to, 6),
  };
  return [line, ...SIDES.map(points)];
}

function rowsOf(scatter: Scatter): string[][] {
  const { at, oracle } = scatter;
  return at.map((flat, i) => [
    placeOf(scatter, flat),
    ...[oracle[i], scatter.candidate[i], scatter.reference[i]].map((x) => formatNumber(x ?? NaN, 9)),
  ]);
}

function placeOf({ parameter, shape }: Scatter, at: number): string {
  const cols = shape[1];
  return formatPlace({
    parameter: `d${parameter}`,
    index: cols === undefined ? [at] : [Math.floor(at / cols), at % cols],
  });
}
