// Asks an engine whose gradients are wrong, and that no known mistake explains, until it is known
// which operation is wrong.
import type { Engine } from '../../engines/engine.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Result } from '../gradients/results.ts';
import type { Side } from '../pair.ts';
import { isOneHot } from '../slopes/general-point.ts';
import type { TensorMeasure } from '../verdict.ts';
import type { Watch } from '../watch.ts';
import { Asker, ENOUGH } from './asker.ts';
import { probeOperations } from './operations/operations.ts';
import type { Probed, Told } from './told.ts';

interface Suspect {
  readonly network: NetworkSpec;
  readonly engine: Engine;
  readonly side: Side;
  readonly results: readonly Result[];
  readonly watch: Watch;
}

/** What is wrong in the gradients of an engine; it may end with other parameters loaded. */
export async function probeGradients({ network, engine, side, results, watch }: Suspect): Promise<Probed> {
  const asker = new Asker(engine, watch);
  const isRight = ({ left }: TensorMeasure): boolean => left !== side && left !== 'both';
  const forwardIsRight = results.every(({ loss, outputs }) => isRight(loss) && isRight(outputs));
  const oneHot = isOneHot(results[0].question.batch.targets);
  let told: readonly Told[] = [];
  try {
    told = await probeOperations({ network, asker, oneHot, forwardIsRight });
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  return { asked: asker.asked, told };
}
