// Computes what a rule does to the entries that were looked at, in binary64, from the weights that
// the engine itself had before each step: errors of the weights do not add up.
import { power, square } from '../../../numeric/elementary.ts';
import type { Observed } from './histories.ts';
import type { Correction, Rule, Schedule } from './rule.ts';

/**
 * Changes of the numbers inside a rule, as rounding makes them: relative, but for fresh1, fresh2,
 * one1 and one2, which are differences from 1.
 */
export type Noise = Partial<
  Record<'memory1' | 'fresh1' | 'memory2' | 'fresh2' | 'square' | 'one1' | 'one2' | 'epsilon', number>
>;

/** Steps of all cells: w before - w after = scaled + unscaled. */
export interface Step {
  readonly step: number; // from 0
  /** What the learning rate multiplies. */
  readonly scaled: Float64Array;
  readonly unscaled: Float64Array;
}

/** The factor of the rate at step t, from 1. */
export function factorAt({ form, by: { value } }: Schedule, t: number): number {
  switch (form) {
    case 'constant':
      return 1;
    case 'inverse':
      return 1 / t;
    case 'inverse-root':
      return 1 / Math.sqrt(t);
    case 'exponential':
      return power(value, t);
    case 'exponential-later':
      return power(value, t - 1);
    case 'time':
      return 1 / (1 + value * t);
    case 'time-later':
      return 1 / (1 + value * (t - 1));
  }
}

function corrected(kind: Correction, beta: number, other: number, t: number, one: number): number {
  const decayed = (b: number): number => 1 - power(b, t) + one * t;
  switch (kind) {
    case 'none':
      return 1;
    case 'power':
    case 'accumulates':
      return decayed(beta);
    case 'once':
      return 1 - beta + one;
    case 'multiplied':
      return 1 / decayed(beta);
    case 'other':
      return decayed(other);
    case 'linear':
      return 1 - beta * t + one * t;
    case 'root':
      return Math.sqrt(decayed(beta));
  }
}

/** The places of the tensors in the order in which a rule comes to them. */
export function orderOf({ tensors }: Pick<Observed, 'tensors'>, order: Rule['order']): number[] {
  const all = tensors.map((_, t) => t);
  if (order === 'forward') return all;
  if (order === 'back') return all.toReversed();
  return all.toSorted((a, b) => tensors[b].layer - tensors[a].layer || a - b);
}

/** What t is at the first step, tensor by tensor, and how much is added at each step. */
function clockOf(rule: Rule, observed: Observed): { readonly first: readonly number[]; readonly perStep: number } {
  const { tensors } = observed;
  if (rule.time === 'step') return { first: [], perStep: 1 };
  const first = tensors.map(() => 0);
  const layers: number[] = [];
  let count = 0;
  for (const t of orderOf(observed, rule.order)) {
    if (!layers.includes(tensors[t].layer)) layers.push(tensors[t].layer);
    first[t] = rule.timeFrom + (rule.time === 'layer' ? layers.indexOf(tensors[t].layer) : count);
    count += rule.time === 'entry' ? tensors[t].size : 1;
  }
  return { first, perStep: rule.time === 'layer' ? layers.length : count };
}

/** The state that each cell uses, by number. */
function slotsOf({ share }: Rule, { cells, tensors }: Observed): Int32Array {
  if (share === 'none') return cells.own;
  const numbers = new Map<string, number>();
  return cells.tensor.map((t, cell) => {
    const group = share === 'all' ? '' : share === 'layer' ? String(tensors[t].layer) : tensors[t].role;
    const key = `${group} ${cells.at[cell]}`;
    const slot = numbers.get(key) ?? numbers.size;
    numbers.set(key, slot);
    return slot;
  });
}

