// What is wrong with the subject on one problem, with the mistake that explains it.
import { boundedGradients } from '../bounds/gradients.ts';
import { diagnoseGradients } from '../check/diagnosis/diagnose.ts';
import type { FaultInjector, NamedFault } from '../check/diagnosis/diagnose.ts';
import { gradientCheck } from '../check/gradient-check.ts';
import type { GradientCheck } from '../check/gradient-check.ts';
import { answersOf } from '../check/questions/ask.ts';
import { givenQuestions } from '../check/questions/protocol.ts';
import type { UpdateCheck } from '../check/update-check.ts';
import { overall } from '../check/verdict.ts';
import type { Verdict } from '../check/verdict.ts';
import { UNWATCHED } from '../check/watch.ts';
import type { Watch } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import { answerTo } from '../report/answer/answer.ts';
import type { Answer } from '../report/answer/answer.ts';
import { checkedBy } from '../report/answer/checked.ts';
import type { Problem } from './draw.ts';
import { trainingCheck } from './judge.ts';
import { exactEngine } from './subject.ts';
import type { Subject } from './subject.ts';

/**
 * The known mistakes that explain the failure, by name, without a place. Empty if none does.
 * @throws CandidateError
 */
export async function mistakesOf(subject: Subject, problem: Problem, watch: Watch): Promise<readonly string[]> {
  const { network, optimizer, start, batch } = problem;
  return withEngines(async (open) => {
    const candidate = await open(() => subject.open(network, optimizer));
    const questions = givenQuestions(network, start, batch);
    const answers = await answersOf(candidate, questions);
    const missing = new Set(answers.flatMap(({ flaws }) => flaws.map(({ parameter }) => parameter)));
    const asked = { questions, answers, lossToo: false, missing, watch };
    const injector = injectorOf(problem);
    const found = (await diagnoseGradients(injector, candidate, asked))?.mistakes ?? [];
    if (found.length > 0 || !subject.updates || missing.size > 0) return namesOf(found);
    const { diagnosis } = await trainingCheck(problem, candidate, injector, questions[0].exact);
    return namesOf(diagnosis?.mistakes ?? []);
  });
}

function injectorOf({ network, optimizer }: Problem): FaultInjector {
  return {
    setting: { network, optimizer, scaling: { mean: 0, deviation: 1 } },
    inject: async (injection) => exactEngine(network, optimizer, injection),
  };
}

/** The checks of one problem, and the answer in words. */
export interface Explained {
  readonly verdict: Verdict;
  readonly gradients: GradientCheck;
  /** null if the gradients are wrong, or the subject makes no updates. */
  readonly updates: UpdateCheck | null;
  readonly answer: Answer;
  /** The known mistakes that explain it: "bias-not-summed". */
  readonly names: readonly string[];
}

/**
 * Asks the subject only about networks and batches of these very sizes: a mistake that shows for
 * some shapes alone would have no name if it had to explain the others.
 * @throws CandidateError
 */
export async function explain(subject: Subject, problem: Problem, watch: Watch = UNWATCHED): Promise<Explained> {
  const { network, optimizer, start, batch } = problem;
  const exactAnswer = boundedGradients(network, start, batch);
  return withEngines(async (open) => {
    const candidate = await open(() => subject.open(network, optimizer));
    const reference = await open(async () => exactEngine(network, optimizer));
    const engines = { candidate, reference };
    const injector = injectorOf(problem);
    const kept = { questions: givenQuestions(network, start, batch, exactAnswer) };
    const variants = subject.variants(network, optimizer);
    const gradients = await gradientCheck(network, start, batch, engines, {
      injector,
      variants,
      kept,
      exactAnswer,
      watch,
    });
    const updates =
      subject.updates && gradients.verdict.kind !== 'disagree'
        ? await trainingCheck(problem, candidate, injector, exactAnswer, true)
        : null;
    const verdict = overall([gradients.verdict, ...(updates === null ? [] : [updates.verdict])]);
    const sides = { candidate: { engine: subject.engine, label: subject.label }, reference: null };
    const answer = answerTo(checkedBy(sides, network, verdict, gradients, updates));
    return {
      verdict,
      gradients,
      updates,
      answer,
      names: namesOf([gradients.diagnosis, updates?.diagnosis].flatMap((one) => one?.mistakes ?? [])),
    };
  });
}

function namesOf(mistakes: readonly NamedFault[]): string[] {
  return [...new Set(mistakes.map(({ fault }) => fault))];
}
