// The settings of a run on a data set, for its report.
import type { BatchPlan, Batches } from '../data/batches.ts';
import type { Dataset } from '../data/dataset.ts';
import type { Scaling } from '../data/scaling.ts';
import type { Settings } from './report.ts';

/** What a run is made of. */
interface Run extends Pick<Settings, 'network' | 'initializer' | 'optimizer' | 'fault'> {
  readonly dataset: Pick<Dataset, 'name' | 'train' | 'test'>;
  readonly scaling: Scaling;
  readonly plan: BatchPlan;
  readonly batches: Pick<Batches, 'steps'>;
}

export function settingsOf(run: Run): Settings {
  const { dataset, scaling, network, initializer, optimizer, plan, batches, fault } = run;
  return {
    dataset: dataset.name,
    trainSize: dataset.train.count,
    testSize: dataset.test.count,
    scale: scaling.id,
    network,
    initializer,
    optimizer,
    batchSize: plan.batchSize,
    epochs: plan.epochs,
    steps: batches.steps,
    seed: plan.seed,
    fault,
  };
}
