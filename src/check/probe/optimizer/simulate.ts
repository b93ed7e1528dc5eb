// Computes what a rule does to the entries that were looked at, in binary64, from the weights that
// the engine itself had before each step: errors of the weights do not add up.
import type { Observed } from './histories.ts';
import { clipAll, clipped, cut, factorAt } from './operations.ts';
import type { Rule } from './rule.ts';
import { Running } from './running.ts';
import type { Noise } from './running.ts';

/** Steps of all cells: w before - w after = scaled + unscaled. */
export interface Step {
  readonly step: number; // from 0
  /** What the learning rate multiplies. */
  readonly scaled: Float64Array;
  readonly unscaled: Float64Array;
}

/** Goes through the steps until `visit` returns false. The arrays are used again at each step. */
export function simulate(
  rule: Rule,
  lr: number,
  observed: Observed,
  visit: (step: Step) => boolean,
  noise: Noise = {},
): void {
  const { decay, clipOn } = rule;
  const lambda = rule.lambda.value;
  const { cells, rates } = observed;
  const count = cells.at.length;
  const running = new Running(rule, lr, observed, noise);
  const { order } = running.layout;
  const [given, scaled, unscaled] = [new Float64Array(count), new Float64Array(count), new Float64Array(count)];
  const passes = rule.taken === 'once' ? 1 : 2;
  const steps = Math.min(observed.g.length, rule.schedule.list?.length ?? Infinity);
  for (let step = 0; step < steps; step++) {
    const [gs, ws] = [observed.g[step], observed.before[step]];
    const isOnStep = rule.rateOn === 'step';
    const rate = lr * (isOnStep ? rates[step] : 1) * rule.rate.value * factorAt(rule.schedule, step + 1);
    const from = rule.given === 'g' ? gs : ws;
    for (let cell = 0; cell < count; cell++) {
      const of = from[cell];
      const g = clipOn === 'gradient' ? clipped(rule, of, observed.norms[step][cells.tensor[cell]]) : of;
      given[cell] = decay === 'in-gradient' ? g + lambda * ws[cell] : g;
    }
    if (clipOn === 'decayed') clipAll(rule, given, observed);
    for (let pass = 0; pass < passes; pass++) {
      running.begin(step, isOnStep ? 1 : rates[step], rule.taken === 'twice-counted' ? 2 * step + pass : step);
      for (let n = 0; n < count; n++) {
        const cell = order[n];
        scaled[cell] = (pass === 0 ? 0 : scaled[cell]) + running.direction(given[cell], cell);
      }
    }
    if (clipOn === 'step' || clipOn === 'kept-step') {
      const factor = clipAll(rule, scaled, observed);
      if (clipOn === 'kept-step') running.scale(factor);
    }
    for (let cell = 0; cell < count; cell++) scaled[cell] *= rate;
    if (clipOn === 'rated') clipAll(rule, scaled, observed);
    for (let cell = 0; cell < count; cell++) {
      const w = ws[cell];
      if (decay === 'with-rate') scaled[cell] += rate * lambda * w;
      if (decay === 'after') scaled[cell] *= 1 - lambda;
      if (decay === 'after-with-rate') scaled[cell] = scaled[cell] * (1 - rate * lambda) + rate * lambda * w;
      unscaled[cell] = decay === 'in-step' || decay === 'after' ? lambda * w : 0;
      if (clipOn === 'weights') scaled[cell] = w - cut(rule, w - scaled[cell]);
    }
    if (!visit({ step, scaled, unscaled })) return;
  }
}
