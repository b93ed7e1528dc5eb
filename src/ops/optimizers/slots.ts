// State that starts at zero, as that of most optimizers.
import { dtypeOf, newArray } from '../../numeric/dtype.ts';
import type { Optimizer } from './page.ts';

/** Arrays with these names and the length and precision of the tensor, filled with zeros. */
export function zeroSlots(...names: readonly string[]): Optimizer['init'] {
  return (w) => ({
    slots: Object.fromEntries(names.map((name) => [name, newArray(dtypeOf(w), w.length)])),
    scalars: {},
  });
}
