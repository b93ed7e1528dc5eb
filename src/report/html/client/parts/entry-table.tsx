// Entries of tensors side by side: both engines' numbers, the exact one, the bound.
import type { Entry } from '../../../../check/verdict.ts';
import type { CompareReport } from '../../../report.ts';
import { formatApart, formatNumber } from '../../../words/numbers.ts';
import { Table } from './table.tsx';
import type { Title } from './table.tsx';
import { nameOf } from './words.ts';

interface Props {
  readonly id: string;
  readonly label: string;
  readonly report: CompareReport;
  /** Over the places, and over what is said last of each entry. */
  readonly first: string;
  readonly last: Title;
  readonly rows: readonly { readonly place: string; readonly entry: Entry; readonly said: string }[];
}

export function EntryTable({ id, label, report, first, last, rows }: Props) {
  const names = [nameOf(report, 'candidate'), nameOf(report, 'reference')];
  return (
    <Table id={id} label={label} head={[{ text: first }, ...names, 'exact', 'bound', last]}>
      {rows.map(({ place, entry, said }) => (
        <tr>
          <th scope="row">{place}</th>
          {formatApart([entry.candidate, entry.reference, entry.oracle], 9).map((x) => (
            <td>{x}</td>
          ))}
          <td>{formatNumber(entry.bound, 3)}</td>
          <td class={typeof last === 'string' ? '' : 'text'}>{said}</td>
        </tr>
      ))}
    </Table>
  );
}
