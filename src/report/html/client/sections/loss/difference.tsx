// The difference of the two losses, with the bound, and the steps at which single precision leaves
// a unit undecided.
import type { FreeRun } from '../../../../../check/run/free-run.ts';
import type { Lockstep } from '../../../../../check/run/lockstep.ts';
import { formatCount, formatNumber } from '../../../../words/numbers.ts';
import { kinkLines, partingSentence } from '../../../../words/sentences.ts';
import type { Sides } from '../../../../words/findings.ts';
import { Chart } from '../../charts/chart.tsx';
import { logAxis } from '../../charts/log-axis.ts';
import type { LogAxis } from '../../charts/log-axis.ts';
import type { Curve, Mark } from '../../charts/plot.tsx';
import { MARKED, pointsOf, stepAxis, stepWords } from '../../charts/step-axis.ts';
import { capital } from '../../parts/words.ts';
import type { Labels, Side } from '../../parts/words.ts';

export interface Training {
  readonly freeRun: FreeRun;
  readonly lockstep: Lockstep;
  readonly sides: Labels & Sides;
}

/** |candidate - reference| at every step that both took and the page has. */
function differences({ loss }: FreeRun): number[] {
  return loss.candidate.slice(0, loss.reference.length).map((x, step) => Math.abs(x - (loss.reference[step] ?? NaN)));
}

/**
 * Each may be so far from the exact run; so they are at most as far apart as one is from it and the
 * other may be.
 */
function boundOnDifference({ exact, loss }: FreeRun, apart: readonly number[]): number[] | null {
  if (exact === null || exact.loss.length === 0) return null;
  const { candidate, reference } = exact.allowed;
  const off = (side: Side, step: number): number => Math.abs((loss[side][step] ?? NaN) - (exact.loss[step] ?? NaN));
  return apart.map((_, step) =>
    Math.min((candidate[step] ?? NaN) + off('reference', step), (reference[step] ?? NaN) + off('candidate', step)),
  );
}

function alikeWords(apart: readonly number[], { largestGap }: FreeRun): string {
  const there = apart.filter((x) => x !== undefined);
  const same = there.filter((x) => x === 0).length;
  if (apart.length === 0) return 'There is no step that both took.';
  if (!Number.isFinite(largestGap.gap)) return `At step ${largestGap.step} a loss is not a finite number.`;
  if (largestGap.gap === 0) return `All ${formatCount(apart.length)} losses are the same to the last bit.`;
  const some = there.length < apart.length ? ' drawn' : '';
  const equal =
    same === 0
      ? `they differ at every${some} step`
      : `at ${formatCount(same)} of ${formatCount(there.length)}${some} steps there is none`;
  return `The largest difference is ${formatNumber(largestGap.gap, 3)}, at step ${largestGap.step}; ${equal}.`;
}

export function DifferenceChart({ freeRun, lockstep, sides }: Training) {
  const apart = differences(freeRun);
  const bound = boundOnDifference(freeRun, apart);
  const axis = logAxis([...apart, ...(bound ?? [])], 'difference');
  const where = lockstep.kinks.steps.map(({ step, count }) => `${count} at step ${step}`).join(', ');
  const range =
    bound === null
      ? ''
      : `The bound goes from ${formatNumber(bound[0] ?? NaN, 3)} to ${formatNumber(bound.at(-1) ?? NaN, 3)}. `;
  return (
    <Chart
      id="difference-chart"
      height={280}
      x={stepAxis(freeRun)}
      y={axis}
      curves={curvesOf(lockstep, apart, bound, axis)}
      mark={partingMark(freeRun)}
      xWords={stepWords}
      alternative={`Difference of the two losses, on a logarithmic scale. ${alikeWords(apart, freeRun)} ${range}Undecided units at checked steps: ${where === '' ? 'none' : where}.`}
      caption={captionOf(freeRun, lockstep, sides, apart, bound)}
      table={{ head: ['step', '|candidate - reference|', 'bound'], rows: () => rowsOf(apart, bound) }}
    />
  );
}

function rowsOf(apart: readonly number[], bound: readonly number[] | null): string[][] {
  const rows: string[][] = [];
  apart.forEach((x, step) =>
    rows.push([String(step), formatNumber(x, 4), bound === null ? '-' : formatNumber(bound[step] ?? NaN, 4)]),
  );
  return rows;
}

function curvesOf(
  { kinks }: Lockstep,
  apart: readonly number[],
  bound: readonly number[] | null,
  axis: LogAxis,
): Curve[] {
  const line = (name: string, values: readonly number[], color: string): Curve => {
    const points = pointsOf(values, axis.place);
    const say = (n: number): string => formatNumber(values[points[n]?.[0] ?? 0] ?? NaN, 3);
    return { name, color, joined: true, symbol: null, points, say };
  };
  const marked = apart.length <= MARKED ? 'circle' : null;
  const curves: Curve[] = [{ ...line('|candidate - reference|', apart, 'candidate'), symbol: marked }];
  if (bound !== null) curves.push({ ...line('bound', bound, 'bound'), dash: '5 4' });
  if (kinks.steps.length === 0) return curves;
  return [
    ...curves,
    {
      name: 'undecided unit at a checked step',
      color: 'reference',
      joined: false,
      symbol: 'triangle',
      points: kinks.steps.map(({ step }) => [step, axis.place(apart[step]) ?? axis.min]),
      say: (n) => `${kinks.steps[n]?.count ?? 0} undecided`,
    },
  ];
}

/** Where one of the two diverges from the exact run. */
function partingMark({ parted }: FreeRun): Mark | null {
  if (parted === null) return null;
  const cause = parted.cause === 'kink' ? 'a unit takes another branch' : 'rounding is fed back';
  return { x: parted.step, text: `step ${parted.step}: ${cause}` };
}

function captionOf(
  run: FreeRun,
  { kinks }: Lockstep,
  sides: Sides,
  apart: readonly number[],
  bound: readonly number[] | null,
): string {
  const parting = partingSentence(run, sides);
  const source =
    bound !== null
      ? 'The bound is how far single precision lets the two be apart: how far each may be from the same run in double precision.'
      : run.exact === null
        ? 'Two runs that are the same to the last bit need no bound.'
        : 'The run in double precision, which gives the bound, did not begin.';
  const parts = [alikeWords(apart, run), 'A difference of 0 lies on the lowest line.', source, ...kinkLines(kinks)];
  return [...parts, ...(parting === null ? [] : [capital(parting)])].join(' ');
}
