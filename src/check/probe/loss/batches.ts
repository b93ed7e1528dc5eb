// How an engine makes the loss of a batch out of those of its examples.
import type { Answers } from './questions.ts';
import { lossOfBatch } from './recognised.ts';
import { OF_EXAMPLES, OF_THE_MEAN } from './batch-rules.ts';
import type { Recognised } from './recognised.ts';

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
  const fitting = OF_EXAMPLES.flatMap((batch) =>
    powers.map((penaltyPower) => ({ ...found, batch, penaltyPower })),
  ).filter((one) => fits(one, batches, loose));
  const likely = fitting.filter(({ batch }) => batch === 'mean');
  const [first, ...others] = likely.length > 0 ? likely : fitting;
  return first === undefined || others.length > 0 ? { ...found, batch: null } : first;
}

/** A function of the right mean, if it gives the losses of all answers. */
export function ofRightMean(right: Recognised, answers: Answers, loose: keyof typeof SAME): Recognised[] {
  const seen = [...answers.singles, ...answers.fresh, ...answers.batches];
  return OF_THE_MEAN.map((batch) => ({ ...right, batch })).filter((one) => fits(one, seen, loose));
}

function fits(one: Recognised, seen: Answers['batches'], loose: keyof typeof SAME): boolean {
  return seen.every(({ loss, pass }) => {
    const wanted = lossOfBatch(one, pass);
    return Math.abs(wanted - loss) <= SAME[loose] * Math.max(Math.abs(wanted), Math.abs(loss));
  });
}
