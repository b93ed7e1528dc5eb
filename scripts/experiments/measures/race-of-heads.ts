// Trains the same network from the same start with each output and loss, each at its best learning rate.
import type { Dataset } from '../../../src/data/dataset.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { Lab } from '../experiment.ts';
import { mean, mlp, prepare, sgd } from '../training.ts';
import { accuracyCurve, examinerOf } from './accuracy-curve.ts';
import type { CurvePoint } from './accuracy-curve.ts';
import { HEADS, HEAD_IDS } from './score-gradient.ts';
import type { HeadId } from './score-gradient.ts';
import { gradientStatistics, scoresOf } from './score-statistics.ts';
import type { GradientStatistics } from './score-statistics.ts';

/** Far enough that what lies between is better than both ends. */
const LEARNING_RATES: Record<HeadId, readonly number[]> = {
  ratio: [0.5, 1, 2, 4, 8],
  softmaxSquared: [2, 4, 8, 16, 32],
  softmaxCrossEntropy: [0.1, 0.2, 0.5, 1],
};

/** One epoch under one head and learning rate. */
export interface HeadRun {
  readonly head: HeadId;
  readonly learningRate: number;
  readonly curve: readonly CurvePoint[];
  /** The mean accuracy over the measurements in the last quarter; the last step alone is noisy. */
  readonly accuracy: number;
  /** The largest drop between two measurements, after the accuracy has exceeded a half. */
  readonly fall: { readonly step: number; readonly from: number; readonly to: number };
  readonly parameters: Parameters;
}

/** @param every steps between two measurements on the test set  @returns all runs, head by head */
export async function raceOfHeads(lab: Lab, dataset: Dataset, every: number): Promise<HeadRun[]> {
  const examine = examinerOf(dataset);
  const all = HEAD_IDS.flatMap((head) =>
    (lab.quick ? LEARNING_RATES[head].slice(1, 3) : LEARNING_RATES[head]).map((learningRate) => ({
      head,
      learningRate,
    })),
  );
  const runs: HeadRun[] = [];
  for (const { head, learningRate } of all) {
    const network = mlp(HEADS[head]);
    const plan = { network, dataset, optimizer: sgd(learningRate), ...(lab.quick && { steps: 200 }) };
    let { initial: parameters } = prepare(lab, plan);
    const curve = await accuracyCurve(lab, plan, examine, every, Infinity, async (engine) => {
      parameters = await engine.parameters();
    });
    const late = curve.slice(Math.floor(0.75 * curve.length));
    const accuracy = mean(late.map((look) => look.accuracy));
    runs.push({ head, learningRate, curve, accuracy, fall: largestFall(curve), parameters });
    lab.progress(runs.length, all.length);
  }
  return runs;
}

export function bestOf(runs: readonly HeadRun[], head: HeadId): HeadRun {
  return runs.filter((run) => run.head === head).reduce((best, run) => (run.accuracy > best.accuracy ? run : best));
}

/** A run, with statistics of its gradients on some training digits before and after. */
export interface Watched extends HeadRun {
  readonly atStart: GradientStatistics;
  readonly atEnd: GradientStatistics;
}

export async function watched(lab: Lab, dataset: Dataset, run: HeadRun, count: number): Promise<Watched> {
  const network = mlp(HEADS[run.head]);
  const at = async (parameters: Parameters): Promise<GradientStatistics> =>
    gradientStatistics(run.head, await scoresOf(network, parameters, dataset.train, count));
  return { ...run, atStart: await at(prepare(lab, { network, dataset }).initial), atEnd: await at(run.parameters) };
}

function largestFall(curve: readonly CurvePoint[]): HeadRun['fall'] {
  let [fall, wasOverHalf] = [{ step: 0, from: 0, to: 0 }, false];
  for (let i = 1; i < curve.length; i++) {
    const [from, to] = [curve[i - 1].accuracy, curve[i].accuracy];
    wasOverHalf ||= from > 0.5;
    if (wasOverHalf && from - to > fall.from - fall.to) fall = { step: curve[i].step, from, to };
  }
  return fall;
}
