// Mistakes that people make in the backward pass of pooling. Letters as in windows.ts.
import { insteadOfLayer } from '../piece-fault.ts';
import type { LayerAround, LayerFault, LayerStep } from '../piece-fault.ts';
import { poolWindows } from './pool.ts';
import { cellCounts } from './windows.ts';
import type { PoolFields, Windows } from './windows.ts';

const windowsAt = (spec: LayerAround['spec']): Windows => poolWindows(spec as PoolFields);

/** There is a gradient of the inputs, and a window with more than one cell inside. */
const isBelow: NonNullable<LayerFault['where']> = (layers, at) =>
  at > 0 && cellCounts(windowsAt(layers[at].spec)).some((count) => count > 1);

/**
 * dx as a sum over windows and their cells inside: `share` says what part of dz a cell gets.
 * @param share of cell `t` (0-based) of the `count` inside, if cell `best` is the largest
 */
function shared(share: (t: number, count: number, best: number, windows: Windows) => number): LayerFault['recipe'] {
  return insteadOfLayer(({ spec, dx, dz, saved: { x } }: LayerStep) => {
    if (dx === null) return;
    const windows = windowsAt(spec);
    const { cells, kh, kw, C } = windows;
    const [T, sums] = [kh * kw, new Float64Array(dx.data.length)];
    for (let i = 0; i < dz.data.length; i++) {
      const [n, p, c] = [Math.floor(i / dz.cols), Math.floor((i % dz.cols) / C), i % C];
      const inside = Array.from(cells.subarray(p * T, (p + 1) * T))
        .filter((cell) => cell >= 0)
        .map((cell) => n * dx.cols + cell * C + c);
      const best = inside.reduce((most, at, t) => (x.data[at] > x.data[inside[most]] ? t : most), 0);
      inside.forEach((at, t) => (sums[at] += dz.data[i] * share(t, inside.length, best, windows)));
    }
    dx.data.set(sums);
  });
}

const ofInputs = { first: 'inputs', where: isBelow } as const;

export const MAX_POOL_FAULTS = {
  'max-gradient-to-all': {
    ...ofInputs,
    description: 'every cell of a window gets the whole gradient, not only the largest',
    remedy: 'only the cell that was the largest of its window moves the result: give it the gradient, the others 0',
    formula: 'dx = dz in every cell of the window',
    recipe: shared(() => 1),
  },
  'max-gradient-shared': {
    ...ofInputs,
    description: 'the gradient of a window is spread evenly over its cells, as for an average',
    remedy: 'give the whole gradient to the cell that was the largest of its window',
    formula: 'dx = dz / n in every cell of the window',
    recipe: shared((_t, count) => 1 / count),
  },
  'max-gradient-to-first': {
    ...ofInputs,
    description: 'the first cell of each window gets the gradient, whichever is the largest',
    remedy: 'keep where the largest number was in the forward pass, and give the gradient to that cell',
    formula: 'dx = dz in the first cell of the window',
    recipe: shared((t) => (t === 0 ? 1 : 0)),
  },
  'max-gradient-to-next': {
    ...ofInputs,
    description: 'the cell after the largest gets the gradient',
    remedy: 'count the cells of a window in the backward pass as in the forward pass',
    formula: 'dx = dz in the cell after the largest of the window',
    recipe: shared((t, count, best) => (t === (best + 1) % count ? 1 : 0)),
  },
} as const satisfies Record<string, LayerFault>;

export const AVERAGE_POOL_FAULTS = {
  'average-not-divided': {
    ...ofInputs,
    description: 'every cell of a window gets the whole gradient, not its share of 1/n',
    remedy: 'divide dz by the number of cells in the window',
    formula: 'dx = dz in every cell of the window',
    recipe: shared(() => 1),
  },
  'average-by-window-size': {
    ...ofInputs,
    description:
      'a window over the edge is divided by its size in the backward pass, though the forward pass divides by the cells inside (TensorFlow.js does this on cpu and wasm)',
    remedy: 'divide dz by the same number as in the forward pass',
    formula: 'dx = dz / (kh·kw), also where fewer cells are inside',
    where: (layers, at) => isBelow(layers, at) && windowsAt(layers[at].spec).cells.some((cell) => cell < 0),
    recipe: shared((_t, _count, _best, { kh, kw }) => 1 / (kh * kw)),
  },
} as const satisfies Record<string, LayerFault>;
