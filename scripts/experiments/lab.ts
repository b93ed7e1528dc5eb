// Makes the lab of an experiment: real MNIST, read once for all experiments, a seed, and a progress callback.
import { firstExamples } from '../../src/data/dataset.ts';
import type { Dataset } from '../../src/data/dataset.ts';
import { loadMnist } from '../../src/data/mnist.ts';
import type { Lab } from './experiment.ts';

export interface LabSettings {
  readonly seed: number;
  readonly quick: boolean;
  readonly signal: AbortSignal;
  readonly progress: Lab['progress'];
}

export function createLab(settings: LabSettings): Lab {
  return { ...settings, mnist };
}

let all: Dataset | null = null;

function mnist(trainSize?: number, testSize?: number): Dataset {
  all ??= loadMnist();
  return {
    ...all,
    train: firstExamples(all.train, trainSize ?? all.train.count),
    test: firstExamples(all.test, testSize ?? all.test.count),
  };
}
