// Turns a report into one list of blocks, which formats/ renders.
import type { Safe } from '../safe-report.ts';
import type { Finding } from '../../check/verdict.ts';
import { answerOf } from '../answer/answer.ts';
import type { Answer } from '../answer/answer.ts';
import { distinctFindings, findingSentence } from '../words/findings.ts';
import { baselineLines, notes } from '../words/sentences.ts';
import { describeEngine } from '../words/settings.ts';
import type { Block } from './block.ts';
import { compareBlocks } from './compare.ts';
import { gradcheckBlocks } from './gradcheck.ts';

/**
 * All blocks of a report, in reading order. The terminal moves verdict and baseline to the end,
 * where they are seen first.
 */
export function blocksOf(report: Safe): Block[] {
  const { verdict, command, environment } = report;
  const answer = answerOf(report);
  const { headline, lines } = answer;
  const beside = [...notes(report).map((text): Block => ({ kind: 'note', text })), ...findingsBlocks(report, answer)];
  const [candidate, reference] = [describeEngine(report.candidate), describeEngine(report.reference)];
  return [
    { kind: 'title', command: report.kind, verdict: verdict.kind, only: 'markdown' },
    { kind: 'verdict', verdict: verdict.kind, sentence: headline, lines },
    { kind: 'sides', candidate, reference, only: 'terminal' },
    ...(report.kind === 'compare' ? compareBlocks(report) : gradcheckBlocks(report)),
    { kind: 'break' },
    ...baselineBlocks(report),
    ...(beside.length === 0 ? [] : [...beside, { kind: 'break' } as const]),
    { kind: 'origin', candidate, reference, command, environment, only: 'markdown' },
  ];
}

/** The last blocks of a run: where its report is, and how to repeat it. */
export function closingBlocks(written: readonly string[], command: string): Block[] {
  return [
    { kind: 'files', written },
    { kind: 'repeat', command },
  ];
}

function baselineBlocks(report: Safe): Block[] {
  if (report.kind !== 'compare' || report.baseline === null) return [];
  return [{ kind: 'baseline', regressed: report.baseline.regressed, lines: baselineLines(report) }];
}

function findingsBlocks(report: Safe, answer: Answer): Block[] {
  if (report.verdict.kind !== 'disagree') return [];
  const { findings } = report.verdict;
  const distinct = distinctFindings(findings);
  const sentences = distinct
    .filter((finding) => !isSaid(finding, answer) && (report.kind === 'compare' || !isInTable(finding)))
    .map((finding) => findingSentence(finding, report))
    .filter((sentence) => !sentence.startsWith(answer.headline))
    .map((sentence) => withoutBlame(sentence, answer));
  const more = report.kind === 'compare' ? findings.length - distinct.length : 0;
  return sentences.length === 0 ? [] : [{ kind: 'findings', sentences, more }];
}

/** The answer says already who is wrong. */
function withoutBlame(sentence: string, { trouble }: Answer): string {
  const blame = trouble === null ? '' : `; ${trouble.who} is wrong`;
  return blame !== '' && sentence.endsWith(blame) ? sentence.slice(0, -blame.length) : sentence;
}

/** The table of a gradient check has a row for every tensor and for all updates. */
function isInTable(finding: Finding): boolean {
  return finding.kind === 'beyond-bound' && finding.check !== 'expected';
}

/** Whether the answer says it already: the gradient it begins with, and missing gradients. */
function isSaid(finding: Finding, { trouble }: Answer): boolean {
  if (finding.kind === 'answer') return finding.flaw.kind === 'missing';
  if (finding.kind !== 'beyond-bound' || trouble === null) return false;
  const { what, measure, check } = finding;
  if (what === 'update' || what === 'train-step' || check === 'expected') return false;
  return trouble.place.name === (what === 'gradient' || what === 'again' ? `d${measure.parameter}` : what);
}
