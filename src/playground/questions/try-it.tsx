// Three questions to try: a slider, and what comes of it, measured on the reader's machine.
import type { ComponentChildren } from 'preact';
import type { StepPoint } from '../../check/run/step-line.ts';
import { formatCount, formatNumber, formatPercent } from '../../report/words/numbers.ts';
import { LiveChart } from '../ui/chart.tsx';
import type { Line } from '../ui/chart.tsx';
import { complaintText } from '../work/complaint.ts';
import type { Measured, Walk } from './live.ts';
import { useMeasured } from './use-measured.ts';
import type { Live } from './use-measured.ts';

/** The sliders' choices, part of the state of a link. */
export interface Tried {
  readonly scalingRate: number;
  readonly subtractRate: number;
  readonly after: number;
  readonly stepRate: number;
}

/** Learning rates as powers of ten: the sliders' range, and where they begin. */
export const RANGES = {
  scalingRate: { from: -6, to: 0.5, begin: -1 },
  subtractRate: { from: -3, to: 0, begin: -1.25 },
  stepRate: { from: -3, to: 1, begin: -0.5 },
} as const;
export const MOST_AFTER = 200;

/** A learning rate with two digits, from its power of ten. */
export function rateOf(exponent: number): number {
  return Number((10 ** exponent).toPrecision(2));
}

interface Props {
  readonly tried: Tried;
  readonly onTry: (change: Partial<Tried>) => void;
}

export const TRY_IT = {
  scaling: (props: Props) => <Walked question="scaling" {...props} />,
  subtract: (props: Props) => <Walked question="subtract" {...props} />,
  'step-size': StepSize,
} as const;

/** Trainings that differ in one thing, and how they are drawn. */
const WALKED = {
  scaling: {
    words:
      'The same network, 784-32-10, trains three times for 150 steps on 2,000 digits; only the scale of the pixels differs.',
    rate: 'scalingRate',
    losses: 'three losses',
    steps: 150,
    loss: { min: 0, max: 6 },
    colors: ['bad', 'candidate', 'reference'],
  },
  subtract: {
    words:
      'Two networks start with the same weights and see the same batches. One subtracts its gradient, the other adds it.',
    rate: 'subtractRate',
    losses: 'two losses',
    steps: 60,
    loss: { log: true, min: 0.1, max: 10_000 },
    colors: ['candidate', 'bad'],
  },
} as const;

function Walked({ question, tried, onTry }: Props & { readonly question: keyof typeof WALKED }) {
  const { words, rate, losses, steps, loss, colors } = WALKED[question];
  const learningRate = rateOf(tried[rate]);
  const live = useMeasured({ question, learningRate });
  const walks = walksOf(live.measured, question);
  return (
    <Panel live={live} words={words}>
      <Rate name={rate} exponent={tried[rate]} onTry={onTry} />
      <LiveChart
        label={`Line chart of ${losses} at learning rate ${learningRate}. ${walks.map(walkWords).join(' ')}`}
        height={260}
        x={{ name: 'step', min: 0, max: steps }}
        y={{ name: 'loss of the batch', ...loss }}
        lines={linesOf(walks, colors)}
      />
      <Walks walks={walks} />
    </Panel>
  );
}

function StepSize({ tried: { after, stepRate }, onTry }: Props) {
  const live = useMeasured({ question: 'step-size', after });
  const { measured } = live;
  const found = measured?.question === 'step-size' ? measured : null;
  const learningRate = rateOf(stepRate);
  const points = found?.points ?? [];
  const at = nearest(points, learningRate);
  const start = found?.loss ?? 0;
  const loss = (change: number): number => start + change;
  return (
    <Panel
      live={live}
      words="One step against the gradient of 128 digits, of every length. The slope promises that the loss changes by −lr·‖g‖²; the curve is what it does."
    >
      <Rate name="stepRate" exponent={stepRate} onTry={onTry} />
      <label class="slider">
        <span>
          Steps trained before: <b>{after}</b>
        </span>
        <input
          type="range"
          min={0}
          max={MOST_AFTER}
          step={20}
          value={after}
          onInput={({ currentTarget }) => onTry({ after: Number(currentTarget.value) })}
        />
      </label>
      <LiveChart
        label={`Line chart of the loss after one step, against its learning rate. ${at === null ? '' : stepWords(at, start)}`}
        height={260}
        x={{ name: 'learning rate', log: true, min: 0.001, max: 10 }}
        y={{ name: 'loss after the step', min: 0, max: Math.max(1, Math.ceil(2 * start)) }}
        lines={[
          {
            name: 'measured',
            color: 'candidate',
            width: 3,
            points: points.map((p) => [p.learningRate, loss(p.measured)]),
          },
          {
            name: 'promised by the slope',
            color: 'reference',
            dash: 'dashed',
            points: points.map((p) => [p.learningRate, loss(p.predicted)]),
          },
        ]}
        marks={[
          { axis: 'x', at: learningRate, name: 'this step' },
          { axis: 'y', at: start, name: 'before' },
        ]}
      />
      {at !== null && <p class="result">{stepWords(at, start)}</p>}
    </Panel>
  );
}

