// One update rule as data: what is done with a gradient g until a weight w has moved. Every choice
// that an optimizer makes is a field, so a mistake is a field with another value.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';

/** A number of a rule, and how its formula writes it. */
export interface Constant {
  readonly value: number;
  readonly name: string;
}

/** The update of every entry of every tensor, from fresh state. */
export interface Rule {
  /** What enters the update: the gradient, or the weights where it belongs. */
  readonly given: 'g' | 'w';
  /** How often each step is taken, with the same g; and whether t counts that. */
  readonly taken: 'once' | 'twice' | 'twice-counted';
  /** Clipping of g: entry by entry, or so that a norm is at most `clipAt`. */
  readonly clip:
    | 'none'
    | 'value'
    | 'above'
    | 'below'
    | 'norm'
    | 'norm-always'
    | 'norm-of-weights'
    | 'norm-squared'
    | 'norm-of-squares'
    | 'tensor-norm'
    | 'normalized'
    | 'sign';
  readonly clipAt: Constant;
  /**
   * What is clipped: g, or g with its decay; the running value of g where it is used, or as it is
   * kept (by its norm: kept-step); the step before or after the learning rate; or the new weights.
   */
  readonly clipOn: 'gradient' | 'decayed' | 'moment' | 'kept' | 'kept-step' | 'step' | 'rated' | 'weights';
  /**
   * λ·w: added to g; to the step, times lr; to the step as it is; or taken off after the step, as
   * w ← w·(1 - λ), or as w ← w·(1 - lr·λ).
   */
  readonly decay: 'none' | 'in-gradient' | 'with-rate' | 'in-step' | 'after' | 'after-with-rate';
  readonly lambda: Constant;
  /** Running value of g: m ← memory·m + fresh·g. */
  readonly first: 'none' | 'of-gradient' | 'of-step';
  readonly beta1: Constant;
  readonly memory1: 'beta' | 'none' | 'all' | 'times-rate' | 'minus' | 'rest' | 'times-g';
  readonly fresh1: 'one' | 'rest' | 'one-then-rest' | 'rate-later' | 'beta' | 'other-rest';
  /** What the step is made of. */
  readonly direction:
    'gradient' | 'moment' | 'old' | 'nesterov' | 'memory' | 'plus' | 'mixed' | 'nadam' | 'growing' | 'sign';
  /** Of a mixed direction: how much of g and of its running value. */
  readonly mix: { readonly g: Constant; readonly v: Constant };
  /** Running value of g²: v ← memory·v + fresh·g². */
  readonly second: 'none' | 'sum' | 'max';
  readonly beta2: Constant;
  readonly memory2: 'beta' | 'none' | 'all' | 'rest' | 'times-g';
  readonly fresh2: 'one' | 'rest' | 'beta' | 'one-then-rest' | 'other-rest';
  readonly squareOf: 'g' | 'absolute' | 'signed' | 'moment' | 'belief' | 'tensor-mean' | 'row-mean';
  /** What v is before the first step. */
  readonly start2: Constant;
  readonly use2: 'new' | 'old';
  readonly amsgrad: 'none' | 'before' | 'after';
  /**
   * The mean of g squared is taken off, as in the centered RMSprop: with this g in it, or before.
   */
  readonly centered: 'none' | 'new' | 'old';
  /** Adadelta's numerator √(r + ε), and what r is a mean of. */
  readonly adadelta: 'none' | 'step' | 'step-with-rate' | 'gradient';
  /** r ← memory·r + fresh·Δ², with the factors of the running value of g² or others. */
  readonly memory3: 'same' | 'none' | 'all';
  readonly fresh3: 'same' | 'none' | 'one';
  readonly root: 'root' | 'none';
  readonly correction1: Correction;
  readonly correction2: Correction | 'after-root';
  /**
   * What t counts: steps, or the tensors, layers, rows or numbers that were updated so far, of all
   * tensors or of each by itself.
   */
  readonly time: 'step' | 'tensor' | 'layer' | 'row' | 'entry' | 'own-row' | 'own-entry';
  /** Of NAdam: how often a step multiplies the product of the momenta by that of the step. */
  readonly product: 'once' | 'each-tensor' | 'alone';
  readonly timeFrom: 0 | 1 | 2;
  readonly epsilon: Constant;
  readonly epsilonAt:
    'none' | 'outside' | 'inside' | 'uncorrected' | 'inside-uncorrected' | 'both' | 'max' | 'minus' | 'squared';
  /**
   * Tensors that use one state: by flat index (all, those of a layer, role, shape or size), or by
   * row and column (those of a role, with equally many rows or columns). Or entries of a tensor
   * that use one number: those of a row, of a column, or all.
   */
  readonly share:
    | 'none'
    | 'all'
    | 'layer'
    | 'role'
    | 'shape'
    | 'size'
    | 'role-places'
    | 'rows'
    | 'cols'
    | 'row'
    | 'column'
    | 'tensor';
  /** Which running value they share. */
  readonly shared: 'both' | 'first' | 'second';
  /** Which tensors come first, where that matters. */
  readonly order: 'forward' | 'back' | 'layers-back';
  /** Factor of the whole step besides lr, and how it changes with the step t. */
  readonly rate: Constant;
  readonly schedule: Schedule;
  /** Whether the declared factor of the rate multiplies the step, or g where it enters m. */
  readonly rateOn: 'step' | 'gradient';
}

