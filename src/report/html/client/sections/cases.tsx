// A gradient check of case files: all of them as a list, and each with its own answer, strip and
// tensors.
import type { CaseCheck } from '../../../../check/expected/case-check.ts';
import { answerTo } from '../../../answer/answer.ts';
import { checkedCase } from '../../../answer/checked.ts';
import { caseRows } from '../../../blocks/case-rows.ts';
import { tensorRows, updateRows } from '../../../blocks/check-rows.ts';
import type { GradcheckReport } from '../../../report.ts';
import { expectedLines } from '../../../words/expected.ts';
import { rightFormula } from '../model/formulas.ts';
import { stagesOf } from '../model/stages.ts';
import { Fold } from '../parts/fold.tsx';
import { Section } from '../parts/section.tsx';
import { Table } from '../parts/table.tsx';
import { Verdict } from '../parts/verdict.tsx';
import { AnswerCard } from './answer.tsx';
import { CheckTable } from './checks.tsx';
import { StripRow } from './strip.tsx';
import { Tensors, Updates } from './tensors.tsx';

export function Cases({ report }: { readonly report: GradcheckReport }) {
  const { cases } = report;
  return (
    <>
      {cases.length > 1 && (
        <Section id="cases-title" title="Cases">
          <Table
            id="cases"
            label="cases"
            head={[{ text: 'case' }, { text: 'verdict' }, 'worst entry', { text: 'expected values' }]}
            rows={caseRows(cases).map(({ name, verdict, used, expected }, n) => ({
              head: <a href={`#case-${n + 1}`}>{name}</a>,
              cells: [<Verdict kind={verdict} />, used, expected],
            }))}
          />
        </Section>
      )}
      <section class="card" aria-label="each case">
        {cases.map((one, n) => (
          <Case
            one={one}
            report={report}
            id={`case-${n + 1}`}
            open={cases.length === 1 || one.verdict.kind === 'disagree'}
          />
        ))}
      </section>
    </>
  );
}

interface CaseProps {
  readonly one: CaseCheck;
  readonly report: GradcheckReport;
  readonly id: string;
  readonly open: boolean;
}

function Case({ one, report, id, open }: CaseProps) {
  const prefix = `${id}-`;
  const checked = checkedCase(one, report);
  const stages = stagesOf(checked);
  const answer = answerTo(checked);
  const formula = answer.trouble && rightFormula(answer.trouble, checked, null);
  return (
    <Fold
      id={id}
      class="case"
      open={open}
      summary={
        <>
          <Verdict kind={one.verdict.kind} /> <strong>{one.name}</strong>
        </>
      }
    >
      {() => (
        <>
          {one.note !== null && <p class="muted">{one.note}</p>}
          {report.cases.length > 1 && <AnswerCard answer={answer} sides={report} level="h3" formula={formula} />}
          {expectedLines(one).map((line) => (
            <p>{line}</p>
          ))}
          <StripRow stages={stages} network={checked.network} prefix={prefix} />
          <CheckTable
            id={`${prefix}tensors`}
            first="tensor"
            rows={[...tensorRows(one.gradientCheck), ...(one.updateCheck === null ? [] : updateRows(one.updateCheck))]}
          />
          <Tensors {...{ stages, checked, prefix }} sides={report} pictures={null} />
          <Updates {...{ stages, checked, prefix }} sides={report} pictures={null} />
        </>
      )}
    </Fold>
  );
}
