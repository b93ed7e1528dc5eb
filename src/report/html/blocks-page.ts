// A page made of blocks alone: one HTML file without a script, for reports that are a table and a
// verdict.
import { htmlText } from '../formats/html-text.ts';
import type { Block, Cell, Piece } from '../blocks/block.ts';
import { blocksFor } from '../blocks/block.ts';
import { htmlDocument } from './document.ts';

const STYLE = `
:root { color-scheme: light dark; --agree: #176f2c; --disagree: #b3261e; --inconclusive: #7a5200; }
@media (prefers-color-scheme: dark) { :root { --agree: #6fdc8c; --disagree: #ffb4ab; --inconclusive: #f1c21b; } }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; margin: 1rem 0; display: block; overflow-x: auto; }
th, td { text-align: left; padding: 0.25rem 1.5rem 0.25rem 0; border-bottom: 1px solid #8884; }
code, td, li { font-family: ui-monospace, monospace; font-size: 0.9em; overflow-wrap: anywhere; }
.agree, .identical { color: var(--agree); } .disagree { color: var(--disagree); }
.inconclusive { color: var(--inconclusive); }`;

const POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:";

/** The blocks from top to bottom; foreign text in them is text. */
export function formatBlocksHtml(title: string, blocks: readonly Block[]): string {
  const body = `<main>\n${blocksFor('markdown', blocks).map(elementOf).join('\n')}\n</main>`;
  return htmlDocument({ title, policy: POLICY, style: STYLE, body });
}

function elementOf(piece: Piece): string {
  switch (piece.kind) {
    case 'title':
      return `<h1>backproof ${htmlText(piece.command)}: <span class="${piece.verdict}">${piece.verdict}</span></h1>`;
    case 'verdict': {
      const lines = piece.lines.map((line) => `<li>${htmlText(line.trim())}</li>`).join('');
      const list = lines === '' ? '' : `<ul>${lines}</ul>`;
      const kind = `<strong class="${piece.verdict}">${piece.verdict.toUpperCase()}</strong>`;
      return `<p>${kind}: ${htmlText(piece.sentence)}.</p>${list}`;
    }
    case 'table': {
      const head = piece.head.map((text) => `<th scope="col">${htmlText(text)}</th>`).join('');
      const rows = piece.rows.map((row) => `<tr>${row.map((cell) => `<td>${cellOf(cell)}</td>`).join('')}</tr>`);
      return `<table><thead><tr>${head}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
    }
    case 'run':
    case 'note':
    case 'clause':
      return `<p>${htmlText(piece.text)}</p>`;
    case 'repeat':
      return `<p>Repeat with <code>${htmlText(piece.command)}</code></p>`;
    case 'baseline':
    case 'break':
    case 'case':
    case 'files':
    case 'findings':
    case 'origin':
    case 'sides':
      return ''; // of other reports, which have a page of their own
  }
}

function cellOf(cell: Cell): string {
  return typeof cell === 'string' ? htmlText(cell) : `<span class="${cell.verdict}">${cell.verdict}</span>`;
}