/** How a running value is corrected for its start at 0, or what of t divides it. */
export type Correction =
  | 'none'
  | 'power'
  | 'once'
  | 'accumulates'
  | 'multiplied'
  | 'other'
  | 'linear'
  | 'rest-power'
  | 'root'
  | 'count'
  | 'root-of-count'
  | 'count-squared'
  | 'times-count';

/** The factor of the rate at step t, from 1. */
export interface Schedule {
  readonly form:
    | 'constant'
    | 'proportional'
    | 'inverse'
    | 'inverse-root'
    | 'exponential'
    | 'exponential-later'
    | 'time'
    | 'time-later'
    | 'listed';
  /** γ of γᵗ, or d of 1 / (1 + d·t). */
  readonly by: Constant;
  /** The factors of the steps that were asked for, where nothing else gives them. */
  readonly list?: readonly Constant[];
}

const NOTHING: Constant = { value: 0, name: '0' };
export const CONSTANT: Schedule = { form: 'constant', by: NOTHING };
const ONE: Constant = { value: 1, name: '1' };

/** A rule of some optimizer. */
export interface Family {
  readonly id: string;
  /** Its name in a sentence. */
  readonly name: string;
  readonly rule: Rule;
}

/** The declared hyperparameters, with the names that formulas give them. */
export interface Numbers {
  readonly momentum: Constant;
  readonly decay: Constant;
  readonly beta1: Constant;
  readonly beta2: Constant;
  readonly epsilon: Constant;
}

export function numbersOf(spec: OptimizerSpec): Numbers {
  return {
    momentum: { value: spec.momentum, name: 'm' },
    decay: { value: spec.decay, name: 'd' },
    beta1: { value: spec.beta1, name: 'β₁' },
    beta2: { value: spec.beta2, name: 'β₂' },
    epsilon: { value: spec.epsilon, name: 'ε' },
  };
}

/** The clipping that is declared. */
function clipOf({ clipNorm, clipValue }: OptimizerSpec): Pick<Rule, 'clip' | 'clipAt'> {
  if (clipValue !== undefined) return { clip: 'value', clipAt: { value: clipValue, name: 'c' } };
  if (clipNorm !== undefined) return { clip: 'norm', clipAt: { value: clipNorm, name: 'c' } };
  return { clip: 'none', clipAt: NOTHING };
}

function decayOf({ weightDecay = 0 }: OptimizerSpec): Constant {
  return { value: weightDecay, name: 'λ' };
}

