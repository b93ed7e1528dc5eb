// Foreign text in Markdown: shown as written, never read as markup. GitHub reads more than
// CommonMark does: tables, mentions, formulas between dollar signs, addresses without brackets.
import { htmlText } from './html-text.ts';
import { withStrings } from '../safe-report.ts';

/** Breaks a word invisibly, so that it is not read as a mention or an address. */
const BREAK = '&#8203;';

/**
 * Escapes every string of a report, or of part of one, except its command, which is shown as code
 * (see codeSpan).
 */
export function inMarkdown<T>(value: T): T {
  return withStrings(value, (text, field) => (field === 'command' ? text : markdownText(text)));
}

export function markdownText(text: string): string {
  return htmlText(text)
    .replace(/[\\`*_[\]|~$]/g, '\\$&')
    .replace(/^(?:[-+=#](?=[-+=#\s]|$)|\d+(?=[.)]\s))/, (start) =>
      /\d/.test(start) ? `${start}${BREAK}` : `\\${start}`,
    )
    .replace(/@|:(?=\/\/)|\bwww(?=\.)|#(?=\d)|\b(?:mailto|xmpp):/gi, `$&${BREAK}`);
}

/** Between backticks only backticks need care; in a table, a bar still ends the cell. */
export function codeSpan(text: string): string {
  if (text === '') return '` `';
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}
