// Which mistake explains wrong numbers: they are compared with those of the same network with one known mistake each, in binary64.
import type { Engine, LossAndGradients, FaultInjection } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import { allFinite, copyParameters, namedTensors, zeroParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { square } from '../../numeric/elementary.ts';
import { distance, norm } from '../../numeric/norms.ts';
import type { BoundedGradients } from '../../bounds/gradients.ts';
import { boundedUpdates } from '../../bounds/update.ts';
import type { Setting, Stage } from '../../faults/fault.ts';
import { faultsEverywhere, faultById, injectionOf, possibleFaults } from '../../faults/registry.ts';
import type { FaultAt, FaultId } from '../../faults/registry.ts';
import { usedOfBound } from '../measure.ts';
import type { Side } from '../pair.ts';
import { gradientsOf, questionsOf, withoutExamples } from '../questions/protocol.ts';
import type { Question } from '../questions/protocol.ts';

/** One known mistake that gives the very numbers that were found. */
export interface NamedFault {
  readonly fault: FaultId;
  /** 1-based; null if it is one of the network as a whole; 'every' if it is made in all layers alike. */
  readonly layer: number | 'every' | null;
  readonly description: string;
  readonly remedy: string;
  /** The wrong formula, where the mistake has one; reports show it beside the right one. */
  readonly formula?: string | undefined;
}

/**
 * All known mistakes that explain what is wrong with an engine, usually one or none. Several are given where they come to the same on this network and batch
 * (1/B twice and nothing else is to be told apart on a batch of one). Two mistakes at once are not explained by any one of them: the list is empty.
 */
export interface Diagnosis {
  readonly engine: Side;
  readonly mistakes: readonly NamedFault[];
}

/** What there is to compare with. */
export interface FaultInjector {
  readonly setting: Setting;
  /** The same network in binary64, with a mistake put in. */
  readonly inject: (injection: FaultInjection) => Promise<Engine>;
}

/** What a suspect was asked, and what it answered. */
export interface Answered {
  readonly questions: readonly Question[];
  readonly answers: readonly LossAndGradients[];
  /** Whether a mistake must give its loss as well: that of a candidate whose gradient is the slope of its own loss. */
  readonly lossToo: boolean;
  /** Tensors (W1, b1 ...) that it did not return: a mistake need not explain them. */
  readonly missing?: ReadonlySet<string>;
}

const NONE: ReadonlySet<string> = new Set();

/**
 * Mistakes that give the gradients that `suspect` answered, to every question. Where single precision does not decide some of the given examples it is asked
 * once more, without these; null if no example is left.
 */
export async function diagnoseGradients(
  injector: FaultInjector,
  suspect: Engine,
  { questions, answers, lossToo, missing = NONE }: Answered,
): Promise<NamedFault[] | null> {
  const { network } = injector.setting;
  const { parameters, batch, exact } = questions[0];
  const decided = withoutExamples(batch, new Set(exact.kinks.map(({ example }) => example)));
  if (decided === null) return null;
  const anew = exact.kinks.length > 0;
  const asked = anew ? questionsOf(network, parameters, decided) : questions;
  const found = anew ? await all(gradientsOf(suspect, asked)) : answers;
  const misfit = (n: number, inject: LossAndGradients): number => {
    const { gradients: right, errors, loss, kinks } = asked[n].exact;
    if (kinks.length > 0 || lengthOf(right) === 0) return 0; // not decided, or nothing that a size can be taken from
    if (lossToo && !(usedOfBound(found[n].loss, inject.loss, 2 * loss.error) <= 1)) return Infinity;
    return gradientMisfit(inject.gradients, found[n].gradients, right, errors, missing);
  };
  const worst = async (engine: Engine): Promise<number> => {
    let [largest, n] = [0, 0];
    for await (const inject of gradientsOf(engine, asked)) {
      largest = Math.max(largest, misfit(n++, inject));
      if (!(largest <= 1)) return Infinity;
    }
    return largest;
  };
  // off in a few entries by little: as norms the right gradients are still the nearest
  if (asked.every(({ exact: { loss, gradients } }, n) => misfit(n, { loss: loss.value, gradients }) <= 1)) return [];
  const wrong = highestWrong(
    found.map(({ gradients }) => gradients),
    asked,
    missing,
  );
  const sameGradients = await explanations(injector, ['gradient', 'again'], wrong, worst);
  if (!anew || sameGradients.length > 0) return sameGradients;
  // an engine that adds up gradients has done so from its first batch on: what the later batches added is known, what was there before is not
  const again = asked.findIndex(({ name }) => name === 'again');
  return explanations(injector, ['again'], wrong, async (engine) => {
    const inject = await all(gradientsOf(engine, asked.slice(0, again + 1)));
    const added = (of: readonly LossAndGradients[]): Parameters => minus(of[again].gradients, of[0].gradients);
    const { errors } = asked[0].exact;
    return gradientMisfit(added(inject), added(found), zeroParameters(network, 'f64'), errors, missing);
  });
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const out: T[] = [];
  for await (const item of items) out.push(item);
  return out;
}

function minus(a: Parameters, b: Parameters): Parameters {
  const out = copyParameters(a, 'f64');
  const bs = namedTensors(b);
  namedTensors(out).forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] -= bs[t].values[i];
  });
  return out;
}

