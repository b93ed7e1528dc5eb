// How a loss with its own gradients can be checked: as which loss, and under which conventions.
import { UsageError } from '../../../errors.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { lastLayer, outputs } from '../../../network/spec.ts';
import type { LossPage } from '../../../ops/losses/page.ts';
import type { PenaltySpec } from '../../../ops/penalties/page.ts';
import { knownLoss, lossOf, lossPages } from '../../../ops/registry.ts';
import { ownLossOf } from './known-losses.ts';
import type { Recognised } from './recognised.ts';
import { digits } from './round-numbers.ts';

/** Conventions that say what a loss is. */
const OF_LOSSES = ['gradients', 'loss', 'squaredError'];
const NOTHING = 'If this loss is meant, no gradient is wrong.';

/** What to declare, or that nothing is wrong if it is what is meant. */
export function declaration(network: NetworkSpec, loss: Recognised, declares: readonly string[]): string {
  const penalties = declaredPenalties(loss);
  if (loss.positive !== 1 || penalties === null) return NOTHING;
  if (loss.batch !== 'mean' && loss.batch !== 'sum') return NOTHING;
  const ofBatch = loss.batch === 'sum' ? ["loss: 'sum'", "gradients: 'sum'"] : [];
  const own = lossOf(network.loss);
  // the network's own loss with other conventions, or else the loss that needs the fewest
  const [best] = [own, ...likeIt(network, loss)]
    .flatMap((page) => {
      const over = overOutputs(network, page, loss);
      return over === null ? [] : [{ page, over, isOther: page !== own }];
    })
    .toSorted((a, b) => Number(a.isOther) - Number(b.isOther) || a.over.length - b.over.length);
  if (best === undefined) return NOTHING;
  const conventions = [...ofBatch, ...best.over];
  const isPlain = conventions.length === 0 && penalties === '';
  if (!isPlain && declares.some((name) => OF_LOSSES.includes(name))) return NOTHING;
  const parts = [
    ...(penalties === '' ? [] : [`the penalty: ${penalties}`]),
    ...(conventions.length === 0 ? [] : [`the conventions { ${conventions.join(', ')} }`]),
  ];
  if (best.isOther)
    return `If this loss is meant, no gradient is wrong: declare ${[`--loss ${best.page.id}`, ...parts].join(' and ')}.`;
  return isPlain ? NOTHING : parts.map((part) => `Declare ${part}.`).join(' ');
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

/** The losses that may be this one and that are defined on the network's output. */
function likeIt(network: NetworkSpec, { free, factors }: Recognised): LossPage[] {
  const texts = [digits(free), `weights=${factors.map(digits).join(',')}`];
  const made = lossPages().flatMap((page) =>
    page.family === undefined ? [] : texts.map((text) => pageOf(`${page.id}:${text}`)),
  );
  const output = lastLayer(network).activation;
  return [...lossPages(), ...made.filter((page) => page !== undefined)].filter(
    ({ on, outputs: wanted }) => (on?.includes(output) ?? true) && (wanted ?? outputs(network)) === outputs(network),
  );
}

/** undefined: the numbers do not fit the family. */
function pageOf(id: string): LossPage | undefined {
  try {
    return knownLoss(id);
  } catch (error) {
    if (error instanceof UsageError) return undefined;
    throw error;
  }
}

/** The convention for the sum over the outputs, if it needs one; null: the page is another loss. */
function overOutputs(network: NetworkSpec, page: LossPage, found: Recognised): string[] | null {
  const K = outputs(network);
  const own = ownLossOf(page, K);
  if (own?.known !== found.known || own.factors.length !== found.factors.length) return null;
  if (own.known.free !== null && !(Math.abs(found.free / own.free - 1) < 1e-3)) return null;
  const ratios = found.factors.map((c, k) => (c === own.factors[k] ? 1 : c / own.factors[k]));
  const { perExample } = page;
  const ways = ['mean', 'sum', 'half-sum'] as const;
  const way = ways.find((one) => ratios.every((ratio) => Math.abs(ratio / (perExample?.[one](K) ?? 1) - 1) < 1e-5));
  if (way === undefined) return null;
  return way === 'mean' ? [] : [`squaredError: '${way}'`];
}
