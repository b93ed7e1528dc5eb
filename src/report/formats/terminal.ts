// Renders a report for the terminal: what was compared, the tables, the findings, and the
// verdict last.
import { styleText } from 'node:util';
import type { VerdictKind } from '../../check/verdict.ts';
import { FINDINGS_SHOWN, blocksFor } from '../blocks/block.ts';
import type { Block, Piece } from '../blocks/block.ts';
import { blocksOf } from '../blocks/blocks.ts';
import type { Report } from '../report.ts';
import { safeReport } from '../safe-report.ts';
import { terminalTable } from './terminal-table.ts';

type Style = Parameters<typeof styleText>[0];
const STYLE: Record<VerdictKind, Style> = {
  identical: 'green',
  agree: 'green',
  disagree: 'red',
  inconclusive: 'yellow',
};

/**
 * The report as the terminal shows it.
 * @param color whether to use colours; the words alone carry the meaning
 */
export function formatTerminal(report: Report, color: boolean): string {
  return renderTerminal(blocksOf(safeReport(report)), color);
}

/** Renders blocks as lines. The last lines are seen first, so verdict and baseline come last. */
export function renderTerminal(blocks: readonly Block[], color: boolean): string {
  const paint: Paint = (style, text) => (color ? styleText(style, text, { validateStream: false }) : text);
  const shown = blocksFor('terminal', blocks);
  const lines = (of: readonly Piece[]): string[] => of.flatMap((piece) => linesOf(piece, paint));
  const others = lines(shown.filter((piece) => !isLast(piece))).map(unlikeVerdict);
  return [...others, ...lines(shown.filter(isLast))].map((line) => `${line}\n`).join('');
}

function isLast({ kind }: Piece): boolean {
  return kind === 'verdict' || kind === 'baseline';
}

/**
 * A foreign name at the start of a line may be "AGREE": only the verdict line may begin like a
 * verdict.
 */
function unlikeVerdict(lines: string): string {
  // eslint-disable-next-line no-control-regex
  return lines.replace(/^(?=(\u001b\[\d+m)*(AGREE|IDENTICAL|DISAGREE|INCONCLUSIVE)\b)/gm, '| ');
}

type Paint = (style: Style, text: string) => string;

function linesOf(piece: Piece, paint: Paint): string[] {
  const painted = (verdict: VerdictKind): string => paint(STYLE[verdict], verdict);
  switch (piece.kind) {
    case 'sides':
      return [`${paint('bold', piece.candidate)} against ${paint('bold', piece.reference)}`];
    case 'case':
      return [`Case ${paint('bold', piece.name)}`];
    case 'table': {
      const rows = piece.rows.map((row) =>
        row.map((cell) => (typeof cell === 'string' ? cell : painted(cell.verdict))),
      );
      return [terminalTable(piece.head, rows)];
    }
    case 'run':
    case 'note':
    case 'clause':
      return [piece.text];
    case 'findings':
      return findingLines(piece);
    case 'verdict':
      return [
        `${paint(STYLE[piece.verdict], `${piece.verdict.toUpperCase()}:`)} ${piece.sentence}`,
        ...piece.lines.map((line) => `  ${line}`),
      ];
    case 'baseline':
      return piece.lines.map((line) => paint(piece.regressed ? 'red' : 'green', line));
    case 'files':
      return piece.written.length === 0 ? [] : [`Reports: ${piece.written.join(', ')}`];
    case 'repeat':
      return [`Repeat:  ${piece.command}`];
    case 'break':
      return [''];
    case 'title':
    case 'origin':
      return []; // the terminal shows these in other words
  }
}

function findingLines({ sentences, more }: Extract<Piece, { kind: 'findings' }>): string[] {
  const shown = sentences.slice(0, FINDINGS_SHOWN.terminal);
  const others = more + sentences.length - shown.length;
  return [
    'Also wrong:',
    ...shown.map((sentence) => `  - ${sentence}`),
    ...(others > 0 ? [`  - and ${others} more at other steps or places (all in the JSON)`] : []),
  ];
}
