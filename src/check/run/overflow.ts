// Decides whether a run had to overflow: whether the exact step from where the run was leaves the
// range of its precision too.
import type { Batches } from '../../data/batches.ts';
import type { EngineFactory } from '../../engines/engine.ts';
import { allFinite } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { boundedGradients } from '../../bounds/gradients.ts';
import { boundedUpdates } from '../../bounds/update.ts';
import type { BoundedUpdates } from '../../bounds/update.ts';
import { measureParameters, usedOfBound } from '../measure.ts';
import { both } from '../pair.ts';
import { isWithin } from '../../numeric/bounds/extremes.ts';
import type { OutOfRange } from '../verdict.ts';

export interface Overflowed {
  readonly network: NetworkSpec;
  readonly optimizer: OptimizerSpec;
  readonly initial: Parameters;
  readonly batches: Batches;
  readonly engine: EngineFactory;
  /** The step at which it showed; it may have happened earlier. */
  readonly at: number;
}

/**
 * The first exact number that leaves the range; null if none does or an earlier step was wrong:
 * then the engine is to blame.
 */
export async function hadToOverflow(run: Overflowed): Promise<(OutOfRange & { readonly step: number }) | null> {
  const { network, optimizer, initial, batches, at } = run;
  const engine = await run.engine();
  try {
    await engine.load(initial);
    const expected = boundedUpdates(network, optimizer, await engine.parameters());
    for (let step = 0; step <= Math.min(at, batches.steps - 1); step++) {
      const batch = batches.batch(step);
      const exact = boundedGradients(network, expected.parameters, batch);
      expected.step(exact.gradients, exact.errors);
      const beyond = [...exact.extremes, ...expected.extremes].find((e) => !isWithin(e, engine.dtype));
      const loss = await engine.trainStep(batch);
      const own = await engine.parameters();
      // `ratio` turns NaN into a finite loss: then it shows long after it happened.
      const happens = step >= at - 1 || !allFinite(own);
      if (happens && beyond !== undefined) return { name: beyond.name, size: beyond.size, step };
      const right = usedOfBound(loss, exact.loss.value, exact.loss.error) <= 1 && allWithin(own, expected);
      if (!right) return null; // an earlier error led there
      expected.goOnFrom(own);
    }
    return null;
  } finally {
    await engine.dispose();
  }
}

function allWithin(own: Parameters, { parameters, errors }: BoundedUpdates): boolean {
  return measureParameters(both(own), parameters, errors).every(({ left }) => left === null);
}
