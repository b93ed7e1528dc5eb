// The harness: gradient check, lockstep, free run, verdict. Knows engines by their interface alone.
import { boundedGradients } from '../bounds/gradients.ts';
import type { ConventionVariant } from '../candidates/engine.ts';
import type { Batches } from '../data/batches.ts';
import type { Engine, EngineFactory } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import { allFinite, copyParameters } from '../network/parameters.ts';
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
import type { TestSet } from './run/test-set.ts';
import { train } from './run/training.ts';
import type { TrainRequest, Trajectory } from './run/training.ts';
import { overall } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { UNWATCHED } from './watch.ts';
import type { Watch } from './watch.ts';
import { withEngines } from './with-engines.ts';

/** What is trained on what, and by which engines. */
export interface CompareRequest extends Pair<EngineFactory> {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly test: TestSet;
  /** The implementation on trial. Several fresh ones are made: the check never lets two phases share an engine's state. */
  readonly candidate: EngineFactory;
  readonly reference: EngineFactory;
  /** The same network in binary64. */
  readonly exact: EngineFactory;
  /** A single-precision engine that shows what rounding does, needed where the candidate is not one itself. */
  readonly f32Baseline?: EngineFactory;
  /** Known mistakes in binary64, to name what is wrong. */
  readonly injector?: FaultInjector;
  /** The scalar graph, for networks small enough: to hold the exact gradients against. */
  readonly graph?: EngineFactory;
  /** The candidate by other conventions, to find out whether that is all that is wrong. */
  readonly variants?: readonly ConventionVariant[];
  /** Whether to train at all where the gradient check finds the candidate wrong: of somebody else's program, which may be slow, more is not to be learnt. Default: yes. */
  readonly trainIfWrong?: boolean;
  /** How many steps along the run lockstep looks at. Default 10. */
  readonly lockstepSteps?: number;
}

/** How long a comparison took. */
export interface Timing {
  readonly totalMilliseconds: number;
  /** Inside trainStep alone. */
  readonly trainMilliseconds: Pair<number>;
  readonly samplesPerSecond: Pair<number>;
}

/** The three checks of a comparison, each with its own verdict, and the verdict over all of them. */
export interface CompareResult extends Pair<EngineInfo> {
  readonly verdict: Verdict;
  readonly gradientCheck: GradientCheck;
  readonly lockstep: Lockstep;
  readonly freeRun: FreeRun;
  readonly interrupted: boolean;
  readonly timing: Timing;
  /** What both trainings ended with: parameters, and the labels given to the test set. */
  readonly trained: Pair<Trajectory>;
}

const LOCKSTEP_STEPS = 10;

/**
 * Trains both engines from the same parameters on the same batches, and checks: all gradients of one batch before training, single steps along the run
 * (lockstep), and the two runs as a whole with their test accuracy.
 * @throws what the engines throw: UsageError, DataError, EngineUnavailableError
 */
export async function compare(request: CompareRequest, watch: Watch = UNWATCHED): Promise<CompareResult> {
  const began = watch.now();
  return withEngines(async (open) => {
    const { network, optimizer, initial, batches, injector } = request;
    const engines = await inTurn<EngineFactory, Engine>(request, open);
    const probe = await open(request.candidate); // lockstep's own: the candidate's optimizer state must go on undisturbed
    const exact = await open(request.exact);
    const first = { parameters: initial, exact: boundedGradients(network, initial, batches.batch(0)) };
    const gradients = await gradientCheck(network, initial, batches.batch(0), engines, {
      ...{ exact, exactAnswer: first.exact, injector, variants: request.variants, scatter: true, watch },
      graph: request.graph && (await open(request.graph)),
    });
    const plan = planOf(request, gradients);
    const lockstep = new LockstepCheck({
      ...{ network, optimizer, batches, injector, first },
      engines: { ...engines, candidate: probe },
      gradientsAreRight: (side) => gradients.firstWrong[side] === null,
    });
    if (plan.updatesAlone) await lockstep.at(0, initial);
    const trajectory = await trainBoth(request, plan, engines, lockstep, watch);
    const beside = plan.hopeless || sameBits(trajectory) ? null : await trainBeside(request, exact, open, watch);
    const interrupted = watch.signal.aborted;
    const cutShort = plan.hopeless ? 'not-run' : interrupted ? 'interrupted' : null;
    const freeRun = await judgeFreeRun({ ...runsOf(request, trajectory, engines), ...beside, cutShort });
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
      interrupted,
      timing: timingOf(watch.now() - began, trajectory, batches),
      trained: trajectory,
    };
  });
}

