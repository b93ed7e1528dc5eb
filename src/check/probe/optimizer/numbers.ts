// Solves for the one number of a rule that is not known (a decay, a limit, β, ε) from single steps
// that depend on it.
import { power } from '../../../numeric/elementary.ts';
import type { Suspect } from './fit.ts';
import { movesOf } from './fit.ts';
import { ofCells } from './histories.ts';
import type { Move } from './move.ts';
import type { OpenMove } from './moves.ts';
import { digitsOf } from './rates.ts';
import type { Rule } from './rule.ts';

/** Values that are tried first, 10⁻⁸ to 100, half a decade apart. */
const GRID = Array.from({ length: 21 }, (_, i) => power(10, i / 2 - 8));
/** Steps of entries that are solved for the number. */
const EQUATIONS = 8;
/** A smaller share of a residual's range may be rounding. */
const NOTICED = 1e-6;
/** Halvings of an interval of the grid, for a first look and for all digits. */
const [ROUGHLY, HALVINGS] = [12, 55];
/** How near two solutions of each are if they are of one number, as a share of it. */
const [ROUGH, EXACT] = [5e-3, 1e-3];

/** The open move with values that solve it: fewer digits first. */
export function solutionsOf(rule: Rule, open: OpenMove, suspect: Suspect): Move[] {
  const value = solved(rule, open, suspect);
  return value === null ? [] : digitsOf(value).map((one) => open.at(one.value));
}

/** A number for which several steps, each alone, are the engine's; null if there is none. */
function solved(rule: Rule, open: OpenMove, suspect: Suspect): number | null {
  const ruleAt = (value: number): Rule | null => open.at(value).change(rule);
  const near1 = open.topic.startsWith('beta');
  const grid = near1 ? GRID.filter((x) => x < 1).flatMap((x) => [x, 1 - x]) : GRID;
  const values = grid.filter((x) => ruleAt(x) !== null).sort((a, b) => a - b);
  if (values.length === 0) return null;
  const signs = open.topic === 'decay' ? [1, -1] : [1];
  const equations: Equation[] = [];
  for (const sign of signs) {
    const residuals = values.map((value) => residualsOf(ruleAt(sign * value), suspect));
    for (const [step, cell] of sensitive(residuals, suspect)) {
      const at = values.findIndex((_, i) => i > 0 && residuals[i - 1][step][cell] * residuals[i][step][cell] < 0);
      if (at < 0) continue;
      const one = { observed: ofCells(suspect.observed, (other) => other === cell), lr: suspect.lr };
      const residual = (value: number): number => residualsOf(ruleAt(sign * value), one, step)[step][0];
      const solve = (halvings: number): number => sign * bisected(residual, values[at - 1], values[at], halvings);
      equations.push({ nearly: solve(ROUGHLY), solve });
    }
  }
  // one that most equations agree on
  const agreeing = equations
    .map(({ nearly }) => equations.filter((other) => isNear(other.nearly, nearly, ROUGH)))
    .toSorted((a, b) => b.length - a.length)
    .at(0);
  if (agreeing === undefined || agreeing.length < 2) return null;
  const found = agreeing.map(({ solve }) => solve(HALVINGS));
  const agree = (a: number): number => found.filter((b) => isNear(b, a, EXACT)).length;
  const [best] = found.toSorted((a, b) => agree(b) - agree(a));
  return agree(best) >= 2 ? best : null;
}

/** A step of an entry, solved for the number. */
interface Equation {
  /** The solution to within ROUGH. */
  readonly nearly: number;
  readonly solve: (halvings: number) => number;
}

const isNear = (a: number, b: number, share: number): boolean => Math.abs(a - b) <= share * Math.abs(b);

/** Predicted minus found steps, up to this one: [step][cell]. */
function residualsOf(
  rule: Rule | null,
  { observed, lr }: Pick<Suspect, 'observed' | 'lr'>,
  last = Infinity,
): Float64Array[] {
  if (rule === null) return [];
  return movesOf(rule, { observed, lr }, {}, last).map((moves, k) =>
    moves.map((move, c) => observed.before[k][c] - move - observed.after[k][c]),
  );
}

/** Steps whose residual changes its sign, the ones that change most first. */
function sensitive(residuals: readonly Float64Array[][], { observed, counts }: Suspect): [number, number][] {
  const found: { readonly at: [number, number]; readonly range: number }[] = [];
  const { cells, before, after } = observed;
  for (let cell = 0; cell < cells.at.length; cell++) {
    if (!counts(cells.tensor[cell])) continue;
    for (let step = 0; step < before.length; step++) {
      let [low, high] = [0, 0];
      for (const of of residuals) {
        low = Math.min(low, of[step][cell]);
        high = Math.max(high, of[step][cell]);
      }
      const range = high - low;
      const size = Math.abs(before[step][cell]) + Math.abs(after[step][cell]);
      if (low < -NOTICED * range && high > NOTICED * range) found.push({ at: [step, cell], range: range / size });
    }
  }
  return found
    .sort((a, b) => b.range - a.range)
    .slice(0, EQUATIONS)
    .map(({ at }) => at);
}

function bisected(residual: (x: number) => number, from: number, to: number, halvings: number): number {
  let [low, high] = [from, to];
  const atLow = residual(low);
  for (let n = 0; n < halvings; n++) {
    const middle = (low + high) / 2;
    if (residual(middle) * atLow > 0) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
