// Which tensors of an answer are drawn entry by entry: the wrong ones, for each side that is wrong.
import { sideMaps } from '../diagnosis/entry-map.ts';
import type { SideMap } from '../diagnosis/entry-map.ts';
import type { Compare } from '../measure.ts';
import { SIDES, mapPair } from '../pair.ts';
import type { TensorMeasure } from '../verdict.ts';
import type { Result } from './results.ts';

/** The outputs first, then gradients in the order of the network. */
export function mapsOf({ outputs, gradients, compared, question, answers }: Result): SideMap[] {
  const { value, error } = question.exact.outputs;
  const all: [TensorMeasure, Compare][] = [
    [
      outputs,
      {
        parameter: outputs.parameter,
        shape: outputs.shape,
        ...mapPair(answers, (answer) => answer.outputs.data),
        exact: value.data,
        bounds: error.data,
      },
    ],
    ...compared.map((compare, n): [TensorMeasure, Compare] => [gradients[n], compare]),
  ];
  return sideMaps(
    all.flatMap(([{ left }, compare]) =>
      SIDES.filter((side) => left === side || left === 'both').map((side) => ({ compare, side })),
    ),
  );
}
