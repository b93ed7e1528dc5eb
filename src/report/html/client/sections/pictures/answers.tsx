// What the trained networks say of the test set: confusion matrices, and the digits that are wrong.
import type { CompareReport, Pictures } from '../../../../report.ts';
import { formatCount, formatLoss, formatPercent } from '../../../../words/numbers.ts';
import { Canvas, INK } from '../../parts/canvas.tsx';
import { bytesOf } from '../../parts/embedded.ts';
import { SIDES, nameOf } from '../../parts/words.ts';
import type { Side } from '../../parts/words.ts';
import { More } from '../../parts/more.tsx';
import { Section } from '../../parts/section.tsx';

export function Answers({ report }: { readonly report: CompareReport }) {
  const { confusion } = report.freeRun;
  return (
    <Section id="answers" title="Test set">
      <p>{summary(report)}</p>
      <div class="pair">
        {SIDES.map((side) => {
          const counts = confusion[side];
          return counts === null ? null : <Confusion report={report} side={side} counts={counts} />;
        })}
      </div>
      {report.pictures !== null && report.pictures.digits !== null && (
        <Digits {...report.pictures} digits={report.pictures.digits} report={report} />
      )}
    </Section>
  );
}

function summary({
  freeRun: { confusion, testSize, labelledDifferently, testLoss },
  ...report
}: CompareReport): string {
  if (testLoss !== undefined) {
    const [candidate, reference] = SIDES.map((side) => `${formatLoss(testLoss[side])} (${report[side].label})`);
    return `Mean loss over ${formatCount(testSize)} test examples: ${candidate ?? ''}, ${reference ?? ''}.`;
  }
  if (labelledDifferently !== null)
    return `Of ${formatCount(testSize)} test examples the two label ${formatCount(labelledDifferently)} differently.`;
  const alone = SIDES.find((side) => confusion[side] !== null);
  return alone === undefined
    ? 'Training did not get to the test set.'
    : `Only ${report[alone].label} (${alone}) got to the test set.`;
}

interface ConfusionProps {
  readonly report: CompareReport;
  readonly side: Side;
  readonly counts: readonly (readonly number[])[];
}

/**
 * Wrong answers are shaded by the root of their share of the class, so that few are seen too; right
 * ones have a frame.
 */
function Confusion({ report, side, counts }: ConfusionProps) {
  const name = nameOf(report, side);
  const sum = (row: readonly number[]): number => row.reduce((a, b) => a + b, 0);
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`confusion matrix of ${name}`}>
      <table id={`confusion-${side}`} class="confusion">
        <caption>
          {name}: {formatPercent(report.freeRun.accuracy[side])} right. One row per class, one column per label given;
          right answers are framed.
        </caption>
        <thead>
          <tr>
            <td />
            {counts.map((_, k) => (
              <th scope="col">{k}</th>
            ))}
            <th scope="col">right</th>
          </tr>
        </thead>
        <tbody>
          {counts.map((row, k) => (
            <tr>
              <th scope="row">{k}</th>
              {row.map((count, given) => (
                <td
                  class={given === k ? 'right' : ''}
                  style={{
                    '--share': `${given === k ? 0 : Math.round(60 * Math.sqrt(count / Math.max(1, sum(row))))}%`,
                  }}
                >
                  {count}
                </td>
              ))}
              <td>{sum(row) === 0 ? '-' : `${((100 * (row[k] ?? 0)) / sum(row)).toFixed(1)} %`}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

type DigitsProps = Pick<Pictures, 'rows' | 'cols'> & {
  readonly digits: NonNullable<Pictures['digits']>;
  readonly report: CompareReport;
};

function Digits({ rows, cols, digits, report }: DigitsProps) {
  const { wrong, differing, shown } = digits;
  const count = `${formatCount(wrong.candidate)} (candidate) and ${formatCount(wrong.reference)} (reference)`;
  const differ = shown.filter((d) => d.candidate !== d.reference).length;
  return (
    <>
      <h3>The digits that are wrong, and those on which the two differ</h3>
      <p>
        {count} are wrong; on {formatCount(differing)} the two differ.{' '}
        {shown.length === 0
          ? ''
          : `Drawn: ${differ} on which they differ (broken frame), and ${formatCount(shown.length - differ)} that both label the same, and wrong, in the order of the test set.`}
      </p>
      <p class="muted">
        Under each: its class → {report.candidate.label} / {report.reference.label}.
      </p>
      <More class="pictures digits" items={shown} what="digits">
        {({ index, label, candidate, reference, pixels }) => (
          <li class={candidate === reference ? '' : 'differs'}>
            <figure>
              <Canvas
                {...{ rows, cols, pictures: [bytesOf(pixels)], palette: INK }}
                alternative={`test example ${index}: class ${label}, candidate says ${candidate}, reference says ${reference}`}
              />
              <figcaption aria-hidden="true">
                {label} → {candidate === reference ? candidate : `${candidate} / ${reference}`}
                <br />
                <span class="muted">#{index}</span>
              </figcaption>
            </figure>
          </li>
        )}
      </More>
    </>
  );
}
