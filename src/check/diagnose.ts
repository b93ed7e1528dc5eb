// Which mistake explains wrong numbers: they are compared with those of the same network with one known mistake each, in binary64.
import type { Engine, Mistake } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { copyParameters, namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import { boundedGradients } from './bounded-backprop.ts';
import type { BoundedGradients } from './bounded-backprop.ts';
import { boundedUpdates } from './bounded-update.ts';
import type { Setting, Stage } from './faults/fault.ts';
import { FAULTS, mistakeOf, possibleFaults } from './faults/registry.ts';
import type { FaultAt, FaultId } from './faults/registry.ts';
import { gradientsTwice, withoutExamples } from './protocol.ts';
import type { Twice } from './protocol.ts';

/** One known mistake that gives the very numbers that were found. */
export interface NamedMistake {
  readonly fault: FaultId;
  /** 1-based; null if it is one of the network as a whole. */
  readonly layer: number | null;
  readonly description: string;
  readonly remedy: string;
}

/**
 * All known mistakes that explain what is wrong with an engine, usually one or none. Several are given where they come to the same on this network and batch
 * (1/B twice and nothing else is to be told apart on a batch of one). Two mistakes at once are not explained by any one of them: the list is empty.
 */
export interface Diagnosis {
  readonly engine: 'candidate' | 'reference';
  readonly mistakes: readonly NamedMistake[];
}

/** What there is to compare with. */
export interface Known {
  readonly setting: Setting;
  /** The same network in binary64, with a mistake put in. */
  readonly mistaken: (mistake: Mistake) => Promise<Engine>;
}

/**
 * Mistakes that give the gradients that `suspect` answered. Where single precision does not decide some examples it is asked once more, without
 * these; null if no example is left.
 */
export async function diagnoseGradients(
  known: Known,
  parameters: Parameters,
  batch: Batch,
  suspect: Engine,
  answered: Twice,
): Promise<NamedMistake[] | null> {
  const { network } = known.setting;
  const { kinks } = boundedGradients(network, parameters, batch);
  const decided = withoutExamples(batch, new Set(kinks.map(({ example }) => example)));
  if (decided === null) return null;
  const exact = boundedGradients(network, parameters, decided);
  const anew = kinks.length > 0;
  const found = gradientsOf(anew ? await gradientsTwice(suspect, parameters, decided) : answered);
  const sameGradients = await explanations(known, ['gradient', 'again'], async (engine) => {
    const mistaken = gradientsOf(await gradientsTwice(engine, parameters, decided));
    return (
      explainsGradients(mistaken.first, found.first, exact) && explainsGradients(mistaken.again, found.again, exact)
    );
  });
  if (!anew || sameGradients.length > 0) return sameGradients;
  // an engine that adds up gradients has done so from its first batch on: what the two later batches added is known, what was there before is not
  return explanations(known, ['again'], async (engine) => {
    const mistaken = gradientsOf(await gradientsTwice(engine, parameters, decided));
    return explainsGradients(minus(mistaken.again, mistaken.first), minus(found.again, found.first), exact);
  });
}

function gradientsOf({ first, again }: Twice): { first: Parameters; again: Parameters } {
  return { first: first.gradients, again: again.gradients };
}

function minus(a: Parameters, b: Parameters): Parameters {
  const out = copyParameters(a, 'f64');
  const bs = namedTensors(b);
  namedTensors(out).forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] -= bs[t].values[i];
  });
  return out;
}

/** Mistakes that lead to the parameters `found` after each of several updates with these gradients. */
export async function diagnoseUpdates(
  known: Known,
  start: Parameters,
  gradients: readonly Parameters[],
  found: readonly Parameters[],
): Promise<NamedMistake[]> {
  const right = boundedUpdates(known.setting.network, known.setting.optimizer, start);
  const steps = gradients.map((g) => {
    right.step(g);
    return { parameters: copyParameters(right.parameters, 'f64'), errors: copyParameters(right.errors, 'f64') };
  });
  return explanations(known, ['update'], async (engine) => {
    await engine.load(start);
    for (const [i, g] of gradients.entries()) {
      await engine.applyGradients(g);
      if (!explainsUpdate(await engine.parameters(), found[i], start, steps[i])) return false;
    }
    return true;
  });
}

