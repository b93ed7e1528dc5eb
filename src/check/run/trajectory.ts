// How far two free runs may drift apart.
//
// No bound on one step says how far apart two runs are after a thousand, because rounding is fed
// back. So drift is measured against the same run in binary64 (the exact run): the distance of
// another single-precision engine from it shows what single precision does to this very run. An
// engine may be FACTOR times as far from the exact run as the other one. If it is farther, its
// single steps are checked, each from where the engine was, with the bounds of the optimizer's
// state carried along. If all steps are right, one of two things explains the drift. Either a
// unit's score had another sign than in the exact run (a relu then takes another branch, and
// another trajectory follows) while the parameters were still as close to the exact ones as
// rounding keeps them; or rounding was fed back and grew.
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { apart } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { norm } from '../../numeric/norms.ts';
import type { Batch } from '../../network/batch.ts';
import { kinkOf, scoresOf } from '../slopes/pieces.ts';
import { CheckedRun } from './checked-run.ts';
import { stepOf } from './training.ts';
import type { Cause, CheckedProblem } from './checked-run.ts';
import { breather } from '../watch.ts';
import type { Kink } from '../../bounds/gradients.ts';
import type { Watch } from '../watch.ts';
import { withEngines } from '../with-engines.ts';

/**
 * Engines differ in how much they round: binary64 accumulation (vector, cpu) against XNNPACK's
 * binary32 (wasm). Over 180 random small runs (5 optimizers, 4 activations, 5 outputs, up to 600
 * steps) the larger distance from the exact run was 1.3 times the smaller one for node at the
 * median and 2.7 times for wasm, and at most 38 times in runs where no unit had changed sign. 100
 * is two and a half times that.
 */
export const FACTOR = 100;

/**
 * Losses and parameters are rounded themselves: distances below this share of their size mean
 * nothing.
 */
const FLOOR = 4 * UNIT_ROUNDOFF.f32;

/** The worst moment of one engine's run, relative to the exact run. */
export interface Drift {
  readonly step: number;
  /** |loss - exact loss| at that step, and the allowed distance. */
  readonly gap: number;
  readonly allowed: number;
}

/**
 * How far a single-precision run may be from the exact one at each step: FACTOR times the largest
 * distance of another run so far.
 */
export function allowances(exact: readonly number[], others: readonly (readonly number[])[]): number[] {
  let farthest = 0;
  return exact.map((loss, s) => {
    for (const other of others) {
      const distance = Math.abs(other[s] - loss);
      if (Number.isFinite(distance)) farthest = Math.max(farthest, distance);
    }
    return FACTOR * Math.max(farthest, FLOOR * Math.abs(loss));
  });
}

/**
 * The first step at which `losses` are farther from the exact ones than allowed, otherwise the step
 * that came nearest to that; `beyond` says which.
 */
export function drift(
  losses: readonly number[],
  exact: readonly number[],
  allowances: readonly number[],
): Drift & { beyond: boolean } {
  let worst: Drift & { beyond: boolean } = { step: 0, gap: 0, allowed: 0, beyond: false };
  for (let s = 0; s < Math.min(losses.length, exact.length); s++) {
    const gap = Math.abs(losses[s] - exact[s]);
    const allowed = allowances[s];
    if (!(gap <= allowed)) return { step: s, gap, allowed, beyond: true };
    if (gap * worst.allowed > worst.gap * allowed || worst.allowed === 0)
      worst = { step: s, gap, allowed, beyond: false };
  }
  return worst;
}

/** What is run again to find the cause. */
export interface Rerun extends CheckedProblem {
  readonly engine: EngineFactory;
  readonly exact: EngineFactory;
  /** Single-precision engines that show what rounding does to the parameters. */
  readonly others: readonly EngineFactory[];
  /** The losses of the run to explain: running it again must reproduce them. */
  readonly losses: readonly number[];
}

/**
 * Runs everything again up to the step where the drift was beyond the allowance, checks every step
 * of the engine on the way, and looks for the first unit whose score has another sign in its run
 * than in the exact one while the parameters are as close as rounding keeps them: if they had
 * drifted apart before, a flip is an effect, not the cause. null if a step is wrong: that leads to
 * flips too.
 */
