// Asks an engine whose gradients are wrong, and that no known mistake explains, until it is known
// which operation is wrong.
import type { Engine } from '../../engines/engine.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Result } from '../gradients/results.ts';
import type { Side } from '../pair.ts';
import { isOneHot } from '../slopes/general-point.ts';
import type { TensorMeasure } from '../verdict.ts';
import type { Watch } from '../watch.ts';
import { Asker, ENOUGH } from './asker.ts';
import { probeBatch } from './batch.ts';
import { probeLoss } from './loss/loss.ts';
import type { LossFound } from './loss/loss.ts';
import { probeOperations } from './operations/operations.ts';
import { probeUpdates } from './optimizer/updates.ts';
import { probeSteadiness } from './steadiness.ts';
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
  const { batch } = results[0].question;
  const oneHot = isOneHot(batch.targets);
  const isRight = ({ left }: TensorMeasure): boolean => left !== side && left !== 'both';
  const lossIsWrong = !results.every(({ loss }) => isRight(loss));
  const gradientsAreWrong = !results.every(({ gradients }) => gradients.every(isRight));
  const forwardIsRight = !lossIsWrong && results.every(({ outputs }) => isRight(outputs));
  const told: Told[] = [];
  try {
    told.push(...(await probeSteadiness({ network, asker, watch, oneHot })));
    if (told.length > 0) return { asked: asker.asked, told };
    const { told: ofBatch, addsUp } = gradientsAreWrong
      ? await probeBatch({ network, asker, watch, oneHot })
      : { told: [], addsUp: false };
    told.push(...ofBatch);
    const loss = await probeLoss({ network, asker, watch, lossIsWrong, targets: batch.targets });
    told.unshift(...(loss?.told ?? []));
    if (addsUp && !isExplained(loss)) {
      const operations = await probeOperations({ network, asker, oneHot, forwardIsRight });
      told.push(...operations.filter((one) => !isSaid(one, told)));
    }
  } catch (error) {
    if (error !== ENOUGH) throw error;
  }
  return { asked: asker.asked, told };
}

/** Whether what is told already says it, or says more about the same. */
function isSaid({ place, used }: Told, told: readonly Told[]): boolean {
  return told.some(
    (one) => one.place === place || one.text.split(/[ ,.]/).includes(place) || (one.kind === 'loss' && used === null),
  );
}

/** Whether the gradients belong to a loss that is known: then no operation is wrong. */
function isExplained(loss: LossFound | null): boolean {
  const is = loss?.gradients.is;
  return is === 'own' || is === 'right';
}

/** What is wrong in the updates of an engine, which are made of given gradients. */
export async function probeUpdatesOf(
  engine: Engine,
  problem: { readonly network: NetworkSpec; readonly optimizer: OptimizerSpec },
  watch: Watch,
): Promise<Probed> {
  const asker = new Asker(engine, watch);
  try {
    const told = await probeUpdates({ ...problem, asker, watch });
    return { asked: asker.asked, told };
  } catch (error) {
    if (error !== ENOUGH) throw error;
    return { asked: asker.asked, told: [] };
  }
}
