// Foreign text in Markdown: shown as it is written, never read as markup. GitHub reads more than CommonMark: tables, mentions,
// formulas between dollar signs, addresses without brackets.
import { htmlText } from './html-text.ts';
import { withStrings } from '../safe-report.ts';

/** Breaks a word without showing: what is behind it is not a mention, nor an address. */
const BREAK = '&#8203;';

/** A report, or part of one, with every string so, but for its command: that is shown as code, see codeSpan. */
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

/** Inside of backticks nothing is read but backticks; a table still ends its cell at a bar. */
export function codeSpan(text: string): string {
  if (text === '') return '` `';
  const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  return longest === 0 ? `${fence}${text}${fence}` : `${fence} ${text} ${fence}`;
}
