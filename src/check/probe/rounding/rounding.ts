// Whether right numbers were rounded too far: what an engine returned, or what it computed from.
// Rounding is no formula of the backward pass, so every answer to a question is compared with the
// exact one, rounded.
import { boundedGradients } from '../../../bounds/gradients.ts';
import type { NetworkSpec } from '../../../network/spec.ts';
import type { Result } from '../../gradients/results.ts';
import type { Side } from '../../pair.ts';
import type { FloatArray } from '../../../numeric/dtype.ts';
import { dot } from '../../../numeric/norms.ts';
import { randomBatch, randomParameters } from '../../slopes/general-point.ts';
import type { Point } from '../../slopes/general-point.ts';
import type { QuestionName } from '../../verdict.ts';
import { breather } from '../../watch.ts';
import type { Watch } from '../../watch.ts';
import type { Asker } from '../asker.ts';
import { isDense, passes } from '../pass/pass.ts';
import type { Told } from '../told.ts';
import { withoutNamed } from './of-pairs.ts';
import { everyAt, isOff, isRoundedAll, scalesOf, valuesOf } from './values.ts';
import type { Answered, Scales, Value } from './values.ts';
import { ENOUGH, LIKELY_ROUNDINGS, MOST, ROUNDINGS, isRounded } from './roundings.ts';
import type { Rounding } from './roundings.ts';
import { SOURCES } from './rounded.ts';
import type { Explained, Rounded } from './rounded.ts';
import { tellRounding } from './tell.ts';

/** Questions that ask for nothing new: each costs a pass for each way to round. */
const AGAIN: ReadonlySet<QuestionName> = new Set(['repeated', 'other', 'again', 'real']);
/** Examples of each fresh question. */
const FRESH = [3, 5];
/** Far from the seeds of other points. */
const SEED = 7_500_001;
/** Draws of a fresh point: one without a unit at a kink is wanted. */
const DRAWS = 4;
/** Losses that must differ, where the loss alone is wrong: there are few. */
const LOSSES = 3;

/** With all answers so far, beside what they should be. */
interface Likely extends Rounded {
  readonly seen: readonly (readonly Value[])[];
}

interface AskedFor {
  readonly network: NetworkSpec;
  readonly asker: Asker;
  readonly results: readonly Result[];
  readonly side: Side;
  readonly oneHot: boolean;
  readonly watch: Watch;
}

/**
 * What is rounded; empty if nothing is, or if that is not all that is wrong. The engine is asked
 * twice, and only where its answers so far are rounded numbers. Throws ENOUGH.
 */
export async function probeRounding({
  network,
  asker,
  results,
  side,
  oneHot,
  watch,
}: AskedFor): Promise<readonly Told[]> {
  const answered = results
    .filter(({ question: { name, exact } }) => exact.kinks.length === 0 && !AGAIN.has(name))
    .map(({ question, answers }): Answered => ({ ...question, found: answers[side] }))
    .toSorted((a, b) => a.batch.inputs.rows - b.batch.inputs.rows);
  if (answered.length === 0 || !isSteady(results, side)) return [];
  const point: Setting = { network, scales: scalesOf(asker), rounded: remembering() };
  const seen = answered.map((one) => valuesOf(one, point.scales));
  const wrong = new Set(
    seen
      .flat()
      .filter(isOff)
      .map(({ name }) => name),
  );
  if (wrong.size === 0) return [];
  const simple = returned(seen, wrong);
  const likely = simple.length > 0 ? simple : await used(answered, point, watch);
  if (likely.length === 0) return [];
  const fresh: Answered[] = [];
  for (const [n, B] of FRESH.entries()) {
    const { parameters, batch, exact } = freshPoint(network, B, SEED + 10 * n, oneHot);
    fresh.push({ parameters, batch, exact, found: await asker.gradients(parameters, batch) });
  }
  const lasting = likely.flatMap(({ seen: before, ...one }): Explained[] => {
    const names = explained(one, [...before, ...fresh.map((answer) => valuesUsed(one, answer, point))]);
    return names === null ? [] : [{ ...one, names }];
  });
  const found = simplest(lasting);
  return found.length === 0 || found.length > MOST ? [] : [tellRounding(network, found, [...wrong])];
}

