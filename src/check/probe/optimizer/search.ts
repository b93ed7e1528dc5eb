// Searches for the update rule that an engine uses: the declared one with few mistakes, or another
// optimizer's.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import { factorsOf, misfitOf, movesOf as stepsOf } from './fit.ts';
import type { Suspect } from './fit.ts';
import { ofCells } from './histories.ts';
import { movesOf, openMovesOf } from './moves.ts';
import type { Move } from './move.ts';
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

interface Search {
  readonly spec: OptimizerSpec;
  /** The histories; the first is searched, all must fit. */
  readonly suspects: readonly Suspect[];
  /** Number of mistakes up to which rules are put together. */
  readonly most: number;
  /** Whether there is time to go on. */
  readonly mayGoOn: () => boolean;
}

/** Flat indices of the entries of a first look; those of all tensors, which may share a state. */
const FIRST_LOOK = 4;

/** Shared by entries that are far from each other in a tensor: few of them do not show it. */
const WITHIN: ReadonlySet<Rule['share']> = new Set(['row', 'column', 'tensor', 'role-places']);

/** The rules with the fewest mistakes that give the engine's numbers, each once. */
export function explanationsOf({ spec, suspects, most, mayGoOn }: Search): Explanation[] {
  const [suspect] = suspects;
  const { observed } = suspect;
  const few = { ...suspect, observed: ofCells(observed, (cell) => observed.cells.at[cell] < FIRST_LOOK) };
  const later: Explanation[] = []; // with one mistake more: an odd rate
  const seen = new Map<string, number>(); // with how many moves
  for (let mistakes = 0; mistakes <= most; mistakes++) {
    const found = later.splice(0);
    for (const tried of rulesWith(mistakes, spec)) {
      if (factorsOf(tried.rule, WITHIN.has(tried.rule.share) ? suspect : few) === null) {
        if (!mayGoOn()) return [];
        continue;
      }
      const key = JSON.stringify(tried.rule);
      if ((seen.get(key) ?? Infinity) <= tried.moves.length) continue;
      seen.set(key, tried.moves.length);
      const factors = factorsOf(tried.rule, suspect);
      if (factors === null) continue;
      for (const { rate, schedule, cost } of ratesOf(factors, suspect.lr)) {
        const rule = { ...tried.rule, rate, schedule };
        if (!fitsAll(rule, suspects)) continue;
        (cost === 0 ? found : later).push({ ...tried, rule });
        break; // the one with a name, or with the fewest digits
      }
    }
    if (found.length === 0) found.push(...openRules(spec, suspects, few, mistakes));
    if (found.length > 0) return unlike(found, suspects, spec);
  }
  return [];
}

function fitsAll(rule: Rule, suspects: readonly Suspect[]): boolean {
  return suspects.every((suspect) => misfitOf(rule, suspect) <= 1);
}

/**
 * All rules with this many mistakes; another optimizer counts as one.
 * @param withNumbers whether the likely values of open moves are tried too
 */
function* rulesWith(mistakes: number, spec: OptimizerSpec, withNumbers = true): Generator<Tried> {
  const closed = movesOf(numbersOf(spec));
  const open = openMovesOf().flatMap(({ at, likely }) => likely.map(at));
  // a rule that is the declared one with a mistake is told as that
  const families = familiesOf(spec).toSorted((a, b) => Number(b.id === spec.id) - Number(a.id === spec.id));
  for (const family of families) {
    const more = family.id === spec.id ? mistakes : mistakes - 1;
    if (more < 0) continue;
    const all = withNumbers ? [...closed, ...open] : closed;
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
  if (more === 0) {
    yield from;
    return;
  }
  // `closed` comes first in `moves`: the number that is not known is the last move
  const list = more > 1 ? closed : moves;
  for (let n = start; n < list.length; n++) {
    const move = list[n];
    if (from.moves.some(({ topic }) => topic === move.topic)) continue;
    const rule = move.change(from.rule);
    if (rule !== null) yield* changed({ ...from, rule, moves: [...from.moves, move] }, moves, closed, more - 1, n + 1);
  }
}

/** Optimizers in which a number is searched though another one is declared. */
const USUAL: ReadonlySet<string> = new Set(['sgd', 'momentum', 'rmsprop', 'adam']);

/** An optimizer with one move whose number is not among the likely ones. */
function openRules(spec: OptimizerSpec, suspects: readonly Suspect[], few: Suspect, mistakes: number): Explanation[] {
  if (mistakes === 0) return [];
  const found: Explanation[] = [];
  for (const from of rulesWith(mistakes - 1, spec, false)) {
    if (from.moves.length > 0 || (from.family.id !== spec.id && !USUAL.has(from.family.id))) continue;
    for (const open of openMovesOf()) {
      for (const move of solutionsOf(from.rule, open, few)) {
        const rule = move.change(from.rule);
        if (rule === null || !fitsAll(rule, suspects)) continue;
        found.push({ ...from, rule, moves: [move] });
        break; // fewer digits came first
      }
    }
  }
  return found;
}

/** Steps that differ by less than this share of an entry's largest are the same. */
const SAME = 1e-9;

/** The rules without those whose steps are the same in all histories. */
function unlike(all: readonly Explanation[], suspects: readonly Suspect[], spec: OptimizerSpec): Explanation[] {
  const kept: { readonly one: Explanation; readonly steps: Float64Array[][] }[] = [];
  const decays = (spec.weightDecay ?? 0) > 0; // another optimizer may be the declared one without that
  const oddness = ({ rule, family, moves }: Explanation): number =>
    moves.length + (decays && family.id !== spec.id ? 1 : 0) + (rule.rate.value === 1 ? 0 : 10);
  for (const one of all.toSorted((a, b) => oddness(a) - oddness(b))) {
    const steps = suspects.map((suspect) => stepsOf(one.rule, suspect));
    if (!kept.some((other) => other.steps.every((own, n) => areSame(own, steps[n])))) kept.push({ one, steps });
  }
  return kept.map(({ one }) => one);
}

/** Whether two rules take the same steps: [step][cell]. */
function areSame(a: readonly Float64Array[], b: readonly Float64Array[]): boolean {
  return a[0].every((_, c) => {
    const largest = Math.max(...a.map((steps) => Math.abs(steps[c])));
    return a.every((steps, k) => {
      const [x, y] = [steps[c], b[k][c]];
      return x === y || (Number.isNaN(x) && Number.isNaN(y)) || Math.abs(x - y) <= SAME * largest;
    });
  });
}
