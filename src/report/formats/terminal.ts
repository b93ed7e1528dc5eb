// A report for eyes: what was compared, the table, the verdict, where the files are.
import { styleText } from 'node:util';
import Table from 'cli-table3';
import type { CaseCheck } from '../../check/expected/case-check.ts';
import type { VerdictKind } from '../../check/verdict.ts';
import {
  baselineLines,
  caseRows,
  checkRows,
  describeBatch,
  describeEngine,
  describeSettings,
  expectedLines,
  oracleLine,
  outcomeRows,
  tensorRows,
  updateRows,
} from '../blocks/rows.ts';
import type { CheckRow } from '../blocks/rows.ts';
import type { CompareReport, GradcheckReport, Report } from '../report.ts';
import { safeReport } from '../safe-report.ts';
import type { Safe } from '../safe-report.ts';
import { diagnoses } from '../words/diagnoses.ts';
import { distinctFindings, findingSentence } from '../words/findings.ts';
import { headline, kinkLines, notes, partingSentence } from '../words/sentences.ts';

type Style = Parameters<typeof styleText>[0];
const STYLE: Record<VerdictKind, Style> = {
  identical: 'green',
  agree: 'green',
  disagree: 'red',
  inconclusive: 'yellow',
};

/** Findings shown before "and N more". */
const FINDINGS_SHOWN = 8;

/** The report as a terminal shows it.
 * @param color whether the terminal shows colours; the words alone carry the meaning. */
export function formatTerminal(given: Report, color: boolean): string {
  const report = safeReport(given);
  const paint = (style: Style, text: string): string =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const body = report.kind === 'compare' ? compareBody(report, paint) : gradcheckBody(report, paint);
  const kind = report.verdict.kind.toUpperCase();
  const others = [
    `${paint('bold', describeEngine(report.candidate))} against ${paint('bold', describeEngine(report.reference))}`,
    ...body,
    ...notes(report),
    ...findings(report),
  ];
  return [
    ...others.map(unlikeVerdict),
    `${paint(STYLE[report.verdict.kind], kind)}  ${headline(report)}`,
    ...(report.kind === 'compare'
      ? baselineLines(report).map((line) => paint(report.baseline?.regressed ? 'red' : 'green', line))
      : []),
    '',
  ].join('\n');
}

/** A name of somebody else's may begin a line and be "AGREE": the verdict is the only line that reads as one. */
function unlikeVerdict(lines: string): string {
  // eslint-disable-next-line no-control-regex
  return lines.replace(/^(?=(\u001b\[\d+m)*(AGREE|IDENTICAL|DISAGREE|INCONCLUSIVE)\b)/gm, '| ');
}

type Paint = (style: Style, text: string) => string;

function compareBody(report: Safe<CompareReport>, paint: Paint): string[] {
  const outcome = table(['', report.candidate.label, report.reference.label, '']);
  const rows = outcomeRows(report);
  for (const row of rows) outcome.push([row.what, row.candidate, row.reference, row.note]);
  const parting = partingSentence(report.freeRun, report);
  return [
    describeSettings(report.settings),
    '',
    checkTable(checkRows(report), 'check', paint),
    ...(rows.length === 0 ? [] : ['', outcome.toString()]),
    ...kinkLines(report.lockstep.kinks),
    ...(parting === null ? [] : [`Note: ${parting}`]),
    '',
  ];
}

function gradcheckBody(report: Safe<GradcheckReport>, paint: Paint): string[] {
  const lines: string[] = [];
  if (report.settings !== null) lines.push(describeBatch(report.settings));
  if (report.gradientCheck !== null) {
    const { kinks, allZeroExamples } = report.gradientCheck;
    const updates = report.updateCheck === null ? [] : updateRows(report.updateCheck);
    lines.push('', checkTable([...tensorRows(report.gradientCheck), ...updates], 'tensor', paint));
    const oracle = oracleLine(report.gradientCheck);
    if (oracle !== null) lines.push(oracle);
    lines.push(...kinkLines(kinks));
    if (allZeroExamples !== null && allZeroExamples > 0)
      lines.push(`${allZeroExamples} examples have no positive score.`);
  }
  if (report.cases.length > FULL_CASES) {
    lines.push('', caseTable(report.cases, paint));
    return [...lines, ''];
  }
  for (const one of report.cases) {
    const updates = one.updateCheck === null ? [] : updateRows(one.updateCheck);
    lines.push('', `Case ${paint('bold', one.name)}`, ...(one.note === null ? [] : [`Note: ${one.note}`]));
    lines.push(checkTable([...tensorRows(one.gradientCheck), ...updates], 'tensor', paint));
    lines.push(...kinkLines(one.gradientCheck.kinks), ...expectedLines(one));
  }
  return [...lines, ''];
}

/** Up to so many cases are shown tensor by tensor. */
const FULL_CASES = 3;

function caseTable(cases: readonly CaseCheck[], paint: Paint): string {
  const out = table(['verdict', 'case', 'engines', 'expected values']);
  for (const row of caseRows(cases)) {
    out.push([paint(STYLE[row.verdict], row.verdict), row.name, row.used, row.expected]);
  }
  return out.toString();
}

function checkTable(rows: readonly CheckRow[], first: string, paint: Paint): string {
  const out = table([first, 'verdict', 'worst entry', 'of the bound', 'relative difference']);
  for (const r of rows) out.push([r.check, paint(STYLE[r.verdict], r.verdict), r.worst, r.used, r.relative]);
  return out.toString();
}

function findings(report: Safe): string[] {
  if (report.verdict.kind !== 'disagree') return [];
  const all = report.verdict.findings;
  const shown = distinctFindings(all)
    .slice(0, FINDINGS_SHOWN)
    .map((f) => `  - ${findingSentence(f, report)}`);
  const more = all.length - shown.length;
  return [
    'Findings:',
    ...shown,
    ...(more > 0 ? [`  - and ${more} more of the same at other steps or places (all in the JSON)`] : []),
    ...diagnoses(report),
    '',
  ];
}

function table(head: string[]): Table.Table {
  return new Table({
    head,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 2 },
    chars: {
      ...{ top: '', 'top-mid': '', 'top-left': '', 'top-right': '', bottom: '', 'bottom-mid': '', 'bottom-left': '' },
      ...{
        'bottom-right': '',
        left: '',
        'left-mid': '',
        mid: '',
        'mid-mid': '',
        right: '',
        'right-mid': '',
        middle: '',
      },
    },
  });
}
