// compare --watch: the gradients are checked and said before the speed of anything is measured.
import { boundedGradients } from '../../bounds/gradients.ts';
import { isWrong } from '../../check/compare.ts';
import { engineInfo } from '../../check/engine-info.ts';
import { gradientCheck } from '../../check/gradient-check.ts';
import type { GradientCheck, Kept } from '../../check/gradient-check.ts';
import { inTurn, mapPair } from '../../check/pair.ts';
import { withEngines } from '../../check/with-engines.ts';
import type { Engine, EngineFactory } from '../../engines/engine.ts';
import type { Io } from '../../program/io.ts';
import { CHECK_LABELS, createLines } from '../../program/progress.ts';
import { createFactories } from '../engines.ts';
import { gradientSentence } from '../pace/pace.ts';
import type { Paced, Wanted } from '../pace/pace.ts';
import { requireCurrent } from './watch.ts';
import type { Round } from './watch.ts';

export interface FirstGradients {
  readonly gradients: GradientCheck;
  /** Whether there is nothing to train. */
  readonly isWrong: boolean;
}

/** Checks the gradients of the first batch, and prints in one line what was found. */
export async function firstGradients(
  { options, candidate, make }: Wanted,
  round: Round,
  io: Io,
): Promise<FirstGradients> {
  const experiment = make(options);
  const { network, initial, batches } = experiment;
  const key = JSON.stringify(network);
  const { memory } = round;
  const factories = createFactories(experiment, options, { candidate });
  const reference = round.remembered(factories.reference, `reference ${key}`);
  return withEngines(async (open) => {
    const engines = await inTurn<EngineFactory, Engine>({ candidate: factories.candidate, reference }, open);
    const gradients = await gradientCheck(network, initial, batches.batch(0), engines, {
      exact: await open(factories.exact),
      exactAnswer: memory.once(`exact ${key}`, () => boundedGradients(network, initial, batches.batch(0))),
      graph: factories.graph && (await open(factories.graph)),
      kept: memory.once(`kept ${key}`, (): Kept => ({})),
      injector: factories.injector,
      variants: factories.variants,
      scatter: true,
      watch: createLines(io, CHECK_LABELS).watch,
    });
    requireCurrent(round, io);
    io.err(gradientSentence(network, mapPair(engines, engineInfo), gradients));
    return { gradients, isWrong: isWrong(gradients) };
  });
}

/** For gradients that are wrong: nothing is trained, so that no speed counts. */
export function unpaced({ options, candidate, make }: Wanted): Paced {
  const experiment = make(options);
  const factories = createFactories(experiment, options, { candidate });
  return { experiment, factories, trainSize: null, estimate: null, atOnce: 1 };
}
