// The answer on a network, with the sections of the report's page: verdict and fix, the network,
// its tensors with a heat map of the wrong ones, all numbers.
import { answerOf } from '../../report/answer/answer.ts';
import { checkedCase, checkedIn } from '../../report/answer/checked.ts';
import { tensorRows, updateRows } from '../../report/blocks/check-rows.ts';
import { rightFormula } from '../../report/html/client/model/formulas.ts';
import { stagesOf } from '../../report/html/client/model/stages.ts';
import { AnswerCard } from '../../report/html/client/sections/answer.tsx';
import { CheckTable } from '../../report/html/client/sections/checks.tsx';
import { OtherFindings } from '../../report/html/client/sections/findings.tsx';
import { Strip } from '../../report/html/client/sections/strip.tsx';
import { Tensors, Updates } from '../../report/html/client/sections/tensors.tsx';
import { Fold } from '../../report/html/client/parts/fold.tsx';
import type { GradcheckReport } from '../../report/report.ts';
import { safeReport } from '../../report/safe-report.ts';
import { notes } from '../../report/words/sentences.ts';

interface Props {
  readonly report: GradcheckReport;
  /** Makes ids of one part different from those of another: "own-". */
  readonly prefix: string;
}

export function NetworkAnswer({ report: given, prefix }: Props) {
  const report = safeReport(given);
  const [only] = report.cases;
  const checked = only === undefined ? checkedIn(report) : checkedCase(only, report);
  const answer = answerOf(report);
  const formula = answer.trouble && rightFormula(answer.trouble, checked, report.settings?.optimizer.id ?? null);
  const stages = stagesOf(checked);
  const shared = { stages, checked, pictures: null, sides: report, prefix };
  const { gradients, updates } = checked;
  return (
    <>
      <AnswerCard level="h2" {...{ answer, formula }} sides={report} expected={only?.expected ?? null} />
      <Strip stages={stages} network={checked.network} prefix={prefix} />
      <Tensors {...shared} />
      <Updates {...shared} />
      <OtherFindings checked={checked} prefix={prefix} />
      <section class="card">
        <Fold class="others" summary="All numbers">
          {() => (
            <>
              <CheckTable
                id={`${prefix}checks`}
                first="tensor"
                rows={[
                  ...(gradients === null ? [] : tensorRows(gradients)),
                  ...(updates === null ? [] : updateRows(updates)),
                ]}
              />
              {notes(report).map((line) => (
                <p class="muted">{line}</p>
              ))}
            </>
          )}
        </Fold>
      </section>
    </>
  );
}
