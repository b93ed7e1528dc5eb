// Which state every entry uses, what t is for it, and in which order entries are updated.
import type { Observed } from './histories.ts';
import type { Rule } from './rule.ts';

/** Of all cells; the arrays belong to every rule that has the same choices. */
export interface Layout {
  /** The state that each cell uses, by number. */
  readonly slots: Int32Array;
  /** Cells in the order in which they use a state that they share. */
  readonly order: Int32Array;
  /** The place of each tensor among those of a step. */
  readonly places: readonly number[];
  readonly clock: Clock;
}

/** What is added to `timeFrom` at the first step, and from step to step, by cell. */
interface Clock {
  readonly first: Float64Array;
  readonly perStep: Float64Array;
}

type Tensor = Observed['tensors'][number];

/** Found once: thousands of rules are tried on the same cells. */
const KNOWN = new WeakMap<Observed['cells'], Map<string, unknown>>();

export function layoutOf({ share, order, time }: Rule, observed: Observed): Layout {
  const known = KNOWN.get(observed.cells) ?? new Map<string, unknown>();
  KNOWN.set(observed.cells, known);
  const once = <T>(key: string, make: () => T): T => {
    if (!known.has(key)) known.set(key, make());
    return known.get(key) as T;
  };
  const { cells } = observed;
  const places = once(`places ${order}`, () => placesOf(order, observed));
  return {
    places,
    slots: share === 'none' ? cells.own : once(`slots ${share}`, () => slotsOf(share, observed)),
    order: share === 'none' ? cells.own : once(`order ${order}`, () => cellOrder(places, observed)),
    clock: once(`clock ${time} ${order}`, () => clockOf(time, places, observed)),
  };
}

function placesOf(order: Rule['order'], { tensors }: Observed): number[] {
  const all = tensors.map((_, t) => t);
  const inOrder =
    order === 'forward'
      ? all
      : order === 'back'
        ? all.toReversed()
        : all.toSorted((a, b) => tensors[b].layer - tensors[a].layer || a - b);
  return all.map((t) => inOrder.indexOf(t));
}

function slotsOf(share: Exclude<Rule['share'], 'none'>, { cells, tensors }: Observed): Int32Array {
  const numbers = new Map<string, number>();
  return cells.tensor.map((t, cell) => {
    const at = cells.at[cell];
    const { cols, layer, role, size } = tensors[t];
    const [row, col] = [Math.floor(at / cols), at % cols];
    const key = {
      all: `${at}`,
      layer: `${layer} ${at}`,
      role: `${role} ${at}`,
      shape: `${size / cols} ${cols} ${at}`,
      size: `${size} ${at}`,
      rows: `${role} ${size / cols} ${row} ${col}`,
      cols: `${role} ${cols} ${row} ${col}`,
      'role-places': `${role} ${row} ${col}`,
      row: `${t} ${row}`,
      column: `${t} ${col}`,
      tensor: `${t}`,
    }[share];
    const slot = numbers.get(key) ?? numbers.size;
    numbers.set(key, slot);
    return slot;
  });
}

function cellOrder(places: readonly number[], { cells }: Observed): Int32Array {
  return cells.own.toSorted((a, b) => places[cells.tensor[a]] - places[cells.tensor[b]] || a - b);
}

function clockOf(time: Rule['time'], places: readonly number[], { cells, tensors }: Observed): Clock {
  const rowsOf = ({ size, cols }: Tensor): number => size / cols;
  const within = (cell: number): number => {
    const at = cells.at[cell];
    return time.endsWith('row') ? Math.floor(at / tensors[cells.tensor[cell]].cols) : time.endsWith('entry') ? at : 0;
  };
  const counted = countedOf(time, places, tensors, rowsOf);
  return {
    first: Float64Array.from(cells.tensor, (t, cell) => counted[t].first + within(cell)),
    perStep: Float64Array.from(cells.tensor, (t) => counted[t].perStep),
  };
}

/** What each tensor's first entry adds to t at the first step, and each later step. */
function countedOf(
  time: Rule['time'],
  places: readonly number[],
  tensors: readonly Tensor[],
  rowsOf: (tensor: Tensor) => number,
): { readonly first: number; readonly perStep: number }[] {
  if (time === 'step') return tensors.map(() => ({ first: 0, perStep: 1 }));
  if (time.startsWith('own'))
    return tensors.map((tensor) => ({ first: 0, perStep: time === 'own-row' ? rowsOf(tensor) : tensor.size }));
  const inOrder = tensors.map((_, place) => places.indexOf(place));
  const layers = [...new Set(inOrder.map((t) => tensors[t].layer))];
  const first = tensors.map(() => 0);
  let count = 0;
  for (const t of inOrder) {
    first[t] = time === 'layer' ? layers.indexOf(tensors[t].layer) : count;
    count += time === 'entry' ? tensors[t].size : time === 'row' ? rowsOf(tensors[t]) : 1;
  }
  return first.map((at) => ({ first: at, perStep: time === 'layer' ? layers.length : count }));
}
