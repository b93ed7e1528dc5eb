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
/** Rows and columns of it, where a state is shared by these. */
const CORNER = 2;
/** Entries at which most rules are seen to be others, and the steps in which they should move. */
const GLANCE = 4;
const GLANCED = 4;
/** Entries whose steps are solved for a number. */
const SOLVED = 8;

/** Optimizers in which a number is searched though another one is declared. */
const USUAL: ReadonlySet<string> = new Set(['sgd', 'momentum', 'rmsprop', 'adam']);

/** Parts of what was observed that a rule has to give before all of it is looked at. */
function looksOf(suspect: Suspect): { looksFor: (rule: Rule) => readonly Suspect[]; telling: Suspect } {
  const { observed, counts } = suspect;
  const { tensors } = observed;
  const { at, own, tensor, count } = observed.cells;
  const of = (wanted: (cell: number) => boolean): Suspect => ({ ...suspect, observed: ofCells(observed, wanted) });
  const gradients = (cell: number): number => observed.g.slice(0, GLANCED).filter((row) => row[cell] !== 0).length;
  const counted = [...own].filter((cell) => counts(tensor[cell])).toSorted((a, b) => gradients(b) - gradients(a));
  const first = (most: number): Suspect => {
    const kept = new Set(counted.slice(0, most));
    return of((cell) => kept.has(cell));
  };
  const ownTensors = [...new Set(tensor)].filter((t) => counts(t));
  const smallest = ownTensors.toSorted((a, b) => count[a] - count[b]).find((t) => count[t] >= FIRST_LOOK);
  const [glance, few] = [first(GLANCE), of((cell) => at[cell] < FIRST_LOOK)];
  const corner = of((cell) => {
    const { cols } = tensors[tensor[cell]];
    return at[cell] % cols < CORNER && at[cell] < CORNER * cols;
  });
  const tensorAlone = smallest === undefined ? suspect : of((cell) => tensor[cell] === smallest);
  const looksFor = ({ share, clip, clipOn }: Rule): readonly Suspect[] => {
    if (clipOn !== 'gradient' && clip === 'norm') return [suspect];
    if (share === 'none') return [glance, few];
    if (share === 'row' || share === 'column' || share === 'tensor') return [tensorAlone];
    return share === 'rows' || share === 'cols' || share === 'role-places' ? [corner] : [few];
  };
  return { looksFor, telling: first(SOLVED) };
}

/** @param mayGoOn whether there is time to go on */
export function lookupOf(spec: OptimizerSpec, whole: Suspect, mayGoOn: () => boolean): Lookup {
  const suspect: Suspect = { ...whole, dtype: 'f32' }; // what passes in binary64 passes here
  const { looksFor, telling } = looksOf(suspect);
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
      [...open.map((one) => solutionsOf(family.rule, one, telling)), mixturesOf(spec, family, suspect)].map((moves) =>
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
