// How an engine makes the loss of a batch out of those of its examples.
import type { Answers } from './questions.ts';
import { lossOfBatch } from './recognised.ts';
import { BATCH_RULES } from './batch-rules.ts';
import type { Recognised } from './recognised.ts';

const RULES = Object.keys(BATCH_RULES) as (keyof typeof BATCH_RULES)[];
const POWERS = [0, -1, 1] as const;
/** Share of the loss that may be rounding: the rules differ by far more. */
const SAME = { f32: 2e-5, f64: 1e-10 } as const;

/**
 * The loss with its rule for batches: the mean if that fits (others may too, where all examples
 * have the same outputs), else the only one that does, else null. Batches whose loss overflows tell
 * nothing.
 */
export function withBatchRule(found: Recognised, answers: Answers, loose: keyof typeof SAME): Recognised {
  const batches = answers.batches.filter(({ loss }) => Number.isFinite(loss));
  const powers = found.penalties.length > 0 ? POWERS : [0 as const];
  const fitting = RULES.flatMap((batch) => powers.map((penaltyPower) => ({ ...found, batch, penaltyPower }))).filter(
    (one) =>
      batches.every(({ loss, pass }) => {
        const wanted = lossOfBatch(one, pass);
        return Math.abs(wanted - loss) <= SAME[loose] * Math.max(Math.abs(wanted), Math.abs(loss));
      }),
  );
  const likely = fitting.filter(({ batch }) => batch === 'mean');
  const [first, ...others] = likely.length > 0 ? likely : fitting;
  return first === undefined || others.length > 0 ? { ...found, batch: null } : first;
}
