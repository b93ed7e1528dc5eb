// What else is wrong: each finding once, without the one that the answer at the top is about.
import type { Finding } from '../../../../check/verdict.ts';
import type { Checked } from '../../../answer/checked.ts';
import { distinctFindings, findingSentence } from '../../../words/findings.ts';
import { formatCount } from '../../../words/numbers.ts';
import { Fold } from '../parts/fold.tsx';
import { capital } from '../parts/words.ts';

/** Findings listed in full. */
const SHOWN = 40;

export function OtherFindings({ checked, prefix }: { readonly checked: Checked; readonly prefix: string }) {
  const { verdict } = checked;
  if (verdict.kind !== 'disagree') return null;
  const distinct = distinctFindings(verdict.findings).filter((finding) => !isTold(finding, verdict.findings[0]));
  if (distinct.length === 0) return null;
  const more = distinct.length - SHOWN;
  return (
    <Fold
      id={`${prefix}findings`}
      class="others"
      summary={`${formatCount(distinct.length)} other ${distinct.length === 1 ? 'finding' : 'findings'}`}
    >
      {() => (
        <>
          <ol>
            {distinct.slice(0, SHOWN).map((finding) => (
              <li>{capital(findingSentence(finding, checked))}.</li>
            ))}
          </ol>
          {more > 0 && <p class="muted">And {formatCount(more)} more: all are in the JSON.</p>}
        </>
      )}
    </Fold>
  );
}

/** Tensors have their own sections, and the answer at the top is about the first finding. */
function isTold(finding: Finding, first: Finding): boolean {
  if (finding.kind === 'answer') return finding === first || finding.flaw.kind === 'missing';
  if (finding.kind === 'beyond-bound') return finding.check !== 'expected' && finding.check !== 'free-run';
  return finding === first;
}
