// The page of one report: everything on it comes from the JSON it carries.
import { render } from 'preact';
import type { KeptSteps } from '../thinned.ts';
import { inflated } from '../thinned.ts';
import { answerOf } from '../../answer/answer.ts';
import { checkedIn } from '../../answer/checked.ts';
import type { CompareReport, GradcheckReport, Report } from '../../report.ts';
import { tensorRows, updateRows } from '../../blocks/check-rows.ts';
import { baselineLines, notes, wasTrained } from '../../words/sentences.ts';
import { rightFormula } from './model/formulas.ts';
import { stagesOf } from './model/stages.ts';
import { embedded } from './parts/embedded.ts';
import { Section } from './parts/section.tsx';
import { About } from './sections/about.tsx';
import { AnswerCard } from './sections/answer.tsx';
import { Bar } from './sections/bar.tsx';
import { Cases } from './sections/cases.tsx';
import { Checks, CheckTable, Figures } from './sections/checks.tsx';
import { OtherFindings } from './sections/findings.tsx';
import { Losses } from './sections/loss/losses.tsx';
import { Answers } from './sections/pictures/answers.tsx';
import { Weights } from './sections/pictures/weights.tsx';
import { Strip } from './sections/strip.tsx';
import { Tensors, Updates } from './sections/tensors.tsx';

function Page({ report }: { readonly report: Report }) {
  const lines = report.kind === 'compare' ? baselineLines(report) : notes(report);
  const answer = answerOf(report);
  const optimizer = report.settings?.optimizer.id ?? null;
  const formula = answer.trouble && rightFormula(answer.trouble, checkedIn(report), optimizer);
  return (
    <>
      <Bar report={report} />
      <main>
        <AnswerCard answer={answer} sides={report} level="h1" formula={formula} lines={lines}>
          {report.kind === 'compare' && report.verdict.kind !== 'disagree' && <Figures report={report} />}
        </AnswerCard>
        <About report={report} />
        {report.kind === 'compare' ? <Compared report={report} /> : <Gradchecked report={report} />}
      </main>
    </>
  );
}

function Compared({ report }: { readonly report: CompareReport }) {
  const checked = checkedIn(report);
  const stages = stagesOf(checked);
  const { freeRun, lockstep, pictures, settings } = report;
  const shared = { stages, checked, pictures, sides: report, prefix: '' };
  const trained = wasTrained(freeRun);
  const losses = trained && <Losses {...{ freeRun, lockstep, sides: report }} />;
  const isWrong = report.verdict.kind === 'disagree';
  return (
    <>
      <Strip stages={stages} network={settings.network} prefix="" />
      {!isWrong && losses}
      <Tensors {...shared} />
      <Updates {...shared} />
      <OtherFindings checked={checked} prefix="" />
      <Checks report={report} />
      {isWrong && losses}
      {trained && <Weights report={report} />}
      {trained && <Answers report={report} />}
    </>
  );
}

function Gradchecked({ report }: { readonly report: GradcheckReport }) {
  const checked = checkedIn(report);
  const { gradientCheck, updateCheck, settings } = report;
  if (gradientCheck === null) return <Cases report={report} />;
  const stages = stagesOf(checked);
  const shared = { stages, checked, pictures: null, sides: report, prefix: '' };
  return (
    <>
      <Strip stages={stages} network={settings?.network ?? null} prefix="" />
      <Tensors {...shared} />
      <Updates {...shared} />
      <OtherFindings checked={checked} prefix="" />
      <Section id="checks-title" title="Checks">
        <CheckTable
          id="checks"
          first="tensor"
          rows={[...tensorRows(gradientCheck), ...(updateCheck === null ? [] : updateRows(updateCheck))]}
        />
      </Section>
    </>
  );
}

const place = document.getElementById('page');
const report = inflated(embedded<Report>('report'), embedded<KeptSteps>('steps'));
if (place !== null) render(<Page report={report} />, place);
