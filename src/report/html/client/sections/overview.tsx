// The top of a report: the verdict in one sentence, what was compared, how to repeat it, where it ran.
import type { VerdictKind } from '../../../../check/verdict.ts';
import { describeNetwork } from '../../../../network/spec.ts';
import type { CompareReport } from '../../../report.ts';
import { answerOf } from '../../../answer/answer.ts';
import { checkRows } from '../../../blocks/check-rows.ts';
import { outcomeRows } from '../../../blocks/outcome-rows.ts';
import { oracleLine } from '../../../words/expected.ts';
import { formatCount } from '../../../words/numbers.ts';
import { baselineLines, notes } from '../../../words/sentences.ts';
import { describeEngine, describeSettings } from '../../../words/settings.ts';
import { dateWords, nameOf } from '../parts/words.ts';
import { Table } from '../parts/table.tsx';

const MARK: Record<VerdictKind, string> = { identical: '=', agree: '✓', disagree: '✗', inconclusive: '?' };
const COLOUR: Record<VerdictKind, string> = { identical: 'good', agree: 'good', disagree: 'bad', inconclusive: 'open' };

export function Verdict({ kind }: { readonly kind: VerdictKind }) {
  return (
    <span class={COLOUR[kind]}>
      <span aria-hidden="true">{MARK[kind]} </span>
      {kind}
    </span>
  );
}

export function Overview({ report }: { readonly report: CompareReport }) {
  const { verdict, settings, environment: e, timing } = report;
  const oracle = oracleLine(report.gradientCheck);
  return (
    <header>
      <h1>
        {report.candidate.label} against {report.reference.label}
      </h1>
      <div class={`verdict ${verdict.kind}`}>
        <p>
          <strong>
            <Verdict kind={verdict.kind} />
          </strong>
        </p>
        <p id="verdict">{answerOf(report).headline}</p>
        {baselineLines(report).map((line) => (
          <p>{line}</p>
        ))}
        {verdict.kind === 'disagree' && (
          <p>
            <a href="#disagreement">See where it disagrees, and what is right there</a>
          </p>
        )}
      </div>
      <dl class="facts">
        <dt>Compared</dt>
        <dd>
          {describeEngine(report.candidate)} with {describeEngine(report.reference)}
        </dd>
        <dt>Run</dt>
        <dd>{describeSettings(settings)}</dd>
        <dt>Network</dt>
        <dd>
          {describeNetwork(settings.network)}; {formatCount(report.gradientCheck.entries)} parameters,{' '}
          {settings.initializer}, scaling of the inputs: {settings.scale}
        </dd>
        <dt>Environment</dt>
        <dd>
          backproof {e.backproof}, Node {e.node}, {e.platform}, {e.cores} × {e.cpu}; started{' '}
          {dateWords(timing.startedAt)}
        </dd>
        <dt>Repeat it</dt>
        <dd>
          <code id="command">{report.command}</code>
        </dd>
      </dl>
      <Checks report={report} />
      {oracle !== null && <p class="muted">{oracle}</p>}
      {notes(report).map((line) => (
        <p class="muted">{line}</p>
      ))}
      <Outcome report={report} />
    </header>
  );
}

function Checks({ report }: { readonly report: CompareReport }) {
  return (
    <Table
      label="checks"
      id="checks"
      head={[{ text: 'check' }, { text: 'verdict' }, { text: 'worst entry' }, 'of the bound', 'relative difference']}
    >
      {checkRows(report).map((row) => (
        <tr>
          <th scope="row">{row.check}</th>
          <td class="text">
            <Verdict kind={row.verdict} />
          </td>
          <td class="text">{row.worst}</td>
          <td>{row.used}</td>
          <td>{row.relative}</td>
        </tr>
      ))}
    </Table>
  );
}

function Outcome({ report }: { readonly report: CompareReport }) {
  const rows = outcomeRows(report);
  if (rows.length === 0) return null;
  return (
    <Table
      label="outcome"
      id="outcome"
      head={['', nameOf(report, 'candidate'), nameOf(report, 'reference'), { text: 'note' }]}
    >
      {rows.map((row) => (
        <tr>
          <th scope="row">{row.what}</th>
          <td>{row.candidate}</td>
          <td>{row.reference}</td>
          <td class="text">{row.note}</td>
        </tr>
      ))}
    </Table>
  );
}
