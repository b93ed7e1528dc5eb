// The report of `check` as files: JSON, Markdown, JUnit XML and a page.
import { checkLines, checkSentence, tensorLines } from '../words/function-check.ts';
import type { AnyCheck } from '../words/function-check.ts';
import { blocksFiles } from './blocks-files.ts';
import type { FormatName } from './formats.ts';
import { functionCheckBlocks, functionCheckJson } from './function-check.ts';
import { safeCheck } from '../safe-report.ts';
import type { CheckReport } from './function-check.ts';
import type { TestCase } from './junit.ts';
import { inMarkdown, markdownText } from './markdown-text.ts';

/** The chosen formats as texts by the names of their files, check.json ... */
export function functionCheckFiles(report: CheckReport, chosen: readonly FormatName[]): Record<string, string> {
  const safe = safeCheck(report);
  const { check, name: label, command, environment } = safe;
  const whole = { name: 'check', label, verdict: check.verdict, command, environment } as const;
  return blocksFiles(
    {
      ...whole,
      blocks: () => functionCheckBlocks(check, label),
      inMarkdown: () => functionCheckBlocks(inMarkdown(check), markdownText(label)),
      json: () => functionCheckJson(safe),
      cases: () => casesOf(safe),
    },
    chosen,
  );
}

/** A case for each tensor, and one for what is wrong besides. */
function casesOf({ check, name }: CheckReport): TestCase[] {
  const undecided = `${checkSentence(check, name)}.`;
  const tensors = check.tensors.map(({ path, verdict }, n): TestCase => ({
    suite: name,
    name: path,
    failures: verdict === 'disagree' ? tensorLines(check.tensors[n], true) : [],
    skipped: verdict === 'undecided' ? undecided : null,
  }));
  const first = tensors.find(({ failures }) => failures.length > 0);
  const whole: TestCase = {
    suite: name,
    name: 'as a whole',
    failures: check.verdict === 'disagree' && first === undefined ? sentences(check, name) : [],
    skipped: check.verdict === 'inconclusive' ? undecided : null,
  };
  return [...tensors.map((one) => (one === first ? { ...one, failures: [...sentences(check, name)] } : one)), whole];
}

function sentences(check: AnyCheck, name: string): string[] {
  return [`${checkSentence(check, name)}.`, ...checkLines(check)];
}
