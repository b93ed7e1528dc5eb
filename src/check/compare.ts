// The harness of `compare`: gradient check, lockstep, free run, verdict. It knows engines only by
// their interface.
import { boundedGradients } from '../bounds/gradients.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import type { ConventionVariant } from '../candidates/engine.ts';
import type { Batches } from '../data/batches.ts';
import type { Engine, EngineFactory } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { FaultInjector } from './diagnosis/diagnose.ts';
import { engineInfo } from './engine-info.ts';
import type { EngineInfo } from './engine-info.ts';
import { gradientCheck } from './gradient-check.ts';
import type { GradientCheck } from './gradient-check.ts';
import { inTurn, mapPair } from './pair.ts';
import type { Pair } from './pair.ts';
import { judgeFreeRun, sameBits } from './run/free-run.ts';
import type { FreeRun, Runs } from './run/free-run.ts';
import { LockstepCheck, sampleSteps } from './run/lockstep.ts';
import type { Lockstep } from './run/lockstep.ts';
import { lockstepAlong } from './run/lockstep-along.ts';
import type { Along } from './run/lockstep-along.ts';
import type { OutputBounds, TestSet } from './run/test-set.ts';
import { sideBySide } from './run/side-by-side.ts';
import type { Job } from './run/side-by-side.ts';
import { train } from './run/training.ts';
import type { BoundsOfStep } from './run/checked-run.ts';
import type { Trajectory } from './run/training.ts';
import { overall } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { UNWATCHED } from './watch.ts';
import type { Watch } from './watch.ts';
import { withEngines } from './with-engines.ts';

/** What to train, on which data, with which engines. */
export interface CompareRequest extends Pair<EngineFactory> {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly test: TestSet;
  /**
   * The implementation that is checked. It is opened several times: two phases never share an
   * engine's state.
   */
  readonly candidate: EngineFactory;
  readonly reference: EngineFactory;
  /** The same network in binary64. */
  readonly exact: EngineFactory;
  /** A single-precision engine that shows the effect of rounding; needed if neither side is one. */
  readonly f32Baseline?: EngineFactory;
  /** Known mistakes in binary64, to name what is wrong. */
  readonly injector?: FaultInjector;
  /** The scalar graph, if the network is small enough: the exact gradients are compared with it. */
  readonly graph?: EngineFactory;
  /** The candidate under other conventions, to find out whether only its conventions differ. */
  readonly variants?: readonly ConventionVariant[];
  /**
   * Whether to train although the gradient check finds the candidate wrong. Training a candidate
   * that may be slow would show nothing new. Default: yes.
   */
  readonly trainIfWrong?: boolean;
  /** The gradient check of this very problem, if it was made already. */
  readonly gradients?: GradientCheck | undefined;
  /** Called with the gradient check that is made here, before anything is trained. */
  readonly onGradients?: (check: GradientCheck, engines: Pair<EngineInfo>) => void;
  /** How many steps of the run lockstep checks. Default 10. */
  readonly lockstepSteps?: number;
  /**
   * How many trainings run at the same time. Default 1; more are of use only for engines in threads
   * of their own.
   */
  readonly atOnce?: number;
  /** Bounds on what a step computes, in another thread; default: in the caller's. */
  readonly bounds?: BoundsOfStep;
  /** Bounds on the reference’s test outputs, in another thread; default: in the caller’s. */
  readonly outputBounds?: OutputBounds;
}

/** How long a comparison took. */
export interface Timing {
  readonly totalMilliseconds: number;
  /** Inside trainStep only. */
  readonly trainMilliseconds: Pair<number>;
  readonly samplesPerSecond: Pair<number>;
}

/** The three checks of a comparison, each with its verdict, and the overall verdict. */
export interface CompareResult extends Pair<EngineInfo> {
  readonly verdict: Verdict;
  readonly gradientCheck: GradientCheck;
  readonly lockstep: Lockstep;
  readonly freeRun: FreeRun;
  readonly interrupted: boolean;
  readonly timing: Timing;
  /** How both trainings ended: parameters, and the labels given to the test set. */
  readonly trained: Pair<Trajectory>;
}

