// Small pictures for mistakes that only pictures have: a bar across or down, on noise. As bytes,
// like those of MNIST.
import type { Dataset, Examples } from '../../data/dataset.ts';
import { createRng } from '../../numeric/rng.ts';

export const SIDE = 10;
export const BARS = { inputs: SIDE * SIDE, classes: 2 };

/** The same seed gives the same ones. Class 0 has the bar across. */
export function makeBars(trainSize: number, testSize: number, seed: number): Dataset {
  const examples = (count: number, part: string): Examples => {
    const rng = createRng(seed, `bars ${part}`);
    const values = new Uint8Array(count * BARS.inputs);
    const labels = new Uint8Array(count);
    for (let i = 0; i < count; i++) {
      const [label, at] = [rng.below(2), rng.below(SIDE)];
      labels[i] = label;
      for (let row = 0; row < SIDE; row++)
        for (let col = 0; col < SIDE; col++) {
          const isBar = (label === 0 ? row : col) === at;
          values[i * BARS.inputs + row * SIDE + col] = (isBar ? 160 : 0) + rng.below(96);
        }
    }
    return { count, width: BARS.inputs, values, labels };
  };
  const image = { rows: SIDE, cols: SIDE };
  return { name: 'bars', classes: 2, image, train: examples(trainSize, 'train'), test: examples(testSize, 'test') };
}