function Panel({ live, words, children }: { live: Live; words: string; children: ComponentChildren }) {
  const { complaint, isBusy } = live;
  return (
    <section class="card try-it" aria-labelledby="try-it" data-busy={isBusy}>
      <h2 id="try-it">Try it here</h2>
      <p>{words}</p>
      {complaint !== null && (
        <p class="notice bad" role="alert">
          {complaintText(complaint)}.
        </p>
      )}
      {children}
    </section>
  );
}

interface RateProps extends Pick<Props, 'onTry'> {
  readonly name: keyof typeof RANGES;
  readonly exponent: number;
}

/** A slider over powers of ten. */
function Rate({ name, exponent, onTry }: RateProps) {
  const { from, to } = RANGES[name];
  const text = String(rateOf(exponent));
  return (
    <label class="slider">
      <span>
        Learning rate: <b>{text}</b>
      </span>
      <input
        type="range"
        min={from}
        max={to}
        step={0.25}
        value={exponent}
        aria-valuetext={text}
        onInput={({ currentTarget }) => onTry({ [name]: Number(currentTarget.value) })}
      />
    </label>
  );
}

function walksOf(measured: Measured | null, question: Measured['question']): readonly Walk[] {
  return measured !== null && measured.question === question && 'walks' in measured ? measured.walks : [];
}

function linesOf(walks: readonly Walk[], colors: readonly string[]): Line[] {
  const dashes = ['solid', 'solid', 'dashed'] as const;
  return walks.map(({ name, losses }, i) => ({
    name,
    color: colors[i] ?? 'ink',
    dash: dashes[i] ?? 'solid',
    points: losses.map((loss, step) => [step, loss]),
  }));
}

function Walks({ walks }: { readonly walks: readonly Walk[] }) {
  return (
    <ul class="result">
      {walks.map((walk) => (
        <li data-walk={walk.name} data-loss={walk.losses.at(-1)}>
          {walkWords(walk)}
        </li>
      ))}
    </ul>
  );
}

/** "divided by 255: loss 2.4 → 0.31, 84.20 % of the test digits right." */
function walkWords({ name, losses, overflowedAt, accuracy }: Walk): string {
  const [first, last] = [losses[0] ?? NaN, losses.at(-1) ?? NaN].map((loss) => formatNumber(loss, 3));
  if (overflowedAt !== null)
    return `${name}: loss ${first} → ${last}, and at step ${overflowedAt} beyond every number.`;
  return `${name}: loss ${first} → ${last}, ${formatPercent(accuracy)} of the test digits right.`;
}

function nearest(points: readonly StepPoint[], learningRate: number): StepPoint | null {
  const apart = (p: StepPoint): number => Math.abs(Math.log(p.learningRate / learningRate));
  return points.reduce<StepPoint | null>((best, p) => (best === null || apart(p) < apart(best) ? p : best), null);
}

function stepWords({ learningRate, predicted, measured, ratio }: StepPoint, start: number): string {
  const three = (x: number): string => formatNumber(x, 3);
  const kept = ratio < 0 ? 'the loss rises instead' : `${formatPercent(ratio)} of the promise is kept`;
  return `A step of ${formatCount(Number(learningRate.toPrecision(2)))} from loss ${three(start)}: promised ${three(predicted)}, measured ${three(measured)}; ${kept}.`;
}