const LOCKSTEP_STEPS = 10;

/**
 * Trains both engines from the same parameters on the same batches, and checks all gradients of one
 * batch before training, single steps along the run (lockstep), and the two runs as a whole with
 * their test accuracy.
 * @throws what the engines throw: UsageError, DataError, EngineUnavailableError
 */
export async function compare(request: CompareRequest, watch: Watch = UNWATCHED): Promise<CompareResult> {
  const began = watch.now();
  return withEngines(async (open) => {
    const { network, optimizer, initial, batches, injector } = request;
    const engines = await inTurn<EngineFactory, Engine>(request, open);
    const probes = await inTurn<EngineFactory, Engine>(request, open); // for lockstep, beside those that train
    const exact = await open(request.exact);
    const first = { parameters: initial, exact: boundedGradients(network, initial, batches.batch(0)) };
    const gradients =
      request.gradients ?? (await checkGradients(request, { engines, exact, first: first.exact }, open, watch));
    const plan = planOf(request, gradients);
    const lockstep = new LockstepCheck({
      network,
      optimizer,
      batches,
      injector,
      first,
      engines: probes,
      gradientsAreRight: (side) => gradients.firstWrong[side] === null,
    });
    if (plan.updatesAlone) await lockstep.at(0, initial);
    const along = lockstepAlong(lockstep, plan.sampled, engines.candidate, watch);
    const training = trainAll(request, plan, { ...engines, exact }, along, open, watch);
    // lockstep still uses engines; the error is thrown below
    await training.catch(() => along.end().catch(() => {}));
    const { trajectory, ...beside } = await training;
    await along.end();
    const interrupted = watch.signal.aborted;
    const cutShort = plan.hopeless ? 'not-run' : interrupted ? 'interrupted' : null;
    const freeRun = await judgeFreeRun({ ...runsOf(request, trajectory, engines), ...beside, cutShort }, watch);
    const { losses } = trajectory.candidate;
    lockstep.compareLosses(losses);
    const missed = interrupted && losses.length <= (plan.sampled.at(-1) ?? 0);
    const steps = lockstep.result(missed ? 'interrupted' : null);
    return {
      ...mapPair(engines, engineInfo),
      verdict: overall([gradients.verdict, steps.verdict, freeRun.verdict]),
      gradientCheck: gradients,
      lockstep: steps,
      freeRun,
      interrupted: watch.signal.aborted,
      timing: timingOf(watch.now() - began, trajectory, batches),
      trained: trajectory,
    };
  });
}

/** Checks the gradients of the first batch, and passes on what was found. */
async function checkGradients(
  { network, initial, batches, injector, variants, graph, onGradients }: CompareRequest,
  { engines, exact, first }: { engines: Pair<Engine>; exact: Engine; first: BoundedGradients },
  open: (factory: EngineFactory) => Promise<Engine>,
  watch: Watch,
): Promise<GradientCheck> {
  const gradients = await gradientCheck(network, initial, batches.batch(0), engines, {
    exact,
    exactAnswer: first,
    injector,
    variants,
    scatter: true,
    watch,
    graph: graph && (await open(graph)),
  });
  if (!watch.signal.aborted) onGradients?.(gradients, mapPair(engines, engineInfo));
  return gradients;
}

/** What to train after the gradient check. */
interface Plan {
  /** The gradients are wrong, and training would show nothing new. */
  readonly hopeless: boolean;
  /** Check the updates nevertheless: the run is skipped, but all gradients are finite. */
  readonly updatesAlone: boolean;
  readonly steps: number;
  /** The steps of the run that lockstep checks. */
  readonly sampled: readonly number[];
}

