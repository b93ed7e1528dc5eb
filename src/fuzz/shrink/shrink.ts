// From a problem that fails to the smallest that fails in the same way: fewer layers, units and
// examples, simpler pieces, rounder numbers, as long as it fails.
import { UNWATCHED, breather } from '../../check/watch.ts';
import type { Watch } from '../../check/watch.ts';
import { isWithin } from '../draw.ts';
import type { Problem } from '../draw.ts';
import { mistakesOf } from '../explain.ts';
import { judge } from '../judge.ts';
import type { Outcome } from '../judge.ts';
import type { Space } from '../space.ts';
import type { Subject } from '../subject.ts';
import { rounder } from './rounding.ts';
import { smaller } from './smaller.ts';

/** The smallest problem that was found. */
export interface Shrunk {
  readonly problem: Problem;
  /** Problems that were tried, and those among them that failed in the same way. */
  readonly tried: number;
  readonly kept: number;
}

/** How a problem fails. */
export type Failure = Omit<Extract<Outcome, { kind: 'wrong' }>, 'kind'>;

/** Problems that are tried at most: of structure, and of numbers. */
const MOST = { structure: 3000, numbers: 600 };

/**
 * "In the same way" is: the same thing is wrong first, gradients are wrong in no further roles, and
 * where known mistakes explain the failure, one of them still does. Rounder numbers must not let
 * more mistakes explain it.
 * @param space what the subject computes of what is wanted
 * @param failure how the problem fails
 * @throws CandidateError if the candidate hangs or ends
 */
export async function shrink(
  subject: Subject,
  space: Space,
  problem: Problem,
  failure: Failure,
  watch: Watch = UNWATCHED,
): Promise<Shrunk> {
  const shrinking = new Shrinking(subject, problem, failure, watch);
  const names = (): Promise<readonly string[]> => mistakesOf(subject, shrinking.result().problem, watch);
  const original = await names();
  await shrinking.go(
    (now) => within(smaller(now, space.classes), space),
    MOST.structure,
    original.length === 0 ? null : (own) => own.some((name) => original.includes(name)),
  );
  const before = await names();
  const structure = shrinking.result().problem;
  await shrinking.go(
    rounder,
    MOST.numbers,
    before.length === 0 ? null : (own) => own.length > 0 && own.every((name) => before.includes(name)),
  );
  // looking for a name takes long where there is none: once is enough
  if (before.length === 0 && (await names()).length > 0) shrinking.backTo(structure);
  return shrinking.result();
}

/** Whether the mistakes that explain a problem are still the same; null: not looked for. */
type IsSame = ((names: readonly string[]) => boolean) | null;

function* within(problems: Iterable<Problem>, space: Space): Generator<Problem> {
  for (const problem of problems) if (isWithin(problem, space)) yield problem;
}

class Shrinking {
  readonly #subject: Subject;
  readonly #failure: Failure;
  readonly #watch: Watch;
  readonly #breathe: () => Promise<void>;
  readonly #seen = new Set<string>();
  #problem: Problem;
  #tried = 0;
  #kept = 0;

  constructor(subject: Subject, problem: Problem, failure: Failure, watch: Watch) {
    this.#subject = subject;
    this.#problem = problem;
    this.#failure = failure;
    this.#watch = watch;
    this.#breathe = breather(watch);
  }

  /** Takes the first of the simpler problems that fails in the same way, until none does. */
  async go(simpler: (problem: Problem) => Iterable<Problem>, most: number, isSame: IsSame): Promise<void> {
    const until = this.#tried + most;
    for (;;) {
      const next = await this.#first(simpler(this.#problem), until, isSame);
      if (next === null) return;
      this.#problem = next;
      this.#kept++;
    }
  }

  backTo(problem: Problem): void {
    this.#problem = problem;
  }

  result(): Shrunk {
    return { problem: this.#problem, tried: this.#tried, kept: this.#kept };
  }

  async #first(all: Iterable<Problem>, until: number, isSame: IsSame): Promise<Problem | null> {
    for (const one of all) {
      const key = keyOf(one);
      if (this.#seen.has(key)) continue;
      if (this.#tried >= until || this.#watch.signal.aborted) return null;
      this.#seen.add(key);
      this.#tried++;
      this.#watch.progress('shrinking', this.#tried, until);
      await this.#breathe();
      if (!(await this.#failsAlike(one))) continue;
      if (isSame === null || isSame(await mistakesOf(this.#subject, one, this.#watch))) return one;
    }
    return null;
  }

  async #failsAlike(problem: Problem): Promise<boolean> {
    const outcome = await judge(this.#subject, problem);
    if (outcome.kind !== 'wrong') return false;
    const { stage, sign, of } = this.#failure;
    return outcome.stage === stage && outcome.sign === sign && outcome.of.every((role) => of.includes(role));
  }
}

function keyOf({ network, optimizer, steps, start, batch }: Problem): string {
  const numbers = [...start.map(({ values }) => values), batch.inputs.data, batch.targets.data];
  return JSON.stringify([network, optimizer, steps, batch.inputs.rows, numbers.map((values) => Array.from(values))]);
}