export async function whyParted(
  rerun: Rerun,
  { step: last, gap }: Drift,
  watch: Watch,
): Promise<Cause | 'interrupted' | null> {
  const breathe = breather(watch);
  return withEngines(async (open) => {
    const run = await CheckedRun.begin(rerun, await open(rerun.engine), last);
    const exactRun = await open(rerun.exact);
    await exactRun.load(rerun.initial);
    const others = new Others(rerun, open);
    let exact: Parameters | null = await exactRun.parameters(); // null once the engine is far from them
    for (let step = 0; step <= last; step++) {
      if (watch.signal.aborted) return 'interrupted';
      if (exact !== null) {
        const distance = apart(run.parameters, exact);
        const isClose = distance <= FACTOR * FLOOR * norm(...valuesOf(exact));
        if (!isClose && !(distance <= FACTOR * (await others.farthestUpTo(step)))) exact = null;
      }
      const flip = exact && differingSign(rerun.network, run.parameters, exact, rerun.batches.batch(step));
      if (flip !== null) return { step, cause: 'kink', ...flip };
      const stepped: Promise<unknown> | null = exact && stepOf(exactRun, rerun.batches, step);
      const [{ isRight, beyond }] = await Promise.all([run.step(), stepped]);
      if (exact !== null) exact = await exactRun.parameters();
      if (!isRight && beyond === null) return null; // a step that leaves the range cannot be judged
      watch.progress('parting', step + 1, last + 1);
      await breathe();
    }
    const sameRun = Math.abs(run.losses[last] - rerun.losses[last]) <= gap / 2;
    // A rerun that leads elsewhere explains nothing, unless no two runs of this engine are the same
    // (it sums in any order).
    return sameRun || !(await repeats(rerun, run)) ? run.cause : null;
  });
}

/**
 * What rounding does to the parameters of the other engines. They run only once somebody asks:
 * mostly the parameters are closer to the exact ones than storing them explains.
 */
class Others {
  readonly #rerun: Rerun;
  readonly #open: (factory: EngineFactory) => Promise<Engine>;
  readonly #engines: Engine[] = [];
  #step = 0;
  #farthest = 0;

  constructor(rerun: Rerun, open: (factory: EngineFactory) => Promise<Engine>) {
    this.#rerun = rerun;
    this.#open = open;
  }

  /** The largest distance of any of them from the exact parameters, before this step or earlier. */
  async farthestUpTo(step: number): Promise<number> {
    const { exact: first, others, initial, batches } = this.#rerun;
    if (this.#engines.length === 0) {
      for (const factory of [first, ...others]) this.#engines.push(await this.#open(factory));
      for (const engine of this.#engines) await engine.load(initial);
    }
    const engines = this.#engines;
    for (; this.#step <= step; this.#step++) {
      const [exact, ...rest] = await Promise.all(engines.map((engine) => engine.parameters()));
      for (const other of rest) this.#farthest = Math.max(this.#farthest, apart(other, exact));
      await Promise.all(engines.map((engine) => stepOf(engine, batches, this.#step)));
    }
    return this.#farthest;
  }
}

/**
 * Number of fresh runs; one that differs is enough. If few numbers are open, two runs may be the
 * same by chance.
 */
const FRESH_RUNS = 10;

/**
 * Whether fresh engines, given the same batches, give the same losses and parameters to the
 * last bit.
 */
async function repeats({ initial, batches, engine: make }: Rerun, run: CheckedRun): Promise<boolean> {
  const flat = (p: Parameters): number[] => p.flatMap(({ values }) => Array.from(values));
  const before = [...run.losses, ...flat(run.parameters)];
  return withEngines(async (open) => {
    for (let n = 0; n < FRESH_RUNS; n++) {
      const engine = await open(make);
      await engine.load(initial);
      const losses: number[] = [];
      for (let step = 0; step < run.losses.length; step++) losses.push(await stepOf(engine, batches, step));
      const fresh = [...losses, ...flat(await engine.parameters())];
      if (!fresh.every((x, i) => Object.is(x, before[i]))) return false;
    }
    return true;
  });
}

function valuesOf(parameters: Parameters): FloatArray[] {
  return parameters.map(({ values }) => values);
}

function differingSign(network: NetworkSpec, p: Parameters, q: Parameters, batch: Batch): Kink | null {
  const [a, b] = [scoresOf(network, p, batch, kinkOf), scoresOf(network, q, batch, kinkOf)];
  for (let l = 0; l < a.length; l++) {
    const [za, zb] = [a[l], b[l]];
    if (za === null || zb === null) continue;
    const at = za.data.findIndex((z, i) => z > 0 !== zb.data[i] > 0);
    if (at >= 0) return { layer: l + 1, example: Math.floor(at / za.cols), unit: at % za.cols };
  }
  return null;
}
