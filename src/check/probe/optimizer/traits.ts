// What can be measured of an update that no rule gives: whether the steps change with the weights,
// with other entries' gradients, with earlier ones, with t. The right rule is measured beside it.
import { UNIT_ROUNDOFF } from '../../../numeric/dtype.ts';
import { copyParameters } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import { rateFactorOf } from '../../../ops/optimizers/at-step.ts';
import type { OptimizerSpec } from '../../../ops/optimizers/optimizer.ts';
import type { Asker } from '../asker.ts';
import { movesOf } from './fit.ts';
import type { Suspect } from './fit.ts';
import { observedOf } from './histories.ts';
import type { History, Observed } from './histories.ts';
import type { Rule } from './rule.ts';

/** Whether steps are the same after a change; null: unclear. */
export type Sameness = 'same' | 'other' | null;
interface Trait<T> {
  readonly found: T;
  readonly right: T;
}
export interface Traits {
  readonly otherWeights: Trait<Sameness>;
  readonly otherEntries: Trait<Sameness>;
  readonly otherTensors: Trait<Sameness>;
  readonly otherBefore: Trait<Sameness>;
  readonly later: Trait<Sameness>;
  /** How many times as long the steps are with twice the gradients; NaN: by no fixed factor. */
  readonly doubled: Trait<number | null>;
}

interface AskedFor {
  readonly spec: OptimizerSpec;
  readonly asker: Asker;
  readonly rule: Rule;
  /** What was asked first, and what came out. */
  readonly history: History;
  readonly suspect: Suspect;
  readonly fresh: History;
}

/** Updates of each experiment: later gradients of the histories are small. */
const STEPS = 3;
/** Updates without gradients before the same ones. */
const IDLE = 2;
const IDLE_LAST = 0.5;

/** Asks 5 times STEPS + IDLE questions. Throws ENOUGH. */
export async function traitsOf({ spec, asker, rule, history, suspect, fresh }: AskedFor): Promise<Traits> {
  const { lr, counts } = suspect;
  const gradients = history.gradients.slice(0, STEPS);
  const ask = async (start: Parameters, all: readonly Parameters[]): Promise<Measured> => {
    const found = await asker.updates(start, all);
    return measured(observedOf({ start, gradients: all }, found, rateFactorOf(spec)), rule, lr);
  };
  const base = measured(suspect.observed, rule, lr);
  const { cells } = suspect.observed;
  const changed = (isChanged: (t: number, i: number, step: number) => boolean): Parameters[] =>
    mapped(gradients, (x, t, i, step) => (isChanged(t, i, step) ? fresh.gradients[step][t].values[i] - x : x));
  const traitOf = (other: Measured, compared: Partial<Compared>): Trait<Sameness> => {
    const { wanted = () => true, from = 0, to = STEPS, skipped = 0 } = compared;
    const isWanted = (cell: number): boolean => counts(cells.tensor[cell]) && wanted(cell);
    const of = (which: 'found' | 'right'): Sameness =>
      sameness(base[which], other[which], { wanted: isWanted, from, to, skipped });
    return { found: of('found'), right: of('right') };
  };
  const [weights] = mapped([history.start], (w, t, i) => fresh.start[t].values[i] - w);
  const otherWeights = traitOf(await ask(weights, gradients), {});
  // after the first step, other gradients have led to other weights
  const to = otherWeights.found === 'same' ? STEPS : 1;
  const entries = await ask(
    history.start,
    changed((_, i) => !isKept(i)),
  );
  const wrong = suspect.observed.tensors.findIndex((_, t) => counts(t));
  const tensors = await ask(
    history.start,
    changed((t) => t !== wrong),
  );
  const before = await ask(
    history.start,
    changed((_t, _i, step) => step === 0),
  );
  const isLast = (t: number, i: number): boolean => i === suspect.observed.tensors[t].size - 1;
  // the last entry of a tensor has one: some programs fail where all that they keep is 0
  const idle = mapped(gradients.slice(0, IDLE), (x, t, i) => (isLast(t, i) ? x || IDLE_LAST : 0));
  const delayed = await ask(history.start, [...idle, ...gradients]);
  const twice = await ask(
    history.start,
    mapped(gradients, (x) => 2 * x),
  );
  const isLarge = (cell: number): boolean =>
    counts(cells.tensor[cell]) && Math.abs(suspect.observed.g[0][cell]) > LARGE;
  const factor = (which: 'found' | 'right'): number | null => factorOf(base[which], twice[which], isLarge, to);
  return {
    otherWeights,
    otherEntries: traitOf(entries, { wanted: (cell) => isKept(cells.at[cell]), to }),
    otherTensors: traitOf(tensors, { wanted: (cell) => cells.tensor[cell] === wrong, to }),
    otherBefore: traitOf(before, { from: 1 }),
    later: traitOf(delayed, { wanted: (cell) => !isLast(cells.tensor[cell], cells.at[cell]), skipped: IDLE }),
    doubled: { found: factor('found'), right: factor('right') },
  };
}

