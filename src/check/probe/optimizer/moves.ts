// Mistakes in update rules, each a change of some choices of a rule. A search puts them together.
import { declaredMoves } from './declared-moves.ts';
import { adadeltaMoves, epsilonMoves, productMoves, rateMoves, shareMoves, slipMoves } from './state-moves.ts';
import { both, corrects, corrects2, correctsBoth, divides, first, second } from './has.ts';
import { move } from './move.ts';
import type { Has, Move } from './move.ts';
import type { Constant, Numbers, Rule } from './rule.ts';

/** A move with a number that is not known; `at` makes it with one. */
export interface OpenMove {
  readonly topic: string;
  readonly at: (value: number) => Move;
  /** Values that people choose, tried first; the number is searched between them. */
  readonly likely: readonly number[];
}

const always: Has = () => true;

/** Named when its name is asked for: most rules that are tried are never told. */
const constant = (value: number): Constant => ({
  value,
  get name() {
    return shown(value);
  },
});

/** A number as a formula writes it. */
export function shown(value: number): string {
  const short = Number(value.toPrecision(6));
  return String(short);
}

/** All moves whose numbers are known. */
export function movesOf({ beta1, beta2, momentum }: Numbers): readonly Move[] {
  const named = (value: number, name: string): Constant => ({ value, name });
  return [
    move('memory1', first, 'nothing of the running value of g is kept between steps', { memory1: 'none' }),
    move('memory1', first, 'the running value of g does not decay', { memory1: 'all' }),
    move('memory1', first, 'the learning rate multiplies the running value of g too', { memory1: 'times-rate' }),
    move('memory1', first, 'the running value of g changes its sign at each step', { memory1: 'minus' }),
    move('mean1', first, 'the two factors of the running mean of g are swapped', { memory1: 'rest', fresh1: 'beta' }),
    move('fresh1', first, 'the gradient enters the running value with factor 1', { fresh1: 'one' }),
    move('fresh1', first, 'the gradient enters the running value with 1 - the decay', { fresh1: 'rest' }),
    move('fresh1', first, 'the gradient enters with factor 1 at the first step, with 1 - the decay later', {
      fresh1: 'one-then-rest',
    }),
    move('fresh1', first, 'the first gradient enters the velocity without the learning rate, later ones with it', {
      fresh1: 'rate-later',
    }),
    move('direction', first, 'the step uses the running value of g from before this gradient', { direction: 'old' }),
    move('direction', first, 'the step is that of Nesterov', { direction: 'nesterov' }),
    move('direction', first, 'the step is made of the running value itself', { direction: 'moment' }),
    move('direction', first, 'the gradient is left out of the step', { direction: 'memory' }),
    move('direction', first, 'the running value and the gradient are added', { direction: 'plus' }),
    move('direction', first, 'the step uses the gradient, not its running value', { direction: 'gradient' }),
    move('direction', always, 'only the sign of the step is used', { direction: 'sign' }),
    move('beta1', first, 'β₂ is used where β₁ belongs', { beta1: beta2 }),
    move('beta1', first, 'm is used where β₁ belongs', { beta1: momentum }),
    move('beta1', first, 'β₁ is squared', (rule) => ({
      beta1: named(rule.beta1.value * rule.beta1.value, `${rule.beta1.name}²`),
    })),
    move('beta2', second, 'β₁ is used where β₂ belongs', { beta2: beta1 }),
    move('betas', both, 'β₁ and β₂ are swapped', (rule) => ({ beta1: rule.beta2, beta2: rule.beta1 })),
    move('memory2', second, 'nothing of the running value of g² is kept between steps', { memory2: 'none' }),
    move('memory2', second, 'the running value of g² does not decay', { memory2: 'all' }),
    move('mean2', second, 'the two factors of the running mean of g² are swapped', { memory2: 'rest', fresh2: 'beta' }),
    move('mean2', second, 'g² is summed and never decays', { memory2: 'all', fresh2: 'one' }),
    move('mean2', second, 'the mean of all g² so far is used', {
      memory2: 'all',
      fresh2: 'one',
      correction2: 'count',
    }),
    move('mean1', first, 'the mean of all g so far is used', { memory1: 'all', fresh1: 'one', correction1: 'count' }),
    move('fresh1', both, 'the gradient enters the running value with 1 - β₂', { fresh1: 'other-rest' }),
    move('fresh2', both, 'g² enters the running value with 1 - β₁', { fresh2: 'other-rest' }),
    move('fresh2', second, 'g² enters the running value with factor 1', { fresh2: 'one' }),
    move('fresh2', second, 'g² enters with factor 1 at the first step, with 1 - the decay later', {
      fresh2: 'one-then-rest',
    }),
    move('square', second, '|g| stands where g² belongs', { squareOf: 'absolute' }),
    move('square', both, 'the running value of g is squared, not g', { squareOf: 'moment' }),
    move('square', both, '(g - m)² stands where g² belongs', { squareOf: 'belief' }),
    move('square', second, 'the mean of g² over the whole tensor is used, one number for all its entries', {
      squareOf: 'tensor-mean',
    }),
    move('square', second, 'the mean of g² over the row is used, one number for all its entries', {
      squareOf: 'row-mean',
    }),
    move('use2', second, 'the running value of g² from before this gradient divides the step', { use2: 'old' }),
    move('second', both, 'the step is not divided by the root of the running value of g²', { second: 'none' }),
    move('amsgrad', second, 'the largest running value of g² so far is used', { amsgrad: 'before' }),
    move('amsgrad', corrects2, 'the largest corrected running value of g² so far is used', { amsgrad: 'after' }),
    move('centered', second, 'the square of the mean gradient is taken off', { centered: 'new' }),
    move('centered', ({ centered }) => centered === 'new', 'the square of the mean gradient is not taken off', {
      centered: 'none',
    }),
    move('centered', ({ centered }) => centered === 'new', 'the mean gradient is the one from before this gradient', {
      centered: 'old',
    }),
    ...adadeltaMoves(),
    ...slipMoves(),
    move('root', second, 'the root is missing', { root: 'none' }),
    move('second', ({ second: kind }) => kind === 'max', 'the sum of both is taken, not the larger one', {
      second: 'sum',
    }),
    move('second', ({ second: kind }) => kind === 'sum', 'the larger of both terms of v is taken, not their sum', {
      second: 'max',
    }),
    ...correctionMoves(),
    move('time', corrects, 't counts tensors, not steps', { time: 'tensor' }, COUNT_ONCE),
    move(
      'time',
      corrects,
      't counts tensors, from the last to the first',
      { time: 'tensor', order: 'back' },
      COUNT_ONCE,
    ),
    move('time', corrects, 't counts tensors, from the last layer to the first', TENSORS_BACK, COUNT_ONCE),
    move('time', corrects, 't counts layers, not steps', { time: 'layer' }, COUNT_ONCE),
    move('time', corrects, 't counts layers, from the last to the first', { time: 'layer', order: 'back' }, COUNT_ONCE),
    move('time', corrects, 't counts numbers, not steps', { time: 'entry' }, COUNT_ONCE),
    move('time', corrects, 't counts rows of all tensors, not steps', { time: 'row' }, COUNT_ONCE),
    move('time', corrects, 't counts the rows of each tensor, not steps', { time: 'own-row' }, COUNT_ONCE),
    move('time', corrects, 't counts the numbers of each tensor, not steps', { time: 'own-entry' }, COUNT_ONCE),
    ...productMoves(),
    move('from', corrects, 't starts at 0', { timeFrom: 0 }, 't is 1 at the first step'),
    move('from', corrects, 't starts at 2', { timeFrom: 2 }, 't is 1 at the first step'),
    ...epsilonMoves(),
    ...shareMoves(),
    ...declaredMoves(),
    ...rateMoves(),
    move('clip', always, 'only the sign of the gradient is used', { clip: 'sign' }, 'use the gradient itself'),
    move(
      'clip',
      always,
      'the gradients are divided by their norm',
      { clip: 'normalized' },
      'use the gradients themselves',
    ),
  ];
}

