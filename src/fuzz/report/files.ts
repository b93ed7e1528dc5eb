// The report of fuzz as text for the terminal, JSON, Markdown, JUnit XML and a page.
import { formatBlocksHtml } from '../../report/html/blocks-page.ts';
import type { Block } from '../../report/blocks/block.ts';
import type { FormatName } from '../../report/formats/formats.ts';
import { junitDocument } from '../../report/formats/junit.ts';
import { renderMarkdown } from '../../report/formats/markdown.ts';
import { codeSpan, inMarkdown, markdownText } from '../../report/formats/markdown-text.ts';
import { renderTerminal } from '../../report/formats/terminal.ts';
import { wordsForNonFinite } from '../../report/non-finite.ts';
import { withStrings } from '../../report/safe-report.ts';
import { safeText } from '../../text.ts';
import { fuzzBlocks, linesOf, sentenceOf } from './report.ts';
import type { FuzzReport } from './report.ts';

const LONGEST = { command: 4000, other: 3000 };

/** Every string is one line of printable characters. */
export function safeFuzz(report: FuzzReport): FuzzReport {
  return withStrings(report, (text, field) => safeText(text, field === 'command' ? LONGEST.command : LONGEST.other));
}

/** @param color whether to use colours; the words alone carry the meaning */
export function formatFuzz(report: FuzzReport, color = false): string {
  return renderTerminal(fuzzBlocks(safeFuzz(report)), color);
}

/** One JSON document. */
export function fuzzJson(report: FuzzReport): string {
  return `${JSON.stringify(safeFuzz(report), wordsForNonFinite, 1)}\n`;
}

const FORMATS: Readonly<Record<FormatName, { readonly extension: string; readonly text: (r: FuzzReport) => string }>> =
  {
    json: { extension: 'json', text: fuzzJson },
    markdown: { extension: 'md', text: markdown },
    junit: { extension: 'junit.xml', text: junit },
    html: { extension: 'html', text: html },
  };

/** The chosen formats as texts by the names of their files, fuzz.json ... */
export function fuzzFiles(report: FuzzReport, chosen: readonly FormatName[]): Record<string, string> {
  const safe = safeFuzz(report);
  return Object.fromEntries(chosen.map((name) => [`fuzz.${FORMATS[name].extension}`, FORMATS[name].text(safe)]));
}

function markdown(report: FuzzReport): string {
  const { environment: e, command } = report;
  const from = `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${markdownText(e.cpu)}.`;
  return renderMarkdown([
    { kind: 'title', command: 'fuzz', verdict: report.verdict.kind },
    ...verdictFirst(fuzzBlocks(inMarkdown(report))),
    { kind: 'note', text: `Repeat with ${codeSpan(command)}.\n${from}` },
  ]);
}

function html(report: FuzzReport): string {
  const { environment: e, command, label, verdict } = report;
  return formatBlocksHtml(`${verdict.kind}: ${label}`, [
    { kind: 'title', command: 'fuzz', verdict: verdict.kind },
    ...verdictFirst(fuzzBlocks(report)),
    { kind: 'repeat', command },
    { kind: 'note', text: `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${e.cpu}.` },
  ]);
}

function verdictFirst(blocks: readonly Block[]): Block[] {
  return [...blocks.filter(({ kind }) => kind === 'verdict'), ...blocks.filter(({ kind }) => kind !== 'verdict')];
}

function junit(report: FuzzReport): string {
  const { verdict, label, seed, tally, replayed } = report;
  const sentence = `${sentenceOf(report)}.`;
  const name = replayed ?? `seeds ${seed} to ${Math.max(seed, seed + tally.runs - 1)}`;
  return junitDocument('backproof fuzz', [
    {
      suite: label,
      name,
      failures: verdict.kind === 'disagree' ? [sentence, ...linesOf(report)] : [],
      skipped: verdict.kind === 'inconclusive' ? sentence : null,
    },
  ]);
}
