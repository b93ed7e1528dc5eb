// Which loss an engine's gradients belong to, whatever loss it returns.
//
// With a batch of one, db of the last layer is dz. Penalties come on top: μ W, or μ sign(W).
import { namedTensors } from '../../../network/parameters.ts';
import type { NamedTensor, Parameters } from '../../../network/parameters.ts';
import { hasAllBiases } from '../../../network/spec.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import type { FloatArray } from '../../../numeric/dtype.ts';
import { isForm, lossesFor } from './known-losses.ts';
import type { KnownLoss } from './loss-parts.ts';
import { dot } from '../../../numeric/norms.ts';
import { fitted, misfit } from '../least-squares.ts';
import { gradientsFrom, scoresOf } from './pass.ts';
import type { Answers, Seen } from './questions.ts';
import { dataStart, gradientsOfLoss, weightOf } from './recognised.ts';
import type { BatchRule } from './batch-rules.ts';
import type { DataLoss, Recognised } from './recognised.ts';
import { factorNear } from './round-numbers.ts';

/** What a tensor's gradient has in it besides that of the examples: l2 · W + l1 · sign(W). */
export interface Decay {
  readonly name: string;
  readonly role: string;
  readonly l2: number;
  readonly l1: number;
}

/** The loss that the gradients start from. */
export interface Origin {
  /** Its factors are the loss's own, or 1 for each output. */
  readonly data: DataLoss;
  /** How many times its gradient they are. */
  readonly factor: number;
  /** Of every tensor; null: some tensors have something else. */
  readonly decays: readonly Decay[] | null;
  /**
   * How those of a batch are made up; null: in no way that is known, or some tensors are others.
   */
  readonly over: InBatches | null;
}

/** How the gradients of examples make up those of a batch. */
export type InBatches = Pick<Recognised, 'penaltyPower'> & { readonly batch: BatchRule };

/** Which loss the gradients belong to. */
export type GradientsOf =
  | /** The network's own loss: they are right. */ { readonly is: 'right' }
  | /** The loss that the engine returns. */ { readonly is: 'own' }
    /** dz of the last layer is that of this loss; the rest may be wrong. */
  | { readonly is: 'start'; readonly of: 'right' | 'own' }
  /** All start from these, the same here; the first is the most likely. */
  | { readonly is: 'other'; readonly origins: readonly Origin[] }
  | { readonly is: 'unknown' };

/** Share of a tensor's root mean square that may be rounding. */
const APART = { f32: 2e-5, f64: 1e-9 } as const;
export type Precision = keyof typeof APART;

/** Whether the engine's gradients are those of this loss, for all answers. */
export function areGradientsOf(loss: Recognised, { singles, fresh, batches }: Answers, precision: Precision): boolean {
  if (loss.batch === null) return false;
  return [...singles, ...fresh, ...batches].every(({ gradients, pass }) =>
    sameAll(gradients, gradientsOfLoss(loss, pass), precision),
  );
}

/** The same for the last layer alone. */
export function startsAs(loss: Recognised, { singles, fresh }: Answers, precision: Precision): boolean {
  return [...singles, ...fresh].every(({ gradients, pass }) => {
    const wanted = gradientsOfLoss(loss, pass);
    const last = pass.layers.length;
    return gradients.every(({ layer, values }, t) => layer < last || same(values, wanted[t].values, precision));
  });
}

/**
 * The losses whose gradient, times a factor, starts the engine's; those given come first.
 * @param first losses that are likely
 */
export function originsOf(
  network: NetworkSpec,
  answers: Answers,
  first: readonly DataLoss[],
  precision: Precision,
): Origin[] {
  if (!hasAllBiases(network)) return [];
  const seen = [...answers.singles, ...answers.fresh];
  const plain = lossesFor(network).flatMap((known): DataLoss[] =>
    numbersOf(known, first).map((free) => ({ known, free, factors: [1], positive: 1 })),
  );
  const few = [answers.singles[0], answers.singles[answers.singles.length - 1], answers.fresh[0]];
  const found: Pick<Origin, 'data' | 'factor'>[] = [];
  for (const data of [...first, ...plain]) {
    if (found.length === MOST) break;
    if (found.some((one) => one.data.known === data.known || isForm(data.known.id))) continue;
    const factor = factorOf(data, seen, precision);
    if (factor !== null) found.push({ data, factor });
  }
  return found.map((one) => {
    const decays = decaysOf(one.data, one.factor, few, precision);
    return { ...one, decays, over: inBatches({ ...one, decays }, answers, precision) };
  });
}

/** Values of a free number: those of likely losses that call it the same, then the usual ones. */
function numbersOf({ free }: KnownLoss, likely: readonly DataLoss[]): number[] {
  if (free === null) return [0];
  const own = likely.flatMap((one) => (one.known.free?.symbol === free.symbol ? [one.free] : []));
  return [...new Set([...own, ...free.usual])];
}

/** Origins that are looked into; if more fit, they are the same. */
const MOST = 2;

