// Which loss gives the numbers that an engine returned. The losses of the table are tried with no
// more than what is needed: first a factor, then one more number, then two.
import { exp, log } from '../../../numeric/elementary.ts';
import { outputs } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { lossOf } from '../../../ops/registry.ts';
import { KNOWN_LOSSES, lossesFor, ownLossOf } from './known-losses.ts';
import type { OwnLoss } from './known-losses.ts';
import type { KnownLoss } from './loss-parts.ts';
import { Fitter, fitAll, ofLoss, ofOutputs, ofParts } from './hypotheses.ts';
import type { Hypothesis, Loose } from './hypotheses.ts';
import { penaltiesOf } from './penalties.ts';
import type { Penalty } from './penalties.ts';
import type { Answers } from './questions.ts';
import type { Recognised } from './recognised.ts';
import { roundedTo } from './round-numbers.ts';
import { ofRightMean, withBatchRule } from './batches.ts';

/** More outputs are not given a weight each: there are not enough answers. */
const MOST_WEIGHTS = 4;
const GRID = 32;
const REFINED = 36;

/**
 * The losses that give all answers, the most likely first; those after it are others that give the
 * same numbers here. Empty: none of the table does.
 */
export function recognise(network: NetworkSpec, answers: Answers, loose: Loose): Recognised[] {
  const penalties = penaltiesOf(network.layers.length);
  const losses = lossesFor(network);
  const fixed = losses.filter(({ free }) => free === null);
  const free = losses.filter((loss) => loss.free !== null);
  const K = outputs(network);
  const fitter = new Fitter(answers, K, loose);
  const fit = (all: readonly Hypothesis[]): Recognised[] => fitAll(all, fitter);
  const levels: (() => Recognised[])[] = [
    () => fit(fixed.map((loss) => ofLoss(loss, 0, []))),
    () => [
      ...fit(fixed.flatMap((loss) => penalties.map((one) => ofLoss(loss, 0, [one])))),
      ...free.flatMap((loss) => searched(loss, fitter)),
      ...fit([ofParts()]),
    ],
    () => [
      ...(K > 1 && K <= MOST_WEIGHTS ? fit(fixed.filter(({ over }) => over === 'outputs').map(ofOutputs)) : []),
      ...fit(fixed.map((loss) => ofLoss(loss, 0, [penalties[0], penalties[1]]))),
      ...fit(free.flatMap((loss) => usual(loss, penalties.slice(0, 3)))),
    ],
  ];
  for (const level of levels) {
    const found = level();
    if (found.length > 0) return known(ordered(network, found).map((one) => withBatchRule(one, answers, loose)));
  }
  const right = rightLoss(network);
  return right === null ? [] : ofRightMean(right, answers, loose);
}

function usual(loss: KnownLoss, penalties: readonly Penalty[]): Hypothesis[] {
  return (loss.free?.usual ?? []).flatMap((s) => penalties.map((one) => ofLoss(loss, s, [one])));
}

/** A loss with its free number: a usual one if it fits, else the best within its range. */
function searched(loss: KnownLoss, fitter: Fitter): Recognised[] {
  if (loss.free === null) return [];
  const [known] = fitAll(
    loss.free.usual.map((s) => ofLoss(loss, s, [])),
    fitter,
  );
  if (known !== undefined) return [known];
  const away = (x: number): number => fitter.judge(ofLoss(loss, exp(x), [])).worst;
  const best = exp(lowest(away, log(loss.free.range[0]), log(loss.free.range[1])));
  for (const share of [1e-2, 1e-3, 1e-4, 0]) {
    const found = fitter.fit(ofLoss(loss, roundedTo(best, share), []));
    if (found !== null) return [found];
  }
  return [];
}

/** Where f is lowest, on a grid and then between its neighbours by golden section. */
function lowest(f: (x: number) => number, from: number, to: number): number {
  const step = (to - from) / GRID;
  const grid = Array.from({ length: GRID + 1 }, (_, i) => f(from + i * step));
  const at = grid.indexOf(Math.min(...grid));
  const golden = (Math.sqrt(5) - 1) / 2;
  let [a, b] = [from + Math.max(0, at - 1) * step, from + Math.min(GRID, at + 1) * step];
  for (let n = 0; n < REFINED; n++) {
    const [x, y] = [b - golden * (b - a), a + golden * (b - a)];
    if (f(x) < f(y)) b = y;
    else a = x;
  }
  return (a + b) / 2;
}

const isNear = (x: number, y: number): boolean => Math.abs(x / y - 1) < 1e-6;

/** Of losses that are the same for one example, those whose rule for batches is known first. */
function known(found: readonly Recognised[]): Recognised[] {
  return found.toSorted((a, b) => Number(a.batch === null) - Number(b.batch === null));
}

/** The network's own loss first, then whole factors, then in the order of the table. */
function ordered(network: NetworkSpec, found: readonly Recognised[]): Recognised[] {
  const K = outputs(network);
  const own = ownLossOf(lossOf(network.loss), K)?.known;
  const cost = ({ known, factors }: Recognised): number => {
    const isPlain = factors.every((c) => [1, 1 / K].some((x) => isNear(c, x)));
    return (known === own ? 0 : 100) + (isPlain ? 0 : 50) + KNOWN_LOSSES.indexOf(known) / KNOWN_LOSSES.length;
  };
  return [...found].sort((a, b) => cost(a) - cost(b));
}

/** Whether it is the network's own loss, as it should be. */
export function isRightLoss(network: NetworkSpec, found: Recognised): boolean {
  const own = ownLossOf(lossOf(network.loss), outputs(network));
  return own !== null && isLoss(own, found) && found.penalties.length === 0 && found.batch === 'mean';
}

/** Whether it is this loss, whatever is added to it. */
function isLoss({ known, free, factors }: OwnLoss, found: Recognised): boolean {
  const factor = (k: number): number => (factors.length > 1 ? factors[k] : factors[0]);
  const isOne = found.factors.length === 1 && factors.length > 1;
  return (
    found.known === known &&
    found.positive === 1 &&
    !isOne &&
    found.factors.every((c, k) => Math.abs(c - factor(k)) <= 1e-6 * Math.abs(factor(k))) &&
    (known.free === null || isNear(found.free, free))
  );
}

/** The network's own loss. null: it is not one of the table. */
export function rightLoss(network: NetworkSpec): Recognised | null {
  const own = ownLossOf(lossOf(network.loss), outputs(network));
  return own === null ? null : { ...own, positive: 1, penalties: [], batch: 'mean', penaltyPower: 0 };
}
