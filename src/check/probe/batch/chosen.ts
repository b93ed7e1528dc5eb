// Examples that are left out for what the network makes of them: those that it classifies rightly,
// or wrongly.
import { singleExamples } from '../../questions/protocol.ts';
import { formulaLine } from '../../../network/formulas.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import { rowOf } from '../loss/pass.ts';
import { areClose, differing, passes } from '../pass/pass.ts';
import type { Values } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { freshAnswer } from './answer.ts';
import type { Asked, Shown } from './answer.ts';
import { combined } from './coefficients.ts';

/** Far from the seeds of other points. */
const SEED = 7_240_001;
/** Fresh batches of so many examples. */
const FRESH = [5, 7];

/** Which examples count, by outputs and targets. (K) each */
interface Choice {
  readonly text: string;
  readonly isUsed: (p: Float64Array, t: Float64Array) => boolean;
}

const classOf = (v: Float64Array): number => (v.length > 1 ? v.indexOf(Math.max(...v)) : Math.round(v[0]));
const isRightClass = (p: Float64Array, t: Float64Array): boolean => classOf(p) === classOf(t);

const CHOICES: readonly Choice[] = [
  { text: 'Only examples that are classified wrongly count', isUsed: (p, t) => !isRightClass(p, t) },
  { text: 'Only examples that are classified rightly count', isUsed: isRightClass },
];

/** What the sum is divided by; n of B examples count. */
const DIVISORS: readonly { readonly text: string; readonly of: (B: number, n: number) => number }[] = [
  { text: 'divided by B', of: (B) => B },
  { text: 'divided by their number', of: (_, n) => n },
];

/**
 * Which examples count; null if it is none of these, or does not show. Fresh batches are asked for
 * if it is one. Throws ENOUGH.
 * @param given batches, single examples among them
 */
export async function chosenIn(
  asked: Omit<Asked, 'answers'>,
  given: readonly Shown[],
): Promise<{ readonly told: Told; readonly isLossToo: boolean } | null> {
  const { network } = asked;
  const ways = CHOICES.flatMap((choice) => DIVISORS.map((divisor) => ({ choice, divisor })));
  const fitting = (all: readonly (typeof ways)[number][], seen: readonly Shown[]): typeof ways =>
    all.filter(({ choice, divisor }) =>
      seen.every((one) =>
        differing(one.whole, expected(network, one, choice, divisor.of), one.right).every((name) => name === 'loss'),
      ),
    );
  const likely = fitting(ways, given);
  if (likely.length === 0) return null;
  const fresh: Shown[] = [];
  for (const [n, B] of FRESH.entries()) fresh.push(await freshAnswer(asked, B, SEED + n));
  const lasting = fitting(likely, fresh);
  const [first] = lasting;
  if (lasting.length !== 1) return null;
  const isLossToo = [...given, ...fresh].every((one) =>
    areClose(one.whole[0].values, expected(network, one, first.choice, first.divisor.of)[0].values),
  );
  return {
    isLossToo,
    told: {
      kind: 'batch',
      place: isLossToo ? 'loss' : `dz${network.layers.length}`,
      text: `${first.choice.text} in ${isLossToo ? 'the loss and the gradients' : 'the gradients'} (${first.divisor.text}).`,
      used: null,
      right: formulaLine(isLossToo ? 'loss' : `dz${network.layers.length}`, network),
      fix: 'let every example count, and divide by B',
    },
  };
}

/** What would be answered; 0 where no example counts. */
function expected(
  network: NetworkSpec,
  { parameters, batch, right }: Shown,
  { isUsed }: Choice,
  divisor: (B: number, n: number) => number,
): Values {
  const { a } = passes(network, parameters, batch);
  const B = batch.inputs.rows;
  const used = Array.from({ length: B }, (_, r) => isUsed(rowOf(a[a.length - 1], r), rowOf(batch.targets, r)));
  const n = used.filter(Boolean).length;
  const singles = singleExamples(batch).map((one) => passes(network, parameters, one).values);
  const c = used.map((is) => (is ? 1 / divisor(B, n) : 0));
  return right.map(({ name }, at) => ({
    name,
    values: combined(
      singles.map((all) => all[at].values),
      c,
    ),
  }));
}
