// Whether a loss, with the best factors, gives what an engine returned for single examples.
import { UNIT_ROUNDOFF } from '../../../numeric/dtype.ts';
import { POSITIVE_PART, knownLoss } from './known-losses.ts';
import type { KnownLoss } from './loss-parts.ts';
import { fitted, misfit } from '../least-squares.ts';
import type { Penalty } from './penalties.ts';
import type { Answers, Seen } from './questions.ts';
import type { Recognised } from './recognised.ts';
import { niceFactors, roundedTo } from './round-numbers.ts';

/** A loss whose factors are to be found. */
export interface Hypothesis {
  readonly known: KnownLoss;
  readonly free: number;
  /**
   * What has a factor of its own: the whole, each output, or both parts of binary cross-entropy.
   */
  readonly each: 'whole' | 'output' | 'part';
  readonly penalties: readonly Penalty[];
}

export function ofLoss(known: KnownLoss, free: number, penalties: readonly Penalty[]): Hypothesis {
  return { known, free, each: 'whole', penalties };
}

export function ofOutputs(known: KnownLoss): Hypothesis {
  return { known, free: 0, each: 'output', penalties: [] };
}

export function ofParts(): Hypothesis {
  return { known: knownLoss('binary-cross-entropy'), free: 0, each: 'part', penalties: [] };
}

/** Roundings that one loss may be off besides those of its outputs, and of each root of a sum. */
const ROUNDINGS = 8;
/** A part that changes the answers by less than this many tolerances is not told. */
const SHOWS = 30;
/** Binary64 in more than the last bits: programs sum in any order. */
const UNIT = { f64: 2 ** -46, f32: UNIT_ROUNDOFF.f32 } as const;

/** The precision that the numbers are judged by. */
export type Loose = keyof typeof UNIT;

/** Losses further off than this share of what was returned are not looked at more closely. */
const HOPELESS = 0.5;

/** The numbers of a hypothesis for some answers. */
interface Columns {
  readonly data: readonly Float64Array[];
  readonly penalties: readonly Float64Array[];
  /** How far the errors of the outputs move the loss, per unit of its factor. */
  readonly moved: () => Float64Array;
}

/** The factors that come nearest, and how far off they are in tolerances. */
interface Judged {
  readonly c: readonly number[];
  readonly worst: number;
}

/** Fits hypotheses to the same answers. */
export class Fitter {
  private readonly told: readonly Seen[];
  private readonly fresh: readonly Seen[];
  private readonly loose: Loose;
  private readonly K: number;
  private readonly wanted: readonly number[];
  private readonly columns = new Map<string, DataColumns>();

  constructor({ singles, far, fresh }: Answers, K: number, loose: Loose) {
    const finite = (all: readonly Seen[]): Seen[] => all.filter(({ loss }) => Number.isFinite(loss));
    this.told = [...finite(singles), ...finite(far)];
    this.wanted = this.told.map(({ loss }) => loss);
    this.fresh = finite(fresh);
    this.loose = loose;
    this.K = K;
  }

  /** The loss with its factors, or null if it does not give the answers. */
  fit(one: Hypothesis): Recognised | null {
    if (this.told.length === 0) return null; // every loss is infinite
    const { c, worst } = this.judge(one);
    if (!(worst <= 1)) return null;
    const columns = this.columnsOf(one, this.told);
    const n = columns.data.length;
    if (!this.predicts(one, c) || !this.shows(columns, c)) return null;
    const better = this.tidied(one, c);
    const penalties = one.penalties.map((penalty, j) => ({ penalty, strength: better[n + j] }));
    const [first, second] = better;
    const isPart = one.each === 'part';
    return {
      known: one.known,
      free: one.free,
      factors: isPart ? [second] : better.slice(0, n),
      positive: isPart ? roundedTo(first / second, 1e-6) : 1,
      penalties,
      batch: null,
      penaltyPower: 0,
    };
  }

  judge(one: Hypothesis): Judged {
    const columns = this.columnsOf(one, this.told);
    const all = [...columns.data, ...columns.penalties];
    const wanted = this.wanted;
    const flat = this.tolerance(this.told, columns, null);
    const first = fitted(all, wanted, flat);
    if (first === null) return { c: [], worst: Infinity };
    const far = misfit(all, first, wanted, flat);
    if (!(far * flat[0] <= HOPELESS * Math.abs(wanted[0]))) return { c: first, worst: far };
    const tolerance = this.tolerance(this.told, columns, first);
    const c = fitted(all, wanted, tolerance);
    return c === null ? { c: [], worst: Infinity } : { c, worst: misfit(all, c, wanted, tolerance) };
  }

  /** Whether it gives the answers at fresh parameters, which it was not fitted to. */
  private predicts(one: Hypothesis, c: readonly number[]): boolean {
    return this.fresh.length > 0 && this.isWithin(one, c, this.fresh);
  }

  private isWithin(one: Hypothesis, c: readonly number[], seen: readonly Seen[]): boolean {
    const columns = this.columnsOf(one, seen);
    const wanted = seen.map(({ loss }) => loss);
    const all = [...columns.data, ...columns.penalties];
    return misfit(all, c, wanted, this.tolerance(seen, columns, c)) <= (seen === this.fresh ? 2 : 1);
  }

