// Optimizer state that is shared, counted or started wrongly, one function each, and what is told.
import type { Mistake } from './adam-mistakes.ts';
import type { State, Update } from './updating.ts';

// The defaults of the project.
const [b1, b2, eps] = [0.9, 0.999, 1e-7];
const lr = 0.01;
const { exp, floor, log, sqrt } = Math;

/** Adam, with m and v kept where they are told to be, and its own t. */
function adam(
  at: (...of: Parameters<Update>) => { readonly m?: State; readonly v?: State; readonly t?: number },
): Update {
  return (w, g, own, where) => {
    const { m = own, v = own, t = where.t } = at(w, g, own, where);
    m.m = b1 * m.m + (1 - b1) * g;
    v.v = b2 * v.v + (1 - b2) * g * g;
    return w - (lr * m.m) / (1 - b1 ** t) / (sqrt(v.v / (1 - b2 ** t)) + eps);
  };
}
/** Counts up at the first entry of each row. */
function counted(state: State, isNew: boolean): number {
  if (isNew) state.x++;
  return state.x;
}

const mu = (t: number): number => b1 * (1 - 0.5 * exp(0.004 * t * log(0.96)));

/** @param times how often a step multiplies the product until this tensor */
const nadam =
  (times: (tensor: number, tensors: number) => { readonly before: number; readonly now: number }): Update =>
  (w, g, s, { t, tensor, tensors }) => {
    s.m = b1 * s.m + (1 - b1) * g;
    s.v = b2 * s.v + (1 - b2) * g * g;
    const { before, now } = times(tensor, tensors);
    let product = 1;
    for (let k = 1; k < t; k++) product *= mu(k) ** before;
    product *= mu(t) ** now;
    const ahead = ((1 - mu(t)) / (1 - product)) * g + (mu(t + 1) / (1 - product * mu(t + 1))) * s.m;
    return w - (lr * ahead) / (sqrt(s.v / (1 - b2 ** t)) + eps);
  };

export const STATE_MISTAKES: Readonly<Record<string, Mistake>> = {
  'adam: t counts rows': {
    declared: 'adam',
    told: /t counts rows of all tensors, not steps/,
    update: adam((_w, _g, _s, { stateOf, index, cols }) => ({ t: counted(stateOf('t'), index % cols === 0) })),
  },
  'adam: t of each tensor counts rows': {
    declared: 'adam',
    told: /t counts the rows of each tensor, not steps/,
    update: adam((_w, _g, _s, { stateOf, index, cols, tensor }) => ({
      t: counted(stateOf(`t ${tensor}`), index % cols === 0),
    })),
  },
  'adam: t of each tensor counts its numbers': {
    declared: 'adam',
    told: /t counts the numbers of each tensor, not steps/,
    update: adam((_w, _g, _s, { stateOf, tensor }) => ({ t: counted(stateOf(`t ${tensor}`), true) })),
  },
  'adam: all rows are one array': {
    declared: 'adam',
    told: /all rows of the optimizer state are one and the same array/,
    update: adam((_w, _g, _s, { stateOf, index, cols, tensor }) => {
      const s = stateOf(`row of ${tensor} ${index % cols}`);
      return { m: s, v: s };
    }),
  },
  'adam: all rows of v are one array': {
    declared: 'adam',
    told: /all rows of the running value of g² are one and the same array/,
    update: adam((_w, _g, _s, { stateOf, index, cols, tensor }) => ({
      v: stateOf(`row of ${tensor} ${index % cols}`),
    })),
  },
  'adam: one v per row': {
    declared: 'adam',
    told: /every row of the running value of g² has one number for all its entries/,
    update: adam((_w, _g, _s, { stateOf, index, cols, tensor }) => ({
      v: stateOf(`row ${floor(index / cols)} of ${tensor}`),
    })),
  },
  'adam: one v per tensor': {
    declared: 'adam',
    told: /every tensor of the running value of g² has one number for all its entries/,
    update: adam((_w, _g, _s, { stateOf, tensor }) => ({ v: stateOf(`of ${tensor}`) })),
  },
  'adam: the mean of g² over a row': {
    declared: 'adam',
    told: /the mean of g² over the row is used/,
    update: (w, g, s, { t, rowMean }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = b2 * s.v + (1 - b2) * rowMean;
      return w - (lr * s.m) / (1 - b1 ** t) / (sqrt(s.v / (1 - b2 ** t)) + eps);
    },
  },
  'momentum: all rows are one array': {
    declared: 'momentum',
    told: /all rows of the optimizer state are one and the same array/,
    update: (w, g, _s, { stateOf, index, cols, tensor }) => {
      const s = stateOf(`row of ${tensor} ${index % cols}`);
      s.v = 0.9 * s.v + g;
      return w - lr * s.v;
    },
  },
  'adam: one state for all layers': {
    declared: 'adam',
    told: /all weights use one state, and all biases another/,
    update: adam((_w, _g, _s, { stateOf, index, role }) => ({
      m: stateOf(`${role} ${index}`),
      v: stateOf(`${role} ${index}`),
    })),
  },
  'adam: one state for all layers, by row and column': {
    declared: 'adam',
    told: /all weights use one state by row and column, and all biases another/,
    update: adam((_w, _g, _s, { stateOf, index, cols, role }) => {
      const s = stateOf(`${role} ${floor(index / cols)} ${index % cols}`);
      return { m: s, v: s };
    }),
  },
  'adagrad: the sum starts at 0.1': {
    declared: 'adagrad',
    told: /the running value of g² starts at 0\.1/,
    update: (w, g, s) => {
      s.s += g * g;
      return w - (lr * g) / sqrt(0.1 + s.s + eps);
    },
  },
  'adam: v starts at 0.01': {
    declared: 'adam',
    told: /the running value of g² starts at 0\.01\./,
    update: (w, g, s, { t }) => {
      if (t === 1) s.v = 0.01;
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = b2 * s.v + (1 - b2) * g * g;
      return w - (lr * s.m) / (1 - b1 ** t) / (sqrt(s.v / (1 - b2 ** t)) + eps);
    },
  },
  'nadam: every tensor multiplies the product': {
    declared: 'nadam',
    told: /every tensor of a step multiplies the one product/,
    update: nadam((tensor, tensors) => ({ before: tensors, now: tensor + 1 })),
  },
  'nadam: no product is kept': {
    declared: 'nadam',
    told: /Πₜ is μₜ alone: the product of the steps before is not kept/,
    update: nadam(() => ({ before: 0, now: 1 })),
  },
  'nadam: not corrected': {
    declared: 'nadam',
    told: /mean of g² is not corrected/,
    update: (w, g, s, { t }) => {
      s.m = b1 * s.m + (1 - b1) * g;
      s.v = b2 * s.v + (1 - b2) * g * g;
      let product = 1;
      for (let k = 1; k <= t; k++) product *= mu(k);
      const ahead = ((1 - mu(t)) / (1 - product)) * g + (mu(t + 1) / (1 - product * mu(t + 1))) * s.m;
      return w - (lr * ahead) / (sqrt(s.v) + eps);
    },
  },
};
