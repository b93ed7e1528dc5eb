// The wrong entries of a first layer's weights as pictures of the inputs: one per unit that
// has any.
import { useMemo } from 'preact/hooks';
import type { EntryMap } from '../../../../../check/diagnosis/entry-map.ts';
import type { Pictures } from '../../../../report.ts';
import { formatCount } from '../../../../words/numbers.ts';
import { RIGHT, cellsOf } from '../../model/map-cells.ts';
import { Canvas } from '../../parts/canvas.tsx';
import { colourOf } from '../../parts/heat-map.tsx';
import { More } from '../../parts/more.tsx';

interface Props {
  readonly id: string;
  readonly map: EntryMap;
  readonly picture: Pick<Pictures, 'rows' | 'cols'>;
}

export function MapPictures({ id, map, picture: { rows, cols } }: Props) {
  const units = useMemo(() => unitsOf(map), [map]);
  if (map.rowsPerCell > 1 || map.colsPerCell > 1) return null; // a pixel is not an entry there
  return (
    <div id={id}>
      <p class="muted">The same as pictures of the inputs, one per unit that has wrong entries:</p>
      <More class="pictures maps" items={units} what="units">
        {({ unit, bytes, wrong }) => (
          <li>
            <figure>
              <Canvas
                {...{ rows, cols, pictures: [bytes], palette: colourOf }}
                alternative={`unit ${unit}: ${formatCount(wrong)} of ${formatCount(bytes.length)} wrong`}
              />
              <figcaption>unit {unit}</figcaption>
            </figure>
          </li>
        )}
      </More>
    </div>
  );
}

function unitsOf(map: EntryMap) {
  const { rows, cols, bytes } = cellsOf(map);
  const columns = Array.from({ length: cols }, (_, unit) => {
    const own = Uint8Array.from({ length: rows }, (_, i) => bytes[i * cols + unit] ?? RIGHT);
    return { unit, bytes: own, wrong: own.filter((byte) => byte !== RIGHT).length };
  });
  return columns.filter(({ wrong }) => wrong > 0);
}
