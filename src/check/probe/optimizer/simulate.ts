// Computes what a rule does to the entries that were looked at, in binary64, from the weights that
// the engine itself had before each step: errors of the weights do not add up.
import { square } from '../../../numeric/elementary.ts';
import type { Observed } from './histories.ts';
import { momentumOf } from '../../../ops/optimizers/nadam.ts';
import { productsAt } from './growing.ts';
import type { Place } from './growing.ts';
import { clipped, corrected, divisorOf, factorAt, rootOf, squareOf } from './operations.ts';
import type { Means } from './operations.ts';
import type { Rule } from './rule.ts';

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

/** The places of the tensors in the order in which a rule comes to them. */
export function orderOf({ tensors }: Pick<Observed, 'tensors'>, order: Rule['order']): number[] {
  const all = tensors.map((_, t) => t);
  if (order === 'forward') return all;
  if (order === 'back') return all.toReversed();
  return all.toSorted((a, b) => tensors[b].layer - tensors[a].layer || a - b);
}

/** What t is at the first step, tensor by tensor, and how much is added at each step. */
function clockOf(rule: Rule, { cells, tensors }: Observed): (cell: number, step: number) => number {
  const { time, timeFrom } = rule;
  if (time === 'step') return (_, step) => timeFrom + step;
  const rowsOf = ({ size, cols }: Observed['tensors'][number]): number => size / cols;
  const place = (cell: number): number => {
    const at = cells.at[cell];
    return time.endsWith('row') ? Math.floor(at / tensors[cells.tensor[cell]].cols) : time.endsWith('entry') ? at : 0;
  };
  if (time === 'own-row' || time === 'own-entry') {
    const each = tensors.map((tensor) => (time === 'own-row' ? rowsOf(tensor) : tensor.size));
    return (cell, step) => timeFrom + step * each[cells.tensor[cell]] + place(cell);
  }
  const first = tensors.map(() => 0);
  const layers: number[] = [];
  let count = 0;
  for (const t of orderOf({ tensors }, rule.order)) {
    if (!layers.includes(tensors[t].layer)) layers.push(tensors[t].layer);
    first[t] = timeFrom + (time === 'layer' ? layers.indexOf(tensors[t].layer) : count);
    count += time === 'entry' ? tensors[t].size : time === 'row' ? rowsOf(tensors[t]) : 1;
  }
  const perStep = time === 'layer' ? layers.length : count;
  return (cell, step) => first[cells.tensor[cell]] + step * perStep + place(cell);
}

/** Where an entry is. */
interface Here {
  /** Its places in the running values of g and of g². */
  readonly slot1: number;
  readonly slot2: number;
  readonly time: number;
  readonly means: Means;
  /** Which tensor of how many, in the order in which they are updated. */
  readonly place: Place;
}

