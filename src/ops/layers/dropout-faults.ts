// Mistakes that are made in dropout.
import type { Matrix } from '../../numeric/matrix.ts';
import type { LayerFault, LayerForward } from '../piece-fault.ts';
import { insteadOfLayer } from '../piece-fault.ts';

/** The right way forward or back with another mask: `of` makes each number from the right one. */
function withMask(mask: Matrix | null, of: (m: number, i: number, mask: Matrix) => number): Matrix | null {
  return mask && { ...mask, data: mask.data.map((m, i) => of(m, i, mask)) };
}

const back = (of: Parameters<typeof withMask>[1]): LayerFault['recipe'] =>
  insteadOfLayer((step, right) => {
    right({ ...step, saved: { ...step.saved, more: withMask(step.saved.more as Matrix | null, of) } });
  });

const oneOrZero = (m: number): number => (m === 0 ? 0 : 1);

/** Forward with numbers of 0 and 1; the way back has the right mask, or the same one. */
function forwardUnscaled(alsoBack: boolean): LayerFault['recipe'] {
  return (at, right) => ({
    forward(layer, step: LayerForward) {
      if (layer !== at) return right.forward(layer, step);
      const { mask } = step.pass;
      const more = right.forward(layer, { ...step, pass: { ...step.pass, mask: withMask(mask, oneOrZero) } });
      return alsoBack ? more : mask;
    },
  });
}

/** Where the mask has numbers other than 0 and 1, or is 0 for some. */
const drops: LayerFault['where'] = (layers, at) => (layers[at].spec['rate'] as number) > 0;

export const DROPOUT_FAULTS = {
  'dropout-not-passed-back': {
    first: 'inputs',
    where: drops,
    description: 'the mask of dropout is not applied on the way back',
    remedy: 'keep the mask of the forward pass: dx = m ⊙ dz',
    formula: 'dx = dz',
    recipe: back(() => 1),
  },
  'dropout-mask-drawn-anew': {
    first: 'inputs',
    where: drops,
    description: 'another mask is used on the way back than in the forward pass',
    remedy: 'keep the mask of the forward pass, and use it on the way back',
    formula: "dx = m' ⊙ dz with another mask m'",
    recipe: back((_m, i, { data, cols }) => data[(i + cols + 1) % data.length]), // that of another unit and example
  },
  'dropout-gradient-not-scaled': {
    first: 'inputs',
    where: drops,
    description: 'the way back through dropout lacks the factor 1 / (1 - rate)',
    remedy: 'dx = m ⊙ dz with the mask of the forward pass, which has that factor',
    formula: 'dx = dz where kept, else 0',
    recipe: back(oneOrZero),
  },
  'dropout-outputs-not-scaled': {
    first: 'scores',
    where: drops,
    description: 'dropout does not scale up what it keeps, but its way back does',
    remedy: 'z = m ⊙ x with a mask of 0 and 1 / (1 - rate)',
    formula: 'z = x where kept, else 0',
    recipe: forwardUnscaled(false),
  },
  'dropout-not-scaled': {
    first: 'scores',
    where: drops,
    description: 'dropout does not scale up what it keeps, neither forward nor on the way back',
    remedy: 'use a mask of 0 and 1 / (1 - rate), so that prediction needs no factor',
    formula: 'z = x where kept, else 0; dx = dz where kept, else 0',
    recipe: forwardUnscaled(true),
  },
} as const satisfies Record<string, LayerFault>;
