// The report of `check` as files: JSON, Markdown, JUnit XML and a page.
import { formatBlocksHtml } from '../html/blocks-page.ts';
import type { Block } from '../blocks/block.ts';
import { checkLines, checkSentence, tensorLines } from '../words/function-check.ts';
import type { AnyCheck } from '../words/function-check.ts';
import type { FormatName } from './formats.ts';
import { functionCheckBlocks, functionCheckJson } from './function-check.ts';
import { safeCheck } from '../safe-report.ts';
import type { CheckReport } from './function-check.ts';
import { junitDocument } from './junit.ts';
import type { TestCase } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { codeSpan, inMarkdown, markdownText } from './markdown-text.ts';

const FORMATS: Readonly<Record<FormatName, { readonly extension: string; readonly text: (r: CheckReport) => string }>> =
  {
    json: { extension: 'json', text: functionCheckJson },
    markdown: { extension: 'md', text: markdown },
    junit: { extension: 'junit.xml', text: junit },
    html: { extension: 'html', text: html },
  };

/** The chosen formats as texts by the names of their files, check.json ... */
export function functionCheckFiles(report: CheckReport, chosen: readonly FormatName[]): Record<string, string> {
  const safe = safeCheck(report);
  return Object.fromEntries(chosen.map((name) => [`check.${FORMATS[name].extension}`, FORMATS[name].text(safe)]));
}

function markdown({ check, name, command, environment: e }: CheckReport): string {
  const [table, verdict] = parted(functionCheckBlocks(inMarkdown(check), markdownText(name)));
  const from = `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${markdownText(e.cpu)}.`;
  return renderMarkdown([
    { kind: 'title', command: 'check', verdict: check.verdict },
    ...verdict,
    ...table,
    { kind: 'note', text: `Repeat with ${codeSpan(command)}.\n${from}` },
  ]);
}

function html({ check, name, command, environment: e }: CheckReport): string {
  const [table, verdict] = parted(functionCheckBlocks(check, name));
  return formatBlocksHtml(`${check.verdict}: ${name}`, [
    { kind: 'title', command: 'check', verdict: check.verdict },
    ...verdict,
    ...table,
    { kind: 'repeat', command },
    { kind: 'note', text: `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${e.cpu}.` },
  ]);
}

/** What is read from the top has the verdict first. */
function parted(blocks: readonly Block[]): [Block[], Block[]] {
  return [blocks.filter(({ kind }) => kind !== 'verdict'), blocks.filter(({ kind }) => kind === 'verdict')];
}

/** A case for each tensor, and one for what is wrong besides. */
function junit({ check, name }: CheckReport): string {
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
  return junitDocument('backproof check', [
    ...tensors.map((one) => (one === first ? { ...one, failures: [...sentences(check, name)] } : one)),
    whole,
  ]);
}

function sentences(check: AnyCheck, name: string): string[] {
  return [`${checkSentence(check, name)}.`, ...checkLines(check)];
}
