// A table of Markdown, as GitHub reads it: every row has as many cells as the head, and a bar in a cell ends none.

/** How a column stands. */
export type Align = '---' | '---:';

/** Lines of a table. Cells are Markdown already, but for bars; short rows are filled up.
 * @param align of a column, by its number; to the left unless it is given */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
  align: (column: number) => Align = () => '---',
): string[] {
  const line = (cells: readonly string[]): string =>
    `| ${head.map((_, i) => escapeBars(cells[i] ?? '')).join(' | ')} |`;
  return [line(head), line(head.map((_, i) => align(i))), ...rows.map(line)];
}

/** Those that are not escaped yet: no backslash before them, or an even number, which are characters themselves. */
function escapeBars(cell: string): string {
  return cell.replace(/(?<!\\)((?:\\\\)*)\|/g, '$1\\|');
}
