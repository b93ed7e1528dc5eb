// A report as one list of blocks: made here once, rendered in formats/.
import type { Safe } from '../safe-report.ts';
import { diagnoses } from '../words/diagnoses.ts';
import { distinctFindings, findingSentence } from '../words/findings.ts';
import { baselineLines, headline, notes } from '../words/sentences.ts';
import { describeEngine } from '../words/settings.ts';
import type { Block } from './block.ts';
import { compareBlocks } from './compare.ts';
import { gradcheckBlocks } from './gradcheck.ts';

/** All that a report says, in the order of a text. The terminal puts verdict and baseline last: what is printed last is seen first. */
export function blocksOf(report: Safe): Block[] {
  const { verdict, command, environment } = report;
  const [candidate, reference] = [describeEngine(report.candidate), describeEngine(report.reference)];
  return [
    { kind: 'title', command: report.kind, verdict: verdict.kind, only: 'markdown' },
    { kind: 'verdict', verdict: verdict.kind, sentence: headline(report) },
    { kind: 'sides', candidate, reference, only: 'terminal' },
    ...(report.kind === 'compare' ? compareBlocks(report) : gradcheckBlocks(report)),
    { kind: 'break' },
    ...baselineBlocks(report),
    ...notes(report).map((text): Block => ({ kind: 'note', text })),
    ...findingsBlocks(report),
    { kind: 'origin', candidate, reference, command, environment, only: 'markdown' },
  ];
}

/** What is left to say when a run is over: where its report is, and how to repeat it. */
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

function findingsBlocks(report: Safe): Block[] {
  if (report.verdict.kind !== 'disagree') return [];
  const { findings } = report.verdict;
  const sentences = distinctFindings(findings).map((finding) => findingSentence(finding, report));
  return [{ kind: 'findings', sentences, total: findings.length, diagnoses: diagnoses(report) }, { kind: 'break' }];
}