const COUNT_ONCE = 'count t once per step: every tensor of a step has the same t';
const TENSORS_BACK = { time: 'tensor', order: 'layers-back' } as const;

function correctionMoves(): Move[] {
  const kinds = [
    ['none', 'are not corrected'],
    ['once', 'are corrected with t = 1 at every step'],
    ['accumulates', 'are overwritten by their corrected values, so the corrections accumulate'],
    ['multiplied', 'are multiplied by the corrections'],
    ['other', 'are corrected with the β of the other'],
    ['linear', 'are corrected by 1 - β·t, not 1 - βᵗ'],
    ['rest-power', 'are corrected by (1 - β)ᵗ, not 1 - βᵗ'],
    ['root', 'are corrected by the root of the correction'],
    ['count', 'are divided by t'],
  ] as const;
  const singular = (says: string): string =>
    says.replace('are ', 'is ').replace('their corrected values', 'its corrected value');
  return kinds
    .flatMap(([kind, says]) => [
      move('corrections', correctsBoth, `the running means ${says}`, { correction1: kind, correction2: kind }),
      move('correction1', corrects, `the running mean of g ${singular(says)}`, { correction1: kind }),
      move('correction2', corrects2, `the running mean of g² ${singular(says)}`, { correction2: kind }),
    ])
    .concat([
      move('correction2', corrects2, 'the running mean of g² is corrected after the root', {
        correction2: 'after-root',
      }),
      move('correction2', corrects2, 'the running mean of g² and ε are corrected after the root', {
        correction2: 'after-root',
        epsilonAt: 'uncorrected',
      }),
      ...countMoves(),
      move('correction1', (rule) => rule.correction1 === 'none' && first(rule), 'the running value of g is corrected', {
        correction1: 'power',
      }),
      move(
        'correction2',
        (rule) => rule.correction2 === 'none' && second(rule),
        'the running value of g² is corrected',
        {
          correction2: 'power',
        },
      ),
    ]);
}