/** Mistakes that lead to the parameters `found` after a training step of which the gradients alone and the update alone are right. */
export async function diagnoseTrainStep(
  known: Known,
  start: Parameters,
  batch: Batch,
  found: Parameters,
  expected: Expected,
): Promise<NamedMistake[]> {
  return explanations(known, ['train-step', 'gradient', 'update'], async (engine) => {
    await engine.load(start);
    await engine.trainStep(batch);
    return explainsUpdate(await engine.parameters(), found, start, expected);
  });
}

async function explanations(
  { setting, mistaken }: Known,
  stages: readonly Stage[],
  explains: (engine: Engine) => Promise<boolean>,
): Promise<NamedMistake[]> {
  const found: NamedMistake[] = [];
  for (const fault of possibleFaults(setting)) {
    if (!stages.includes(FAULTS[fault.id].stage)) continue;
    const engine = await mistaken(mistakeOf(fault, setting));
    if (await explains(engine)) found.push(namedMistake(fault));
    await engine.dispose();
  }
  return found;
}

export function namedMistake({ id, layer }: FaultAt): NamedMistake {
  const { description, remedy } = FAULTS[id];
  return { fault: id, layer: layer === null ? null : layer + 1, description, remedy };
}

/**
 * Every tensor found is the mistaken one to within rounding. The bound of the right gradient, as a norm, is taken in proportion where the mistake
 * made a tensor larger: most mistakes scale or rearrange what was computed, and its rounding with it.
 */
function explainsGradients(mistaken: Parameters, found: Parameters, { gradients, errors }: BoundedGradients): boolean {
  const [f, g, e] = [namedTensors(found), namedTensors(gradients), namedTensors(errors)];
  return namedTensors(mistaken).every(({ values }, t) => {
    const allowed = norm(e[t].values) * Math.max(1, norm(values) / norm(g[t].values));
    return distance(values, f[t].values) <= allowed;
  });
}

/** What the parameters should be after a step, and their bounds. */
interface Expected {
  readonly parameters: Parameters;
  readonly errors: Parameters;
}

/** The same by entries: each is as far from the mistaken one as its bound says, in proportion where the mistaken step is the longer one; twice that,
 * because a mistake may take a rounding more. Entries that are NaN must be NaN in both. */
function explainsUpdate(mistaken: Parameters, found: Parameters, start: Parameters, expected: Expected): boolean {
  const [f, s] = [namedTensors(found), namedTensors(start)];
  const [w, e] = [namedTensors(expected.parameters), namedTensors(expected.errors)];
  return namedTensors(mistaken).every(({ values: m }, t) => {
    const relative = norm(e[t].values) / distance(w[t].values, s[t].values);
    return m.every((value, i) => {
      const [from, to, error] = [s[t].values[i], w[t].values[i], e[t].values[i]];
      if (Number.isNaN(value) || Number.isNaN(f[t].values[i]))
        return Number.isNaN(value) && Number.isNaN(f[t].values[i]);
      const [step, right] = [Math.abs(value - from), Math.abs(to - from)];
      // an entry that should not move at all has next to no bound: then that of the whole tensor counts
      const allowed = right > 0 ? error * Math.max(1, step / right) : error + step * relative;
      return Math.abs(value - f[t].values[i]) <= 2 * allowed;
    });
  });
}

function norm(values: FloatArray): number {
  let sum = 0;
  for (const x of values) sum += x * x;
  return Math.sqrt(sum);
}

function distance(a: FloatArray, b: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
