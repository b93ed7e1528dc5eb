// What the checks along the training found: one verdict, how much of the bound was used, and the
// worst entry of each gradient.
import type { TensorMeasure } from '../../check/verdict.ts';
import type { VerdictKind } from '../../check/verdict.ts';
import { formatPlace } from '../../report/words/findings.ts';
import { formatApart, formatCount, formatNumber, formatUsed } from '../../report/words/numbers.ts';
import { Fold } from '../../report/html/client/parts/fold.tsx';
import { Table } from '../../report/html/client/parts/table.tsx';
import { LiveChart } from '../ui/chart.tsx';
import type { Line } from '../ui/chart.tsx';
import { summary } from './session.ts';
import type { StepCheck } from './session.ts';
import type { Shown } from './training.ts';

const MARKS: Record<VerdictKind, string> = { identical: '=', agree: '✓', disagree: '✗', inconclusive: '?' };

/** One verdict over several checks. */
export function overall(checks: readonly StepCheck[]): VerdictKind | null {
  const has = (kind: VerdictKind): boolean => checks.some(({ verdict }) => verdict === kind);
  if (checks.length === 0) return null;
  if (has('disagree')) return 'disagree';
  if (has('inconclusive')) return 'inconclusive';
  return checks.every(({ identical }) => identical) ? 'identical' : 'agree';
}

const WORDS: Record<VerdictKind, string> = {
  identical: 'Identical to the last bit',
  agree: 'Agree, within rounding error',
  disagree: 'Disagree',
  inconclusive: 'Inconclusive',
};

export function Compared({ shown }: { readonly shown: Shown }) {
  const { checks } = shown;
  const kind = overall(checks);
  const { gradients, used, wrong } = summary(checks);
  const shownCheck = wrong ?? checks.at(-1);
  return (
    <section class="card compared" aria-labelledby="compared">
      <h2 id="compared">Gradients, compared as they train</h2>
      {kind === null || shownCheck === undefined ? (
        <p class="muted">Nothing is compared yet. The first check is at the first step.</p>
      ) : (
        <>
          <p class="stamp" data-verdict={kind}>
            <span class="mark" aria-hidden="true">
              {MARKS[kind]}
            </span>
            <strong>{WORDS[kind]}</strong>
            <span class="muted">
              {formatCount(checks.length)} {checks.length === 1 ? 'check' : 'checks'}, at most{' '}
              <span class="used">{formatUsed(used)}</span> of the allowed error
            </span>
          </p>
          {kind !== 'identical' && kind !== 'agree' && <p>{sentenceOf(shownCheck)}.</p>}
        </>
      )}
      <LiveChart
        label={chartWords(checks, used)}
        height={220}
        x={{ name: 'step', min: 0 }}
        y={{ name: 'used of the allowed error', log: true, min: LEAST, max: mostOf(used), format: formatUsed }}
        lines={linesOf(checks)}
        marks={[{ axis: 'y', at: 1, name: 'the bound' }]}
      />
      {gradients.length > 0 && (
        <div class="wide">
          <Table
            id="gradients"
            label="the worst entry of each gradient"
            caption="Of each gradient the entry that used most of its allowed error, over all checks."
            head={['gradient', 'worst entry', 'step', 'by hand', 'TensorFlow.js', 'exact', 'allowed error', 'used']}
            rows={gradients.map(rowOf)}
          />
        </div>
      )}
      <Fold summary="What is compared, and with what">{explanation}</Fold>
    </section>
  );
}

function sentenceOf({ sentence }: StepCheck): string {
  return sentence.slice(0, 1).toUpperCase() + sentence.slice(1);
}

function rowOf(measure: TensorMeasure) {
  const { parameter, shape, candidate, reference, oracle, bound, usedOfBound, step } = measure;
  const [exact, hand, tfjs] = formatApart([oracle, candidate, reference], 4);
  return {
    head: `d${parameter} (${shape.join(', ')})`,
    class: usedOfBound <= 1 ? '' : 'bad',
    cells: [formatPlace(measure), step ?? '-', hand, tfjs, exact, formatNumber(bound, 2), formatUsed(usedOfBound)],
  };
}

/** Below this, a share of the bound is drawn at the bottom. */
const LEAST = 1e-4;

/** The bound is always in the picture. */
function mostOf(used: number): number {
  return Number.isFinite(used) && used > 1 ? 10 * used : 4;
}

const COLORS = ['candidate', 'reference', 'good', 'open', 'muted', 'ink'];

/** One line per gradient: weights solid, biases dashed. */
function linesOf(checks: readonly StepCheck[]): Line[] {
  const names = checks[0]?.gradients.map(({ parameter }) => parameter) ?? [];
  return names.map((name, t) => ({
    name: `d${name}`,
    color: COLORS[Math.floor(t / 2) % COLORS.length] ?? 'ink',
    dash: t % 2 === 0 ? 'solid' : 'dashed',
    width: 1.5,
    dots: checks.length < 40,
    points: checks.map(({ step, gradients }) => [step, gradients[t]?.usedOfBound ?? NaN]),
  }));
}

function chartWords(checks: readonly StepCheck[], used: number): string {
  if (checks.length === 0) return 'Line chart of the share of the allowed error that is used; empty so far.';
  return `Line chart: at each of ${checks.length} checked steps, the share of its allowed error that each gradient used. The largest was ${formatUsed(used)}; the bound is at 100 %.`;
}

function explanation() {
  return (
    <>
      <p>
        Both train from the same weights on the same batches, each by its own gradients. At every checked step both are
        also given the weights of the hand-written network, and must answer with the same loss, the same outputs, the
        same gradient for every weight, and the same weights after one more step.
      </p>
      <p>
        “The same” is not a tolerance that somebody picked. The network is computed a third time in double precision,
        and beside every number stands a bound: how far single precision can have moved it. Both must lie within it.
        Above 100 % rounding is no explanation, and somebody is wrong.
      </p>
    </>
  );
}
