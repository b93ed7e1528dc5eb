// How an engine makes the loss of a batch out of those of its examples.
import type { Answers } from './questions.ts';
import { lossOfBatch } from './recognised.ts';
import type { BatchRule, Recognised } from './recognised.ts';

const RULES: readonly BatchRule[] = [
  ...(['mean', 'sum', 'mean-twice', 'root-of-mean'] as const),
  ...(['without-first', 'without-last', 'every-pair'] as const),
];
const POWERS = [0, -1, 1] as const;
/** Share of the loss that may be rounding: the rules differ by far more. */
const SAME = { f32: 2e-5, f64: 1e-10 } as const;

/** The loss with its rule for batches; null as the rule if no rule, or more than one, fits. */
export function withBatchRule(found: Recognised, { batches }: Answers, loose: keyof typeof SAME): Recognised {
  const powers = found.penalties.length > 0 ? POWERS : [0 as const];
  const fitting = RULES.flatMap((batch) => powers.map((penaltyPower) => ({ ...found, batch, penaltyPower }))).filter(
    (one) =>
      batches.every(({ loss, pass }) => {
        const wanted = lossOfBatch(one, pass);
        return Math.abs(wanted - loss) <= SAME[loose] * Math.max(Math.abs(wanted), Math.abs(loss));
      }),
  );
  return fitting.length === 1 ? fitting[0] : { ...found, batch: null };
}
