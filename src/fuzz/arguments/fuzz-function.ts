// Fuzzes a function or a layer: checks its gradient at arguments that a function of its author
// draws, until it is wrong, and makes those arguments as small as they get.
import { breather } from '../../check/watch.ts';
import type { Watch } from '../../check/watch.ts';
import { BackproofError } from '../../errors.ts';
import { isLayerCheck } from '../../report/words/function-check.ts';
import type { AnyCheck } from '../../report/words/function-check.ts';
import { safeText } from '../../text.ts';
import { isRefusal } from '../judge.ts';
import { drawWith, literalOf, rounderChoices, smallerChoices } from './choices.ts';
import type { Choice, Draws } from './choices.ts';

/** What is drawn: arguments by the names that a file exports them under. */
export type Drawn = Readonly<Record<string, unknown>>;

/** A function or a layer that is fuzzed. */
export interface FunctionSubject {
  draw(draws: Draws): Drawn;
  /** @throws CandidateError or DataError where it is not defined at these arguments */
  check(drawn: Drawn): Promise<AnyCheck>;
}

/** The outcome of one seed. Plain data. */
export type FunctionOutcome =
  | { readonly kind: 'right' }
  /** `of` names the wrong tensors, and what else is wrong. */
  | { readonly kind: 'wrong'; readonly of: readonly string[] }
  /** Slopes cannot decide it. */
  | { readonly kind: 'undecided' }
  /** It threw. */
  | { readonly kind: 'refused'; readonly said: string };

/** The result of a seed: with the shapes that were checked, by tensor. */
export interface DrawResult {
  readonly outcome: FunctionOutcome;
  readonly shapes: Readonly<Record<string, string>>;
}

/** The smallest arguments that fail. */
export interface SmallestArguments {
  /** null: it is right when it is asked for these arguments alone. */
  readonly check: AnyCheck | null;
  /** The arguments as JavaScript, by name. */
  readonly literals: Readonly<Record<string, string>>;
  readonly tried: number;
}

/** Arguments that are tried at most when they are made smaller: in structure, and in numbers. */
const MOST = { structure: 500, numbers: 300 };

/** @throws whatever is no refusal of the function */
export async function judgeArguments(subject: FunctionSubject, seed: number): Promise<DrawResult> {
  const { outcome, check } = await judged(subject, drawWith(subject.draw, seed).drawn);
  const shapes = (check?.tensors ?? []).map(({ path, shape, entries }) => [path, (shape ?? [entries]).join(' x ')]);
  return { outcome, shapes: Object.fromEntries(shapes) as Record<string, string> };
}

async function judged(
  { check }: FunctionSubject,
  drawn: Drawn,
): Promise<{ outcome: FunctionOutcome; check: AnyCheck | null }> {
  try {
    const found = await check(drawn);
    return { outcome: outcomeOf(found), check: found };
  } catch (error) {
    if (!(isRefusal(error) || (error instanceof BackproofError && error.code === 'data'))) throw error;
    return { outcome: { kind: 'refused', said: safeText(error.message) }, check: null };
  }
}

function outcomeOf(check: AnyCheck): FunctionOutcome {
  if (check.verdict === 'agree') return { kind: 'right' };
  if (check.verdict === 'inconclusive') return { kind: 'undecided' };
  const tensors = check.tensors.filter(({ verdict }) => verdict === 'disagree').map(({ path }) => path);
  const problems = isLayerCheck(check) ? check.problems.map(({ kind }) => kind) : [];
  return { kind: 'wrong', of: [...tensors, ...problems] };
}

/**
 * Smaller arguments than those of the seed, for which nothing else is wrong: smaller sizes, then
 * rounder numbers.
 */
export async function smallestArguments(
  subject: FunctionSubject,
  seed: number,
  watch: Watch,
): Promise<SmallestArguments> {
  const breathe = breather(watch);
  let { drawn, choices } = drawWith(subject.draw, seed);
  let { outcome, check } = await judged(subject, drawn);
  if (outcome.kind !== 'wrong') return { check: null, literals: literalsOf(drawn), tried: 0 };
  const { of } = outcome;
  const isNearby = check?.place === 'nearby'; // slopes at the given point decide more
  const seen = new Set<string>();
  let tried = 0;
  const first = async (all: Iterable<readonly Choice[]>, until: number): Promise<boolean> => {
    for (const one of all) {
      if (tried >= until || watch.signal.aborted) return false;
      const next = drawWith(subject.draw, seed, one);
      const key = JSON.stringify(next.choices);
      if (seen.has(key)) continue;
      seen.add(key);
      watch.progress('shrinking', ++tried, until);
      await breathe();
      const found = await judged(subject, next.drawn);
      if (found.outcome.kind !== 'wrong' || !found.outcome.of.every((name) => of.includes(name))) continue;
      if (found.check?.place === 'nearby' && !isNearby) continue;
      ({ drawn, choices } = next);
      ({ outcome, check } = found);
      return true;
    }
    return false;
  };
  while (await first(smallerChoices(choices), MOST.structure));
  const until = tried + MOST.numbers;
  while (await first(rounderChoices(choices), until));
  return { check, literals: literalsOf(drawn), tried };
}

function literalsOf(drawn: Drawn): Record<string, string> {
  return Object.fromEntries(Object.entries(drawn).map(([name, value]) => [name, literalOf(value)]));
}
