// What sentences about losses share.
import { outputs } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { nameOfLoss } from './describe.ts';
import type { GradientsOf } from './gradients.ts';
import { isForm } from './known-losses.ts';
import type { Recognised } from './recognised.ts';
import { digits } from './round-numbers.ts';

/** Everything that was found out. */
export interface Findings {
  readonly network: NetworkSpec;
  /** The loss that the engine returns; null: none that is known. */
  readonly loss: Recognised | null;
  /** Whether that is the right one. */
  readonly isRight: boolean;
  /** Other losses that give the same numbers here. */
  readonly others: readonly Recognised[];
  readonly right: Recognised;
  readonly gradients: GradientsOf;
  /** Names of the conventions that a candidate declares. */
  readonly declares: readonly string[];
}

/** "The loss that is returned is ..., not ...", without what the gradients are. */
export function sayLoss({ network, right, others }: Findings, loss: Recognised): string {
  const [own, name] = [nameOfLoss(network, right), nameOfLoss(network, loss)];
  const rest = others.filter(({ known }) => known !== loss.known && !isForm(known.id));
  const [other] = rest.map((one) => nameOfLoss(network, one));
  const same = other === undefined || loss.known === right.known ? '' : `, or ${other}: the same here`;
  const not = name.startsWith(own) ? '' : `${same === '' ? ', ' : '. It is '}not ${own}`;
  return `The loss that is returned is ${name}${spreadOverOthers(network, right, loss)}${same}${not}`;
}

/** Smoothing that gives the target's class nothing of α is smoothing with a larger α. */
function spreadOverOthers(network: NetworkSpec, right: Recognised, loss: Recognised): string {
  const K = outputs(network);
  const isSpread = K > 2 && Math.abs((loss.free * (K - 1)) / (right.free * K) - 1) < 1e-4;
  if (loss.known.id !== 'cross-entropy-smoothed' || loss.known !== right.known || !isSpread) return '';
  return `, the same as α = ${digits(right.free)} shared by the other ${K - 1} classes`;
}
