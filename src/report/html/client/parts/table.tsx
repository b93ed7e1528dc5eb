// A table of the page. On a narrow screen each row is a card, and each number stands beside the
// head of its column.
import type { ComponentChildren } from 'preact';

/** What stands over a column: of numbers, or of text. An empty one heads nothing. */
export type Title = string | { readonly text: string };

export interface Row {
  readonly id?: string;
  readonly class?: string;
  /** Names the row. */
  readonly head: ComponentChildren;
  /** One for each further column. */
  readonly cells: readonly ComponentChildren[];
}

interface Props {
  readonly id: string;
  /** What screen readers call it. */
  readonly label: string;
  readonly caption?: ComponentChildren;
  /** Over the rows' names, then over the cells. */
  readonly head: readonly Title[];
  readonly rows: readonly Row[];
}

export function Table({ id, label, caption, head, rows }: Props) {
  const [, ...titles] = head;
  return (
    <table id={id} class="cards" role="table" aria-label={label}>
      {caption !== undefined && <caption>{caption}</caption>}
      <thead role="rowgroup">
        <tr role="row">
          {head.map((title) => (
            <HeadCell title={title} />
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {rows.map((row) => (
          <tr id={row.id} class={row.class} role="row">
            <th scope="row" role="rowheader">
              {row.head}
            </th>
            {row.cells.map((cell, n) => {
              const title = titles[n] ?? '';
              return (
                <td class={isText(title) ? 'text' : ''} role="cell" data-label={wordsOf(title)}>
                  {cell}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function HeadCell({ title }: { readonly title: Title }) {
  if (title === '') return <td role="cell" />;
  return (
    <th class={isText(title) ? 'text' : ''} scope="col" role="columnheader">
      {wordsOf(title)}
    </th>
  );
}

function isText(title: Title): boolean {
  return typeof title !== 'string';
}

function wordsOf(title: Title): string {
  return typeof title === 'string' ? title : title.text;
}
