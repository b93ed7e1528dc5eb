// How a loss with its own gradients can be checked.
import type { NetworkSpec } from '../../../network/spec.ts';
import { outputs } from '../../../network/spec.ts';
import { lossOf } from '../../../ops/registry.ts';
import type { Recognised } from './recognised.ts';

/** Conventions that say what a loss is. */
const OF_LOSSES = ['gradients', 'loss', 'squaredError'];

/** What to declare, or that nothing needs fixing. */
export function declaration(
  network: NetworkSpec,
  loss: Recognised,
  right: Recognised,
  declares: readonly string[],
): string {
  const nothing = 'Nothing needs fixing.';
  const isOwnKind = loss.known === right.known && loss.positive === 1 && loss.factors.length === 1;
  if (!isOwnKind || loss.penalties.length > 0 || declares.some((name) => OF_LOSSES.includes(name))) return nothing;
  const parts: string[] = [];
  const over = overOutputs(network, loss, right);
  if (over === null || (loss.batch !== 'mean' && loss.batch !== 'sum')) return nothing;
  if (loss.batch === 'sum') parts.push("loss: 'sum'", "gradients: 'sum'");
  if (over !== 'mean') parts.push(`squaredError: '${over}'`);
  return parts.length === 0 ? nothing : `Declare the conventions { ${parts.join(', ')} }.`;
}

/** The convention for the sum over the outputs; null: there is none for it. */
function overOutputs(network: NetworkSpec, loss: Recognised, right: Recognised): string | null {
  const ratio = loss.factors[0] / right.factors[0];
  const { perExample } = lossOf(network.loss);
  if (perExample === undefined) return Math.abs(ratio - 1) < 1e-6 ? 'mean' : null;
  const K = outputs(network);
  const ways = ['mean', 'sum', 'half-sum'] as const;
  return ways.find((way) => Math.abs(ratio / perExample[way](K) - 1) < 1e-6) ?? null;
}
