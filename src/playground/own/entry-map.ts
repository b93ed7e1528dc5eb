// Which entries of a gradient of `check` are wrong, as the heat map draws them. Only where all of
// the wrong ones are known.
import type { EntryMap } from '../../check/diagnosis/entry-map.ts';
import type { TensorCheck } from '../../check/function/result.ts';

/** Bytes of an entry map. */
const [NOT_A_NUMBER, BELOW, RIGHT, ABOVE] = [0, 1, 128, 255];
const MOST_CELLS = 100_000;

export function entryMapOf({ shape, entries, wrong, named, verdict }: TensorCheck): EntryMap | null {
  if (verdict !== 'disagree' || named !== 'all' || shape === null || shape.length === 0) return null;
  if (entries > MOST_CELLS || entries < 2) return null;
  const cols = shape.at(-1) ?? 1;
  const bytes = new Uint8Array(entries).fill(RIGHT);
  for (const { index, given, measured } of wrong) {
    const at = index.reduce((sum, i, axis) => sum * (shape[axis] ?? 1) + i, 0);
    bytes[at] = !Number.isFinite(given) ? NOT_A_NUMBER : given > measured ? ABOVE : BELOW;
  }
  return {
    shape,
    rows: entries / cols,
    cols,
    rowsPerCell: 1,
    colsPerCell: 1,
    wrong: wrong.length,
    most: 1,
    bytes: btoa(String.fromCharCode(...bytes)),
  };
}
