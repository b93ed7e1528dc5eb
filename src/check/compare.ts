// The harness: gradient check, lockstep, free run, verdict. Knows engines by their interface alone.
import type { Batches } from '../data/batches.ts';
import { asCandidate } from '../candidates/engine.ts';
import type { FilledIn } from '../candidates/engine.ts';
import type { Engine, EngineFactory } from '../engines/engine.ts';
import type { Parameters } from '../network/parameters.ts';
import { allFinite, copyParameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { Alternative } from './diagnosis/conventions.ts';
import type { Known } from './diagnosis/diagnose.ts';
import { judgeFreeRun, sameBits } from './run/free-run.ts';
import type { FreeRun } from './run/free-run.ts';
import { gradientCheck } from './gradient-check.ts';
import type { GradientCheck } from './gradient-check.ts';
import { LockstepCheck, sampleSteps } from './run/lockstep.ts';
import type { Lockstep } from './run/lockstep.ts';
import type { TestSet } from './run/test-set.ts';
import { train } from './run/training.ts';
import type { TrainRequest, Trajectory } from './run/training.ts';
import { overall } from './verdict.ts';
import type { Verdict } from './verdict.ts';
import { UNWATCHED } from './watch.ts';
import { withEngines } from './with-engines.ts';
import type { Watch } from './watch.ts';

/** What is trained on what, and by which engines. */
export interface CompareRequest {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly test: TestSet;
  /** The implementation on trial. Several fresh ones are made: the check never lets two phases share an engine's state. */
  readonly candidate: EngineFactory;
  readonly reference: EngineFactory;
  /** The same network in binary64. */
  readonly oracle: EngineFactory;
  /** A single-precision engine that shows what rounding does, needed where the candidate is not one itself. */
  readonly yardstick?: EngineFactory;
  /** Known mistakes in binary64, to name what is wrong. */
  readonly known?: Known;
  /** The scalar graph, for networks small enough: to hold the exact gradients against. */
  readonly graph?: EngineFactory;
  /** The candidate by other conventions, to find out whether that is all that is wrong. */
  readonly alternatives?: readonly Alternative[];
  /** Whether to train at all where the gradient check finds the candidate wrong: of somebody else's program, which may be slow, more is not to be learnt. Default: yes. */
  readonly trainIfWrong?: boolean;
  /** How many steps along the run lockstep looks at. Default 10. */
  readonly lockstepSteps?: number;
}

/** How long a comparison took. */
export interface Timing {
  readonly totalMilliseconds: number;
  /** Inside trainStep alone. */
  readonly trainMilliseconds: { readonly candidate: number; readonly reference: number };
  readonly samplesPerSecond: { readonly candidate: number; readonly reference: number };
}

/** What computed a side of the comparison. */
export interface EngineInfo {
  readonly engine: string;
  readonly label: string;
  readonly backend: string | null;
  readonly dtype: Dtype;
  readonly versions: Readonly<Record<string, string>>;
  /** Of somebody else's program: what it declares to do otherwise, and what it does not have and was done for it. */
  readonly conventions?: Readonly<Record<string, string>>;
  readonly filledIn?: readonly FilledIn[];
  /** It declares no precision, and its answers tell that it is single. */
  readonly dtypeFrom?: 'answers';
}

/** What reports say of an engine. */
export function engineInfo(engine: Engine): EngineInfo {
  const { id, label, backend, dtype, versions, conventions, filledIn, dtypeFrom } = asCandidate(engine);
  return {
    ...{ engine: id, label, backend, dtype, versions },
    ...(conventions !== undefined && { conventions }),
    ...(filledIn !== undefined && { filledIn }),
    ...(dtypeFrom !== undefined && { dtypeFrom }),
  };
}

/** The three checks of a comparison, each with its own verdict, and the verdict over all of them. */
export interface CompareResult {
  readonly candidate: EngineInfo;
  readonly reference: EngineInfo;
  readonly verdict: Verdict;
  readonly gradientCheck: GradientCheck;
  readonly lockstep: Lockstep;
  readonly freeRun: FreeRun;
  readonly interrupted: boolean;
  readonly timing: Timing;
  /** What both trainings ended with: parameters, and the labels given to the test set. */
  readonly trained: Readonly<Record<'candidate' | 'reference', Trajectory>>;
}

const LOCKSTEP_STEPS = 10;

/**
 * Trains both engines from the same parameters on the same batches, and checks: all gradients of one batch before training, single steps along the run
 * (lockstep), and the two runs as a whole with their test accuracy.
 * @throws what the engines throw: UsageError, DataError, EngineUnavailableError
 */
export async function compare(request: CompareRequest, watch: Watch = UNWATCHED): Promise<CompareResult> {
  const { network, optimizer, initial, batches, test } = request;
  const began = watch.now();
  return withEngines(async (open) => {
    const candidate = await open(request.candidate);
    const reference = await open(request.reference);
    const probe = await open(request.candidate); // lockstep's own: the candidate's optimizer state must go on undisturbed

    const oracle = await open(request.oracle);
    const gradients = await gradientCheck(network, initial, batches.batch(0), candidate, reference, {
      oracle,
      graph: request.graph && (await open(request.graph)),
      known: request.known,
      alternatives: request.alternatives,
      scatter: true,
      watch,
    });

    const right = (side: 'candidate' | 'reference'): boolean => gradients.firstWrong[side] === null;
    const lockstep = new LockstepCheck(network, optimizer, batches, probe, reference, request.known, right);
    const hopeless = request.trainIfWrong === false && isWrong(gradients);
    const steps = hopeless ? 0 : batches.steps;
    const sampled = hopeless ? [] : sampleSteps(steps, request.lockstepSteps ?? LOCKSTEP_STEPS);
    if (hopeless && allNumbers(gradients)) await lockstep.at(0, initial); // for its updates
    const run = { network, initial, batches: { ...batches, steps }, judgesOutputs: true };
    const candidateRun = await train(
      candidate,
      { ...run, ...(!hopeless && { test }), phase: 'candidate', before: lockstepAlong(lockstep, sampled, watch) },
      watch,
    );
    const referenceRun = await train(reference, { ...run, ...(!hopeless && { test }), phase: 'reference' }, watch);
    const trajectory = { candidate: candidateRun, reference: referenceRun };
    const outputs = {
      candidate: candidateRun.evaluation?.outputs ?? null,
      reference: referenceRun.evaluation?.outputs ?? null,
    };
    const exactRuns =
      hopeless || sameBits(candidateRun, referenceRun) ? null : await trainExactly(request, oracle, open, watch);
    const interrupted = watch.signal.aborted;
    const yardsticks = request.yardstick === undefined ? [] : [request.yardstick];
    const factories = {
      candidate: request.candidate,
      reference: request.reference,
      oracle: request.oracle,
      yardsticks,
    };
    const singlePrecision = { candidate: candidate.dtype === 'f32', reference: reference.dtype === 'f32' };
    const freeRun = await judgeFreeRun({
      ...{
        network,
        optimizer,
        initial,
        batches,
        testSize: test.examples.count,
        trajectory,
        outputs,
        factories,
        singlePrecision,
      },
      ...{ oracle: exactRuns?.oracle ?? null, yardsticks: exactRuns?.yardsticks ?? [] },
      cutShort: hopeless ? 'not-run' : interrupted ? 'interrupted' : null,
    });
    const cutShort = interrupted && candidateRun.losses.length <= (sampled.at(-1) ?? 0);
    lockstep.compareLosses(candidateRun.losses);
    const lockstepResult = lockstep.result(cutShort ? 'interrupted' : null);
    return {
      candidate: engineInfo(candidate),
      reference: engineInfo(reference),
      verdict: overall([gradients.verdict, lockstepResult.verdict, freeRun.verdict]),
      gradientCheck: gradients,
      lockstep: lockstepResult,
      freeRun,
      interrupted,
      timing: timingOf(watch.now() - began, trajectory, batches),
      trained: trajectory,
    };
  });
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

async function trainExactly(
  { network, initial, batches, yardstick }: CompareRequest,
  oracle: Engine,
  open: (factory: EngineFactory) => Promise<Engine>,
  watch: Watch,
): Promise<{ oracle: readonly number[]; yardsticks: (readonly number[])[] }> {
  const run = { network, initial, batches, phase: 'oracle' } as const;
  const { losses } = await train(oracle, run, watch);
  const yardsticks = yardstick === undefined ? [] : [(await train(await open(yardstick), run, watch)).losses];
  return { oracle: losses, yardsticks };
}

function timingOf(total: number, runs: Record<'candidate' | 'reference', Trajectory>, batches: Batches): Timing {
  const perStep = batches.examplesSeen / batches.steps;
  const rate = ({ losses, milliseconds }: Trajectory): number =>
    milliseconds > 0 ? (losses.length * perStep * 1000) / milliseconds : 0;
  return {
    totalMilliseconds: total,
    trainMilliseconds: { candidate: runs.candidate.milliseconds, reference: runs.reference.milliseconds },
    samplesPerSecond: { candidate: rate(runs.candidate), reference: rate(runs.reference) },
  };
}