/** The rule of the optimizer that is declared; undefined if it is none of those known. */
export function declaredFamily(spec: OptimizerSpec): Family | undefined {
  return familiesOf(spec).find(({ id }) => id === spec.id);
}

/** Optimizers whose rule is known. Those of the project have their own id. */
export function familiesOf(spec: OptimizerSpec): readonly Family[] {
  const { momentum, decay, beta1, beta2, epsilon } = numbersOf(spec);
  const sgd: Rule = {
    given: 'g',
    taken: 'once',
    ...clipOf(spec),
    clipOn: 'gradient',
    decay: 'none',
    lambda: NOTHING,
    first: 'none',
    beta1: momentum,
    memory1: 'beta',
    fresh1: 'one',
    direction: 'gradient',
    mix: { g: ONE, v: ONE },
    second: 'none',
    beta2: decay,
    memory2: 'beta',
    fresh2: 'rest',
    squareOf: 'g',
    start2: NOTHING,
    use2: 'new',
    amsgrad: 'none',
    centered: 'none',
    adadelta: 'none',
    memory3: 'same',
    fresh3: 'same',
    root: 'root',
    correction1: 'none',
    correction2: 'none',
    time: 'step',
    timeFrom: 1,
    product: 'once',
    epsilon,
    epsilonAt: 'none',
    share: 'none',
    shared: 'both',
    order: 'forward',
    rate: ONE,
    schedule: CONSTANT,
    rateOn: 'step',
  };
  const momentumRule: Rule = { ...sgd, first: 'of-gradient', direction: 'moment' };
  const rmsprop: Rule = { ...sgd, second: 'sum', epsilonAt: 'inside' };
  const adam: Rule = {
    ...momentumRule,
    beta1,
    fresh1: 'rest',
    second: 'sum',
    beta2,
    correction1: 'power',
    correction2: 'power',
    epsilonAt: 'outside',
  };
  const adagrad: Rule = { ...rmsprop, memory2: 'all', fresh2: 'one' };
  const adamax: Rule = {
    ...adam,
    second: 'max',
    fresh2: 'one',
    squareOf: 'absolute',
    root: 'none',
    correction2: 'none',
  };
  const family = (id: string, name: string, rule: Rule): Family => ({ id, name, rule });
  return [
    family(
      'sgd',
      'gradient descent',
      spec.id === 'sgd' && decayOf(spec).value > 0 ? { ...sgd, decay: 'with-rate', lambda: decayOf(spec) } : sgd,
    ),
    family('momentum', 'momentum', momentumRule),
    family('nesterov', "Nesterov's method", { ...momentumRule, direction: 'nesterov' }),
    family('rmsprop', 'RMSprop', rmsprop),
    family('adam', 'Adam', adam),
    family('rmsprop-centered', 'centered RMSprop', { ...rmsprop, centered: 'new' }),
    family('adadelta', 'Adadelta', { ...rmsprop, adadelta: 'step' }),
    family('adagrad', 'AdaGrad', adagrad),
    family('adamax', 'Adamax', adamax),
    family('nadam-constant', 'NAdam with the same β₁ at each step', { ...adam, direction: 'nesterov' }),
    family('nadam-next', 'NAdam with the same β₁ at each step, m corrected for the next one', {
      ...adam,
      direction: 'nadam',
    }),
    family('nadam', 'NAdam', { ...adam, direction: 'growing', correction1: 'none' }),
    family('amsgrad', 'AMSGrad', { ...adam, amsgrad: 'before' }),
    family('adabelief', 'AdaBelief', { ...adam, squareOf: 'belief' }),
    ...(spec.id === 'adamw' ? [family('adamw', 'AdamW', { ...adam, decay: 'with-rate', lambda: decayOf(spec) })] : []),
    family('rmsprop-momentum', 'RMSprop with momentum', { ...rmsprop, first: 'of-step', direction: 'moment' }),
    family('sign-momentum', 'the sign of a running mean', {
      ...momentumRule,
      beta1,
      fresh1: 'rest',
      direction: 'sign',
    }),
  ];
}
