// TEMPORARY: the words of an answer, until report/answer is merged.
import type { CaseCheck } from '../../../../check/expected/case-check.ts';
import type { ExpectedCheck } from '../../../../check/expected/expected-check.ts';
import type { GradientCheck } from '../../../../check/gradient-check.ts';
import type { FreeRun } from '../../../../check/run/free-run.ts';
import type { Lockstep } from '../../../../check/run/lockstep.ts';
import type { UpdateCheck } from '../../../../check/update-check.ts';
import type { Verdict, VerdictKind } from '../../../../check/verdict.ts';
import type { NamedFault } from '../../../../check/diagnosis/diagnose.ts';
import type { NetworkSpec } from '../../../../network/spec.ts';
import type { EngineInfo } from '../../../../check/engine-info.ts';
import type { GradcheckReport, Report } from '../../../report.ts';
import { formulaAt } from '../../../formulas.ts';
import { inconclusiveReason, verdictSentence } from '../../../words/sentences.ts';

export interface Checked {
  readonly candidate: EngineInfo; readonly reference: EngineInfo;
  readonly verdict: Verdict;
  readonly network: NetworkSpec | null;
  readonly gradients: GradientCheck | null;
  readonly updates: UpdateCheck | null;
  readonly expected: ExpectedCheck | null;
  readonly lockstep: Lockstep | null;
  readonly freeRun: FreeRun | null;
}
export interface Answer { readonly kind: VerdictKind; readonly headline: string; readonly lines: readonly string[]; readonly trouble: Trouble | null }
export interface Trouble {
  readonly who: string;
  readonly place: { readonly name: string; readonly index: readonly number[] };
  readonly where: string;
  readonly values: { readonly found: number; readonly other: number | null; readonly exact: number };
  readonly faults: readonly NamedFault[];
  readonly look: { readonly name: string; readonly formula: string | null } | null;
  readonly right: readonly string[]; readonly wrong: readonly string[]; readonly missing: readonly string[];
}
export function checkedIn(report: Report): Checked {
  const { verdict, candidate, reference } = report;
  const none = { gradients: null, updates: null, expected: null, lockstep: null, freeRun: null };
  if (report.kind === 'compare') return { ...none, verdict, candidate, reference, network: report.settings.network, gradients: report.gradientCheck, lockstep: report.lockstep, freeRun: report.freeRun };
  const [only] = report.cases;
  if (report.gradientCheck === null && only !== undefined) return checkedCase(only, report);
  return { ...none, verdict, candidate, reference, network: report.settings?.network ?? null, gradients: report.gradientCheck, updates: report.updateCheck };
}
export function checkedCase(one: CaseCheck, { candidate, reference }: GradcheckReport): Checked {
  return { verdict: one.verdict, candidate, reference, network: null, gradients: one.gradientCheck, updates: one.updateCheck, expected: one.expected, lockstep: null, freeRun: null };
}
export function answerOf(report: Report): Answer {
  return answerTo(checkedIn(report));
}
export function answerTo(c: Checked): Answer {
  const nothing = { lines: [], trouble: null };
  if (c.verdict.kind === 'inconclusive') return { kind: 'inconclusive', headline: inconclusiveReason(c.verdict), ...nothing };
  if (c.verdict.kind !== 'disagree') return { kind: c.verdict.kind, headline: `all gradients are within rounding error`, ...nothing };
  const side = c.gradients?.firstWrong.candidate ? 'candidate' : 'reference';
  const f = c.gradients?.firstWrong[side] ?? c.lockstep?.firstWrong.candidate ?? null;
  const measures = c.gradients?.parameters ?? [];
  const names = (bad: boolean) => measures.filter((m) => (m.left !== null) === bad).map((m) => m.parameter);
  const faults = (c.gradients?.diagnosis ?? c.lockstep?.diagnosis)?.mistakes ?? [];
  const u = c.verdict.findings.flatMap((x) => (x.kind === 'beyond-bound' ? [x] : []))[0]?.measure;
  const place = f ? { name: f.name, index: f.index } : u ? { name: u.parameter, index: u.index } : null;
  const values = f ? { found: f.found, other: f.other, exact: f.exact } : u ? { found: u.candidate, other: u.reference, exact: u.oracle } : null;
  if (place === null || values === null) return { kind: 'disagree', headline: verdictSentence(c.verdict, c), ...nothing };
  const formula = c.network === null ? null : formulaAt(place.name, c.network);
  return {
    kind: 'disagree',
    headline: `${place.name} of ${c[side].label} is wrong`,
    lines: faults.map((m) => `Fix: ${m.remedy}.`),
    trouble: { who: `${c[side].label} (${side})`, place, where: '', values, faults, look: { name: place.name, formula }, right: names(false), wrong: names(true), missing: [] },
  };
}