/** Sums that are made means, and the reverse: t divides or multiplies what does not ask for it. */
function countMoves(): Move[] {
  const kinds = [
    ['count', 'is divided by t'],
    ['root-of-count', 'is divided by √t'],
    ['times-count', 'is multiplied by t'],
  ] as const;
  return [
    ...kinds.flatMap(([kind, says]) => [
      move('correction1', first, `the running value of g ${says}`, { correction1: kind }),
      move('correction2', second, `the running value of g² ${says}`, { correction2: kind }),
    ]),
    move('correction2', second, 'the root of the running value of g² is divided by t', {
      correction2: 'count-squared',
    }),
  ];
}

const TENS = [1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1];
const FIVES = TENS.flatMap((ten) => [ten, 2 * ten, 5 * ten]);

/** Moves with one number that is to be found out. */
export function openMovesOf(): readonly OpenMove[] {
  const decays = [
    ['in-gradient', 'is added to the gradient'],
    ['with-rate', 'is added to the step, times the learning rate'],
    ['in-step', 'is added to the step, without the learning rate'],
    ['after', 'follows the step: w ← w·(1 - λ)'],
  ] as const;
  const clips = [
    ['value', 'each gradient is clipped at ±'],
    ['norm', 'the gradients are scaled so that their norm, all tensors together, is at most '],
    ['tensor-norm', 'the gradient of each tensor is scaled so that its norm is at most '],
  ] as const;
  const betas = [0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.999, 0.9999, 0.1, 0.01, 0.001];
  return [
    ...decays.map(([decay, says]): OpenMove => ({
      topic: 'decay',
      likely: [...FIVES, ...FIVES.map((x) => -x)],
      at(value) {
        const lambda = constant(value);
        return move('decay', always, () => `weight decay λ = ${lambda.name} ${says}`, { decay, lambda }, NO_DECAY);
      },
    })),
    ...clips.map(([clip, says]): OpenMove => ({
      topic: 'clip',
      likely: [1e-4, 1e-3, 5e-3, 1e-2, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 5, 10, 20],
      at(value) {
        const clipAt = constant(value);
        return move('clip', always, () => says + clipAt.name, { clip, clipAt }, 'leave out the clipping');
      },
    })),
    {
      topic: 'beta1',
      likely: betas,
      at: (value) => moved('beta1', first, 'the running value of g decays by', 'beta1', value),
    },
    {
      topic: 'beta2',
      likely: betas,
      at: (value) => moved('beta2', second, 'the running value of g² decays by', 'beta2', value),
    },
    {
      topic: 'start2',
      likely: [1, 0.1, 0.01, 1e-3, 1e-4, 1e-5, 1e-6],
      at: (value) => moved('start2', second, 'the running value of g² starts at', 'start2', value),
    },
    {
      topic: 'epsilon-size',
      likely: Array.from({ length: 16 }, (_, i) => Number(`1e-${i + 1}`)),
      at: (value) => moved('epsilon-size', divides, 'ε is', 'epsilon', value),
    },
  ];
}

const NO_DECAY = 'leave out the weight decay';

/** Another number than the declared one. */
function moved(
  topic: string,
  has: Has,
  says: string,
  field: 'beta1' | 'beta2' | 'start2' | 'epsilon',
  value: number,
): Move {
  const now = constant(value);
  const change = (rule: Rule): Rule => ({ ...rule, [field]: now });
  return { topic, says: () => `${says} ${now.name}`, fix: null, change: (rule) => (has(rule) ? change(rule) : null) };
}
