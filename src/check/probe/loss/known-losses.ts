// Losses that an engine may have in place of the right one: value and derivative for one example.
// All are sums over the outputs of an example; means, halves and other factors are found apart.
import { log } from '../../../numeric/elementary.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import type { LossPage } from '../../../ops/losses/page.ts';
import { lossOf } from '../../../ops/registry.ts';
import { FIXED_LOSSES } from './fixed-losses.ts';
import { FREE_LOSSES } from './free-losses.ts';
import { sumOf, times } from './loss-parts.ts';
import type { KnownLoss, Outcome } from './loss-parts.ts';
import { STABLE_SLIPS } from './stable-slips.ts';

/** Losses that people use, the simplest first: of several that are the same, the first is told. */
export const KNOWN_LOSSES: readonly KnownLoss[] = [...FIXED_LOSSES, ...STABLE_SLIPS, ...FREE_LOSSES];

/** Those that a network may have in place of its own. */
export function lossesFor({ loss }: NetworkSpec): readonly KnownLoss[] {
  const own = lossOf(loss).known?.id;
  return KNOWN_LOSSES.filter(({ slipOf }) => slipOf === undefined || slipOf === own);
}

/** The part of binary cross-entropy that counts where t is 1: with the other part, for weights. */
export const POSITIVE_PART: KnownLoss = sumOf(
  { id: 'positive-part', name: 'cross-entropy', formula: '-t log p' },
  (p, t) => [-times(t, log(p)), -times(t, 1 / p)],
);

/** @throws Error on an unknown id: ids are written in this folder alone */
export function knownLoss(id: string): KnownLoss {
  const found = KNOWN_LOSSES.find((loss) => loss.id === id);
  if (found === undefined) throw new Error(`unknown loss ${id}`);
  return found;
}

/** A network's own loss, as a multiple of a known one for each output, or for all. */
export interface OwnLoss {
  readonly known: KnownLoss;
  readonly free: number;
  readonly factors: readonly number[];
}

/** What a loss of the registry is for K outputs; null: none that is known. */
export function ownLossOf({ known, perExample }: Pick<LossPage, 'known' | 'perExample'>, K: number): OwnLoss | null {
  if (known === undefined) return null;
  const factor = (known.factor ?? 1) / (perExample?.sum(K) ?? 1);
  return { known: knownLoss(known.id), free: known.free ?? 0, factors: known.weights ?? [factor] };
}

/** The loss of one example. */
export function valueOf(loss: KnownLoss, e: Outcome, s: number): number {
  return loss.terms(e, s).reduce((sum, x) => sum + x, 0);
}

/** Forms of losses that are the same on an output made for them, or for some δ. */
export function isForm(id: string): boolean {
  return /-of-(scores|softmax|sigmoid)$|^huber-|-raised$/.test(id);
}
