// Searches for the update rule that an engine uses: the declared one with few mistakes, or another
// optimizer's.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import { factorsOf, misfitOf, movesOf as stepsOf } from './fit.ts';
import type { Suspect } from './fit.ts';
import { movesOf, openMovesOf } from './moves.ts';
import type { Move } from './moves.ts';
import { solutionsOf } from './numbers.ts';
import { ratesOf } from './rates.ts';
import { familiesOf, numbersOf } from './rule.ts';
import type { Family, Rule } from './rule.ts';

/** A rule that gives the engine's numbers in all histories, and how it came about. */
export interface Explanation {
  readonly rule: Rule;
  /** The optimizer it was made from. */
  readonly family: Family;
  readonly moves: readonly Move[];
}

/** A rule to try: an optimizer, and what is different in it. */
type Tried = Explanation;

/** Number of mistakes up to which rules are put together. */
const MOST_MISTAKES = 3;

interface Search {
  readonly spec: OptimizerSpec;
  /** The histories; the first is searched, all must fit. */
  readonly suspects: readonly Suspect[];
  /** Whether there is time for rules with more mistakes. */
  readonly mayGoOn: () => boolean;
}

/** The rules with the fewest mistakes that give the engine's numbers; those that do the same, once. */
export function explanationsOf({ spec, suspects, mayGoOn }: Search): Explanation[] {
  const [suspect] = suspects;
  const later: Explanation[] = []; // with one mistake more: an odd rate
  for (let mistakes = 0; mistakes <= MOST_MISTAKES && mayGoOn(); mistakes++) {
    const found = later.splice(0).filter((one) => fitsAll(one.rule, suspects));
    const seen = new Set<string>();
    for (const tried of rulesWith(mistakes, spec)) {
      if (!mayGoOn()) return [];
      const key = JSON.stringify(tried.rule);
      if (seen.has(key)) continue;
      seen.add(key);
      const factors = factorsOf(tried.rule, suspect);
      if (factors === null) continue;
      const rates = ratesOf(factors, suspect.lr);
      const own = rates.find(({ cost, ...rate }) => cost > 0 || fitsAll({ ...tried.rule, ...rate }, suspects));
      if (own === undefined) continue;
      if (own.cost === 0) found.push(tried);
      else later.push(...withRate(tried, rates, suspects));
    }
    if (found.length > 0) return unlike(found, suspects);
    if (mistakes === 1) {
      const solved = openRules(spec, suspects);
      if (solved.length > 0 && later.length === 0) return unlike(solved, suspects);
    }
  }
  return unlike(
    later.filter((one) => fitsAll(one.rule, suspects)),
    suspects,
  );
}

/** The first rate that fits exactly: the one with a name, or with the fewest digits. */
function withRate(tried: Tried, rates: ReturnType<typeof ratesOf>, suspects: readonly Suspect[]): Explanation[] {
  for (const { rate, schedule } of rates) {
    const rule = { ...tried.rule, rate, schedule };
    if (fitsAll(rule, suspects)) return [{ ...tried, rule }];
  }
  return [];
}

function fitsAll(rule: Rule, suspects: readonly Suspect[]): boolean {
  return suspects.every((suspect) => misfitOf(rule, suspect) <= 1);
}

/** All rules with this many mistakes; another optimizer counts as one. */
function* rulesWith(mistakes: number, spec: OptimizerSpec): Generator<Tried> {
  const closed = movesOf(numbersOf(spec));
  const open = openMovesOf().flatMap(({ at, likely }) => likely.map(at));
  const families = familiesOf(spec);
  for (const family of families) {
    const more = family.id === spec.id ? mistakes : mistakes - 1;
    if (more < 0) continue;
    const all = more <= 2 ? [...closed, ...open] : closed;
    yield* changed({ rule: family.rule, family, moves: [] }, all, closed, more, 0);
  }
}

/** The rule with `more` moves of `moves`, of which all but one are of `closed`. */
function* changed(
  from: Tried,
  moves: readonly Move[],
  closed: readonly Move[],
  more: number,
  start: number,
): Generator<Tried> {
  if (more === 0) return yield from;
  // `closed` comes first in `moves`: the number that is not known is the last move
  const list = more > 1 ? closed : moves;
  for (let n = start; n < list.length; n++) {
    const move = list[n];
    if (from.moves.some(({ topic }) => topic === move.topic)) continue;
    const rule = move.change(from.rule);
    if (rule !== null) yield* changed({ ...from, rule, moves: [...from.moves, move] }, moves, closed, more - 1, n + 1);
  }
}

/** One move with a number that is not among the likely ones. */
function openRules(spec: OptimizerSpec, suspects: readonly Suspect[]): Explanation[] {
  return familiesOf(spec).flatMap((family) =>
    openMovesOf().flatMap((open): Explanation[] => {
      for (const move of solutionsOf(family.rule, open, suspects[0])) {
        const rule = move.change(family.rule);
        if (rule !== null && fitsAll(rule, suspects)) return [{ rule, family, moves: [move] }];
      }
      return [];
    }),
  );
}

/** Steps that differ by less than this share are the same: rounding of binary64. */
const SAME = 1e-9;

/** The rules without those whose steps are the same in all histories. */
function unlike(all: readonly Explanation[], suspects: readonly Suspect[]): Explanation[] {
  const kept: { readonly one: Explanation; readonly steps: Float64Array[] }[] = [];
  for (const one of all) {
    const steps = suspects.flatMap((suspect) => stepsOf(one.rule, suspect));
    if (!kept.some((other) => areSame(other.steps, steps))) kept.push({ one, steps });
  }
  return kept.map(({ one }) => one);
}

function areSame(a: readonly Float64Array[], b: readonly Float64Array[]): boolean {
  return a.every((steps, k) =>
    steps.every((x, c) => {
      const y = b[k][c];
      return x === y || (Number.isNaN(x) && Number.isNaN(y)) || Math.abs(x - y) <= SAME * (Math.abs(x) + Math.abs(y));
    }),
  );
}
