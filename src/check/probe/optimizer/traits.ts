// What can be measured of an update that no rule gives: whether the steps change with the weights,
// with other entries' gradients, with earlier ones, with t. The right rule is measured beside it.
import { UNIT_ROUNDOFF } from '../../../numeric/dtype.ts';
import { copyParameters, zeroParameters } from '../../../network/parameters.ts';
import type { Parameters } from '../../../network/parameters.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
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
  readonly network: NetworkSpec;
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

/** Asks 5 times STEPS + IDLE questions. Throws ENOUGH. */
export async function traitsOf({ network, spec, asker, rule, history, suspect, fresh }: AskedFor): Promise<Traits> {
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
  const traitOf = (other: Measured, wanted: (cell: number) => boolean, from = 0, skipped = 0): Trait<Sameness> => {
    const isWanted = (cell: number): boolean => counts(cells.tensor[cell]) && wanted(cell);
    const of = (which: 'found' | 'right'): Sameness => sameness(base[which], other[which], isWanted, from, skipped);
    return { found: of('found'), right: of('right') };
  };
  const all = (): boolean => true;
  const [weights] = mapped([history.start], (w, t, i) => fresh.start[t].values[i] - w);
  const otherWeights = traitOf(await ask(weights, gradients), all);
  const entries = await ask(
    history.start,
    changed((_, i) => !isKept(i)),
  );
  const otherEntries = traitOf(entries, (cell) => isKept(cells.at[cell]));
  const wrong = suspect.observed.tensors.findIndex((_, t) => counts(t));
  const tensors = await ask(
    history.start,
    changed((t) => t !== wrong),
  );
  const otherTensors = traitOf(tensors, (cell) => cells.tensor[cell] === wrong);
  const otherBefore = traitOf(
    await ask(
      history.start,
      changed((_t, _i, step) => step === 0),
    ),
    all,
    1,
  );
  const idle = Array.from({ length: IDLE }, () => zeroParameters(network, 'f32'));
  const later = traitOf(await ask(history.start, [...idle, ...gradients]), all, 0, IDLE);
  const twice = await ask(
    history.start,
    mapped(gradients, (x) => 2 * x),
  );
  const large = (cell: number): boolean => counts(cells.tensor[cell]) && Math.abs(suspect.observed.g[0][cell]) > LARGE;
  const factor = (which: 'found' | 'right'): number | null => factorOf(base[which], twice[which], large);
  return {
    otherWeights,
    otherEntries,
    otherTensors,
    otherBefore,
    later,
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

/** The first step, from 1, that is clearly wrong; null if none is. */
export function firstWrong({ observed, lr, counts }: Suspect, rule: Rule): number | null {
  const { found, right } = measured(observed, rule, lr);
  const isWanted = (cell: number): boolean => counts(observed.cells.tensor[cell]);
  const upTo = (all: Steps, step: number): Steps => ({ moves: all.moves.slice(0, step), errors: all.errors });
  const at = found.moves.findIndex(
    (_, step) => sameness(upTo(found, step + 1), upTo(right, step + 1), isWanted, step) === 'other',
  );
  return at < 0 ? null : at + 1;
}

/** A step is seen if it is this many times its rounding. */
const SEEN = 1000;
/** Differences of less than this share of a step may be rounding; those of more are none. */
const ROUNDING = 1e-4;
const CLEAR = 1e-2;
/** Steps that must be seen. */
const ENOUGH_SEEN = 4;

/**
 * Whether steps are the same.
 * @param from the first step that is compared, from 0
 * @param skipped steps of `b` before those
 */
function sameness(a: Steps, b: Steps, wanted: (cell: number) => boolean, from: number, skipped = 0): Sameness {
  let [seen, vague] = [0, 0];
  for (let step = from; step < Math.min(a.moves.length, b.moves.length - skipped); step++) {
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
function factorOf(a: Steps, b: Steps, wanted: (cell: number) => boolean): number | null {
  const ratios: number[] = [];
  for (let step = 0; step < Math.min(a.moves.length, b.moves.length); step++)
    for (const [cell, x] of a.moves[step].entries())
      if (wanted(cell) && Math.abs(x) > SEEN * a.errors[step][cell]) ratios.push(b.moves[step][cell] / x);
  if (ratios.length < ENOUGH_SEEN) return null;
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)];
  return Math.abs(most - least) <= CLEAR * Math.abs(most) ? (least + most) / 2 : NaN;
}
