// Compares both engines' answers to all questions with the exact ones, and checks that the
// candidate repeats its answers.
import type { Engine } from '../../engines/engine.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import { SIDES, mapPair } from '../pair.ts';
import type { Pair } from '../pair.ts';
import { compareAnswers } from '../questions/answers.ts';
import type { Compared } from '../questions/answers.ts';
import { answersOf, firstDifference } from '../questions/ask.ts';
import type { Asked, Unsteady } from '../questions/ask.ts';
import type { Question } from '../questions/protocol.ts';
import { withRounding } from '../steps/rounding.ts';

/** One question, both answers, and their comparison with the exact one. */
export interface Result extends Compared {
  readonly question: Question;
  readonly answers: Pair<Asked>;
}

/** One result per question, in the order asked; what was answered alike is compared once. */
export function compareAll(
  questions: readonly Question[],
  answers: Pair<readonly Asked[]>,
  dtypes: Pair<Dtype>,
): Result[] {
  const results: Result[] = [];
  for (const [q, asked] of questions.entries()) {
    const own = mapPair(answers, (all) => all[q]);
    const question = { ...asked, exact: withRounding(asked.exact, own) };
    const isAlike = ({ question: { exact }, answers: other, findings }: Result): boolean =>
      exact === question.exact && SIDES.every((side) => other[side] === own[side]) && findings.length === 0;
    const known = results.find(isAlike);
    const compared =
      known ?? compareAnswers('gradient-check', question.exact, own, dtypes, { question: question.name });
    results.push({ ...compared, question, answers: own });
  }
  return results;
}

/**
 * The first difference between the candidate's answers to the same question. The given question was
 * asked twice in a row already; the first question with a wrong answer is asked twice more.
 */
export async function compareRepetition(
  candidate: Engine,
  [given, repeated]: readonly Result[],
  wrong: Result | null,
): Promise<Unsteady | null> {
  const differs = firstDifference(given.answers.candidate, repeated.answers.candidate);
  if (differs !== null || wrong === null || wrong === given) return differs;
  const [one, two] = await answersOf(candidate, [wrong.question, wrong.question]);
  return firstDifference(wrong.answers.candidate, one) ?? firstDifference(one, two);
}
