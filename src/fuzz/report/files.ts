// The reports of fuzz as text for the terminal, JSON, Markdown, JUnit XML and a page.
import type { Block } from '../../report/blocks/block.ts';
import { blocksFiles } from '../../report/formats/blocks-files.ts';
import type { FormatName } from '../../report/formats/formats.ts';
import { inMarkdown } from '../../report/formats/markdown-text.ts';
import { renderTerminal } from '../../report/formats/terminal.ts';
import { wordsForNonFinite } from '../../report/non-finite.ts';
import { withStrings } from '../../report/safe-report.ts';
import { safeText } from '../../text.ts';
import { argumentsBlocks, argumentsLines, argumentsSentence } from '../arguments/report.ts';
import type { ArgumentsReport } from '../arguments/report.ts';
import { fuzzBlocks, linesOf, sentenceOf } from './report.ts';
import type { FuzzReport } from './report.ts';

/** Of networks, or of the arguments of a function. */
export type AnyFuzzReport = FuzzReport | ArgumentsReport;

const LONGEST = { command: 4000, other: 3000 };

/** Every string is one line of printable characters. */
function safeFuzz<R extends AnyFuzzReport>(report: R): R {
  return withStrings(report, (text, field) => safeText(text, field === 'command' ? LONGEST.command : LONGEST.other));
}

/** @param color whether to use colours; the words alone carry the meaning */
export function formatFuzz(report: AnyFuzzReport, color = false): string {
  return renderTerminal(wordsOf(safeFuzz(report)).blocks, color);
}

/** One JSON document. */
export function fuzzJson(report: AnyFuzzReport): string {
  return `${JSON.stringify(safeFuzz(report), wordsForNonFinite, 1)}\n`;
}

/** The chosen formats as texts by the names of their files, fuzz.json ... */
export function fuzzFiles(report: AnyFuzzReport, chosen: readonly FormatName[]): Record<string, string> {
  const safe = safeFuzz(report);
  const { label, command, environment, seed, tally } = safe;
  const { kind: verdict } = safe.verdict;
  const { blocks, sentence, lines } = wordsOf(safe);
  const replayed = safe.kind === 'fuzz' ? safe.replayed : null;
  const name = replayed ?? `seeds ${seed} to ${Math.max(seed, seed + tally.runs - 1)}`;
  return blocksFiles(
    {
      ...({ name: 'fuzz', label, verdict, command, environment } as const),
      blocks: () => blocks,
      inMarkdown: () => wordsOf(inMarkdown(safe)).blocks,
      json: () => fuzzJson(safe),
      cases: () => [
        {
          suite: label,
          name,
          failures: verdict === 'disagree' ? [`${sentence}.`, ...lines] : [],
          skipped: verdict === 'inconclusive' ? `${sentence}.` : null,
        },
      ],
    },
    chosen,
  );
}

function wordsOf(report: AnyFuzzReport): { blocks: readonly Block[]; sentence: string; lines: readonly string[] } {
  return report.kind === 'fuzz'
    ? { blocks: fuzzBlocks(report), sentence: sentenceOf(report), lines: linesOf(report) }
    : { blocks: argumentsBlocks(report), sentence: argumentsSentence(report), lines: argumentsLines(report) };
}
