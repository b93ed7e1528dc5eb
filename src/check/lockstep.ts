// (b) Along the run: at sampled steps both engines get the same parameters and the same batch, and everything one step does is compared:
// loss, outputs, gradients, the parameters after trainStep, and (fed the same gradients) after several applyGradients.
import type { Batches } from '../data/batches.ts';
import type { Engine } from '../engines/engine.ts';
import { allFinite, copyParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../optimizers/optimizer.ts';
import { boundedGradients } from './bounded-backprop.ts';
import type { BoundedGradients } from './bounded-backprop.ts';
import { boundedUpdates } from './bounded-update.ts';
import { compareOnBatch } from './gradient-check.ts';
import { findingsOf, measureNumber, measureParameters, worstOfEach } from './measure.ts';
import { verdictOf } from './verdict.ts';
import type { Finding, TensorMeasure, Verdict } from './verdict.ts';

export interface Lockstep {
  readonly verdict: Verdict;
  /** The steps looked at, from 0. */
  readonly steps: readonly number[];
  /** Per tensor the worst entry over all steps. */
  readonly loss: TensorMeasure | null;
  readonly outputs: TensorMeasure | null;
  readonly gradients: readonly TensorMeasure[];
  /** Parameters after trainStep: each engine's own gradients. */
  readonly trainSteps: readonly TensorMeasure[];
  /** Parameters after applyGradients: the optimizer alone, with the same gradients in both engines. */
  readonly updates: readonly TensorMeasure[];
  readonly kinks: number;
}

/** Updates with the same gradients at each sampled step: more than one, so that the optimizer's state counts. */
const UPDATES = 3;

/** Compares two engines at one step after another; call `at` with the parameters the run has there. */
export class LockstepCheck {
  readonly #network: NetworkSpec;
  readonly #optimizer: OptimizerSpec;
  readonly #batches: Batches;
  readonly #candidate: Engine;
  readonly #reference: Engine;
  readonly #steps: number[] = [];
  readonly #findings: Finding[] = [];
  readonly #measures = { loss: [], outputs: [], gradients: [], trainSteps: [], updates: [] } as Record<
    'loss' | 'outputs' | 'gradients' | 'trainSteps' | 'updates',
    TensorMeasure[]
  >;
  #kinks = 0;

  constructor(network: NetworkSpec, optimizer: OptimizerSpec, batches: Batches, candidate: Engine, reference: Engine) {
    this.#network = network;
    this.#optimizer = optimizer;
    this.#batches = batches;
    this.#candidate = candidate;
    this.#reference = reference;
  }

  async at(step: number, parameters: Parameters): Promise<void> {
    const start = copyParameters(parameters, 'f32'); // what f32 engines can hold; a f64 run is rounded here
    const exact = boundedGradients(this.#network, start, this.#batches.batch(step));
    const gradients = await this.#compareGradients(step, start, exact);
    await this.#compareTrainStep(step, start, exact);
    await this.#compareUpdates(step, start, gradients);
    this.#steps.push(step);
  }

  /** @param missing why sampled steps were left out, or null where none were */
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
      kinks: this.#kinks,
    };
  }

  async #compareGradients(step: number, start: Parameters, exact: BoundedGradients): Promise<Parameters> {
    const batch = this.#batches.batch(step);
    await this.#load(start);
    this.#kinks += exact.kinks.length;
    const compared = await compareOnBatch('lockstep', exact, batch, this.#candidate, this.#reference, step);
    const [loss, outputs, ...gradients] = compared.measures;
    this.#measures.loss.push(loss);
    this.#measures.outputs.push(outputs);
    this.#measures.gradients.push(...gradients);
    this.#findings.push(...compared.findings);
    return compared.candidateGradients;
  }

  /** Both engines hold `start` and fresh optimizer state. */
  async #compareTrainStep(step: number, start: Parameters, exact: BoundedGradients): Promise<void> {
    const batch = this.#batches.batch(step);
    const updated = boundedUpdates(this.#network, this.#optimizer, start);
    updated.step(exact.gradients, exact.errors);
    const [c, r] = [await this.#candidate.trainStep(batch), await this.#reference.trainStep(batch)];
    const loss = measureNumber('loss', c, r, exact.loss, step);
    this.#measures.loss.push(loss);
    this.#findings.push(...findingsOf('lockstep', 'loss', [loss]));
    await this.#record('trainSteps', updated, step);
  }

  async #compareUpdates(step: number, start: Parameters, first: Parameters): Promise<void> {
    await this.#load(start);
    const updated = boundedUpdates(this.#network, this.#optimizer, start);
    for (let i = 0; i < UPDATES && step + i < this.#batches.steps; i++) {
      const own = i === 0 ? first : (await this.#candidate.lossAndGradients(this.#batches.batch(step + i))).gradients;
      const gradients = copyParameters(own, 'f32'); // the same numbers for every engine
      if (!allFinite(gradients)) return; // the comparison of the gradients themselves, or the free run, says so
      await this.#candidate.applyGradients(gradients);
      await this.#reference.applyGradients(gradients);
      updated.step(gradients);
      await this.#record('updates', updated, step + i);
    }
  }

  async #record(
    kind: 'trainSteps' | 'updates',
    expected: { parameters: Parameters; errors: Parameters },
    step: number,
  ): Promise<void> {
    const [c, r] = [await this.#candidate.parameters(), await this.#reference.parameters()];
    const measures = measureParameters(c, r, expected.parameters, expected.errors, step);
    this.#measures[kind].push(...measures);
    this.#findings.push(...findingsOf('lockstep', kind === 'updates' ? 'update' : 'train-step', measures));
  }

  async #load(parameters: Parameters): Promise<void> {
    await this.#candidate.load(parameters);
    await this.#reference.load(parameters);
  }
}

/** `count` steps of a run of `steps`, evenly spread, the first and the last among them. */
export function sampleSteps(steps: number, count: number): number[] {
  if (count >= steps) return Array.from({ length: steps }, (_, s) => s);
  if (count <= 1) return [0];
  return Array.from({ length: count }, (_, i) => Math.round((i * (steps - 1)) / (count - 1)));
}
