// Decides whether a run had to overflow: whether the exact step from where the run was leaves the
// range of its precision too.
import type { EngineFactory } from '../../engines/engine.ts';
import { allFinite } from '../../network/parameters.ts';
import type { OutOfRange } from '../verdict.ts';
import { withEngines } from '../with-engines.ts';
import { CheckedRun } from './checked-run.ts';
import type { CheckedProblem } from './checked-run.ts';

export interface Overflowed extends CheckedProblem {
  readonly engine: EngineFactory;
  /** The step at which it showed; it may have happened earlier. */
  readonly at: number;
}

/**
 * The first exact number that leaves the range; null if none does or an earlier step was wrong:
 * then the engine is to blame.
 */
export async function hadToOverflow(problem: Overflowed): Promise<(OutOfRange & { readonly step: number }) | null> {
  const { batches, at } = problem;
  const last = Math.min(at, batches.steps - 1);
  return withEngines(async (open) => {
    const run = await CheckedRun.begin(problem, await open(problem.engine), last);
    for (let step = 0; step <= last; step++) {
      const { isRight, beyond } = await run.step();
      // `ratio` turns NaN into a finite loss: then it shows long after it happened.
      const happens = step >= at - 1 || !allFinite(run.parameters);
      if (happens && beyond !== null) return { name: beyond.name, size: beyond.size, step };
      if (!isRight) return null; // an earlier error led there
    }
    return null;
  });
}
