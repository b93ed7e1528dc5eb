// The rectifier: the positive part of z.
import { between, eitherSideOf0 } from '../../numeric/bounds/branches.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { LayerAround, PieceFault } from '../piece-fault.ts';
import { activation } from './page.ts';

export const relu = activation({
  id: 'relu',
  formula: { forward: 'max(0, z)', derivative: '1 where z > 0, else 0' },
  writtenIn: 'either', // a > 0 where z > 0
  kink: 0,

  // a = max(0, z)
  forward(a, z) {
    for (let i = 0; i < a.length; i++) a[i] = Math.max(0, z[i]);
  },
  // f'(z) = 1 where z > 0, else 0; relu'(0) = 0, as in tfjs
  backward(dz, da, z) {
    for (let i = 0; i < dz.length; i++) dz[i] = da[i] * (z[i] > 0 ? 1 : 0);
  },
  bound: {
    bias: 0,
    // max(0, z) moves by no more than z does, and not at all if z is certainly negative
    forward: (z, ez) => (z + ez <= 0 ? 0 : ez),
    // 0 or 1, exactly; at the kink anything between
    slope({ z, ez }) {
      const f = z > 0 ? 1 : 0;
      return eitherSideOf0(z, ez) ? between(f, 0, 1, 0) : [f, 0];
    },
    undecided: eitherSideOf0,
  },

  graph: (z) => z.relu(),
  tfjs: 'relu',
  plain: 'return z.map((row) => row.map((value) => Math.max(0, value)));',
  faults: {
    'relu-mask-of-layer-above': {
      description: 'the gradient passes where the layer above is active, not where this layer is',
      remedy: 'dz = da where z > 0 and 0 elsewhere, with the z of the same layer',
      formula: 'dz = da where the score of the layer above is positive, else 0',
      where: (layers, at) => sameWidth(layers, at, at + 1),
      recipe: maskOfLayerAbove,
    },
    'relu-mask-of-layer-below': {
      description: 'the gradient passes where the layer below is active, not where this layer is',
      remedy: 'dz = da where z > 0 and 0 elsewhere, with the z of the same layer',
      formula: 'dz = da where the score of the layer below is positive, else 0',
      where: (layers, at) => sameWidth(layers, at, at - 1),
      recipe: maskOfLayerBelow,
    },
  },
});

/** The mask of another layer fits only if that is a relu layer of the same width. */
function sameWidth(layers: readonly LayerAround[], at: number, other: number): boolean {
  return layers[other]?.activation === layers[at].activation && layers[other].units === layers[at].units;
}

function masked(dz: Matrix, da: Matrix, by: Matrix): void {
  for (let i = 0; i < dz.data.length; i++) dz.data[i] = by.data[i] > 0 ? da.data[i] : 0;
}

function maskOfLayerAbove(...[at, right]: Parameters<PieceFault['recipe']>): ReturnType<PieceFault['recipe']> {
  let above: Matrix = zeros('f64', 0, 0);
  return {
    activation(layer, id, dz, da, z, a) {
      if (layer === at) masked(dz, da, above);
      else right.activation(layer, id, dz, da, z, a);
      if (layer === at + 1) above = z;
    },
  };
}

function maskOfLayerBelow(...[at, right]: Parameters<PieceFault['recipe']>): ReturnType<PieceFault['recipe']> {
  let before: Matrix = zeros('f64', 0, 0);
  return {
    activation(layer, id, dz, da, z, a) {
      right.activation(layer, id, dz, da, z, a);
      if (layer === at) before = da;
    },
    layer(layer, step) {
      // the output of the layer below: positive where that layer is on
      if (layer === at) masked(step.dz, before, step.saved.x);
      right.layer(layer, step);
    },
  };
}