/** Entries in no regular order: rows, columns and neighbours of them are others. */
function isKept(i: number): boolean {
  return (i * 0.618034) % 1 < 0.4;
}

/** Gradients beside which ε is small. */
const LARGE = 0.05;

function mapped(
  all: readonly Parameters[],
  change: (x: number, t: number, i: number, step: number) => number,
): Parameters[] {
  return all.map((parameters, step) => {
    const copy = copyParameters(parameters, 'f32');
    for (const [t, { values }] of copy.entries())
      for (let i = 0; i < values.length; i++) values[i] = change(values[i], t, i, step);
    return copy;
  });
}

/** Steps and the rounding behind them: [step][cell]. */
interface Steps {
  readonly moves: readonly Float64Array[];
  readonly errors: readonly Float64Array[];
}

/** What was found, and the right steps from the same weights. */
interface Measured {
  readonly found: Steps;
  readonly right: Steps;
}

function measured(observed: Observed, rule: Rule, lr: number): Measured {
  const { before, after } = observed;
  const u = 2 * UNIT_ROUNDOFF.f32; // of what is stored, also where a program has f32 in places alone
  const errors = before.map((row, k) => row.map((w, cell) => u * (Math.abs(w) + Math.abs(after[k][cell]))));
  const moves = before.map((row, k) => row.map((w, cell) => w - after[k][cell]));
  return { found: { moves, errors }, right: { moves: movesOf(rule, { observed, lr }), errors } };
}

/** The first wrong step, from 1, if it is clearly wrong and those before are right; or null. */
export function firstWrong({ observed, lr, counts }: Suspect, rule: Rule): number | null {
  const { found, right } = measured(observed, rule, lr);
  const wanted = (cell: number): boolean => counts(observed.cells.tensor[cell]);
  const upTo = (to: number): Sameness => sameness(found, right, { wanted, from: 0, to, skipped: 0 });
  const at = found.moves.findIndex((_, step) => upTo(step + 1) === 'other');
  return at < 0 || (at > 0 && upTo(at) !== 'same') ? null : at + 1;
}

/** A step is seen if it is this many times its rounding. */
const SEEN = 1000;
/** Differences of less than this share of a step may be rounding; those of more are none. */
const ROUNDING = 1e-4;
const CLEAR = 1e-2;
/** Steps that must be seen. */
const ENOUGH_SEEN = 4;

/** Which steps of which cells are compared, from 0. */
interface Compared {
  readonly wanted: (cell: number) => boolean;
  readonly from: number;
  readonly to: number;
  /** Steps of the other ones before those. */
  readonly skipped: number;
}

function sameness(a: Steps, b: Steps, { wanted, from, to, skipped }: Compared): Sameness {
  let [seen, vague] = [0, 0];
  for (let step = from; step < Math.min(to, a.moves.length); step++) {
    for (const [cell, x] of a.moves[step].entries()) {
      if (!wanted(cell)) continue;
      const y = b.moves[step + skipped][cell];
      const error = a.errors[step][cell] + b.errors[step + skipped][cell];
      const [off, size] = [Math.abs(x - y), Math.max(Math.abs(x), Math.abs(y))];
      if (size > SEEN * error && off > CLEAR * size) return 'other';
      if (size > SEEN * error) seen++;
      if (off > ROUNDING * size + error) vague++;
    }
  }
  return vague === 0 && seen >= ENOUGH_SEEN ? 'same' : null;
}

/** What the steps `a` are to be multiplied by to be `b`. */
function factorOf(a: Steps, b: Steps, wanted: (cell: number) => boolean, to: number): number | null {
  const ratios: number[] = [];
  for (let step = 0; step < Math.min(to, b.moves.length); step++)
    for (const [cell, x] of a.moves[step].entries())
      if (wanted(cell) && Math.abs(x) > SEEN * a.errors[step][cell]) ratios.push(b.moves[step][cell] / x);
  if (ratios.length < ENOUGH_SEEN) return null;
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return Math.abs(most - least) <= CLEAR * Math.abs(most) ? (least + most) / 2 : NaN;
}
