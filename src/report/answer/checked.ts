// The checks of one network, from whichever command: the source of all words of an answer.
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { ExpectedCheck } from '../../check/expected/expected-check.ts';
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { FreeRun } from '../../check/run/free-run.ts';
import type { Lockstep } from '../../check/run/lockstep.ts';
import type { UpdateCheck } from '../../check/update-check.ts';
import type { Verdict } from '../../check/verdict.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { GradcheckReport, Report } from '../report.ts';
import type { Sides } from '../words/findings.ts';

/** The checks of one network. */
export interface Checked extends Sides {
  readonly verdict: Verdict;
  /** null if unknown: reports of case files written by earlier versions. */
  readonly network: NetworkSpec | null;
  readonly gradients: GradientCheck | null;
  readonly updates: UpdateCheck | null;
  readonly expected: ExpectedCheck | null;
  readonly lockstep: Lockstep | null;
  readonly freeRun: FreeRun | null;
}

const NOT_CHECKED = { gradients: null, updates: null, expected: null, lockstep: null, freeRun: null };

/** The checks in a report of one network. */
export function checkedIn(report: Report): Checked {
  const { verdict, candidate, reference } = report;
  const sides = { verdict, candidate, reference };
  if (report.kind === 'compare') {
    const { gradientCheck: gradients, lockstep, freeRun, settings } = report;
    return { ...NOT_CHECKED, ...sides, network: settings.network, gradients, lockstep, freeRun };
  }
  const [only] = report.cases;
  if (report.gradientCheck === null && report.cases.length > 0) return checkedCase(only, report);
  const { gradientCheck: gradients, updateCheck: updates, settings } = report;
  return { ...NOT_CHECKED, ...sides, network: settings?.network ?? null, gradients, updates };
}

/** The checks of one case of a report. */
export function checkedCase(one: CaseCheck, { candidate, reference }: GradcheckReport): Checked {
  const { verdict, network, gradientCheck: gradients, updateCheck: updates, expected } = one;
  return { ...NOT_CHECKED, verdict, candidate, reference, network, gradients, updates, expected };
}

/** The checks of a test matcher. */
export function checkedBy(
  sides: Sides,
  network: NetworkSpec,
  verdict: Verdict,
  gradients: GradientCheck,
  updates: UpdateCheck | null,
): Checked {
  return { ...NOT_CHECKED, ...sides, network, verdict, gradients, updates };
}