  /** Whether every part of it matters. */
  private shows(columns: Columns, c: readonly number[]): boolean {
    const tolerance = this.tolerance(this.told, columns, c);
    return [...columns.data, ...columns.penalties].every((column, j) =>
      column.some((x, i) => Math.abs(c[j] * x) > SHOWS * tolerance[i]),
    );
  }

  /** Factors that people write, where they fit as well. */
  private tidied(one: Hypothesis, c: readonly number[]): readonly number[] {
    const n = c.length - one.penalties.length;
    let tidy = [...c];
    c.forEach((_, j) => {
      const choices =
        j < n ? niceFactors(tidy[j], this.K, one.free) : [1e-1, 1e-2, 1e-3].map((to) => roundedTo(tidy[j], to));
      for (const choice of choices) {
        const tried = this.withFixed(one, tidy, j, choice);
        if (tried === null) continue;
        tidy = tried;
        break;
      }
    });
    return tidy;
  }

  /** The factors with the j-th at this value, those after it fitted again. */
  private withFixed(one: Hypothesis, c: readonly number[], j: number, value: number): number[] | null {
    const columns = this.columnsOf(one, this.told);
    const all = [...columns.data, ...columns.penalties];
    const tolerance = this.tolerance(this.told, columns, c);
    const fixed = [...c.slice(0, j), value];
    const left = this.told.map(({ loss }, i) => fixed.reduce((rest, x, k) => rest - x * all[k][i], loss));
    const rest = j + 1 < c.length ? fitted(all.slice(j + 1), left, tolerance) : [];
    if (rest === null) return null;
    const tried = [...fixed, ...rest];
    return this.isWithin(one, tried, this.told) && this.isWithin(one, tried, this.fresh) ? tried : null;
  }

  private columnsOf(one: Hypothesis, seen: readonly Seen[]): Columns {
    const key = `${one.known.id} ${one.free} ${one.each} ${seen === this.fresh}`;
    const data = this.columns.get(key) ?? dataColumns(one, seen);
    this.columns.set(key, data);
    const penalties = one.penalties.map((penalty) =>
      Float64Array.from(seen, ({ parameters }) => penaltyAt(penalty, parameters)),
    );
    return { ...data, penalties };
  }

  private tolerance(seen: readonly Seen[], { moved, penalties }: Columns, c: readonly number[] | null): Float64Array {
    const u = UNIT[this.loose];
    const factor = c === null ? 0 : Math.max(...c.slice(0, c.length - penalties.length).map(Math.abs));
    const terms = penalties.length > 0 ? seen[0].parameters.reduce((n, { values }) => n + values.length, 0) : 0;
    const own = (ROUNDINGS + 4 * Math.sqrt(terms)) * u;
    const out = new Float64Array(seen.length);
    const carried = factor > 0 ? moved() : out;
    for (let i = 0; i < out.length; i++)
      out[i] = own * Math.abs(seen[i].loss) + factor * carried[i] * (u / UNIT_ROUNDOFF.f32) + 1e-300;
    return out;
  }
}

/** All that fit. */
export function fitAll(all: Iterable<Hypothesis>, fitter: Fitter): Recognised[] {
  const found: Recognised[] = [];
  for (const one of all) {
    const fit = fitter.fit(one);
    if (fit !== null) found.push(fit);
  }
  return found;
}

type DataColumns = Omit<Columns, 'penalties'>;

function dataColumns({ known, free, each }: Hypothesis, seen: readonly Seen[]): DataColumns {
  const outcomes = seen.map(({ pass }) => pass.outcomes[0]);
  const parts = each === 'part' ? [POSITIVE_PART, knownLoss('negative-part')] : [known];
  const terms = parts.map((part) => outcomes.map((e) => part.terms(e, free)));
  const data =
    each === 'output'
      ? Array.from(terms[0][0], (_, k) => Float64Array.from(terms[0], (row) => row[k]))
      : terms.map((all) => Float64Array.from(all, (row) => row.reduce((sum, x) => sum + x, 0)));
  let moved: Float64Array | null = null; // computed on first use: most losses are far off
  return {
    data,
    moved: () => (moved ??= Float64Array.from(seen, (one, i) => movedBy(known, free, one, outcomes[i]))),
  };
}

function movedBy(known: KnownLoss, free: number, { errors }: Seen, e: Seen['pass']['outcomes'][number]): number {
  const { of, values } = known.gradient(e, free);
  return values.reduce((sum, g, k) => {
    const error = of === 'p' ? errors[k] : ROUNDINGS * UNIT_ROUNDOFF.f32 * (1 + Math.abs(e.z[k]));
    return sum + Math.abs(g) * error;
  }, 0);
}

const values = new WeakMap<Penalty, WeakMap<object, number>>();

/** The same penalties come up with many losses. */
function penaltyAt(one: Penalty, parameters: Seen['pass']['parameters']): number {
  const known = values.get(one) ?? new WeakMap<object, number>();
  values.set(one, known);
  const value = known.get(parameters) ?? one.value(parameters);
  known.set(parameters, value);
  return value;
}
