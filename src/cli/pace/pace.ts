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
import { createFactories } from '../engines.ts';
import type { Factories } from '../engines.ts';
import type { Experiment } from '../experiment.ts';
import type { Options } from '../options.ts';
import { estimateOf, formatStep, totalOf } from './estimate.ts';
import type { Estimate } from './estimate.ts';
import { measureSpeeds } from './speed.ts';
import { BUDGET, trainSizeWithin } from './train-size.ts';

export interface Paced {
  readonly experiment: Experiment;
  readonly factories: Factories;
  /** Training examples that were chosen to stay within the time; null where nothing was chosen. */
  readonly trainSize: number | null;
  /** null where no speed could be measured. */
  readonly estimate: Estimate | null;
}

/** Options with which all is trained that was asked for, however slow it is. */
const AS_ASKED = ['train-size', 'full', 'baseline', 'update-baseline'] as const;

/**
 * Times a few steps, chooses the number of examples, and says what follows.
 * @param make the experiment that these options ask for
 * @param names of candidate and reference
 */
export async function paced(
  options: Options,
  candidate: CandidateSource | null,
  make: (options: Options) => Experiment,
  names: Pair<string>,
  io: Io,
): Promise<Paced> {
  const engines = (of: Experiment): Factories => createFactories(of, options, null, candidate);
  let experiment = make(options);
  let factories = engines(experiment);
  const speeds = await measureSpeeds(factories, experiment, io);
  await candidate?.close(); // what it keeps from these steps must not show: the next request starts it anew
  if (speeds === null) return { experiment, factories, trainSize: null, estimate: null };
  const { trainSize: count, batchSize, epochs } = experiment.settings;
  const asAsked = candidate === null || AS_ASKED.some((name) => options[name] !== undefined && options[name] !== false);
  const trainSize = asAsked ? null : trainSizeWithin(BUDGET, speeds.candidate, { count, batchSize, epochs });
  if (trainSize !== null) {
    experiment = make({ ...options, 'train-size': trainSize });
    factories = engines(experiment);
    const seconds = formatStep(speeds.candidate);
    const of = `${formatCount(trainSize)} of ${formatCount(count)} examples`;
    io.err(
      `${names.candidate} takes ${seconds} per step: training on ${of} to stay within a minute; --full trains on all.\n`,
    );
  }
  const { steps, testSize, network } = experiment.settings;
  const withBaseline = factories.f32Baseline !== undefined;
  const estimate = estimateOf({ network, steps, batchSize, testSize, withBaseline }, speeds);
  io.err(`${openingSentence(names, experiment)} ${capital(durationText(totalOf(estimate)))}.\n`);
  return { experiment, factories, trainSize, estimate };
}

function openingSentence({ candidate, reference }: Pair<string>, { settings }: Experiment): string {
  const { steps, trainSize, epochs } = settings;
  const passes = epochs === 1 ? '' : `, ${formatCount(epochs)} epochs`;
  const examples = `${formatCount(trainSize)} examples${passes}`;
  return `Comparing ${candidate} with ${reference}: the gradients first, then both trainings (${formatCount(steps)} ${steps === 1 ? 'step' : 'steps'}, ${examples}).`;
}

/** One line, before anything is trained. */
export function gradientSentence(network: NetworkSpec, engines: Pair<EngineInfo>, check: GradientCheck): string {
  const { kind, headline } = answerTo(checkedBy(engines, network, check.verdict, check, null));
  return `Gradient check: ${kind.toUpperCase()}: ${headline}.\n`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
