// A Markdown table as GitHub reads it: every row gets as many cells as the head, and bars inside
// cells are escaped.

/** Alignment of a column. */
export type Align = '---' | '---:';

/**
 * The lines of a table. Cells must be Markdown already, except for bars; short rows are filled up.
 * @param align of a column, by its number; left by default
 */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: (column: number) => Align = () => '---',
): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${head.map((_, i) => escapeBars(cells[i] ?? '')).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => align(i))), ...rows.map(line)];
}

/** Escapes bars that are not escaped yet: those after no backslash or an even number of them. */
function escapeBars(cell: string): string {
  return cell.replace(/(?<!\\)((?:\\\\)*)\|/g, '$1\\|');
}
