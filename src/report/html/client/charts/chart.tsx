// One chart: legend, plot, caption, and its numbers as a table for those who do not see it.
import type { ComponentChildren } from 'preact';
import { Fold } from '../parts/fold.tsx';
import { Key, Plot } from './plot.tsx';
import type { Curve, Mark } from './plot.tsx';
import type { Axis } from './scales.ts';

export interface ChartProps {
  /** The page's own name for it. */
  readonly id: string;
  readonly height: number;
  readonly x: Axis;
  readonly y: Axis;
  readonly curves: readonly Curve[];
  readonly mark?: Mark | null;
  readonly xWords: (x: number) => string;
  /** What it shows, with its main numbers. */
  readonly alternative: string;
  readonly caption: ComponentChildren;
  readonly table: { readonly head: readonly string[]; readonly rows: () => readonly (readonly string[])[] };
}

export function Chart({ id, alternative, caption, table, ...plot }: ChartProps) {
  return (
    <figure id={id}>
      <ul class="keys" aria-hidden="true">
        {plot.curves.map((curve) => (
          <li>
            <Key curve={curve} /> {curve.name}
          </li>
        ))}
      </ul>
      <Plot label={alternative} {...plot} />
      <figcaption>{caption}</figcaption>
      <Fold class="numbers" summary="The numbers as a table">
        {() => <Numbers {...table} what={id} />}
      </Fold>
    </figure>
  );
}

/** A chart may have thousands of numbers: it scrolls by itself. */
function Numbers({ head, rows, what }: ChartProps['table'] & { readonly what: string }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={`numbers of ${what}`}>
      <table>
        <thead>
          <tr>
            {head.map((title) => (
              <th scope="col">{title}</th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows().map((row) => (
            <tr>
              {row.map((cell) => (
                <td>{cell}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
