// The answer of a report: the verdict in one line; for "disagree" what is wrong and where, then
// what to do about it. All formats and the page take it from here.
import type { GradcheckReport, Report } from '../report.ts';
import { formatCount } from '../words/numbers.ts';
import { inconclusiveReason } from '../words/sentences.ts';
import { agreement } from './agreement.ts';
import { checkedCase, checkedIn } from './checked.ts';
import type { Checked } from './checked.ts';
import { disagreement } from './disagreement.ts';
import type { Answer } from './trouble.ts';

/**
 * What a report says first: the verdict in one sentence; for "disagree" also place, fix and
 * tensors.
 */
export function answerOf(report: Report): Answer {
  return report.kind === 'gradcheck' && report.cases.length > 1 ? answerOfCases(report) : answerTo(checkedIn(report));
}

/** The answer to one network's checks. */
export function answerTo(checked: Checked): Answer {
  const { verdict } = checked;
  const nothing = { lines: [], trouble: null };
  switch (verdict.kind) {
    case 'identical':
    case 'agree':
      return { kind: verdict.kind, headline: agreement(verdict, checked), ...nothing };
    case 'inconclusive':
      return { kind: verdict.kind, headline: inconclusiveReason(verdict), ...nothing };
    case 'disagree':
      return disagreement(verdict, checked);
  }
}

/** How many cases the headline names and the lines below explain. */
const CASES_TOLD = 5;

/** Many cases: how many agree, and the answer of each one that does not. */
function answerOfCases(report: GradcheckReport): Answer {
  const { cases, verdict } = report;
  const of = `of ${formatCount(cases.length)} cases`;
  if (verdict.kind === 'agree' || verdict.kind === 'identical') {
    const entries = cases.reduce((sum, one) => sum + one.gradientCheck.entries, 0);
    const headline = `all ${formatCount(entries)} gradients ${of} are within rounding error`;
    return { kind: verdict.kind, headline, lines: [], trouble: null };
  }
  const not = cases.filter((one) => one.verdict.kind === verdict.kind);
  const names = not.slice(0, CASES_TOLD).map(({ name }) => name);
  const more = not.length > names.length ? ` and ${formatCount(not.length - names.length)} more` : '';
  const what = verdict.kind === 'disagree' ? 'disagree' : 'are inconclusive';
  const headline = `${formatCount(not.length)} ${of} ${what}: ${names.join(', ')}${more}`;
  const told = not.slice(0, CASES_TOLD).map((one) => ({ name: one.name, ...answerTo(checkedCase(one, report)) }));
  return {
    kind: verdict.kind,
    headline,
    lines: told.flatMap(({ name, headline: own, lines }) => [`${name}: ${own}`, ...lines.map((line) => `  ${line}`)]),
    trouble: told[0].trouble,
  };
}

export type { Answer, Trouble } from './trouble.ts';