/** found = c · wanted for dz of the last layer; a penalty on b may be in db too. */
function factorOf(data: DataLoss, seen: readonly Seen[], precision: Precision): number | null {
  const found = seen.map(({ gradients }) => lastBias(gradients));
  const wanted = seen.map(({ pass }) => scoresOf(pass, [dataStart(data, pass.outcomes[0])]).data);
  if (!wanted.every((row) => row.every(Number.isFinite)) || !found.every((row) => row.every(Number.isFinite)))
    return null;
  const biases = seen.map(({ parameters }) => lastBias(parameters));
  const tolerance = found.flatMap((row, n) => tolerances(row, wanted[n], precision, 1));
  const joined = (rows: readonly FloatArray[]): number[] => rows.flatMap((row) => Array.from(row));
  const y = joined(found);
  for (const columns of [[wanted], [wanted, biases], [wanted, biases.map((b) => b.map(Math.sign))]].map((all) =>
    all.map(joined),
  )) {
    const c = fitted(columns, y, tolerance);
    if (c === null || !isTelling(columns[0])) continue;
    const factor = factorNear(c[0]);
    const bound = tolerance.map((t, i) => t + APART[precision] * Math.abs(y[i]));
    if (misfit(columns, [factor, ...c.slice(1)], y, bound) <= 1) return factor;
  }
  return null;
}

/** Whether there are enough different numbers. */
function isTelling(column: readonly number[]): boolean {
  const sizes = column.filter((x) => x !== 0).map((x) => Math.abs(x).toPrecision(4));
  return new Set(sizes).size >= 4 || (new Set(sizes).size >= 1 && new Set(column).size >= 2 && column.length >= 10);
}

/** What each tensor has besides the gradient of the examples; null if one of them has more. */
function decaysOf(data: DataLoss, factor: number, seen: readonly Seen[], precision: Precision): Decay[] | null {
  const wanted = seen.map(({ pass }) => {
    const dz = scoresOf(pass, [dataStart(data, pass.outcomes[0])]);
    for (let k = 0; k < dz.data.length; k++) dz.data[k] *= factor;
    return namedTensors(gradientsFrom(pass, dz));
  });
  const found = seen.map(({ gradients }) => namedTensors(gradients));
  const parameters = seen.map((one) => namedTensors(one.parameters));
  const decays: Decay[] = [];
  for (const [t, { name, role }] of found[0].entries()) {
    const at = (all: readonly NamedTensor[][]): FloatArray[] => all.map((one) => sampled(one[t].values));
    const decay = decayOf(at(found), at(wanted), at(parameters), precision);
    if (decay === null) return null;
    decays.push({ name, role, ...decay });
  }
  return decays;
}

/** Entries of a tensor that are looked at; batches are compared with all of them. */
const ENTRIES = 400;

function sampled(values: FloatArray): FloatArray {
  const step = Math.ceil(values.length / ENTRIES) | 1;
  return step === 1 ? values : values.filter((_, i) => i % step === 0);
}

/** found - wanted = l2 · W + l1 · sign(W), with as few of them as possible. */
function decayOf(
  found: readonly FloatArray[],
  wanted: readonly FloatArray[],
  W: readonly FloatArray[],
  precision: Precision,
): Pick<Decay, 'l1' | 'l2'> | null {
  const rest = found.flatMap((row, n) => Array.from(row, (x, i) => x - wanted[n][i]));
  const tolerance = found.flatMap((row, n) => tolerances(row, wanted[n], precision, 1));
  if (misfit([], [], rest, tolerance) <= 1) return { l1: 0, l2: 0 };
  const w = W.flatMap((row) => Array.from(row));
  const signs = w.map(Math.sign);
  for (const columns of [[w], [signs], [w, signs]]) {
    const c = fitted(columns, rest, tolerance);
    if (c === null || !(misfit(columns, c, rest, tolerance) <= 1)) continue;
    if (columns.length === 2) return { l2: c[0], l1: c[1] };
    return columns[0] === w ? { l2: c[0], l1: 0 } : { l2: 0, l1: c[0] };
  }
  return null;
}

/** db of the last layer. */
function lastBias(parameters: Parameters): FloatArray {
  return parameters.filter(({ role }) => role === 'bias').at(-1)?.values ?? new Float64Array();
}

function tolerances(found: FloatArray, wanted: FloatArray, precision: Precision, times: number): number[] {
  const size = Math.sqrt(Math.max(dot(found, found), dot(wanted, wanted)) / found.length);
  return Array.from(wanted, (x) => times * APART[precision] * (size + Math.abs(x)) + 1e-300);
}

function same(found: FloatArray, wanted: FloatArray, precision: Precision): boolean {
  const bound = tolerances(found, wanted, precision, 1);
  return found.length > 0 && misfit([wanted], [1], found, bound) <= 1;
}

function sameAll(found: Parameters, wanted: Parameters, precision: Precision): boolean {
  return found.every(({ values }, t) => same(values, wanted[t].values, precision));
}

/** How an origin's gradients are made up for a batch; null: in no way that is known. */
function inBatches(
  { data, factor, decays }: Omit<Origin, 'over'>,
  { batches }: Answers,
  precision: Precision,
): InBatches | null {
  if (decays === null) return null;
  const isPlain = decays.every(({ l1, l2 }) => l1 === 0 && l2 === 0);
  const rules = (['mean', 'sum', 'mean-twice'] as const).flatMap((batch) =>
    (isPlain ? ([0] as const) : ([0, -1, 1] as const)).map((penaltyPower) => ({ batch, penaltyPower })),
  );
  const factors = data.factors.map((c) => c * factor);
  const fits = rules.filter((rule) =>
    batches.every(({ gradients, pass }) => {
      const wanted = gradientsOfLoss({ ...data, ...rule, factors, penalties: [] }, pass);
      const weight = weightOf(rule, pass.outcomes.length);
      wanted.forEach(({ values }, t) => {
        const { l1, l2 } = decays[t];
        const w = pass.parameters[t].values;
        for (let i = 0; i < values.length; i++) values[i] += weight * (l2 * w[i] + l1 * Math.sign(w[i]));
      });
      return sameAll(gradients, wanted, precision);
    }),
  );
  return fits.length === 1 ? fits[0] : null;
}
