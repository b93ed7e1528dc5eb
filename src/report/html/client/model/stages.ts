// The tensors of a network in the order of computation, each with what the checks say of it: what
// the strip at the top and the sections below it show.
import type { Checked } from '../../../answer/checked.ts';
import type { FirstWrong } from '../../../../check/diagnosis/first-wrong.ts';
import type { TensorMeasure } from '../../../../check/verdict.ts';
import { formatUsed } from '../../../words/numbers.ts';
import type { Side } from '../parts/words.ts';
import { shareOfBound } from '../../../words/findings.ts';

/** open: out of the range of the precision, so nobody is blamed. unknown: not compared. */
export type Status = 'right' | 'wrong' | 'missing' | 'open' | 'unknown';
export type Way = 'forward' | 'backward' | 'update';

export interface Stage {
  /** z1, a1, loss, dz1, dW1 ...; W1 for an update. */
  readonly name: string;
  readonly way: Way;
  /** From 1; 0 for the loss. */
  readonly layer: number;
  readonly shape: readonly number[] | null;
  readonly status: Status;
  /** What the status is taken from: "25 % of the allowed error". */
  readonly note: string;
  /** The worst of its measures; null where none was made of it. */
  readonly measure: TensorMeasure | null;
  /** Where it was the first wrong value of a side. */
  readonly place: Place | null;
}

type Place = FirstWrong & { readonly side: Side };

/** Where a stage is shown on the page. */
export function stageId({ name, way }: Pick<Stage, 'name' | 'way'>): string {
  return way === 'update' ? `update-${name}` : `tensor-${name}`;
}

/** Forward, the loss, backward, updates. */
export function stagesOf(checked: Checked): Stage[] {
  const { gradients, lockstep, updates } = checked;
  if (gradients === null) return [];
  const layers = Math.max(...gradients.parameters.map(({ parameter }) => layerOf(parameter)));
  const measured = [
    gradients.loss,
    gradients.outputs,
    ...gradients.parameters,
    ...gradients.questions.flatMap(({ measures }) => measures),
    ...(lockstep === null ? [] : [lockstep.loss, lockstep.outputs, ...lockstep.gradients]),
  ].filter((m) => m !== null);
  const steps = [updates?.updates, updates?.trainSteps, lockstep?.updates, lockstep?.trainSteps].flatMap(
    (m) => m ?? [],
  );
  const of = (all: readonly TensorMeasure[], name: string): TensorMeasure | null =>
    worst(all.filter(({ parameter }) => parameter === name));
  const context: Context = { checked, layers, of: (name) => of(measured, name), wrong: placesOf(checked) };
  const names = gradients.parameters.map(({ parameter }) => parameter);
  const back = Array.from({ length: layers }, (_, i) => layers - i);
  return [
    ...[...back].reverse().flatMap((l) => [onTheWay(`z${l}`, l, context), activation(l, context)]),
    seen('loss', 'forward', 0, context.of('loss'), context),
    ...back.flatMap((l) => {
      const own = names.filter((name) => layerOf(name) === l);
      const stages = own.map((name) => seen(`d${name}`, 'backward', l, context.of(name), context));
      return [scoreGradient(l, stages, context), ...stages];
    }),
    ...names.flatMap((name) => {
      const m = of(steps, name);
      return m === null ? [] : [seen(name, 'update', layerOf(name), m, context)];
    }),
  ];
}

interface Context {
  readonly checked: Checked;
  readonly layers: number;
  readonly of: (name: string) => TensorMeasure | null;
  readonly wrong: ReadonlyMap<string, Place>;
}

/** W12 and b12 are of layer 12. */
export function layerOf(name: string): number {
  return Number(/\d+$/.exec(name)?.[0] ?? 0);
}

function placesOf({ gradients, lockstep }: Checked): Map<string, Place> {
  const found = new Map<string, Place>();
  for (const places of [lockstep?.firstWrong, gradients?.firstWrong]) {
    for (const side of ['reference', 'candidate'] as const) {
      const place = places?.[side] ?? null;
      // the earlier check and the candidate last: they stay
      if (place !== null) found.set(place.name, { ...place, side });
    }
  }
  return found;
}

