// Two reports of the list side by side: what differs, the losses of both, and the two pages.
import { useMemo } from 'preact/hooks';
import { describeNetwork } from '../../../../network/spec.ts';
import type { Settings } from '../../../report.ts';
import { formatCount, formatLoss, formatNumber, formatPercent, formatUsed } from '../../../words/numbers.ts';
import type { Summary, TrainingSummary } from '../../summary.ts';
import { Chart } from '../charts/chart.tsx';
import type { Curve } from '../charts/plot.tsx';
import { axisAround, ticksBetween } from '../charts/scales.ts';
import { stepWords } from '../charts/step-axis.ts';
import { Table } from '../parts/table.tsx';
import { dateWords } from '../parts/words.ts';

export const SLOTS = ['A', 'B'] as const;

export function SideBySide({ a, b }: { readonly a: Summary; readonly b: Summary }) {
  const rows = useMemo(() => rowsOf(a, b), [a, b]);
  const different = rows.filter(({ values: [x, y] }) => x !== y).length;
  return (
    <section aria-labelledby="side-by-side" class="card">
      <h2 id="side-by-side">Side by side</h2>
      <p>
        {different} of {rows.length} lines differ; they are marked ≠.
      </p>
      <Table
        label="two reports side by side"
        id="two"
        head={['', { text: `A: ${dateWords(a.startedAt)}` }, { text: `B: ${dateWords(b.startedAt)}` }]}
        rows={rows.map(({ what, values: [x, y] }) => ({
          class: x === y ? '' : 'differs',
          head: `${x === y ? '' : '≠ '}${what}`,
          cells: [x, y],
        }))}
      />
      {a.training !== null && b.training !== null && <LossOfBoth a={a} b={b} losses={[a.training, b.training]} />}
      <div class="pair frames">
        {[a, b].map((r, n) => (
          <iframe src={r.file} title={`report ${SLOTS[n] ?? ''}: ${dateWords(r.startedAt)}`} />
        ))}
      </div>
    </section>
  );
}

const SETTINGS: readonly (readonly [Exclude<keyof Settings, 'network' | 'optimizer'>, string])[] = [
  ['dataset', 'data set'],
  ['trainSize', 'training examples'],
  ['testSize', 'test examples'],
  ['scale', 'scaling'],
  ['initializer', 'initializer'],
  ['batchSize', 'batch size'],
  ['epochs', 'epochs'],
  ['steps', 'steps'],
  ['seed', 'seed'],
  ['fault', 'fault injected'],
];

interface Line {
  readonly what: string;
  readonly values: readonly [string, string];
}

type Of<T> = (from: T, side: 'candidate' | 'reference') => string;

function rowsOf(a: Summary, b: Summary): Line[] {
  const both = (what: string, of: (r: Summary) => string): Line => ({ what, values: [of(a), of(b)] });
  const sides = (what: string, of: Of<Summary>): Line[] =>
    (['candidate', 'reference'] as const).map((side) => both(`${what}, ${side}`, (r) => of(r, side)));
  const trained =
    (of: Of<TrainingSummary>): Of<Summary> =>
    (r, side) =>
      r.training === null ? '-' : of(r.training, side);
  const once = (what: string, of: (t: TrainingSummary) => string): Line =>
    both(what, (r) => (r.training === null ? '-' : of(r.training)));
  const versions = [...new Set([a, b].flatMap((r) => Object.keys(r.versions)))];
  return [
    both('command', (r) => r.kind),
    both('verdict', (r) => r.verdict),
    both('in words', (r) => r.sentence),
    ...sides('engine', (r, side) => r.label[side]),
    ...sides(
      'test accuracy',
      trained((t, side) => formatPercent(t.accuracy[side])),
    ),
    ...(a.training?.testLoss === undefined && b.training?.testLoss === undefined
      ? []
      : sides(
          'test loss',
          trained((t, side) => formatLoss(t.testLoss?.[side] ?? null)),
        )),
    ...sides(
      'final loss',
      trained((t, side) => formatNumber(t.finalLoss[side], 8)),
    ),
    both('of the allowed error', (r) => (r.usedOfBound === null ? '-' : formatUsed(r.usedOfBound))),
    once('largest difference of the losses', ({ largestGap }) =>
      Number.isFinite(largestGap) ? formatNumber(largestGap, 4) : 'not a number',
    ),
    once('labelled differently', ({ labelledDifferently: n }) => (n === null ? '-' : formatCount(n))),
    both('network', ({ settings }) => (settings === null ? '-' : describeNetwork(settings.network))),
    both('optimizer', ({ settings }) =>
      settings === null ? '-' : `${settings.optimizer.id}, learning rate ${settings.optimizer.learningRate}`,
    ),
    ...SETTINGS.map(([key, what]) => both(what, ({ settings }) => String(settings?.[key] ?? '-'))),
    ...versions.map((name) => both(`version of ${name}`, (r) => r.versions[name] ?? '-')),
    ...sides(
      'examples per second',
      trained(({ samplesPerSecond: s }, side) =>
        s === null || s[side] === 0 ? '-' : formatCount(Math.round(s[side])),
      ),
    ),
  ];
}

interface LossProps {
  readonly a: Summary;
  readonly b: Summary;
  readonly losses: readonly [TrainingSummary, TrainingSummary];
}

function LossOfBoth({ a, b, losses }: LossProps) {
  const curves = [a, b].map((r, n): Curve => {
    const points = (losses[n]?.loss ?? []).map(([step, x]) => [step, Number.isFinite(x) ? x : null] as const);
    return {
      name: `${SLOTS[n] ?? ''}: ${r.label.candidate}`,
      color: n === 0 ? 'candidate' : 'reference',
      ...(n === 1 && { dash: '6 4' }),
      width: 2,
      joined: true,
      symbol: points.length < 3 ? 'circle' : null,
      points,
      say: (at) => formatNumber(points[at]?.[1] ?? NaN, 6),
    };
  });
  const last = Math.max(1, ...losses.flatMap(({ loss }) => loss.map(([step]) => step)));
  const final = losses.map(({ finalLoss }) => formatNumber(finalLoss.candidate));
  return (
    <Chart
      id="two-losses"
      height={300}
      x={{ min: 0, max: last, ticks: ticksBetween(0, last, 8), label: formatCount, name: 'step' }}
      y={axisAround(
        curves.flatMap(({ points }) => points.map(([, y]) => y ?? NaN)),
        'loss',
        3,
      )}
      curves={curves}
      xWords={stepWords}
      alternative={`Loss of the candidates of A and B; final loss ${final.join(' and ')}.`}
      caption="Loss of the two candidates, at some of the steps."
      table={{
        head: ['run', 'step', 'loss'],
        rows: () =>
          losses.flatMap(({ loss }, n) => loss.map(([step, x]) => [SLOTS[n] ?? '', String(step), formatNumber(x, 6)])),
      }}
    />
  );
}