/** Goes through the steps until `visit` returns false. The arrays are used again at each step. */
export function simulate(
  rule: Rule,
  lr: number,
  observed: Observed,
  visit: (step: Step) => boolean,
  noise: Noise = {},
): void {
  const { cells, norm, norms, meanSquares } = observed;
  const count = cells.at.length;
  const slots = slotsOf(rule, observed);
  const { first, perStep } = clockOf(rule, observed);
  const order = cellOrder(rule, observed);
  const [m, s, r, mean, peak] = Array.from({ length: 5 }, () => new Float64Array(count));
  s.fill(rule.start2);
  const [scaled, unscaled] = [new Float64Array(count), new Float64Array(count)];
  const [b1, b2] = [rule.beta1.value, rule.beta2.value];
  const memories = { beta: b1, none: 0, all: 1, 'times-rate': b1 * lr, minus: -b1, rest: 1 - b1 };
  const memory1 = memories[rule.memory1] * (1 + (noise.memory1 ?? 0));
  const memory2 = { beta: b2, none: 0, all: 1, rest: 1 - b2 }[rule.memory2] * (1 + (noise.memory2 ?? 0));
  const rest1 = 1 - b1 + (noise.fresh1 ?? 0);
  const rest2 = 1 - b2 + (noise.fresh2 ?? 0);
  const squared = 1 + (noise.square ?? 0);
  const eps = rule.epsilon.value * (1 + (noise.epsilon ?? 0));
  const [one1, one2] = [noise.one1 ?? 0, noise.one2 ?? 0];
  const root = rule.root === 'root' ? Math.sqrt : (x: number): number => x;
  const lambda = rule.lambda.value;
  for (let step = 0; step < observed.g.length; step++) {
    const isFirst = step === 0;
    const fresh1 = {
      one: 1,
      rest: rest1,
      'one-then-rest': isFirst ? 1 : rest1,
      'rate-later': isFirst ? 1 / lr : 1,
      beta: b1,
    }[rule.fresh1];
    const fresh2 = { one: 1, rest: rest2, beta: b2, 'one-then-rest': isFirst ? 1 : rest2 }[rule.fresh2];
    const rate = rule.rate.value * factorAt(rule.schedule, step + 1);
    for (let n = 0; n < count; n++) {
      const cell = order[n];
      const [t, at, slot] = [cells.tensor[cell], cells.at[cell], slots[cell]];
      const w = observed.before[step][cell];
      let g = clipped(rule, observed.g[step][cell], norm[step], norms[step][t]);
      if (rule.decay === 'in-gradient') g += lambda * w;
      const time =
        (rule.time === 'step' ? rule.timeFrom : first[t]) + step * perStep + (rule.time === 'entry' ? at : 0);
      const moment = (of: number): number => {
        const [old, c1] = [m[slot], corrected(rule.correction1, b1, b2, time, one1)];
        const now = memory1 * old + fresh1 * of;
        m[slot] = rule.correction1 === 'accumulates' ? now / c1 : now;
        switch (rule.direction) {
          case 'gradient':
            return of;
          case 'moment':
            return now / c1;
          case 'old':
            return old / c1;
          case 'nesterov':
            return (fresh1 * of + b1 * now) / c1;
          case 'memory':
            return (b1 * now) / c1;
          case 'plus':
            return of + now / c1;
          case 'nadam':
            return (b1 * now) / corrected(rule.correction1, b1, b2, time + 1, one1) + (fresh1 * of) / c1;
          case 'sign':
            return Math.sign(now / c1);
        }
      };
      let d = rule.first === 'of-gradient' ? moment(g) : rule.direction === 'sign' ? Math.sign(g) : g;
      if (rule.second !== 'none') {
        const q = squared * squareOf(rule, g, m[slot], meanSquares[step][t]);
        const old = s[slot];
        let now = rule.second === 'sum' ? memory2 * old + fresh2 * q : Math.max(memory2 * old, fresh2 * q);
        const c2 = corrected(rule.correction2 === 'after-root' ? 'none' : rule.correction2, b2, b1, time, one2);
        if (rule.correction2 === 'accumulates') now /= c2;
        s[slot] = now;
        let v = rule.use2 === 'new' ? now : old;
        if (rule.centered) {
          mean[slot] = memory2 * mean[slot] + fresh2 * g;
          v -= square(mean[slot]);
        }
        if (rule.amsgrad === 'before') v = peak[slot] = Math.max(peak[slot], v);
        let hat = rule.correction2 === 'accumulates' ? v : v / c2;
        if (rule.amsgrad === 'after') hat = peak[slot] = Math.max(peak[slot], hat);
        let divisor: number;
        if (rule.correction2 === 'after-root') divisor = root(v) / corrected('power', b2, b1, time, one2) + eps;
        else divisor = divisorOf(rule.epsilonAt, root, v, hat, c2, eps);
        if (rule.adadelta !== 'none') {
          d *= rule.epsilonAt === 'outside' ? root(r[slot]) + eps : root(r[slot] + eps);
          const delta = (d / divisor) * (rule.adadelta === 'step' ? 1 : lr);
          r[slot] = memory2 * r[slot] + fresh2 * squared * square(delta);
        }
        d /= divisor;
      }
      if (rule.first === 'of-step') d = moment(d);
      let move = lr * d * rate;
      unscaled[cell] = 0;
      if (rule.decay === 'with-rate') move += lr * rate * lambda * w;
      if (rule.decay === 'in-step') unscaled[cell] = lambda * w;
      if (rule.decay === 'after') [move, unscaled[cell]] = [move * (1 - lambda), lambda * w];
      scaled[cell] = move;
    }
    if (!visit({ step, scaled, unscaled })) return;
  }
}

/** Cells in the order in which they use a state that they share. */
function cellOrder(rule: Rule, observed: Observed): Int32Array {
  if (rule.share === 'none') return observed.cells.own;
  const place = orderOf(observed, rule.order);
  const all = Array.from(observed.cells.tensor, (t, cell) => [place.indexOf(t), cell]);
  return Int32Array.from(
    all.sort((a, b) => a[0] - b[0] || a[1] - b[1]),
    ([, cell]) => cell,
  );
}

function clipped({ clip, clipAt: { value } }: Rule, g: number, norm: number, tensorNorm: number): number {
  switch (clip) {
    case 'none':
      return g;
    case 'value':
      return Math.max(-value, Math.min(value, g));
    case 'norm':
      return norm > value ? (g * value) / norm : g;
    case 'tensor-norm':
      return tensorNorm > value ? (g * value) / tensorNorm : g;
    case 'normalized':
      return norm > 0 ? g / norm : g;
    case 'sign':
      return Math.sign(g);
  }
}

function squareOf({ squareOf: of, first }: Rule, g: number, m: number, meanSquare: number): number {
  switch (of) {
    case 'g':
      return g * g;
    case 'absolute':
      return Math.abs(g);
    case 'moment':
      return first === 'none' ? g * g : m * m;
    case 'belief':
      return square(g - m);
    case 'tensor-mean':
      return meanSquare;
  }
}

function divisorOf(
  at: Rule['epsilonAt'],
  root: (x: number) => number,
  v: number,
  hat: number,
  c2: number,
  eps: number,
): number {
  switch (at) {
    case 'none':
      return root(hat);
    case 'outside':
      return root(hat) + eps;
    case 'inside':
      return root(hat + eps);
    case 'uncorrected':
      return (root(v) + eps) / root(c2);
    case 'inside-uncorrected':
      return root((v + eps) / c2);
    case 'both':
      return root(hat + eps) + eps;
    case 'max':
      return Math.max(root(hat), eps);
    case 'minus':
      return root(hat) - eps;
    case 'squared':
      return root(hat + eps * eps);
  }
}
