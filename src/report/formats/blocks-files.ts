// A report that is one list of blocks as files: JSON, Markdown, JUnit XML and a page. What is read
// from the top has the verdict first.
import type { Block } from '../blocks/block.ts';
import { formatBlocksHtml } from '../html/blocks-page.ts';
import type { Environment } from '../report.ts';
import type { FormatName } from './formats.ts';
import { junitDocument } from './junit.ts';
import type { TestCase } from './junit.ts';
import { renderMarkdown } from './markdown.ts';
import { codeSpan, markdownText } from './markdown-text.ts';

/** A report whose strings are safe to show. */
export interface BlocksReport {
  /** The command that made it, and the name of its files. */
  readonly name: 'check' | 'fuzz';
  readonly label: string;
  readonly verdict: 'agree' | 'disagree' | 'inconclusive';
  /** The command that repeats it. */
  readonly command: string;
  readonly environment: Environment;
  readonly blocks: () => readonly Block[];
  /** The same with text that Markdown does not take for markup. */
  readonly inMarkdown: () => readonly Block[];
  readonly json: () => string;
  readonly cases: () => readonly TestCase[];
}

const FORMATS: Readonly<
  Record<FormatName, { readonly extension: string; readonly text: (report: BlocksReport) => string }>
> = {
  json: { extension: 'json', text: (report) => report.json() },
  markdown: { extension: 'md', text: markdown },
  junit: { extension: 'junit.xml', text: (report) => junitDocument(`backproof ${report.name}`, report.cases()) },
  html: { extension: 'html', text: html },
};

/** The chosen formats as texts by the names of their files, check.json ... */
export function blocksFiles(report: BlocksReport, chosen: readonly FormatName[]): Record<string, string> {
  return Object.fromEntries(
    chosen.map((name) => [`${report.name}.${FORMATS[name].extension}`, FORMATS[name].text(report)]),
  );
}

function markdown({ name, verdict, command, environment, inMarkdown }: BlocksReport): string {
  return renderMarkdown([
    { kind: 'title', command: name, verdict },
    ...verdictFirst(inMarkdown()),
    { kind: 'note', text: `Repeat with ${codeSpan(command)}.\n${machine(environment, markdownText)}` },
  ]);
}

function html({ name, label, verdict, command, environment, blocks }: BlocksReport): string {
  return formatBlocksHtml(`${verdict}: ${label}`, [
    { kind: 'title', command: name, verdict },
    ...verdictFirst(blocks()),
    { kind: 'repeat', command },
    { kind: 'note', text: machine(environment) },
  ]);
}

function machine(e: Environment, shown: (text: string) => string = (text) => text): string {
  return `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${shown(e.cpu)}.`;
}

function verdictFirst(blocks: readonly Block[]): Block[] {
  return [...blocks.filter(({ kind }) => kind === 'verdict'), ...blocks.filter(({ kind }) => kind !== 'verdict')];
}