/** The state that each cell uses, by number. */
function slotsOf({ share }: Rule, { cells, tensors }: Observed): Int32Array {
  if (share === 'none') return cells.own;
  const numbers = new Map<string, number>();
  return cells.tensor.map((t, cell) => {
    const [at, { cols, layer, role }] = [cells.at[cell], tensors[t]];
    const [row, col] = [Math.floor(at / cols), at % cols];
    const key = {
      all: `${at}`,
      layer: `${layer} ${at}`,
      role: `${role} ${at}`,
      shape: `${tensors[t].size / cols} ${cols} ${at}`,
      'role-places': `${role} ${row} ${col}`,
      row: `${t} ${row}`,
      column: `${t} ${col}`,
      tensor: `${t}`,
    }[share];
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
  const lambda = rule.lambda.value;
  const { cells, norm, norms, weightNorm, rates, meanSquares, rowMeans } = observed;
  const count = cells.at.length;
  const shared = slotsOf(rule, observed);
  const [slots1, slots2] = [
    rule.shared === 'second' ? cells.own : shared,
    rule.shared === 'first' ? cells.own : shared,
  ];
  const timeOf = clockOf(rule, observed);
  const places = orderOf(observed, rule.order);
  const order = cellOrder(rule, observed);
  const running = new Running(rule, lr, count, noise);
  const [scaled, unscaled] = [new Float64Array(count), new Float64Array(count)];
  for (let step = 0; step < observed.g.length; step++) {
    const [gs, ws] = [observed.g[step], observed.before[step]];
    const isOnStep = rule.rateOn === 'step';
    const rate = lr * (isOnStep ? rates[step] : 1) * rule.rate.value * factorAt(rule.schedule, step + 1);
    running.begin(step, isOnStep ? 1 : rates[step]);
    for (let n = 0; n < count; n++) {
      const cell = order[n];
      const t = cells.tensor[cell];
      const w = ws[cell];
      let g = clipped(rule, gs[cell], { all: norm[step], weights: weightNorm[step], own: norms[step][t] });
      if (rule.decay === 'in-gradient') g += lambda * w;
      const at = {
        slot1: slots1[cell],
        slot2: slots2[cell],
        time: timeOf(cell, step),
        means: { tensor: meanSquares[step][t], row: rowMeans[step][cell] },
        place: { of: places.indexOf(t), count: places.length },
      };
      let move = rate * running.direction(g, at);
      if (rule.decay === 'with-rate') move += rate * lambda * w;
      if (rule.decay === 'after') move *= 1 - lambda;
      if (rule.decay === 'after-with-rate') move = move * (1 - rate * lambda) + rate * lambda * w;
      unscaled[cell] = rule.decay === 'in-step' || rule.decay === 'after' ? lambda * w : 0;
      scaled[cell] = move;
    }
    if (!visit({ step, scaled, unscaled })) return;
  }
}

const UNUSED = new Float64Array(0);

/** The state of all cells, and what lr multiplies at each step. */
class Running {
  readonly #rule: Rule;
  readonly #lr: number;
  readonly #noise: Noise;
  /** Running values of g, g², Δ² and g (of the centered mean), and the largest of g². */
  readonly #m: Float64Array;
  readonly #s: Float64Array;
  readonly #r: Float64Array;
  readonly #mean: Float64Array;
  readonly #peak: Float64Array;
  readonly #memory1: number;
  readonly #memory2: number;
  readonly #epsilon: number;
  /** Factors of the new g and g² in their running values, at this step. */
  #fresh1 = 0;
  #fresh2 = 0;

  constructor(rule: Rule, lr: number, count: number, noise: Noise) {
    const [b1, b2] = [rule.beta1.value, rule.beta2.value];
    const zeros = (isUsed: boolean): Float64Array => (isUsed ? new Float64Array(count) : UNUSED);
    [this.#rule, this.#lr, this.#noise] = [rule, lr, noise];
    this.#m = zeros(true);
    this.#s = zeros(rule.second !== 'none');
    this.#r = zeros(rule.adadelta !== 'none');
    this.#mean = zeros(rule.centered !== 'none');
    this.#peak = zeros(rule.amsgrad !== 'none');
    this.#s.fill(rule.start2.value);
    const memories = { beta: b1, none: 0, all: 1, 'times-rate': b1 * lr, minus: -b1, rest: 1 - b1 };
    this.#memory1 = memories[rule.memory1] * (1 + (noise.memory1 ?? 0));
    this.#memory2 = { beta: b2, none: 0, all: 1, rest: 1 - b2 }[rule.memory2] * (1 + (noise.memory2 ?? 0));
    this.#epsilon = rule.epsilon.value * (1 + (noise.epsilon ?? 0));
  }

  /**
   * @param step from 0
   * @param times factor of what enters the running value of g
   */
  begin(step: number, times: number): void {
    const { beta1, beta2, fresh1, fresh2 } = this.#rule;
    const rest1 = 1 - beta1.value + (this.#noise.fresh1 ?? 0);
    const rest2 = 1 - beta2.value + (this.#noise.fresh2 ?? 0);
    const [once1, once2, later] = step === 0 ? [1, 1, 1 / this.#lr] : [rest1, rest2, 1];
    const all1 = {
      one: 1,
      rest: rest1,
      'one-then-rest': once1,
      'rate-later': later,
      beta: beta1.value,
      'other-rest': rest2,
    };
    this.#fresh1 = times * all1[fresh1];
    this.#fresh2 = { one: 1, rest: rest2, beta: beta2.value, 'one-then-rest': once2, 'other-rest': rest1 }[fresh2];
  }

  /** What lr multiplies. */
  direction(g: number, at: Here): number {
    const { first, second, direction } = this.#rule;
    let d = g;
    if (first === 'of-gradient') d = this.#moment(g, at);
    else if (direction === 'sign') d = Math.sign(g);
    if (second !== 'none') d = this.#divided(d, g, at);
    return first === 'of-step' ? this.#moment(d, at) : d;
  }

  #moment(of: number, { slot1: slot, time, place }: Here): number {
    const { correction1, beta1, beta2, direction } = this.#rule;
    const one = this.#noise.one1 ?? 0;
    const [b1, fresh] = [beta1.value, this.#fresh1 * of];
    const old = this.#m[slot];
    const c1 = corrected(correction1, b1, beta2.value, time, one);
    const now = this.#memory1 * old + fresh;
    this.#m[slot] = correction1 === 'accumulates' ? now / c1 : now;
    switch (direction) {
      case 'gradient':
        return of;
      case 'moment':
        return now / c1;
      case 'old':
        return old / c1;
      case 'nesterov':
        return (fresh + b1 * now) / c1;
      case 'memory':
        return (b1 * now) / c1;
      case 'plus':
        return of + now / c1;
      case 'nadam':
        return (b1 * now) / corrected(correction1, b1, beta2.value, time + 1, one) + fresh / c1;
      case 'growing': {
        const [p, q] = productsAt(b1, time, this.#rule.product === 'once' ? null : place);
        const [mu, next] = [momentumOf(b1, time), momentumOf(b1, time + 1)];
        return ((1 - mu) / (1 - p + one * time)) * of + (next / (1 - q + one * time)) * now;
      }
      case 'sign':
        return Math.sign(now / c1);
    }
  }

  /** d over the root of the running value of g². */
  #divided(d: number, g: number, { slot1, slot2: slot, time, means }: Here): number {
    const rule = this.#rule;
    const [b1, b2, one] = [rule.beta1.value, rule.beta2.value, this.#noise.one2 ?? 0];
    const squares = 1 + (this.#noise.square ?? 0);
    const old = this.#s[slot];
    const [kept, fresh] = [this.#memory2 * old, this.#fresh2 * squares * squareOf(rule, g, this.#m[slot1], means)];
    const c2 = rule.correction2 === 'after-root' ? 1 : corrected(rule.correction2, b2, b1, time, one);
    let now = rule.second === 'sum' ? kept + fresh : Math.max(kept, fresh);
    if (rule.correction2 === 'accumulates') now /= c2;
    this.#s[slot] = now;
    let v = rule.use2 === 'new' ? now : old;
    if (rule.centered !== 'none') {
      const before = this.#mean[slot];
      this.#mean[slot] = this.#memory2 * before + this.#fresh2 * g;
      v -= square(rule.centered === 'new' ? this.#mean[slot] : before);
    }
    if (rule.amsgrad === 'before') v = this.#largest(slot, v);
    let hat = rule.correction2 === 'accumulates' ? v : v / c2;
    if (rule.amsgrad === 'after') hat = this.#largest(slot, hat);
    const eps = this.#epsilon;
    const divisor =
      rule.correction2 === 'after-root'
        ? rootOf(rule, v) / corrected('power', b2, b1, time, one) + eps
        : divisorOf(rule, v, hat, c2, eps);
    if (rule.adadelta === 'none') return d / divisor;
    const r = this.#r[slot];
    const delta = (d * (rule.epsilonAt === 'outside' ? rootOf(rule, r) + eps : rootOf(rule, r + eps))) / divisor;
    const own = { step: delta, 'step-with-rate': this.#lr * delta, gradient: g }[rule.adadelta];
    this.#r[slot] = this.#memory2 * r + this.#fresh2 * squares * square(own);
    return delta;
  }

  #largest(slot: number, v: number): number {
    return (this.#peak[slot] = Math.max(this.#peak[slot], v));
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
