// --only: the pieces that random networks may have, by name.
import { unknownName } from '../../errors.ts';
import type { AnyNetworkOptions } from '../../fuzz/space.ts';
import { ADDITIONS } from '../../fuzz/training.ts';
import { OPTIMIZERS } from '../../ops/optimizers/optimizer.ts';
import { penaltyPages } from '../../ops/penalties/registry.ts';
import { activationPages, knownActivation, knownLoss, layerPages, lossPages } from '../../ops/registry.ts';

type Sort = 'activations' | 'outputs' | 'losses' | 'kinds' | 'penalties' | 'optimizers' | 'additions';

/**
 * Sorts of which no piece is named may have any. `dense` alone means no other kind of layer,
 * `constant` nothing that is added to optimizers.
 * @throws UsageError on an unknown name
 */
export function onlyOf(names: readonly string[]): AnyNetworkOptions {
  const chosen: Partial<Record<Sort, string[]>> = {};
  for (const name of names) {
    const own = (chosen[sortOf(name)] ??= []);
    if (name !== 'dense' && name !== CONSTANT) own.push(name);
  }
  return chosen;
}

/** The learning rate that stays as it is. */
const CONSTANT = 'constant';

function sortOf(name: string): Sort {
  const activation = knownActivation(name);
  if (activation !== undefined) return activation.kind === 'output' ? 'outputs' : 'activations';
  if (knownLoss(name) !== undefined) return 'losses';
  if (layerPages().some(({ id }) => id === name)) return 'kinds';
  if (penaltyPages().some(({ id }) => id === name)) return 'penalties';
  if ((OPTIMIZERS as readonly string[]).includes(name)) return 'optimizers';
  if (name === CONSTANT || ADDITIONS.includes(name)) return 'additions';
  const pages = [activationPages(), lossPages(), layerPages(), penaltyPages()].flatMap((all) =>
    all.map(({ id }) => id),
  );
  throw unknownName('piece of a network', name, [...pages, ...OPTIMIZERS, ...ADDITIONS, CONSTANT]);
}
