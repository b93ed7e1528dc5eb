// Step (b) of a comparison, along the run: at sampled steps both engines get the same parameters
// and the same batch, and everything that one step does is compared: loss, outputs, gradients, the
// parameters after trainStep, and the parameters after several applyGradients with the same
// gradients.
import { asCandidate } from '../../candidates/engine.ts';
import type { Batches } from '../../data/batches.ts';
import type { Engine } from '../../engines/engine.ts';
import type { Batch } from '../../network/batch.ts';
import { heldParameters } from '../../network/held.ts';
import { copyParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { difference } from '../../numeric/difference.ts';
import { STORED } from '../../numeric/bounds/arithmetic.ts';
import { UNIT_ROUNDOFF } from '../../numeric/dtype.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import type { BoundedGradients, Kink } from '../../bounds/gradients.ts';
import type { Diagnosis, FaultInjector } from '../diagnosis/diagnose.ts';
import { cellOf, worstEntries } from '../diagnosis/entries.ts';
import type { Cell } from '../diagnosis/entries.ts';
import { firstWrongOfBoth } from '../diagnosis/first-wrong.ts';
import type { FirstWrong } from '../diagnosis/first-wrong.ts';
import { isCulprit } from '../diagnosis/culprit.ts';
import { SIDES, inTurn, mapPair } from '../pair.ts';
import type { Pair, Side } from '../pair.ts';
import { compareAnswers } from '../questions/answers.ts';
import type { Answer } from '../questions/protocol.ts';
import { KINKS_SHOWN } from '../gradient-check.ts';
import { findingsOf, measureNumber, worstOfEach } from '../measure.ts';
import { excused } from '../out-of-range.ts';
import { withRounding } from '../steps/rounding.ts';
import { compareTrainStep, compareUpdates, judgesUpdates } from '../update-check.ts';
import type { KnownBatch, UpdateProblem } from '../update-check.ts';
import { sequencesOf } from '../update-sequences.ts';
import { verdictOf } from '../verdict.ts';
import type { Finding, TensorMeasure, Verdict } from '../verdict.ts';

/** The result of a comparison step by step. */
export interface Lockstep {
  readonly verdict: Verdict;
  /** The steps that were checked, from 0. */
  readonly steps: readonly number[];
  /** The worst entry of each tensor over all steps. */
  readonly loss: TensorMeasure | null;
  readonly outputs: TensorMeasure | null;
  readonly gradients: readonly TensorMeasure[];
  /** Parameters after trainStep, each engine with its own gradients. */
  readonly trainSteps: readonly TensorMeasure[];
  /**
   * Parameters after applyGradients: the optimizer alone, with the same gradients in both engines.
   */
  readonly updates: readonly TensorMeasure[];
  /** One cell per tensor and step, with its worst entries. */
  readonly cells: readonly Cell[];
  /**
   * Units whose branch binary32 does not decide, over all these steps, and how many at which step.
   */
  readonly kinks: {
    readonly count: number;
    readonly first: readonly (Kink & { readonly step: number })[];
    readonly steps: readonly { readonly step: number; readonly count: number }[];
  };
  /**
   * The first step at which an engine's loss, outputs or gradients left the exact values, and
   * where, in the order of computation.
   */
  readonly firstWrong: Pair<(FirstWrong & { readonly step: number }) | null>;
  /**
   * Known mistakes that explain the first wrong update, otherwise the first wrong training step;
   * null if nothing is wrong or there is no injector.
   */
  readonly diagnosis: Diagnosis | null;
}

/** What is compared step by step. */
export interface LockstepRequest {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly batches: Batches;
  /** The candidate here is not the one that trains, whose optimizer state must stay undisturbed. */
  readonly engines: Pair<Engine>;
  /** The exact answer at the start of the run, if it is known already. */
  readonly first?: { readonly parameters: Parameters; readonly exact: BoundedGradients } | undefined;
  readonly injector?: FaultInjector | undefined;
  /**
   * Whether a side's gradients were right: only then is its wrong training step diagnosed. Default:
   * both are.
   */
  readonly gradientsAreRight?: ((side: Side) => boolean) | undefined;
}

/**
 * Compares two engines at one step after another; call `at` with the run's parameters at that step.
 */
export class LockstepCheck {
  readonly #request: LockstepRequest;
  readonly #steps: number[] = [];
  readonly #findings: Finding[] = [];
  readonly #measures = { loss: [], outputs: [], gradients: [], trainSteps: [], updates: [] } as Record<
    'loss' | 'outputs' | 'gradients' | 'trainSteps' | 'updates',
    TensorMeasure[]
  >;
  readonly #cells: Cell[] = [];
  readonly #exactLosses: {
    readonly step: number;
    readonly value: number;
    readonly error: number;
    readonly extremes: BoundedGradients['extremes'];
  }[] = [];
  readonly #kinks: (Kink & { step: number })[] = [];
  #firstWrong: Lockstep['firstWrong'] = { candidate: null, reference: null };
  #diagnosis: Diagnosis | null = null;

  constructor(request: LockstepRequest) {
    this.#request = request;
  }

  async at(step: number, parameters: Parameters): Promise<void> {
    const { network, optimizer, batches } = this.#request;
    const start = heldParameters(network, copyParameters(parameters, 'f32')); // an f64 run is rounded here
    const batch = batches.batch(step);
    const exact = this.#exactAt(step, start) ?? boundedGradients(network, start, batch);
    const { value, error } = exact.loss;
    this.#exactLosses.push({ step, value, error: error + roundingOf(network, start, exact), extremes: exact.extremes });
    const own = await this.#compareGradients(step, start, batch, exact);
    const problem = { network, optimizer, start, check: 'lockstep', step } as const;
    if (judgesUpdates(network, optimizer)) {
      const updatesWrong = await this.#compareUpdates(problem, own);
      await this.#compareTrainStep(problem, { batch, exact }, updatesWrong);
    }
    this.#steps.push(step);
  }

  /**
   * The known exact answer at the start of the run, if the training engine really is at the start.
   */
  #exactAt(step: number, start: Parameters): BoundedGradients | null {
    const { first } = this.#request;
    if (step > 0 || first === undefined) return null;
    const same = first.parameters.every(({ values }, t) => difference(start[t].values, values).identical);
    return same ? first.exact : null;
  }

  /**
   * Compares the losses that the run itself reported: this shows a candidate that trains other
   * parameters than it reports.
   * @param losses of every step of the run whose parameters were given to `at`
   */
  compareLosses(losses: readonly number[]): void {
    const dtypes = this.#dtypes();
    for (const { step, value, error, extremes } of this.#exactLosses) {
      if (step >= losses.length) continue;
      const measured = measureNumber('loss', { candidate: losses[step], reference: value }, { value, error }, step);
      this.#findings.push(...findingsOf('lockstep', 'loss', [excused(measured, { what: 'loss' }, extremes, dtypes)]));
    }
  }

  /** @param missing why sampled steps were left out, or null if none were */
  result(missing: 'interrupted' | null): Lockstep {
    const { loss, outputs, gradients, trainSteps, updates } = this.#measures;
    const verdict = verdictOf(Object.values(this.#measures).flat(), this.#findings);
    const reason = missing ?? (this.#steps.length === 0 ? 'not-run' : null);
    return {
      verdict: reason === null || verdict.kind === 'disagree' ? verdict : { kind: 'inconclusive', reason },
      steps: this.#steps,
      loss: worstOfEach(loss)[0] ?? null,
      outputs: worstOfEach(outputs)[0] ?? null,
      gradients: worstOfEach(gradients),
      trainSteps: worstOfEach(trainSteps),
      updates: worstOfEach(updates),
      cells: this.#cells,
      kinks: { count: this.#kinks.length, first: this.#kinks.slice(0, KINKS_SHOWN), steps: this.#kinksByStep() },
      firstWrong: this.#firstWrong,
      diagnosis: this.#diagnosis,
    };
  }

  async #compareGradients(step: number, start: Parameters, batch: Batch, exact: BoundedGradients): Promise<Parameters> {
    const { engines } = this.#request;
    await inTurn(engines, (engine) => engine.load(start));
    this.#kinks.push(...exact.kinks.map((kink) => ({ ...kink, step })));
    const answers = await inTurn(engines, async (engine): Promise<Answer> => {
      const answer = await engine.lossAndGradients(batch);
      return { ...answer, outputs: await engine.predict(batch.inputs) };
    });
    const allowed = withRounding(exact, answers);
    const found = compareAnswers('lockstep', allowed, answers, this.#dtypes(), { step });
    const { loss, outputs, gradients, findings } = found;
    this.#cells.push(...found.compared.map((c, n) => cellOf('gradient', step, gradients[n], worstEntries(c))));
    this.#measures.loss.push(loss);
    this.#measures.outputs.push(outputs);
    this.#measures.gradients.push(...gradients);
    this.#findings.push(...findings);
    if (findings.length > 0 && SIDES.some((side) => this.#firstWrong[side] === null)) {
      const places = await firstWrongOfBoth(engines, batch, allowed, answers);
      this.#firstWrong = mapPair(this.#firstWrong, (before, side) => before ?? placeAt(places[side], step));
    }
    return answers.candidate.gradients;
  }

  /** @returns the sides whose updates are wrong */
  async #compareUpdates(problem: UpdateProblem & { step: number }, first: Parameters): Promise<Set<Side>> {
    if (asCandidate(this.#request.engines.candidate).ownSteps === true) return new Set(); // its steps are compared
    const sequences = sequencesOf(problem, first, problem.step === 0);
    const compared = await compareUpdates(problem, sequences, this.#request.engines, this.#injector());
    this.#measures.updates.push(...compared.measures);
    this.#cells.push(...worstOfEach(compared.measures).map((m) => cellOf('update', problem.step, m)));
    this.#findings.push(...compared.findings);
    this.#diagnosis ??= compared.diagnosis;
    return new Set(SIDES.filter((side) => isCulprit(side, compared.measures)));
  }

  async #compareTrainStep(
    problem: UpdateProblem & { step: number },
    asked: KnownBatch,
    updatesWrong: ReadonlySet<Side>,
  ): Promise<void> {
    const { engines, gradientsAreRight = () => true } = this.#request;
    const wrong = (side: Side): boolean =>
      updatesWrong.has(side) || this.#firstWrong[side] !== null || !gradientsAreRight(side);
    const compared = await compareTrainStep(problem, asked, engines, this.#injector(), wrong);
    this.#measures.loss.push(compared.loss);
    this.#measures.trainSteps.push(...compared.measures);
    this.#cells.push(...compared.measures.map((m) => cellOf('train-step', problem.step, m)));
    this.#findings.push(...compared.findings);
    this.#diagnosis ??= compared.diagnosis;
  }

  #kinksByStep(): { step: number; count: number }[] {
    const counted = this.#steps.map((step) => ({ step, count: this.#kinks.filter((k) => k.step === step).length }));
    return counted.filter(({ count }) => count > 0);
  }

  /** Known mistakes, until one of them explains what is wrong. */
  #injector(): FaultInjector | null {
    return this.#diagnosis === null ? (this.#request.injector ?? null) : null;
  }

  /** Read anew each time: a candidate's precision shows only in its answers. */
  #dtypes(): Pair<Dtype> {
    return mapPair(this.#request.engines, ({ dtype }) => dtype);
  }
}

function placeAt(place: FirstWrong | null, step: number): (FirstWrong & { readonly step: number }) | null {
  return place && { ...place, step };
}

/** `count` steps of a run of `steps`, evenly spread, including the first and the last. */
export function sampleSteps(steps: number, count: number): number[] {
  if (count >= steps) return Array.from({ length: steps }, (_, s) => s);
  if (count <= 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (steps - 1)) / (count - 1)));
}

/**
 * The change of a run's loss when its parameters are rounded here to what all engines hold:
 * Σ |g| |w| u, to first order.
 */
function roundingOf({ arithmetic }: NetworkSpec, start: Parameters, { gradients }: BoundedGradients): number {
  let sum = 0;
  start.forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) sum += Math.abs(values[i] * gradients[t].values[i]);
  });
  return (arithmetic === 'gpu16' ? STORED : UNIT_ROUNDOFF.f32) * sum;
}
