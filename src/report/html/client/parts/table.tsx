// A table of the page: its head is words, its rows are given. What is wider than the page scrolls by itself, also from the keyboard.
import type { ComponentChildren } from 'preact';

/** What stands over a column: of numbers, or of text. An empty one heads nothing. */
export type Title = string | { readonly text: string };

interface Props {
  readonly id: string;
  /** What those hear who do not see it. */
  readonly label: string;
  readonly caption?: ComponentChildren;
  readonly class?: string;
  readonly head: readonly Title[];
  readonly children: ComponentChildren;
}

export function Table({ id, label, caption, class: kind, head, children }: Props) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table id={id} class={kind}>
        {caption !== undefined && <caption>{caption}</caption>}
        <thead>
          <tr>
            {head.map((title) => (
              <HeadCell title={title} />
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

function HeadCell({ title }: { readonly title: Title }) {
  if (title === '') return <td />;
  if (typeof title === 'string') return <th scope="col">{title}</th>;
  return (
    <th class="text" scope="col">
      {title.text}
    </th>
  );
}
