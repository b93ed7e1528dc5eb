// The running values of a rule, and what the learning rate multiplies at each step.
import { square } from '../../../numeric/elementary.ts';
import { momentumOf } from '../../../ops/optimizers/nadam.ts';
import { productsAt } from './growing.ts';
import type { Observed } from './histories.ts';
import { layoutOf } from './layout.ts';
import type { Layout } from './layout.ts';
import { afterRoot, corrected, cut, divisorOf, rootOf, squareOf } from './operations.ts';
import type { Rule } from './rule.ts';

/**
 * Changes of the numbers inside a rule, as rounding makes them: relative, but for fresh1, fresh2,
 * one1 and one2, which are differences from 1.
 */
export type Noise = Partial<
  Record<'memory1' | 'fresh1' | 'memory2' | 'fresh2' | 'square' | 'one1' | 'one2' | 'epsilon', number>
>;

const UNUSED = new Float64Array(0);

export class Running {
  readonly layout: Layout;
  readonly #rule: Rule;
  readonly #lr: number;
  readonly #observed: Observed;
  readonly #noise: Noise;
  /** The places of each cell in the running values of g and of g². */
  readonly #slots1: Int32Array;
  readonly #slots2: Int32Array;
  /** Running values of g, g², Δ² and g (of the centered mean), and the largest of g². */
  readonly #m: Float64Array;
  readonly #s: Float64Array;
  readonly #r: Float64Array;
  readonly #mean: Float64Array;
  readonly #peak: Float64Array;
  readonly #memory1: number;
  readonly #memory2: number;
  readonly #epsilon: number;
  #step = 0;
  /** Steps before this one, as t counts them. */
  #time = 0;
  /** Factors of the new g and g² in their running values, at this step. */
  #fresh1 = 0;
  #fresh2 = 0;

  constructor(rule: Rule, lr: number, observed: Observed, noise: Noise) {
    const [b1, b2] = [rule.beta1.value, rule.beta2.value];
    const { own } = observed.cells;
    const zeros = (isUsed: boolean): Float64Array => (isUsed ? new Float64Array(own.length) : UNUSED);
    [this.#rule, this.#lr, this.#observed, this.#noise] = [rule, lr, observed, noise];
    this.layout = layoutOf(rule, observed);
    this.#slots1 = rule.shared === 'second' ? own : this.layout.slots;
    this.#slots2 = rule.shared === 'first' ? own : this.layout.slots;
    this.#m = zeros(true);
    this.#s = zeros(rule.second !== 'none');
    this.#r = zeros(rule.adadelta !== 'none');
    this.#mean = zeros(rule.centered !== 'none');
    this.#peak = zeros(rule.amsgrad !== 'none');
    this.#s.fill(rule.start2.value);
    const memories = { beta: b1, none: 0, all: 1, 'times-rate': b1 * lr, minus: -b1, rest: 1 - b1, 'times-g': b1 };
    this.#memory1 = memories[rule.memory1] * (1 + (noise.memory1 ?? 0));
    this.#memory2 =
      { beta: b2, none: 0, all: 1, rest: 1 - b2, 'times-g': b2 }[rule.memory2] * (1 + (noise.memory2 ?? 0));
    this.#epsilon = rule.epsilon.value * (1 + (noise.epsilon ?? 0));
  }

  /**
   * @param step from 0
   * @param times factor of what enters the running value of g
   * @param time how many steps t has counted before
   */
  begin(step: number, times: number, time: number): void {
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
    [this.#step, this.#time] = [step, time];
    this.#fresh1 = times * all1[fresh1];
    this.#fresh2 = { one: 1, rest: rest2, beta: beta2.value, 'one-then-rest': once2, 'other-rest': rest1 }[fresh2];
  }

  /** What lr multiplies. */
  direction(g: number, cell: number): number {
    const { first, second, direction } = this.#rule;
    let d = g;
    if (first === 'of-gradient') d = this.#moment(g, cell);
    else if (direction === 'sign') d = Math.sign(g);
    if (second !== 'none') d = this.#divided(d, g, cell);
    return first === 'of-step' ? this.#moment(d, cell) : d;
  }

  /** Multiplies the running values of g: they were clipped by their norm. */
  scale(factor: number): void {
    for (let slot = 0; slot < this.#m.length; slot++) this.#m[slot] *= factor;
  }

  #timeOf(cell: number): number {
    const { first, perStep } = this.layout.clock;
    return this.#rule.timeFrom + first[cell] + this.#time * perStep[cell];
  }

  #moment(of: number, cell: number): number {
    const { correction1, beta1, beta2, direction, mix, clipOn } = this.#rule;
    const one = this.#noise.one1 ?? 0;
    const [slot, time] = [this.#slots1[cell], this.#timeOf(cell)];
    const [b1, fresh] = [beta1.value, this.#fresh1 * of];
    const old = this.#m[slot];
    const c1 = corrected(correction1, b1, beta2.value, time, one);
    let now = this.#memory1 * old * (this.#rule.memory1 === 'times-g' ? of : 1) + fresh;
    if (clipOn === 'kept') now = cut(this.#rule, now);
    this.#m[slot] = correction1 === 'accumulates' ? now / c1 : now;
    if (clipOn === 'moment') now = cut(this.#rule, now);
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
      case 'mixed':
        return (mix.g.value * of + mix.v.value * now) / c1;
      case 'nadam':
        return (b1 * now) / corrected(correction1, b1, beta2.value, time + 1, one) + fresh / c1;
      case 'growing': {
        const { places } = this.layout;
        const place = { of: places[this.#observed.cells.tensor[cell]], count: places.length };
        const [p, q] = productsAt(b1, time, this.#rule.product, place);
        const [mu, next] = [momentumOf(b1, time), momentumOf(b1, time + 1)];
        return ((1 - mu) / (1 - p + one * time)) * of + (next / (1 - q + one * time)) * now;
      }
      case 'sign':
        return Math.sign(now / c1);
    }
  }

  /** d over the root of the running value of g². */
  #divided(d: number, g: number, cell: number): number {
    const rule = this.#rule;
    const [b1, b2, one] = [rule.beta1.value, rule.beta2.value, this.#noise.one2 ?? 0];
    const [slot, time] = [this.#slots2[cell], this.#timeOf(cell)];
    const squares = 1 + (this.#noise.square ?? 0);
    const old = this.#s[slot];
    const squared = squareOf(rule, g, this.#m[this.#slots1[cell]], this.#observed, this.#step, cell);
    const bracket = rule.memory2 === 'times-g' ? squared : 1;
    const [kept, fresh] = [this.#memory2 * old * bracket, this.#fresh2 * squares * squared];
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
        ? afterRoot(rule, rootOf(rule, v), corrected('power', b2, b1, time, one), eps)
        : divisorOf(rule, v, hat, c2, eps);
    if (rule.adadelta === 'none') return d / divisor;
    const r = this.#r[slot];
    const delta = (d * (rule.epsilonAt === 'outside' ? rootOf(rule, r) + eps : rootOf(rule, r + eps))) / divisor;
    const own = { step: delta, 'step-with-rate': this.#lr * delta, gradient: g }[rule.adadelta];
    const [memory, fresh3] = [
      { same: this.#memory2, none: 0, all: 1 }[rule.memory3],
      { same: this.#fresh2, none: 0, one: 1 }[rule.fresh3],
    ];
    this.#r[slot] = memory * r + fresh3 * squares * square(own);
    return delta;
  }

  #largest(slot: number, v: number): number {
    return (this.#peak[slot] = Math.max(this.#peak[slot], v));
  }
}
