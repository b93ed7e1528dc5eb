// Mistakes in clipping, weight decay and maxima that the optimizer has by declaration.
import { move } from './move.ts';
import type { Has, Move } from './move.ts';

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
    move('clip', byNorm, 'each tensor is clipped by its own norm', { clip: 'tensor-norm' }, norm),
    move('clip', byValue, 'gradients are cut from above alone', { clip: 'above' }, value),
    move('clip', byValue, 'gradients are cut from below alone', { clip: 'below' }, value),
    move('decay', decoupled, 'the weights are shrunk after the step, not before', { decay: 'after-with-rate' }, decay),
    move('decay', decoupled, 'the weights are not shrunk', { decay: 'none' }, decay),
    move('square', ({ second: kind }) => kind === 'max', 'g stands where |g| belongs', { squareOf: 'signed' }),
  ];
}
