// Mistakes in clipping, weight decay and maxima that the optimizer has by declaration.
import { both, first } from './has.ts';
import { move } from './move.ts';
import type { Has, Move } from './move.ts';
import type { Rule } from './rule.ts';

/** They need a declaration: without one there is nothing to do wrong. */
export function declaredMoves(): readonly Move[] {
  const byNorm: Has = ({ clip }) => clip === 'norm';
  const byValue: Has = ({ clip }) => clip === 'value';
  const decoupled: Has = ({ decay }) => decay === 'with-rate';
  const [norm, value] = ['multiply all gradients by min(1, c / ‖all g‖)', 'cut each gradient to ±c'];
  const decay = 'shrink every tensor before the step: w ← (1 - lr·λ)·w';
  return [
    move('clip', (rule) => byNorm(rule) || byValue(rule), 'the gradients are not clipped', { clip: 'none' }),
    move('clip', byNorm, 'gradients whose norm is below c are scaled up to it', { clip: 'norm-always' }, norm),
    move('clip', byNorm, 'the biases are left out of the norm', { clip: 'norm-of-weights' }, norm),
    move('clip', byNorm, 'the norm lacks its root', { clip: 'norm-squared' }, norm),
    move('clip', byNorm, 'the norm is that of the squared norms of the tensors', { clip: 'norm-of-squares' }, norm),
    move('clip', byNorm, 'each tensor is clipped by its own norm', { clip: 'tensor-norm' }, norm),
    move('clip', byValue, 'gradients are cut from above alone', { clip: 'above' }, value),
    move('clip', byValue, 'gradients are cut from below alone', { clip: 'below' }, value),
    ...clipPlaces(value, norm),
    move('decay', decoupled, 'the weights are shrunk after the step, not before', { decay: 'after-with-rate' }, decay),
    move('decay', decoupled, 'nothing is shrunk: there is no weight decay', { decay: 'none' }, decay),
    move('square', ({ second: kind }) => kind === 'max', 'g stands where |g| belongs', { squareOf: 'signed' }),
  ];
}

/** Other places where what is declared for the gradient may be clipped. */
function clipPlaces(value: string, norm: string): Move[] {
  const [byValue, byNorm]: Has[] = [({ clip }) => clip === 'value', ({ clip }) => clip === 'norm'];
  const isStep: Has = (rule) => rule.direction === 'moment' && !both(rule);
  const places = [
    ['moment', (rule) => byValue(rule) && first(rule), 'the running value of g, where it is used'],
    ['kept', (rule) => byValue(rule) && first(rule), 'the running value of g, as it is kept'],
    ['kept-step', (rule) => byNorm(rule) && isStep(rule), 'the running value of g, as it is kept'],
    ['step', (rule) => byValue(rule) || byNorm(rule), 'the step before the learning rate'],
    ['rated', (rule) => byValue(rule) || byNorm(rule), 'the step with the learning rate'],
    ['weights', byValue, 'the new weight'],
  ] as const satisfies readonly (readonly [Rule['clipOn'], Has, string])[];
  const kinds = [
    [byValue, value],
    [byNorm, norm],
  ] as const;
  return places
    .flatMap(([clipOn, has, what]) =>
      kinds.map(([isKind, right]) =>
        move(
          'clip',
          (rule) => isKind(rule) && has(rule),
          `what is clipped is ${what}, not the gradient`,
          { clipOn },
          right,
        ),
      ),
    )
    .concat(
      move(
        'clip',
        (rule) => rule.clip !== 'none' && rule.decay === 'with-rate',
        'the gradient is clipped after the weight decay is added to it',
        { clipOn: 'decayed', decay: 'in-gradient' },
        'clip the gradient alone',
      ),
    );
}
