// Finds where an engine first left the exact values, in the order of computation: z1, a1, z2 ...
// loss ... dz2, dW2, db2, dz1 ...
import type { Engine, LossAndGradients } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import { indexOf, namedTensors } from '../../network/parameters.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { usedOfBound } from '../measure.ts';
import { inTurn, mapPair, opposite } from '../pair.ts';
import type { Pair } from '../pair.ts';
import { entryMap } from './entry-map.ts';
import type { EntryMap } from './entry-map.ts';

/** The worst entry of the first intermediate value that is beyond its bound. */
export interface FirstWrong {
  /** z1, a1, loss, dz1, dW1, db1 ...; the outputs are a of the last layer. */
  readonly name: string;
  readonly index: readonly number[];
  readonly found: number;
  /** The other engine's number at this entry; null if it does not show this value. */
  readonly other: number | null;
  readonly exact: number;
  readonly bound: number;
  readonly usedOfBound: number;
  /**
   * All entries of a value on the way (z1, a1, dz1 ...); missing for the loss and for gradients.
   */
  readonly map?: EntryMap;
}

/** Cells of a map: 64 examples of 256 units. */
const MAP_CELLS = 2 ** 14;

interface Stage {
  readonly name: string;
  readonly shape: readonly number[];
  readonly found: FloatArray;
  readonly exact: FloatArray;
  readonly bounds: FloatArray;
  /** As in BoundedGradients. */
  readonly shifts?: FloatArray | undefined;
}

/** An engine's intermediate values by name. */
export type Shown = ReadonlyMap<string, FloatArray>;

/**
 * What an engine shows of its way through a batch: without `trace`, only outputs, loss and
 * gradients.
 * @param result its answer to the batch, with gradients that may be wrong
 */
export async function shownBy(
  engine: Engine,
  batch: Batch,
  exact: BoundedGradients,
  { loss, gradients }: LossAndGradients,
): Promise<Shown> {
  const shown = new Map<string, FloatArray>();
  const trace = await engine.trace?.(batch);
  for (const { name, values } of trace ?? []) shown.set(name, values.data);
  const last = exact.layers.length;
  const isPredicted = exact.outputs.value === exact.layers[last - 1].a.value; // else prediction is another pass
  if (!shown.has(`a${last}`) && isPredicted) shown.set(`a${last}`, (await engine.predict(batch.inputs)).data);
  shown.set('loss', Float64Array.of(loss));
  for (const { name, values } of namedTensors(gradients)) shown.set(`d${name}`, values);
  return shown;
}

/**
 * The first value beyond its bounds, or null. If the engine does not show everything, it is the
 * first of what it shows.
 */
export function firstWrong(shown: Shown, exact: BoundedGradients, others: Shown = new Map()): FirstWrong | null {
  for (const stage of stages(exact, shown)) {
    const worst = worstOf(stage, others.get(stage.name));
    if (!(worst.usedOfBound <= 1)) return worst;
  }
  return null;
}

/**
 * The first wrong value of each engine, with the other engine's number beside it.
 * @param missing what the candidate did not return (loss, W1, b1 ...): that is not wrong
 */
export async function firstWrongOfBoth(
  engines: Pair<Engine>,
  batch: Batch,
  exact: BoundedGradients,
  answers: Pair<LossAndGradients>,
  missing: ReadonlySet<string> = new Set(),
): Promise<Pair<FirstWrong | null>> {
  const all = await inTurn(engines, (engine, side) => shownBy(engine, batch, exact, answers[side]));
  const shown = { ...all, candidate: withoutMissing(all.candidate, missing) };
  return mapPair(shown, (own, side) => firstWrong(own, exact, shown[opposite(side)]));
}

function withoutMissing(shown: Shown, missing: ReadonlySet<string>): Shown {
  const isMissing = (name: string): boolean => missing.has(name) || missing.has(name.replace(/^d/, ''));
  return new Map([...shown].filter(([name]) => !isMissing(name)));
}

/** The values that the engine shows, in the order of computation. */
function stages({ layers, loss, gradients, errors, shifts }: BoundedGradients, shown: Shown): Stage[] {
  const all: Omit<Stage, 'found'>[] = [];
  const add = (
    ...[name, shape, exact, bounds, shifts]: [string, readonly number[], FloatArray, FloatArray, FloatArray?]
  ): unknown => all.push({ name, shape, exact, bounds, shifts });
  layers.forEach(({ z, a }, l) => {
    const shape = [z.value.rows, z.value.cols];
    add(`z${l + 1}`, shape, z.value.data, z.error.data);
    add(`a${l + 1}`, shape, a.value.data, a.error.data);
  });
  add('loss', [], Float64Array.of(loss.value), Float64Array.of(loss.error));
  for (let l = layers.length - 1; l >= 0; l--) {
    const { value, error, shift } = layers[l].dz;
    add(`dz${l + 1}`, [value.rows, value.cols], value.data, error.data, shift?.data);
    namedTensors(gradients).forEach(({ layer, name, shape, values }, t) => {
      if (layer === l + 1) add(`d${name}`, shape, values, errors[t].values, shifts?.[t].values);
    });
  }
  return all.flatMap((stage) => {
    const found = shown.get(stage.name);
    return found === undefined ? [] : [{ ...stage, found }];
  });
}

function worstOf(stage: Stage, others: FloatArray | undefined): FirstWrong {
  const { name, shape, found, exact, bounds, shifts } = stage;
  let [worst, at] = [-1, 0];
  for (let i = 0; i < exact.length; i++) {
    const used = usedOfBound(found[i], exact[i], bounds[i], shifts?.[i]);
    if (used > worst) [worst, at] = [used, i];
  }
  const index = shape.length === 0 ? [] : indexOf(shape, at);
  const other = others?.[at] ?? null;
  const place = { name, index, found: found[at], other, exact: exact[at], bound: bounds[at], usedOfBound: worst };
  return !(worst <= 1) && /^d?[az]\d/.test(name) ? { ...place, map: entryMap(stage, MAP_CELLS) } : place;
}
