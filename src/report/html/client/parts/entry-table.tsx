// Entries of tensors side by side: both engines' numbers, the exact one, the bound.
import type { Entry } from '../../../../check/verdict.ts';
import { formatApart, formatNumber, formatUsed } from '../../../words/numbers.ts';
import { Table } from './table.tsx';
import { nameOf } from './words.ts';
import type { Labels } from './words.ts';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly sides: Labels;
  readonly rows: readonly { readonly place: string; readonly entry: Entry }[];
}

export function EntryTable({ id, label, sides, rows }: Props) {
  const names = [nameOf(sides, 'candidate'), nameOf(sides, 'reference')];
  return (
    <Table
      id={id}
      label={label}
      head={[{ text: 'entry' }, ...names, 'exact', 'allowed error', 'used']}
      rows={rows.map(({ place, entry }) => ({
        head: place,
        cells: [
          ...formatApart([entry.candidate, entry.reference, entry.oracle], 9),
          formatNumber(entry.bound, 3),
          <Used entry={entry} />,
        ],
      }))}
    />
  );
}

/** A share of the bound: what is over it is marked. */
function Used({ entry }: { readonly entry: Entry }) {
  const { usedOfBound: used } = entry;
  return used <= 1 ? <>{formatUsed(used)}</> : <span class="bad">✗ {usedWords(entry)}</span>;
}

/** Where rounding explains no difference at all, any number but one is wrong. */
export function usedWords({ usedOfBound: used, bound, candidate, reference }: Entry): string {
  return used === Infinity && bound === 0 && Number.isFinite(candidate) && Number.isFinite(reference)
    ? '0 is allowed'
    : formatUsed(used);
}
