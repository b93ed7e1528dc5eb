// Renders a report as Markdown, for example for a CI step summary.
import { FINDINGS_SHOWN, blocksFor } from '../blocks/block.ts';
import type { Block, Piece } from '../blocks/block.ts';
import { blocksOf } from '../blocks/blocks.ts';
import type { Report } from '../report.ts';
import { safeReport } from '../safe-report.ts';
import { markdownTable } from './markdown-table.ts';
import { codeSpan, inMarkdown } from './markdown-text.ts';

/** The report as GitHub Markdown. */
export function formatMarkdown(report: Report): string {
  return renderMarkdown(blocksOf(inMarkdown(safeReport(report))));
}

/** Renders blocks as paragraphs. Their texts are Markdown already, except the command. */
export function renderMarkdown(blocks: readonly Block[]): string {
  return blocksFor('markdown', blocks)
    .flatMap(paragraphsOf)
    .map((paragraph) => `${paragraph}\n`)
    .join('\n');
}

function paragraphsOf(piece: Piece): string[] {
  switch (piece.kind) {
    case 'title':
      return [`# backproof ${piece.command}: ${piece.verdict}`];
    case 'verdict':
      return [
        `**${piece.verdict.toUpperCase()}**: ${piece.sentence}.`,
        ...(piece.lines.length === 0 ? [] : [piece.lines.map((line) => `- ${line.trim()}`).join('\n')]),
      ];
    case 'case':
      return [`## ${piece.name}`];
    case 'run':
      return [`${piece.text}.`];
    case 'table': {
      const rows = piece.rows.map((row) => row.map((cell) => (typeof cell === 'string' ? cell : cell.verdict)));
      return [markdownTable(piece.head, rows).join('\n')];
    }
    case 'note':
      return [piece.text];
    case 'clause':
      return [`${piece.text.charAt(0).toUpperCase()}${piece.text.slice(1)}`];
    case 'baseline':
      return [...piece.lines];
    case 'findings':
      return findingParagraphs(piece);
    case 'origin':
      return [originLines(piece).join('\n')];
    case 'sides':
    case 'files':
    case 'repeat':
    case 'break':
      return []; // covered by `origin`, or replaced by paragraphs
  }
}

function findingParagraphs({ sentences, more }: Extract<Piece, { kind: 'findings' }>): string[] {
  const shown = sentences.slice(0, FINDINGS_SHOWN.markdown);
  const others = more + sentences.length - shown.length;
  const items = [...shown, ...(others > 0 ? [`and ${others} more at other steps or places (all in the JSON)`] : [])];
  return ['## Also wrong', items.map((item) => `- ${item}`).join('\n')];
}

function originLines({ candidate, reference, command, environment: e }: Extract<Piece, { kind: 'origin' }>): string[] {
  return [
    `Candidate: ${candidate}. Reference: ${reference}.`,
    `Repeat with ${codeSpan(command)}.`,
    `backproof ${e.backproof}, Node ${e.node}, ${e.platform}, ${e.cores} × ${e.cpu}.`,
  ];
}
