// State that starts at zero, which most optimizers have.
import { dtypeOf, newArray } from '../../numeric/dtype.ts';
import type { Optimizer } from './page.ts';

/** Arrays of these names, of the length and precision of the tensor, at zero. */
export function zeroSlots(...names: readonly string[]): Optimizer['init'] {
  return (w) => ({
    slots: Object.fromEntries(names.map((name) => [name, newArray(dtypeOf(w), w.length)])),
    scalars: {},
  });
}
