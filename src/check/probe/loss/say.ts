// What sentences about losses share.
import type { NetworkSpec } from '../../../network/spec.ts';
import { nameOfLoss } from './describe.ts';
import type { GradientsOf } from './gradients.ts';
import { isForm } from './known-losses.ts';
import type { Recognised } from './recognised.ts';

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
  return `The loss that is returned is ${name}${same}${not}`;
}
