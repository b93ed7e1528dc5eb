// The pace of a comparison: what is done and how long it takes, said before it begins, and how many
// examples a slow candidate is trained on.
import type { GradientCheck } from '../../check/gradient-check.ts';
import type { Pair } from '../../check/pair.ts';
import type { EngineInfo } from '../../check/engine-info.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Io } from '../../program/io.ts';
import { durationText } from '../../program/progress.ts';
import { answerTo } from '../../report/answer/answer.ts';
import { checkedBy } from '../../report/answer/checked.ts';
import { formatCount } from '../../text.ts';
import type { CandidateSource } from '../candidate.ts';
import type { EngineThreads } from '../../engines/threads/threads.ts';
import { createFactories } from '../engines.ts';
import type { Factories } from '../engines.ts';
import type { Experiment } from '../experiment.ts';
import type { Options } from '../options.ts';
import { estimateOf, formatStep, totalOf } from './estimate.ts';
import type { Estimate } from './estimate.ts';
import { measureSpeeds } from './speed.ts';
import { trainingsAtOnce } from './threads.ts';
import { BUDGET, trainSizeWithin } from './train-size.ts';

export interface Paced {
  readonly experiment: Experiment;
  readonly factories: Factories;
  /** Training examples that were chosen to stay within the time; null where nothing was chosen. */
  readonly trainSize: number | null;
  /** null where no speed could be measured. */
  readonly estimate: Estimate | null;
  /** How many trainings run at once. */
  readonly atOnce: number;
}

/** What is to be compared. */
export interface Wanted {
  readonly options: Options;
  readonly candidate: CandidateSource | null;
  /** The experiment that these options ask for. */
  readonly make: (options: Options) => Experiment;
  readonly names: Pair<string>;
  /** Used where the trainings are long enough; ended by the caller. */
  readonly threads: EngineThreads;
}

/** Options with which all is trained that was asked for, however slow it is. */
const AS_ASKED = ['train-size', 'full', 'baseline', 'update-baseline'] as const;

/** Times a few steps, chooses the number of examples, and says what follows. */
export async function paced({ options, candidate, make, names, threads }: Wanted, io: Io): Promise<Paced> {
  let experiment = make(options);
  const atOnce = trainingsAtOnce(experiment);
  const parts = { candidate, threads: atOnce > 1 ? threads : null };
  let factories = createFactories(experiment, options, parts);
  const speeds = await measureSpeeds(factories, experiment, atOnce, io);
  await candidate?.close(); // what it keeps from these steps must not show: the next request starts it anew
  if (speeds === null) return { experiment, factories, trainSize: null, estimate: null, atOnce };
  const { trainSize: count, batchSize, epochs } = experiment.settings;
  const asAsked = candidate === null || AS_ASKED.some((name) => options[name] !== undefined && options[name] !== false);
  const trainSize = asAsked ? null : trainSizeWithin(BUDGET, speeds.candidate, { count, batchSize, epochs });
  if (trainSize !== null) {
    experiment = make({ ...options, 'train-size': trainSize });
    factories = createFactories(experiment, options, parts);
    const seconds = formatStep(speeds.candidate);
    const of = `${formatCount(trainSize)} of ${formatCount(count)} examples`;
    io.err(
      `${names.candidate} takes ${seconds} per step: its training is limited to ${of}, about a minute; --full trains on all.\n`,
    );
  }
  const { steps, testSize, network } = experiment.settings;
  const withBaseline = factories.f32Baseline !== undefined;
  const estimate = estimateOf({ network, steps, batchSize, testSize, withBaseline }, speeds);
  io.err(`${openingSentence(names, experiment, candidate !== null)} ${timeSentence(estimate, atOnce)}\n`);
  return { experiment, factories, trainSize, estimate, atOnce };
}

/** @param onlyIfRight whether a candidate with wrong gradients is not trained */
function openingSentence(
  { candidate, reference }: Pair<string>,
  { settings }: Experiment,
  onlyIfRight: boolean,
): string {
  const { steps, trainSize, epochs } = settings;
  const passes = epochs === 1 ? '' : `, ${formatCount(epochs)} epochs`;
  const examples = `${formatCount(trainSize)} examples${passes}`;
  const size = `${formatCount(steps)} ${steps === 1 ? 'step' : 'steps'}, ${examples}`;
  const then = onlyIfRight ? 'then, if they are right, training' : 'then training';
  return `Comparing ${candidate} with ${reference}: the gradients first, ${then} of both and of the exact run (${size} each).`;
}

/** "That takes about 2 min, more if the runs part." Then their steps are checked again. */
function timeSentence(estimate: Estimate, atOnce: number): string {
  return `That takes ${durationText(totalOf(estimate, atOnce))}, more if the runs part.`;
}

/** One line, before anything is trained. */
export function gradientSentence(network: NetworkSpec, engines: Pair<EngineInfo>, check: GradientCheck): string {
  const { kind, headline } = answerTo(checkedBy(engines, network, check.verdict, check, null));
  return `Gradient check: ${kind.toUpperCase()}: ${headline}.\n`;
}
