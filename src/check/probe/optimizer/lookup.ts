// Which rules pass a first look, at a few entries: the declared one with few mistakes, or another
// optimizer's. Found once, whatever the precision in which they are judged.
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import { factorsOf } from './fit.ts';
import type { Suspect } from './fit.ts';
import { ofCells } from './histories.ts';
import { mixturesOf } from './linear.ts';
import { movesOf, openMovesOf } from './moves.ts';
import type { Move } from './move.ts';
import { solutionsOf } from './numbers.ts';
import { familiesOf, numbersOf } from './rule.ts';
import type { Family, Rule } from './rule.ts';

/** A rule to try: an optimizer, and what is different in it. */
export interface Tried {
  readonly rule: Rule;
  /** The optimizer it was made from. */
  readonly family: Family;
  readonly moves: readonly Move[];
}

export interface Lookup {
  /** With this many mistakes, of which all numbers are likely ones; another optimizer is one. */
  readonly rules: (mistakes: number) => readonly Tried[];
  /** With a number that was solved for: alternatives of which the first that fits is meant. */
  readonly solved: (mistakes: number) => readonly (readonly Tried[])[];
}

/** Flat indices of the entries of a first look; those of all tensors, which may share a state. */
const FIRST_LOOK = 4;
/** Entries at which most rules are seen to be others, and the steps in which they should move. */
const GLANCE = 4;
const GLANCED = 4;

/** Shared by entries that are far from each other in a tensor: few of them do not show it. */
const WITHIN: ReadonlySet<Rule['share']> = new Set(['row', 'column', 'tensor', 'role-places', 'rows', 'cols']);

/** Optimizers in which a number is searched though another one is declared. */
const USUAL: ReadonlySet<string> = new Set(['sgd', 'momentum', 'rmsprop', 'adam']);

/** @param mayGoOn whether there is time to go on */
export function lookupOf(spec: OptimizerSpec, whole: Suspect, mayGoOn: () => boolean): Lookup {
  const suspect: Suspect = { ...whole, dtype: 'f32' }; // what passes in binary64 passes here
  const { observed, counts } = suspect;
  const of = (wanted: (cell: number) => boolean): Suspect => ({ ...suspect, observed: ofCells(observed, wanted) });
  const { at, own, tensor } = observed.cells;
  const gradients = (cell: number): number => observed.g.slice(0, GLANCED).filter((row) => row[cell] !== 0).length;
  const telling = [...own].filter((cell) => counts(tensor[cell])).toSorted((a, b) => gradients(b) - gradients(a));
  const few = of((cell) => at[cell] < FIRST_LOOK);
  const glanced = new Set(telling.slice(0, GLANCE));
  const glance = of((cell) => glanced.has(cell));
  const looksFor = ({ share, clip, clipOn }: Rule): readonly Suspect[] => {
    if (WITHIN.has(share) || (clipOn !== 'gradient' && clip === 'norm')) return [suspect];
    return share === 'none' ? [glance, few] : [few];
  };
  const passes = ({ rule }: Tried): boolean => looksFor(rule).every((look) => factorsOf(rule, look) !== null);
  const isStill = staysWithoutGradient(suspect);
  const open = openMovesOf().filter(({ topic }) => topic !== 'decay' || !isStill);
  const closed = movesOf(numbersOf(spec));
  const families = familiesOf(spec).toSorted((a, b) => Number(b.id === spec.id) - Number(a.id === spec.id));
  const left = (family: Family, mistakes: number): number => (family.id === spec.id ? mistakes : mistakes - 1);

  function* rulesWith(mistakes: number): Generator<Tried> {
    const all = [...closed, ...open.flatMap((one) => one.likely.map(one.at))];
    // a rule that is the declared one with a mistake is told as that
    for (const family of families) {
      const more = left(family, mistakes);
      if (more >= 0) yield* changed({ rule: family.rule, family, moves: [] }, all, closed, more, 0);
    }
  }

  function rules(mistakes: number): Tried[] {
    const passed: Tried[] = [];
    for (const tried of rulesWith(mistakes)) {
      if (passes(tried)) passed.push(tried);
      else if (!mayGoOn()) return [];
    }
    return passed;
  }

  function solved(mistakes: number): Tried[][] {
    const from = families.filter(
      (family) => left(family, mistakes) === 1 && (family.id === spec.id || USUAL.has(family.id)),
    );
    return from.flatMap((family) =>
      [...open.map((one) => solutionsOf(family.rule, one, few)), mixturesOf(spec, family, suspect)].map((moves) =>
        moves.flatMap((move) => {
          const rule = move.change(family.rule);
          return rule === null ? [] : [{ rule, family, moves: [move] }];
        }),
      ),
    );
  }
  return { rules: kept(rules), solved: kept(solved) };
}

function kept<T>(find: (mistakes: number) => T): (mistakes: number) => T {
  const found = new Map<number, T>();
  return (mistakes) => {
    const own = found.get(mistakes) ?? find(mistakes);
    found.set(mistakes, own);
    return own;
  };
}

/** Whether entries that never have a gradient stay where they are, though not at 0: no decay. */
function staysWithoutGradient({ observed: { cells, g, before, after }, counts }: Suspect): boolean {
  const isStill = (cell: number): boolean => after.every((row, k) => g[k][cell] === 0 && row[cell] === before[k][cell]);
  return cells.own.some((cell) => counts(cells.tensor[cell]) && before[0][cell] !== 0 && isStill(cell));
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
