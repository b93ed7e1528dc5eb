// The bound of a piece of maths: the one on its page, or a wider one derived from its formula over
// scalars.
import type { ActivationBound, ActivationPage } from '../ops/activations/page.ts';
import type { Fields, LayerBound, LayerPage } from '../ops/layers/page.ts';
import type { LossBound, LossPage } from '../ops/losses/page.ts';
import type { OutputBound, OutputPage } from '../ops/outputs/page.ts';
import { graphActivationBound } from './graph-activation-error.ts';
import { graphLayerBound } from './graph-layer.ts';
import { graphLossRow, graphOutputRow, graphOutputRowBackward } from './graph-rows.ts';

/** Makes each bound once per page. */
function once<P extends object, B>(make: (page: P) => B): (page: P) => B {
  const made = new WeakMap<P, B>();
  return (page) => {
    const bound = made.get(page) ?? make(page);
    made.set(page, bound);
    return bound;
  };
}

export const boundOfActivation: (page: ActivationPage) => ActivationBound = once(
  ({ bound, graph }) => bound ?? graphActivationBound(graph),
);

export const boundOfOutput: (page: OutputPage) => OutputBound = once(({ bound, graph, kink }) => {
  if (bound !== undefined) return bound;
  const backward = graphOutputRowBackward(graph);
  return {
    forward: graphOutputRow(graph),
    backward(dz, dp, z, _p, _open, fresh) {
      backward(dz, dp, z, fresh);
    },
    undecided: (z, ez) => kink !== null && Math.abs(z - kink) <= ez,
  };
});

export const boundOfLoss: (page: LossPage) => LossBound = once(
  ({ bound, graph }) => bound ?? { row: graphLossRow(graph), averages: 'entries' },
);

export const boundOfLayer: (page: LayerPage) => LayerBound<Fields> = once(
  ({ bound, graph }) => bound ?? graphLayerBound(graph),
);
