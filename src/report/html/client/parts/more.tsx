// The first of many things, and a button for the rest.
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { formatCount } from '../../../words/numbers.ts';

/** A dozen: one look. */
const FIRST = 12;

interface Props<T> {
  readonly items: readonly T[];
  /** "units": what there are more of. */
  readonly what: string;
  readonly class: string;
  readonly first?: number;
  readonly children: (item: T, n: number) => ComponentChildren;
}

/** Each child is a <li>. */
export function More<T>({ items, what, class: kind, first = FIRST, children }: Props<T>) {
  const [all, showAll] = useState(false);
  const rest = items.length - first;
  return (
    <>
      <ul class={kind}>{(all ? items : items.slice(0, first)).map(children)}</ul>
      {rest > 0 && (
        <button class="control more" aria-expanded={all} onClick={() => showAll(!all)}>
          {all ? 'Show fewer' : `Show ${formatCount(rest)} more ${what}`}
        </button>
      )}
    </>
  );
}