function planOf({ batches, trainIfWrong, lockstepSteps }: CompareRequest, gradients: GradientCheck): Plan {
  const threw = gradients.threw !== undefined;
  const hopeless = threw || (trainIfWrong === false && isWrong(gradients));
  if (hopeless) return { hopeless, updatesAlone: !threw && allNumbers(gradients), steps: 0, sampled: [] };
  const sampled = sampleSteps(batches.steps, lockstepSteps ?? LOCKSTEP_STEPS);
  return { hopeless, updatesAlone: false, steps: batches.steps, sampled };
}

/** Whether the candidate itself is wrong, so that training it would show nothing new. */
export function isWrong({ verdict, firstWrong }: GradientCheck): boolean {
  if (verdict.kind !== 'disagree') return false;
  return firstWrong.candidate !== null || verdict.findings.some(({ kind }) => kind === 'answer');
}

function allNumbers({ parameters }: GradientCheck): boolean {
  return parameters.every(({ usedOfBound }) => Number.isFinite(usedOfBound));
}

interface AllRuns extends Pick<Runs, 'exact' | 'f32Baseline'> {
  readonly trajectory: Pair<Trajectory>;
}

/**
 * Trains both sides, with lockstep beside the candidate. Then the exact engine, unless both sides
 * are the same to the last bit, and in binary32 if neither side is in single precision. Where
 * several trainings run at once, nobody waits to see whether these are needed.
 */
async function trainAll(
  request: CompareRequest,
  { hopeless, steps }: Plan,
  engines: Pair<Engine> & { readonly exact: Engine },
  along: Along,
  open: (factory: EngineFactory) => Promise<Engine>,
  watch: Watch,
): Promise<AllRuns> {
  const { network, initial, test, f32Baseline, atOnce = 1 } = request;
  const batches = { ...request.batches, steps };
  const run = { network, initial, batches };
  const judged = { ...run, judgesOutputs: true, ...(!hopeless && { test }) };
  const both: Job<Trajectory>[] = [
    (own) => train(engines.candidate, { ...judged, phase: 'candidate', before: along.before }, own),
    (own) => train(engines.reference, { ...judged, phase: 'reference', outputBounds: request.outputBounds }, own),
  ];
  const beside: Job<Trajectory>[] = [(own) => train(engines.exact, { ...run, phase: 'exact' }, own)];
  if (f32Baseline !== undefined)
    beside.push(async (own) => train(await open(f32Baseline), { ...run, phase: 'exact' }, own));
  const together = atOnce > 1 && !hopeless;
  const [candidate, reference, ...others] = await sideBySide(together ? [...both, ...beside] : both, atOnce, watch);
  const trajectory = { candidate, reference };
  if (hopeless || sameBits(trajectory)) return { trajectory, exact: null, f32Baseline: null };
  const [exact, single] = together ? others : await sideBySide(beside, 1, watch);
  return { trajectory, exact: exact.losses, f32Baseline: (single as Trajectory | undefined)?.losses ?? null };
}

function runsOf(
  request: CompareRequest,
  trajectory: Pair<Trajectory>,
  engines: Pair<Engine>,
): Omit<Runs, 'cutShort' | 'exact' | 'f32Baseline'> {
  const { network, optimizer, initial, batches, test, candidate, reference, exact, f32Baseline } = request;
  return {
    network,
    optimizer,
    initial,
    batches,
    trajectory,
    testSize: test.examples.count,
    isRegression: test.examples.targets !== undefined,
    outputs: mapPair(trajectory, ({ evaluation }) => evaluation?.outputs ?? null),
    singlePrecision: mapPair(engines, ({ dtype }) => dtype === 'f32'),
    bounds: request.bounds,
    factories: { candidate, reference, exact, f32Baseline },
  };
}

function timingOf(total: number, runs: Pair<Trajectory>, batches: Batches): Timing {
  const perStep = batches.examplesSeen / batches.steps;
  const rate = ({ losses, milliseconds }: Trajectory): number =>
    milliseconds > 0 ? (losses.length * perStep * 1000) / milliseconds : 0;
  return {
    totalMilliseconds: total,
    trainMilliseconds: mapPair(runs, ({ milliseconds }) => milliseconds),
    samplesPerSecond: mapPair(runs, rate),
  };
}
