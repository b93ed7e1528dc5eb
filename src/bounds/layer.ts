// The bound of a kind of layer: its page's own, or one that is worked out from its formula.
import { UsageError } from '../errors.ts';
import type { LayerBound, LayerPage } from '../ops/layers/page.ts';
import type { Fields } from '../ops/layers/page.ts';

export function boundOfLayer(page: LayerPage): LayerBound<Fields> {
  if (page.bound !== undefined) return page.bound;
  throw new UsageError(page.id);
}