/** Whether the same question has the same answer. */
function isSteady([given, ...others]: readonly Result[], side: Side): boolean {
  const [{ loss, gradients }, ...again] = [given, ...others]
    .filter(({ question: { name } }) => ['given', 'repeated', 'again'].includes(name))
    .map(({ answers }) => answers[side]);
  return again.every(
    (one) =>
      Object.is(one.loss, loss) &&
      one.gradients.every(({ values }, t) => everyAt(values, (x, i) => Object.is(x, gradients[t].values[i]))),
  );
}

/** What all answers have in common. */
interface Setting {
  readonly network: NetworkSpec;
  readonly scales: Scales;
  /** Rounds all values; those of the same rounding are remembered. */
  readonly rounded: <A extends FloatArray>(values: A, rounding: Rounding) => A;
}

function remembering(): Setting['rounded'] {
  let last: Rounding | null = null;
  const known = new Map<FloatArray, FloatArray>();
  return <A extends FloatArray>(values: A, rounding: Rounding): A => {
    if (rounding !== last) known.clear();
    last = rounding;
    const before = known.get(values) ?? values.map(rounding.of);
    known.set(values, before);
    return before as A;
  };
}

/** The values that are rounded in all answers; null if that is not all that is wrong in them. */
function explained({ rounding, after }: Rounded, all: readonly (readonly Value[])[]): string[] | null {
  const isRoundedIn = (n: number): boolean => all.every((values) => isRoundedAll(rounding, values[n]));
  const names = after ? all[0].flatMap(({ name }, n) => (isRoundedIn(n) ? [name] : [])) : [];
  return all.every((values) => values.every((one) => names.includes(one.name) || !isOff(one))) ? names : null;
}

/** Roundings of what was returned that give all that is wrong. */
function returned(seen: readonly (readonly Value[])[], wrong: ReadonlySet<string>): Likely[] {
  const off = (name: string): number =>
    seen.reduce((sum, values) => sum + values.filter((one) => one.name === name).reduce(countOff, 0), 0);
  const counts = [...wrong].map(off);
  const isClear = counts.every((n) => n > 0) && counts.reduce((sum, n) => sum + n, 0) >= ENOUGH;
  if (!isClear && !(wrong.size === 1 && wrong.has('loss') && areDifferent(seen))) return [];
  const all = ROUNDINGS.map((rounding): Likely => ({ rounding, source: null, after: true, seen }));
  return all.filter((one) => explained(one, seen) !== null);
}

/** Losses that are not all one number: a constant is no rounded loss. */
function areDifferent(seen: readonly (readonly Value[])[]): boolean {
  const losses = seen.flatMap((values) => values.filter(({ name }) => name === 'loss').map(({ found }) => found[0]));
  return new Set(losses.filter((loss) => loss !== 0)).size >= LOSSES;
}

/** Numbers that are not the right ones, and not 0: a missing gradient is no rounded one. */
function countOff(sum: number, { found, exact, errors }: Value): number {
  let count = sum;
  everyAt(found, (x, i) => {
    if (x !== 0 && Math.abs(x - exact[i]) > errors[i]) count++;
    return true;
  });
  return count;
}