/** A wrong one before all others; else the one that used most of its bound. */
function worst(measures: readonly TensorMeasure[]): TensorMeasure | null {
  const rank = (m: TensorMeasure): number => (m.left !== null ? 2 : m.outOfRange !== undefined ? 1 : 0);
  return measures.reduce<TensorMeasure | null>((best, m) => {
    if (best === null || rank(m) > rank(best)) return m;
    return rank(m) === rank(best) && rank(m) < 2 && m.usedOfBound > best.usedOfBound ? m : best;
  }, null);
}

function seen(name: string, way: Way, layer: number, measure: TensorMeasure | null, context: Context): Stage {
  const place = way === 'update' ? null : (context.wrong.get(name) ?? null);
  const base = { name, way, layer, measure, place, shape: measure?.shape ?? null };
  if (isMissing(name, context.checked)) return { ...base, status: 'missing', note: 'not returned' };
  if (measure === null) return { ...base, status: 'unknown', note: 'not compared' };
  if (measure.left !== null) return { ...base, status: 'wrong', note: wrongNote(measure) };
  if (measure.outOfRange !== undefined) return { ...base, status: 'open', note: 'out of the range of its precision' };
  const used =
    way === 'update' && measure.besideStoring !== undefined
      ? formatUsed(measure.besideStoring.used)
      : shareOfBound(measure);
  return { ...base, status: 'right', note: `${used} of the allowed error` };
}

function wrongNote(m: TensorMeasure): string {
  if (m.usedOfBound < Infinity) return `${shareOfBound(m)} the allowed error`;
  const isNumber = Number.isFinite(m.candidate) && Number.isFinite(m.reference);
  return isNumber ? 'wrong where no error is allowed' : 'not a number';
}

function isMissing(name: string, { verdict }: Checked): boolean {
  const findings = verdict.kind === 'disagree' ? verdict.findings : [];
  return findings.some((f) => f.kind === 'answer' && f.flaw.kind === 'missing' && `d${f.flaw.parameter}` === name);
}

/** The last activations are the outputs. */
function activation(l: number, context: Context): Stage {
  const { layers, of } = context;
  return l === layers ? seen(`a${l}`, 'forward', l, of('outputs'), context) : onTheWay(`a${l}`, l, context);
}

/**
 * Scores and activations: seen to be wrong themselves, or right because what is computed of
 * them is.
 */
function onTheWay(name: string, layer: number, { wrong, of }: Context): Stage {
  const place = wrong.get(name) ?? null;
  const base = { name, way: 'forward', layer, measure: null, place, shape: null } as const;
  if (place !== null) return { ...base, status: 'wrong', note: 'the first wrong value' };
  const isRight = ['outputs', 'loss'].every((one) => of(one)?.left === null) && of('outputs')?.outOfRange === undefined;
  if (isRight) return { ...base, status: 'right', note: 'inferred: the outputs and the loss are right' };
  return { ...base, status: 'unknown', note: 'not compared' };
}

/** dz is what all gradients of its layer have in common. */
function scoreGradient(l: number, own: readonly Stage[], { wrong }: Context): Stage {
  const name = `dz${l}`;
  const place = wrong.get(name) ?? null;
  const base = { name, way: 'backward', layer: l, measure: null, place, shape: null } as const;
  if (place !== null) return { ...base, status: 'wrong', note: 'the first wrong value' };
  const told = own.filter(
    ({ status, measure: m }) =>
      ['right', 'wrong'].includes(status) && !(m?.oracle === 0 && m.bound === 0 && status === 'right'),
  );
  const names = told.map((stage) => stage.name).join(' and ');
  if (told.length === 0) return { ...base, status: 'unknown', note: 'not compared' };
  const right = told.find(({ status }) => status === 'right');
  if (right !== undefined) return { ...base, status: 'right', note: `inferred: ${right.name} is right` };
  return { ...base, status: 'wrong', note: `inferred: ${names} ${told.length === 1 ? 'is' : 'are'} wrong` };
}
