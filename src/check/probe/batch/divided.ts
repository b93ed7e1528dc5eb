// Gradients that are right but for what their sum over a batch is divided by.
import { formulaLine } from '../../../network/formulas.ts';
import { dot } from '../../../numeric/norms.ts';
import { listed } from '../../../text.ts';
import { areClose } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { freshAnswer } from './answer.ts';
import type { Answer, Asked } from './answer.ts';
import { divisorsFor, isNear, tellingSize } from './divisors.ts';
import type { Divided } from './divisors.ts';
import { placeOf } from './tell.ts';

/** Far from the seeds of other points. */
const SEED = 7_210_001;

/**
 * What is divided by another number than B; null if nothing is, or if that is not all that is
 * wrong. A larger batch is asked for if it is. Throws ENOUGH.
 */
export async function dividedIn(asked: Asked): Promise<Told | null> {
  const { network, answers } = asked;
  const names = answers[0].whole.map(({ name }) => name).filter((name) => name !== 'loss');
  const byOf = new Map(names.map((name) => [name, answers.map((one) => dividedBy(one, name))]));
  const isRight = (by: readonly (Divided | null)[]): boolean =>
    by.every((one) => one !== null && isNear(one[1], one[0]));
  const wrong = names.filter((name) => !isRight(byOf.get(name) ?? []));
  const measured = wrong.map((name) => byOf.get(name) ?? []);
  if (wrong.length === 0 || measured.some((by) => by.includes(null))) return null;
  const likely = divisorsFor(measured.flat().filter((one) => one !== null));
  const B = likely.length === 0 ? null : tellingSize(likely);
  if (B === null) return null;
  const larger = await freshAnswer(asked, B, SEED);
  const found = wrong.map((name) => dividedBy(larger, name));
  const lasting = likely.filter(({ of }) => found.every((one) => one !== null && isNear(one[1], of(B))));
  const [divisor, ...others] = lasting;
  if (others.length > 0 || lasting.length === 0) return null;
  const isAll = wrong.length === names.length;
  const place = placeOf(wrong);
  return {
    kind: 'batch',
    place,
    text: `${isAll ? 'The gradients' : listed(wrong)} of a batch: the sum over the examples is divided by ${divisor.text}, not by B.`,
    used: `${isAll ? 'each gradient' : place} = 1/${divisor.symbol} Σ_b (that of example b)`,
    right: formulaLine(place, network),
    fix: 'divide by B',
  };
}

/** B, and what the sum is divided by; null where it is no multiple of the right one. */
function dividedBy({ batch, whole, right }: Answer, name: string): Divided | null {
  const n = whole.findIndex((one) => one.name === name);
  const [found, wanted] = [whole[n].values, right[n].values];
  const factor = dot(found, wanted) / dot(wanted, wanted);
  const isIt = areClose(
    found,
    wanted.map((x) => factor * x),
    wanted,
  );
  return isIt && factor > 0 ? [batch.inputs.rows, batch.inputs.rows / factor] : null;
}
