// How a loss with its own gradients can be checked.
import type { NetworkSpec } from '../../../network/spec.ts';
import { outputs } from '../../../network/spec.ts';
import { lossOf } from '../../../ops/registry.ts';
import type { PenaltySpec } from '../../../ops/penalties/page.ts';
import type { Recognised } from './recognised.ts';
import { digits } from './round-numbers.ts';

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
  const penalties = declaredPenalties(loss);
  if (!isOwnKind || penalties === null || declares.some((name) => OF_LOSSES.includes(name))) return nothing;
  const parts: string[] = [];
  const over = overOutputs(network, loss, right);
  if (over === null || (loss.batch !== 'mean' && loss.batch !== 'sum')) return nothing;
  if (loss.batch === 'sum') parts.push("loss: 'sum'", "gradients: 'sum'");
  if (over !== 'mean') parts.push(`squaredError: '${over}'`);
  const said = [
    ...(penalties === '' ? [] : [`Declare the penalty: ${penalties}.`]),
    ...(parts.length === 0 ? [] : [`Declare the conventions { ${parts.join(', ')} }.`]),
  ];
  return said.length === 0 ? nothing : said.join(' ');
}

/** The options that declare its penalties, or what a network says; null: they cannot be. */
function declaredPenalties({ penalties, penaltyPower, batch }: Recognised): string | null {
  const specs = penalties.map(({ penalty, strength }): PenaltySpec | null => {
    // with a sum over the batch, what is added once is divided by B where means are compared
    const over = batch === 'sum' ? penaltyPower === 0 : penaltyPower === -1;
    const isKnown = over || penaltyPower === (batch === 'sum' ? 1 : 0);
    if (penalty.declared === null || strength <= 0 || !isKnown) return null;
    return { ...penalty.declared, strength: Number(digits(strength)), ...(over && { overBatch: true }) };
  });
  const all = specs.filter((spec) => spec !== null);
  if (all.length < specs.length) return null;
  const common = (['biases', 'overBatch'] as const).filter((name) => all.every((spec) => spec[name] === true));
  const isSame = all.every((spec) => common.length === Number(spec.biases ?? false) + Number(spec.overBatch ?? false));
  if (all.some(({ layers }) => layers !== undefined) || !isSame)
    return `penalties: ${JSON.stringify(all)} of the network`;
  if (all.length === 0) return '';
  const flags = { biases: '--penalize-biases', overBatch: '--penalty-over-batch' };
  return [...all.map(({ kind, strength }) => `--${kind} ${strength}`), ...common.map((name) => flags[name])].join(' ');
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
