// A training of the hand-written network beside TensorFlow.js, one step at a time. Both start from
// the same parameters, and each follows its own gradients. Every so many steps both are asked, at
// the hand-written network's parameters, for all that one step computes: this is the lockstep of
// `backproof compare`, bounds included. Runs anywhere; worker.ts runs it beside the page.
import { LockstepCheck } from '../../check/run/lockstep.ts';
import { evaluate } from '../../check/run/test-set.ts';
import { inTurn, mapPair } from '../../check/pair.ts';
import type { Pair } from '../../check/pair.ts';
import { worstOfEach } from '../../check/measure.ts';
import { engineInfo } from '../../check/engine-info.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import type { TensorMeasure, Verdict } from '../../check/verdict.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import { allFinite } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { verdictSentence } from '../../report/words/sentences.ts';
import type { Run } from './choices.ts';

/** What one check found at one step. */
export interface StepCheck {
  readonly step: number;
  readonly verdict: Verdict['kind'];
  /** The verdict as a sentence; of a disagreement, the first finding. */
  readonly sentence: string;
  /** The worst entry of each gradient: W1, b1, W2 ... */
  readonly gradients: readonly TensorMeasure[];
  /** The largest share of its bound that the loss, an output or a gradient used. */
  readonly used: number;
  /** Whether loss, outputs, gradients and weights after a step are all the same to the last bit. */
  readonly identical: boolean;
}

/** What one step gave. */
export interface Stepped {
  readonly step: number;
  readonly losses: Pair<number>;
  /** null where this step was not checked. */
  readonly check: StepCheck | null;
  /** Milliseconds of each engine's step. */
  readonly milliseconds: Pair<number>;
}

export class Session {
  readonly #run: Run;
  readonly #every: number;
  readonly #engines: Pair<Engine>;
  /** They are asked by the checks; loading parameters would disturb those that train. */
  readonly #probes: Pair<Engine>;
  readonly #now: () => number;
  readonly #losses: number[] = [];

  private constructor(run: Run, every: number, engines: Pair<Engine>, probes: Pair<Engine>, now: () => number) {
    [this.#run, this.#every, this.#engines, this.#probes, this.#now] = [run, every, engines, probes, now];
  }

  /** @throws what the engines throw: UsageError, DataError, EngineUnavailableError */
  static async open(
    run: Run,
    every: number,
    factories: Pair<EngineFactory>,
    now = () => performance.now(),
  ): Promise<Session> {
    const engines = await inTurn(factories, (open) => open());
    const probes = await inTurn(factories, (open) => open());
    await inTurn(engines, (engine) => engine.load(run.initial));
    return new Session(run, every, engines, probes, now);
  }

  /** Both engines, as reports name them. */
  get sides(): Pair<EngineInfo> {
    return mapPair(this.#engines, engineInfo);
  }

  /** The step that comes next, from 0. */
  get next(): number {
    return this.#losses.length;
  }

  /** Whether a loss or a weight of the hand-written network has overflowed, or no step is left. */
  async isOver(): Promise<'overflow' | 'no more steps' | null> {
    if (this.next >= this.#run.batches.steps) return 'no more steps';
    const last = this.#losses.at(-1) ?? 0;
    return Number.isFinite(last) && allFinite(await this.parameters()) ? null : 'overflow';
  }

  /** One step of both, checked first if it is its turn. */
  async step(): Promise<Stepped> {
    const { batches } = this.#run;
    const step = this.next;
    const lockstep = step % this.#every === 0 ? await this.#lockstep(step) : null;
    const batch = batches.batch(step);
    const milliseconds = { candidate: 0, reference: 0 };
    const losses = await inTurn(this.#engines, async (engine, side) => {
      const began = this.#now();
      const loss = await engine.trainStep(batch);
      milliseconds[side] = this.#now() - began;
      return loss;
    });
    this.#losses.push(losses.candidate);
    lockstep?.compareLosses(this.#losses);
    return { step, losses, check: lockstep && this.#resultOf(lockstep, step), milliseconds };
  }

  async #lockstep(step: number): Promise<LockstepCheck | null> {
    const { network, optimizer, batches } = this.#run;
    const at = await this.parameters();
    if (!allFinite(at)) return null;
    const lockstep = new LockstepCheck({ network, optimizer, batches, engines: this.#probes });
    await lockstep.at(step, at);
    return lockstep;
  }

  #resultOf(lockstep: LockstepCheck, step: number): StepCheck {
    const { verdict, loss, outputs, gradients, trainSteps, updates } = lockstep.result(null);
    const numbers = [loss, outputs].filter((measure) => measure !== null);
    const answers = [...numbers, ...gradients];
    const all = [...answers, ...trainSteps, ...updates];
    return {
      step,
      verdict: verdict.kind,
      sentence: verdictSentence(verdict, this.sides),
      gradients,
      used: answers.reduce((most, { usedOfBound }) => Math.max(most, usedOfBound), 0),
      identical: all.every(({ identical }) => identical),
    };
  }

  /** Shares of the test digits that each labels right, with its own parameters. */
  async accuracy(): Promise<Pair<number>> {
    const { network, test } = this.#run;
    return inTurn(this.#engines, async (engine) => (await evaluate(network, engine, test)).accuracy ?? 0);
  }

  /** A copy of the hand-written network's parameters. */
  parameters(): Promise<Parameters> {
    return this.#engines.candidate.parameters();
  }

  async dispose(): Promise<void> {
    await inTurn(this.#engines, (engine) => engine.dispose());
    await inTurn(this.#probes, (engine) => engine.dispose());
  }
}

/** The worst entry of each gradient over several checks, and the largest share of a bound. */
export function summary(checks: readonly StepCheck[]): {
  readonly gradients: readonly TensorMeasure[];
  readonly used: number;
  readonly wrong: StepCheck | null;
} {
  return {
    gradients: worstOfEach(checks.flatMap(({ gradients }) => gradients)),
    used: checks.reduce((most, { used }) => Math.max(most, used), 0),
    wrong: checks.find(({ verdict }) => verdict === 'disagree') ?? null,
  };
}
