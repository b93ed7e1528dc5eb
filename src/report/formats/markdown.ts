// A report as Markdown: fits a CI step summary.
import {
  baselineLines,
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
import { codeSpan, inMarkdown } from './markdown-text.ts';
import type { CompareReport, GradcheckReport, Report } from '../report.ts';
import { safeReport } from '../safe-report.ts';
import type { Safe } from '../safe-report.ts';
import { diagnoses } from '../words/diagnoses.ts';
import { distinctFindings, findingSentence } from '../words/findings.ts';
import { headline, kinkLines, notes, partingSentence } from '../words/sentences.ts';

const FINDINGS_SHOWN = 20;

/** The report as GitHub Markdown. */
export function formatMarkdown(given: Report): string {
  const safe = safeReport(given);
  const report = inMarkdown(safe);
  const { environment: e } = report;
  return [
    `# backproof ${report.kind}: ${report.verdict.kind}`,
    '',
    headline(report),
    '',
    ...(report.kind === 'compare' ? compareBody(report) : gradcheckBody(report)),
    ...notes(report).flatMap((line) => [line, '']),
    ...findings(report),
    `Candidate: ${describeEngine(report.candidate)}. Reference: ${describeEngine(report.reference)}.`,
    `Repeat with ${codeSpan(safe.command)}.`,
    `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${e.cpu}.`,
    '',
  ].join('\n');
}

function compareBody(report: Safe<CompareReport>): string[] {
  const outcome = outcomeRows(report).map((r) => [r.what, r.candidate, r.reference, r.note]);
  const parting = partingSentence(report.freeRun, report);
  return [
    `${describeSettings(report.settings)}.`,
    '',
    ...checks(checkRows(report), 'check'),
    '',
    ...(outcome.length === 0 ? [] : [...table(['', report.candidate.label, report.reference.label, ''], outcome), '']),
    ...kinkLines(report.lockstep.kinks).flatMap((line) => [line, '']),
    ...(parting === null ? [] : [`Note: ${parting}`, '']),
    ...baselineLines(report).flatMap((line) => [line, '']),
  ];
}

function gradcheckBody(report: Safe<GradcheckReport>): string[] {
  const lines: string[] = [];
  if (report.settings !== null) lines.push(`${describeBatch(report.settings)}.`, '');
  if (report.gradientCheck !== null) {
    const updates = report.updateCheck === null ? [] : updateRows(report.updateCheck);
    lines.push(...checks([...tensorRows(report.gradientCheck), ...updates], 'tensor'), '');
    const oracle = oracleLine(report.gradientCheck);
    if (oracle !== null) lines.push(oracle, '');
    lines.push(...kinkLines(report.gradientCheck.kinks).flatMap((line) => [line, '']));
  }
  for (const one of report.cases) {
    const updates = one.updateCheck === null ? [] : updateRows(one.updateCheck);
    lines.push(`## ${one.name}`, '', ...(one.note === null ? [] : [`Note: ${one.note}`, '']));
    lines.push(...checks([...tensorRows(one.gradientCheck), ...updates], 'tensor'), '');
    lines.push(
      ...[...kinkLines(one.gradientCheck.kinks), ...expectedLines(one)].flatMap((line) => [capitalised(line), '']),
    );
  }
  return lines;
}

function checks(rows: readonly CheckRow[], first: string): string[] {
  return table(
    [first, 'verdict', 'worst entry', 'of the bound', 'relative difference'],
    rows.map((r) => [r.check, r.verdict, r.worst, r.used, r.relative]),
  );
}

function findings(report: Safe): string[] {
  if (report.verdict.kind !== 'disagree') return [];
  const all = report.verdict.findings;
  const shown = distinctFindings(all)
    .slice(0, FINDINGS_SHOWN)
    .map((f) => `- ${findingSentence(f, report)}`);
  const more = all.length - shown.length;
  return [
    '## Findings',
    '',
    ...shown,
    ...(more > 0 ? [`- and ${more} more of the same at other steps or places (all in the JSON)`] : []),
    '',
    ...diagnoses(report).flatMap((line) => [line, '']),
  ];
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((c) => c.replace(/(?<!\\)\|/g, '\\|')).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)];
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