/** Roundings of what is used that give everything, whatever is done to the results as well. */
async function used(answered: readonly Answered[], setting: Setting, watch: Watch): Promise<Likely[]> {
  // at random parameters and inputs, all gradients depend on all of them
  const isWrongEverywhere = answered.some((one) =>
    valuesOf(one, setting.scales).every((value) => value.name === 'loss' || isOff(value)),
  );
  if (!isWrongEverywhere) return [];
  const breathe = breather(watch);
  const found: Likely[] = [];
  for (const rounding of LIKELY_ROUNDINGS)
    for (const source of SOURCES) {
      await breathe();
      if (watch.signal.aborted) return [];
      if (found.some((one) => covers(one, { rounding, source }))) continue;
      if (!mayBe({ rounding, source, after: true }, answered[0], setting)) continue;
      const values: Value[][] = [];
      let ways = [false, true].map((after): Rounded => ({ rounding, source, after }));
      for (const answer of answered) {
        values.push(valuesUsed(ways[0], answer, setting));
        ways = ways.filter((one) => explained(one, values) !== null);
        if (ways.length === 0) break;
      }
      found.push(...ways.slice(0, 1).map((one) => ({ ...one, seen: values })));
    }
  const bySource = (one: Likely): number => SOURCES.findIndex((source) => source === one.source);
  return found.toSorted((a, b) => bySource(a) - bySource(b));
}

/** A first look, in binary64 and without bounds, at db of the last layer. */
function mayBe(one: Rounded, answer: Answered, setting: Setting): boolean {
  const { network, scales } = setting;
  if (!isDense(network)) return true;
  const { parameters, batch } = roundedBefore(one, answer, setting);
  const scale = scales(batch.inputs.rows).gradients;
  const wanted = passes(network, parameters, batch).values.at(-1)?.values ?? new Float64Array();
  const found = answer.found.gradients[answer.found.gradients.length - 1].values;
  const size = Math.sqrt(dot(wanted, wanted) / wanted.length);
  return everyAt(found, (x, i) => {
    const error = LOOSE * (size + Math.abs(wanted[i]));
    return Math.abs(x - wanted[i]) <= error || isRounded(one.rounding, scale * x, scale * wanted[i], scale * error);
  });
}

/** Share of a number by which a first look may be off. */
const LOOSE = 1e-4;

function roundedBefore({ source, rounding }: Rounded, { parameters, batch }: Answered, { rounded }: Setting): Point {
  if (source === null) return { parameters, batch };
  const isOf = ({ role }: { readonly role: string }): boolean =>
    source.startsWith('parameters') || (source === 'weights' && role !== 'bias');
  const { inputs } = batch;
  return {
    parameters: parameters.map((tensor) =>
      isOf(tensor) ? { ...tensor, values: rounded(tensor.values, rounding) } : tensor,
    ),
    batch: source.endsWith('inputs')
      ? { ...batch, inputs: { ...inputs, data: rounded(inputs.data, rounding) } }
      : batch,
  };
}

function valuesUsed(one: Rounded, answer: Answered, setting: Setting): Value[] {
  const { network, scales } = setting;
  if (one.source === null) return valuesOf(answer, scales);
  const { parameters, batch } = roundedBefore(one, answer, setting);
  return valuesOf({ ...answer, exact: boundedGradients(network, parameters, batch) }, scales);
}

/** Whether one rounds a part of what the other rounds, in the same way. */
function covers(less: Pick<Rounded, 'rounding' | 'source'>, more: Pick<Rounded, 'rounding' | 'source'>): boolean {
  const parts = ({ source }: typeof less): readonly string[] =>
    (source ?? '').replace('parameters', 'weights and biases').split(' and ');
  return (
    less.rounding === more.rounding &&
    parts(less).length < parts(more).length &&
    parts(less).every((part) => parts(more).includes(part))
  );
}

/** Without half precision where it has 11 bits, which says both. */
function simplest(all: readonly Explained[]): readonly Explained[] {
  const roundings = withoutNamed(all.map(({ rounding }) => rounding));
  return all.filter(({ rounding }) => roundings.includes(rounding));
}

function freshPoint(network: NetworkSpec, B: number, seed: number, oneHot: boolean): Omit<Answered, 'found'> {
  for (let n = 0; ; n++) {
    const [parameters, batch] = [randomParameters(network, seed + n), randomBatch(network, B, seed + n, oneHot)];
    const exact = boundedGradients(network, parameters, batch);
    if (exact.kinks.length === 0 || n === DRAWS) return { parameters, batch, exact };
  }
}
