// compare --watch: the gradients are checked and said before the speed of anything is measured.
import { boundedGradients } from '../../bounds/gradients.ts';
import { engineInfo } from '../../check/engine-info.ts';
import { gradientCheck } from '../../check/gradient-check.ts';
import type { GradientCheck, Kept } from '../../check/gradient-check.ts';
import { inTurn, mapPair } from '../../check/pair.ts';
import { withEngines } from '../../check/with-engines.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import type { Io } from '../../program/io.ts';
import { CHECK_LABELS, createLines } from '../../program/progress.ts';
import type { CandidateSource } from '../candidate.ts';
import { createFactories } from '../engines.ts';
import type { Experiment } from '../experiment.ts';
import type { Options } from '../options.ts';
import { gradientSentence } from '../pace/pace.ts';
import type { Paced } from '../pace/pace.ts';
import { requireCurrent } from './watch.ts';
import type { Round } from './watch.ts';

export interface FirstGradients {
  readonly gradients: GradientCheck;
  /** Whether there is nothing to train. */
  readonly isWrong: boolean;
}

/** Checks the gradients of the first batch, and prints in one line what was found. */
export async function firstGradients(
  experiment: Experiment,
  options: Options,
  candidate: CandidateSource | null,
  io: Io,
  round: Round,
): Promise<FirstGradients> {
  const { network, initial, batches } = experiment;
  const key = JSON.stringify(network);
  const { memory } = round;
  const factories = createFactories(experiment, options, null, candidate);
  const { injector, variants, graph } = factories;
  const reference = round.remembered(factories.reference, `reference ${key}`);
  return withEngines(async (open) => {
    const engines = await inTurn<EngineFactory, Engine>({ candidate: factories.candidate, reference }, open);
    const gradients = await gradientCheck(network, initial, batches.batch(0), engines, {
      exact: await open(factories.exact),
      exactAnswer: memory.once(`exact ${key}`, () => boundedGradients(network, initial, batches.batch(0))),
      graph: graph && (await open(graph)),
      kept: memory.once(`kept ${key}`, (): Kept => ({})),
      injector,
      variants,
      scatter: true,
      watch: createLines(io, CHECK_LABELS).watch,
    });
    requireCurrent(round, io);
    io.err(gradientSentence(network, mapPair(engines, engineInfo), gradients));
    return { gradients, isWrong: gradients.verdict.kind === 'disagree' };
  });
}

/** For gradients that are wrong: nothing is trained, so that no speed counts. */
export function unpaced(experiment: Experiment, options: Options, candidate: CandidateSource | null): Paced {
  const factories = createFactories(experiment, options, null, candidate);
  return { experiment, factories, trainSize: null, estimate: null };
}
