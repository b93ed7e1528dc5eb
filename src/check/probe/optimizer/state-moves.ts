// Mistakes in what an optimizer keeps: where ε is added, which entries share a number, and where
// the rate enters.
import { both, corrects2, divides, first, grows, second } from './has.ts';
import { move } from './move.ts';
import type { Has, Move } from './move.ts';

export function epsilonMoves(): Move[] {
  const places = [
    ['none', 'ε is left out'],
    ['outside', 'ε is added outside the root'],
    ['inside', 'ε is added inside the root'],
    ['both', 'ε is added inside and outside the root'],
    ['max', 'the root is replaced by ε where it is smaller'],
    ['minus', 'ε is subtracted'],
    ['squared', 'ε² is added inside the root'],
  ] as const;
  const corrected = [
    ['uncorrected', 'ε is added before the correction'],
    ['inside-uncorrected', 'ε is added inside the root, before the correction'],
  ] as const;
  return [
    ...places.map(([at, says]) => move('epsilon', divides, says, { epsilonAt: at })),
    ...corrected.map(([at, says]) =>
      move('epsilon', (rule) => divides(rule) && corrects2(rule), says, { epsilonAt: at }),
    ),
    move('epsilon', (rule) => second(rule) && rule.epsilonAt === 'none', 'ε is added', { epsilonAt: 'outside' }),
  ];
}

export function shareMoves(): Move[] {
  const keeps: Has = (rule) => first(rule) || second(rule);
  const fix = 'keep one state per tensor';
  const groups = [
    ['all', 'all tensors use one state'],
    ['layer', 'the tensors of a layer use one state'],
    ['role', 'all weights use one state, and all biases another'],
    ['shape', 'all tensors of the same shape use one state'],
    ['size', 'all tensors of equally many numbers use one state'],
    ['role-places', 'all weights use one state by row and column, and all biases another'],
    ['rows', 'all tensors of equally many rows use one state by row and column'],
    ['cols', 'all tensors of equally many columns use one state by row and column'],
  ] as const;
  const orders = [
    ['forward', ''],
    ['back', ', the last tensor first'],
    ['layers-back', ', the last layer first'],
  ] as const;
  const inside = [
    ['column', 'all rows of', 'are one and the same array'],
    ['row', 'every row of', 'has one number for all its entries'],
    ['tensor', 'every tensor of', 'has one number for all its entries'],
  ] as const;
  const values = [
    ['both', keeps, 'the optimizer state'],
    ['first', both, 'the running value of g'],
    ['second', both, 'the running value of g²'],
  ] as const;
  return [
    ...groups.flatMap(([share, says]) =>
      orders.map(([order, how]) => move('share', keeps, `${says}${how}`, { share, order }, fix)),
    ),
    ...inside.flatMap(([share, all, one]) =>
      values.map(([shared, has, of]) =>
        move('share', has, `${all} ${of} ${one}`, { share, shared }, 'keep a number of its own for every entry'),
      ),
    ),
  ];
}

/** What enters a step, and how often. */
export function slipMoves(): Move[] {
  const mean2: Has = (rule) => second(rule) && rule.second === 'sum' && rule.centered === 'none';
  const keeps: Has = (rule) => (first(rule) || second(rule)) && rule.decay === 'none';
  const hasNoNorm: Has = ({ clip }) => clip === 'none' || clip === 'value';
  const late = (of: string): string =>
    `the running value of ${of} is multiplied by ${of}, as where a bracket ends late`;
  const [once, own] = ['take one step for each gradient', 'use the gradient of the tensor'];
  return [
    move('memory1', first, late('g'), { memory1: 'times-g' }),
    move('memory2', mean2, late('g²'), { memory2: 'times-g' }),
    move('taken', keeps, 'every step is taken twice', { taken: 'twice' }, once),
    move('taken', keeps, 'every step is taken twice, and t counts both', { taken: 'twice-counted' }, once),
    move('given', hasNoNorm, 'the weights stand where the gradient belongs', { given: 'w' }, own),
  ];
}

/** Of NAdam's product of momenta. */
export function productMoves(): Move[] {
  const says = 'every tensor of a step multiplies the one product Π of the momenta';
  const once = 'multiply Π by μₜ once per step, before all tensors';
  return [
    move('product', grows, says, { product: 'each-tensor' }, once),
    move('product', grows, 'Πₜ is μₜ alone: the product of the steps before is not kept', { product: 'alone' }, once),
  ];
}

/** Of Adadelta's running value of Δ². */
export function adadeltaMoves(): Move[] {
  const has: Has = ({ adadelta }) => adadelta !== 'none';
  return [
    move('adadelta', has, 'r is the mean square of lr·Δ, not of Δ', { adadelta: 'step-with-rate' }),
    move('adadelta', has, 'r is the mean of g², not of Δ²', { adadelta: 'gradient' }),
    move('adadelta', has, 'r is 0 at every step', { memory3: 'none', fresh3: 'none' }),
    move('adadelta', has, 'r is the last Δ² alone', { memory3: 'none', fresh3: 'one' }),
    move('adadelta', has, 'nothing of r is kept between steps', { memory3: 'none' }),
    move('adadelta', has, 'r does not decay', { memory3: 'all' }),
    move('adadelta', has, 'Δ² enters r with factor 1', { fresh3: 'one' }),
    move('adadelta', has, 'r is the sum of all Δ²', { memory3: 'all', fresh3: 'one' }),
  ];
}

/** The same step where the rate is constant. */
export function rateMoves(): Move[] {
  const velocity: Has = (rule) => first(rule) && !second(rule);
  const says = 'the learning rate of each step multiplies the gradient that enters the velocity, not the velocity';
  return [move('rate-on', velocity, says, { rateOn: 'gradient' })];
}
