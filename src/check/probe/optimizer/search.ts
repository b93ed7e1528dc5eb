// Searches for the update rule that an engine uses among those that pass a first look.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import { factorsOf, fits, movesOf as stepsOf } from './fit.ts';
import type { Suspect } from './fit.ts';
import type { Lookup, Tried } from './lookup.ts';
import { ratesOf } from './rates.ts';
import type { Rule } from './rule.ts';

/** A rule that gives the engine's numbers in all histories, and how it came about. */
export type Explanation = Tried;

interface Search {
  readonly spec: OptimizerSpec;
  readonly lookup: Lookup;
  /** The histories; the first is searched, all must fit. */
  readonly suspects: readonly Suspect[];
  /** Number of mistakes up to which rules are put together. */
  readonly most: number;
}

/** The rules with the fewest mistakes that give the engine's numbers, each once. */
export function explanationsOf({ spec, lookup, suspects, most }: Search): Explanation[] {
  const [suspect] = suspects;
  const later: Explanation[] = []; // with one mistake more: an odd rate
  const mayHaveList = suspect.observed.cells.tensor.filter(suspect.counts).length >= LEAST_CELLS;
  const seen = new Map<string, number>(); // with how many moves
  for (let mistakes = 0; mistakes <= most; mistakes++) {
    const found = later.splice(0);
    for (const tried of lookup.rules(mistakes)) {
      const key = keyOf(tried);
      if ((seen.get(key) ?? Infinity) <= tried.moves.length) continue;
      seen.set(key, tried.moves.length);
      const factors = factorsOf(tried.rule, suspect);
      if (factors === null) continue;
      for (const { rate, schedule, cost } of ratesOf(factors, suspect.lr, mayHaveList)) {
        const rule = { ...tried.rule, rate, schedule };
        if (!fitsAll(rule, suspects)) continue;
        (cost === 0 ? found : later).push({ ...tried, rule });
        break; // the one with a name, or with the fewest digits
      }
    }
    if (found.length === 0) found.push(...solvedRules(lookup, suspects, mistakes));
    if (found.length > 0) return unlike(sharpest(likelier(found), suspects), suspects, spec);
  }
  return [];
}

/** Rules with the same key are the same; kept, because rules are gone through again and again. */
const KEYS = new WeakMap<Tried, string>();

function keyOf(tried: Tried): string {
  const key = KEYS.get(tried) ?? JSON.stringify(tried.rule);
  KEYS.set(tried, key);
  return key;
}

/** Entries from which a factor of its own for every step says something of the rule. */
const LEAST_CELLS = 8;

/** Those that need no factor of its own for every step, where there are any. */
function likelier(found: readonly Explanation[]): readonly Explanation[] {
  const plain = found.filter(({ rule }) => rule.schedule.list === undefined);
  return plain.length > 0 ? plain : found;
}

/** Those that fit without what the rounding of 1 - β and the like allows, if there are any. */
function sharpest(found: readonly Explanation[], suspects: readonly Suspect[]): readonly Explanation[] {
  const sharp = found.filter(({ rule }) => suspects.every((suspect) => fits(rule, suspect, [])));
  return sharp.length > 0 ? sharp : found;
}

/** Those with a number that had to be found out: fewer digits come first. */
function solvedRules(lookup: Lookup, suspects: readonly Suspect[], mistakes: number): Explanation[] {
  return lookup.solved(mistakes).flatMap((alternatives) => {
    const fitting = alternatives.find(({ rule }) => fitsAll(rule, suspects));
    return fitting === undefined ? [] : [fitting];
  });
}

function fitsAll(rule: Rule, suspects: readonly Suspect[]): boolean {
  return suspects.every((suspect) => fits(rule, suspect));
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