/** Updates with given gradients, one after the other from fresh optimizer state. */
export interface UpdateSequence {
  readonly start: Parameters;
  readonly gradients: readonly Parameters[];
}

/** Mistakes that lead to the parameters `found` after each update of each sequence. */
export async function diagnoseUpdates(
  injector: FaultInjector,
  sequences: readonly (UpdateSequence & { readonly found: readonly Parameters[] })[],
): Promise<NamedFault[]> {
  const expected = sequences.map(({ start, gradients }) => {
    const right = boundedUpdates(injector.setting.network, injector.setting.optimizer, start);
    return gradients.map((g): Expected => {
      right.step(g);
      return { parameters: copyParameters(right.parameters, 'f64'), errors: copyParameters(right.errors, 'f64') };
    });
  });
  const last = expected.flatMap((steps) => steps.slice(-1));
  if (!last.every(({ parameters }) => allFinite(parameters))) return []; // 0/0 where ε is 0: there is no right answer to be wrong about
  return explanations(injector, ['update'], null, async (engine) => {
    for (const [s, { start, gradients, found }] of sequences.entries()) {
      await engine.load(start);
      for (const [i, g] of gradients.entries()) {
        await engine.applyGradients(g);
        if (!explainsUpdate(await engine.parameters(), found[i], start, expected[s][i])) return Infinity;
      }
    }
    return 0;
  });
}

/** Mistakes that lead to the parameters `found` after a training step of which the gradients alone and the update alone are right. */
export async function diagnoseTrainStep(
  injector: FaultInjector,
  start: Parameters,
  batch: Batch,
  found: Parameters,
  expected: Expected,
): Promise<NamedFault[]> {
  const { parameters: gradients, errors } = expected;
  const wrong = highestWrong([found], [{ exact: { gradients, errors } }]);
  return explanations(injector, ['train-step', 'gradient', 'update'], wrong, async (engine) => {
    await engine.load(start);
    await engine.trainStep(batch);
    return explainsUpdate(await engine.parameters(), found, start, expected) ? 0 : Infinity;
  });
}

/** The highest layer (from 0) with a tensor that is beyond its bounds in one of the answers; null if there is none. */
function highestWrong(
  found: readonly Parameters[],
  exact: readonly { readonly exact: Pick<BoundedGradients, 'gradients' | 'errors'> }[],
  missing = NONE,
): number | null {
  let highest = 0;
  for (const [n, { exact: right }] of exact.entries()) {
    for (const [t, { name, layer, values }] of namedTensors(right.gradients).entries()) {
      if (missing.has(name)) continue;
      const isOff = !(distance([found[n][t].values], [values]) <= norm(right.errors[t].values));
      if (isOff) highest = Math.max(highest, layer);
    }
  }
  return highest === 0 ? null : highest - 1;
}

/** Up to so many layers every known mistake is tried in each. */
const TRIED_EVERYWHERE = 32;

/**
 * Whether a mistake at one layer is worth a try in a deep network: one that is made on the way back shows in its own layer or in the one below, and nowhere above.
 * All layers with all mistakes would take a time that grows with the square of the depth.
 */
function isNear({ id, layer }: FaultAt, setting: Setting, wrong: number | null): boolean {
  if (typeof layer !== 'number' || wrong === null || setting.network.layers.length <= TRIED_EVERYWHERE) return true;
  const onTheWayBack = Object.keys(faultById(id).injection(layer, setting)).every((part) => part === 'backward');
  return onTheWayBack ? layer === wrong || layer === wrong + 1 : layer >= wrong - 1 && layer <= wrong + 1;
}

