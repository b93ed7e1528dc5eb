// The right loss of every example, with the sum over a batch divided by another number than B.
import type { NetworkSpec } from '../../../network/spec.ts';
import { randomBatch, randomParameters } from '../../slopes/general-point.ts';
import type { Asker } from '../asker.ts';
import { divisorsFor, tellingSize } from '../batch/divisors.ts';
import type { Divided } from '../batch/divisors.ts';
import { passOf } from './pass.ts';
import type { Answers, Seen } from './questions.ts';
import { lossOfBatch } from './recognised.ts';
import type { Recognised } from './recognised.ts';

/** Share of the loss that may be rounding. */
const SAME = 2e-5;
/** Far from the seeds of other points. */
const SEED = 7_310_001;

/**
 * The right loss with what its sum is divided by; null if that is B, or no one number. A larger
 * batch is asked for if it is one. Throws ENOUGH.
 */
export async function dividedLoss(
  network: NetworkSpec,
  asker: Asker,
  { singles, fresh, batches }: Answers,
  right: Recognised,
): Promise<Recognised | null> {
  const byOf = ({ loss, pass }: Pick<Seen, 'loss' | 'pass'>): Divided => {
    const B = pass.outcomes.length;
    return [B, (lossOfBatch(right, pass) * B) / loss];
  };
  const seen = [...singles, ...fresh, ...batches].map(byOf);
  const divisors = divisorsFor(seen);
  const B = divisors.length === 0 ? null : tellingSize(divisors);
  if (B === null) return null;
  const oneHot = batches[0].batch.targets.data.every((t) => t === 0 || t === 1);
  const [parameters, batch] = [randomParameters(network, SEED), randomBatch(network, B, SEED, oneHot)];
  const { loss } = await asker.gradients(parameters, batch);
  const pass = passOf(network, parameters, batch);
  const fitting = divisors.flatMap((divisor): Recognised[] => {
    const one: Recognised = { ...right, batch: 'divided', divisor };
    const isIt = [...singles, ...fresh, ...batches, { loss, pass }].every((answer) => {
      const wanted = lossOfBatch(one, answer.pass);
      return Math.abs(answer.loss - wanted) <= SAME * Math.abs(wanted);
    });
    return isIt ? [one] : [];
  });
  return fitting.length === 1 ? fitting[0] : null;
}
