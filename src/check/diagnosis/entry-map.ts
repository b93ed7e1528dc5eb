// All entries of a wrong tensor as one picture: which are beyond their bounds, by how much, to
// which side. Reports draw it, because a wrong row, column or example is seen at once there and in
// no list of worst entries.
import { log } from '../../numeric/elementary.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { usedOfBound } from '../measure.ts';
import type { Compare } from '../measure.ts';
import type { Side } from '../pair.ts';

/**
 * One byte per cell. A cell is one entry, or the worst of a block of them where the tensor
 * is large.
 */
export interface EntryMap {
  readonly shape: readonly number[];
  /**
   * Cells of the map, and how many entries of the tensor a cell covers in each direction. A vector
   * is one row.
   */
  readonly rows: number;
  readonly cols: number;
  readonly rowsPerCell: number;
  readonly colsPerCell: number;
  /** Entries of the tensor that are beyond their bounds. */
  readonly wrong: number;
  /**
   * What the darkest byte stands for: the largest share of a bound, but at most a million times. At
   * least 1.
   */
  readonly most: number;
  /**
   * Row-major, in base64. 128: within the bound. 128 + n and 128 - n with n from 1 to 127: beyond
   * it, above or below the exact value, by most^((n - 1) / 126) times the bound, and n = 127 by
   * that or more. 0: NaN or infinite.
   */
  readonly bytes: string;
}

/** The entries of one tensor of a side. */
export interface SideMap extends EntryMap {
  /** W1, b1 ... for a gradient, or outputs. */
  readonly parameter: string;
  readonly side: Side;
}

/** Numbers beside the exact ones. */
export interface Held {
  readonly shape: readonly number[];
  readonly found: FloatArray;
  readonly exact: FloatArray;
  readonly bounds: FloatArray;
  readonly shifts?: FloatArray | undefined;
}

/** Beyond this it makes no difference to the eye, and up to it the differences are to be seen. */
const MOST = 1e6;
/** Cells of all maps of a report together: every entry of 784-128-10, twice. */
const CELLS = 2 ** 18;

/** The maps of these tensors, each at full size if all fit, else the largest reduced. */
export function sideMaps(wrong: readonly { readonly compare: Compare; readonly side: Side }[]): SideMap[] {
  const sizes = wrong.map(({ compare }) => compare.exact.length).sort((a, b) => a - b);
  let [rest, share] = [CELLS, CELLS];
  sizes.forEach((size, n) => {
    share = Math.floor(rest / (sizes.length - n));
    rest -= Math.min(size, share);
  });
  return wrong.map(({ compare, side }) => {
    const { parameter, shape, exact, bounds, shifts } = compare;
    return { parameter, side, ...entryMap({ shape, found: compare[side], exact, bounds, shifts }, share) };
  });
}

/** @param cells how many there may be */
export function entryMap({ shape, found, exact, bounds, shifts }: Held, cells: number): EntryMap {
  const width = shape.at(-1) ?? 1;
  const height = exact.length / width;
  const { down, across } = blockOf(height, width, cells);
  const [rows, cols] = [Math.ceil(height / down), Math.ceil(width / across)];
  const worst = new Float64Array(rows * cols); // share of the bound, negative below the exact value
  let [wrong, most] = [0, 1];
  for (let i = 0; i < exact.length; i++) {
    const used = usedOfBound(found[i], exact[i], bounds[i], shifts?.[i]);
    if (used <= 1) continue;
    wrong++;
    if (Number.isFinite(used)) most = Math.max(most, Math.min(used, MOST));
    const cell = Math.floor(Math.floor(i / width) / down) * cols + Math.floor((i % width) / across);
    if (!Number.isFinite(found[i])) worst[cell] = NaN;
    else if (!(used <= Math.abs(worst[cell]))) worst[cell] = found[i] < exact[i] ? -used : used;
  }
  const bytes = Uint8Array.from(worst, (used) => byteOf(used, log(most)));
  return { shape, rows, cols, rowsPerCell: down, colsPerCell: across, wrong, most, bytes: base64(bytes) };
}

function blockOf(height: number, width: number, cells: number): { down: number; across: number } {
  let [down, across] = [1, 1];
  while (Math.ceil(height / down) * Math.ceil(width / across) > Math.max(1, cells)) {
    if (height / down > width / across) down++;
    else across++;
  }
  return { down, across };
}

function byteOf(used: number, logMost: number): number {
  if (Number.isNaN(used)) return 0;
  if (used === 0) return 128;
  const size = Math.abs(used);
  const n = Number.isFinite(size)
    ? Math.min(127, 1 + (logMost > 0 ? Math.round((126 * log(size)) / logMost) : 0))
    : 127;
  return used < 0 ? 128 - n : 128 + n;
}

/** Buffer is Node's alone. */
function base64(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += 4096) text += String.fromCharCode(...bytes.subarray(i, i + 4096));
  return btoa(text);
}