/** What is to be trained after the gradient check. */
interface Plan {
  /** The gradients are wrong, and nothing more is to be learnt by training. */
  readonly hopeless: boolean;
  /** Then the updates are looked at all the same, if the gradients are numbers. */
  readonly updatesAlone: boolean;
  readonly steps: number;
  /** The steps that lockstep looks at along the run. */
  readonly sampled: readonly number[];
}

function planOf({ batches, trainIfWrong, lockstepSteps }: CompareRequest, gradients: GradientCheck): Plan {
  const hopeless = trainIfWrong === false && isWrong(gradients);
  if (hopeless) return { hopeless, updatesAlone: allNumbers(gradients), steps: 0, sampled: [] };
  const sampled = sampleSteps(batches.steps, lockstepSteps ?? LOCKSTEP_STEPS);
  return { hopeless, updatesAlone: false, steps: batches.steps, sampled };
}

function isWrong({ verdict, firstWrong }: GradientCheck): boolean {
  if (verdict.kind !== 'disagree') return false;
  return firstWrong.candidate !== null || verdict.findings.some(({ kind }) => kind === 'answer');
}

function allNumbers({ parameters }: GradientCheck): boolean {
  return parameters.every(({ usedOfBound }) => Number.isFinite(usedOfBound));
}

/** Runs lockstep at its sampled steps of the candidate's own training. */
function lockstepAlong(
  lockstep: LockstepCheck,
  sampled: readonly number[],
  watch: Watch,
): NonNullable<TrainRequest['before']> {
  return {
    steps: sampled,
    async call(step, engine) {
      const parameters = copyParameters(await engine.parameters(), 'f32');
      if (!allFinite(parameters)) return; // an overflow: the free run reports it
      await lockstep.at(step, parameters);
      watch.progress('lockstep', sampled.indexOf(step) + 1, sampled.length);
    },
  };
}

/** Both trainings, one after the other: the candidate's with lockstep beside it. */
async function trainBoth(
  { network, initial, batches, test }: CompareRequest,
  { hopeless, steps, sampled }: Plan,
  engines: Pair<Engine>,
  lockstep: LockstepCheck,
  watch: Watch,
): Promise<Pair<Trajectory>> {
  const run = { network, initial, batches: { ...batches, steps }, judgesOutputs: true, ...(!hopeless && { test }) };
  const before = lockstepAlong(lockstep, sampled, watch);
  return inTurn(engines, (engine, side) =>
    train(engine, { ...run, phase: side, ...(side === 'candidate' && { before }) }, watch),
  );
}

/** The same training in binary64, and in binary32 where neither of the two shows what that does to it. */
async function trainBeside(
  { network, initial, batches, f32Baseline }: CompareRequest,
  exact: Engine,
  open: (factory: EngineFactory) => Promise<Engine>,
  watch: Watch,
): Promise<Pick<Runs, 'exact' | 'f32Baseline'>> {
  const run = { network, initial, batches, phase: 'exact' } as const;
  const { losses } = await train(exact, run, watch);
  const single = f32Baseline === undefined ? null : await train(await open(f32Baseline), run, watch);
  return { exact: losses, f32Baseline: single?.losses ?? null };
}

function runsOf(request: CompareRequest, trajectory: Pair<Trajectory>, engines: Pair<Engine>): Omit<Runs, 'cutShort'> {
  const { network, optimizer, initial, batches, test, candidate, reference, exact, f32Baseline } = request;
  return {
    ...{ network, optimizer, initial, batches, trajectory, testSize: test.examples.count },
    outputs: mapPair(trajectory, ({ evaluation }) => evaluation?.outputs ?? null),
    ...{ exact: null, f32Baseline: null },
    singlePrecision: mapPair(engines, ({ dtype }) => dtype === 'f32'),
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