async function explanations(
  { setting, inject }: FaultInjector,
  stages: readonly Stage[],
  wrong: number | null,
  misfit: (engine: Engine) => Promise<number>,
): Promise<NamedFault[]> {
  const found: { fault: FaultAt; apart: number }[] = [];
  for (const faults of [possibleFaults(setting), faultsEverywhere(setting)]) {
    if (found.length > 0) break; // one mistake at one place is likelier than one at all
    for (const fault of faults) {
      if (!stages.includes(faultById(fault.id).stage) || !isNear(fault, setting, wrong)) continue;
      const engine = await inject(injectionOf(fault, setting));
      const apart = await misfit(engine);
      if (apart <= 1) found.push({ fault, apart });
      await engine.dispose();
    }
  }
  const best = Math.min(...found.map(({ apart }) => apart));
  return found
    .filter(({ apart }) => apart <= CLEARLY_WORSE * Math.max(best, 1e-3))
    .map(({ fault }) => namedFault(fault));
}

/** Where a mistake fits, one that fits so many times worse does not, though it is still within the bound. */
const CLEARLY_WORSE = 10;
/** A mistake must come so much nearer to what was found than the right gradient does, or it explains nothing. */
const NEARER = 10;

export function namedFault({ id, layer }: FaultAt): NamedFault {
  const { description, remedy, formula } = faultById(id);
  const place = typeof layer === 'number' ? layer + 1 : layer;
  return { fault: id, layer: place, description, remedy, ...(formula !== undefined && { formula }) };
}

/** Which it is, as it can be made again. */
export function faultOf({ fault, layer }: NamedFault): FaultAt {
  return { id: fault, layer: typeof layer === 'number' ? layer - 1 : layer };
}

/**
 * How far the tensors found are from the mistaken ones, as a share of what rounding explains; at most 1 is an explanation, Infinity is none. The bound of the right
 * gradient, as a norm, is taken in proportion where the mistake made a tensor larger: most mistakes scale or rearrange what was computed, and its
 * rounding with it. A tensor that is 0 where the gradient is right takes its proportion from all of them.
 */
function gradientMisfit(
  inject: Parameters,
  found: Parameters,
  right: Parameters,
  errors: Parameters,
  missing: ReadonlySet<string>,
): number {
  const [f, g, e] = [namedTensors(found), namedTensors(right), namedTensors(errors)];
  const whole = lengthOf(errors) / lengthOf(right);
  let worst = 0;
  for (const [t, { name, values }] of namedTensors(inject).entries()) {
    if (missing.has(name)) continue;
    const [size, bound, rightSize] = [norm(values), norm(e[t].values), norm(g[t].values)];
    const grown =
      rightSize > 0 ? bound * Math.max(1, size / rightSize) : bound + (Number.isFinite(whole) ? size * whole : 0);
    const [apart, off] = [distance([values], [f[t].values]), distance([g[t].values], [f[t].values])];
    if (!(apart <= grown)) return Infinity;
    if (off > bound && !(NEARER * apart <= off)) return Infinity;
    if (apart > 0) worst = Math.max(worst, apart / grown);
  }
  return worst;
}

function lengthOf(parameters: Parameters): number {
  return norm(...parameters.map(({ values }) => values));
}

/** What the parameters should be after a step, and their bounds. */
interface Expected {
  readonly parameters: Parameters;
  readonly errors: Parameters;
}

/** The same for updates, by entries: each is as far from the mistaken one as its bound says, in proportion where the mistaken step is the longer one; twice
 * that, because a mistake may take a rounding more. Entries that are NaN must be NaN in both. And where the right ones are not it, the mistaken ones are nearer. */
function explainsUpdate(inject: Parameters, found: Parameters, start: Parameters, expected: Expected): boolean {
  const [f, s] = [namedTensors(found), namedTensors(start)];
  const [w, e] = [namedTensors(expected.parameters), namedTensors(expected.errors)];
  const moved = w.map(({ values }, t) => distance([values], [s[t].values]));
  const whole = lengthOf(expected.errors) / norm(moved);
  let [fromMistaken, fromRight] = [0, 0];
  const fits = namedTensors(inject).every(({ values: m }, t) => {
    const own = norm(e[t].values) / moved[t];
    const relative = Number.isFinite(own) ? own : Number.isFinite(whole) ? whole : 0;
    return m.every((value, i) => {
      const [from, to, error, there] = [s[t].values[i], w[t].values[i], e[t].values[i], f[t].values[i]];
      if (Number.isNaN(value) || Number.isNaN(there)) return Number.isNaN(value) && Number.isNaN(there);
      const [step, right] = [Math.abs(value - from), Math.abs(to - from)];
      // an entry that should not move at all has next to no bound: then that of the whole tensor counts
      const allowed = right > 0 ? error * Math.max(1, step / right) : error + step * relative;
      if (!(Math.abs(there - to) <= error)) {
        fromMistaken += square(there - value);
        fromRight += square(there - to);
      }
      return Math.abs(value - there) <= 2 * allowed;
    });
  });
  return fits && 4 * fromMistaken <= fromRight;
}
