// Runs all checks on one candidate for the self-test: the gradients of a batch, updates, a
// training step.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { nameOf } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { layersOf } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { boundedGradients } from '../bounds/gradients.ts';
import type { BoundedGradients } from '../bounds/gradients.ts';
import type { FaultInjector, UpdateSequence } from '../check/diagnosis/diagnose.ts';
import { gradientCheck } from '../check/gradient-check.ts';
import type { GradientCheck } from '../check/gradient-check.ts';
import type { Pair, Side } from '../check/pair.ts';
import { questionsOf } from '../check/questions/protocol.ts';
import type { Question } from '../check/questions/protocol.ts';
import { updateCheck } from '../check/update-check.ts';
import type { UpdateCheck } from '../check/update-check.ts';
import { sequencesOf } from '../check/update-sequences.ts';
import type { Finding, TensorMeasure, Verdict } from '../check/verdict.ts';
import { overall } from '../check/verdict.ts';

export interface Trial {
  readonly verdict: Verdict;
  readonly gradients: GradientCheck;
  readonly updates: UpdateCheck;
}

/** What depends on the problem alone: engines that are tried on the same problem share it. */
export interface Known {
  readonly exact: BoundedGradients;
  readonly questions: readonly Question[];
  readonly sequences: readonly UpdateSequence[];
}

export function knownOf(network: NetworkSpec, start: Parameters, batch: Batch): Known {
  const exact = boundedGradients(network, start, batch);
  const questions = questionsOf(network, start, batch, exact);
  return { exact, questions, sequences: sequencesOf({ network, start }, exact.gradients) };
}

export async function tryOut(
  injector: FaultInjector,
  start: Parameters,
  batch: Batch,
  engines: Pair<Engine>,
  { exact, questions, sequences }: Known = knownOf(injector.setting.network, start, batch),
): Promise<Trial> {
  const { network, optimizer } = injector.setting;
  const gradients = await gradientCheck(network, start, batch, engines, { injector, kept: { questions } });
  const right = (side: Side): boolean => gradients.firstWrong[side] === null;
  const problem = { network, optimizer, start, kept: { sequences } };
  const updates = await updateCheck(problem, batch, engines, injector, right, exact);
  return { verdict: overall([gradients.verdict, updates.verdict]), gradients, updates };
}

/**
 * The candidate's first wrong place: an intermediate of the gradient, or the first parameter that
 * is wrong after an update or training step.
 */
export function firstWrongPlace(network: NetworkSpec, { gradients, updates }: Trial): string | null {
  const place = gradients.firstWrong.candidate;
  if (place !== null) return place.name;
  const findings = updates.verdict.kind === 'disagree' ? updates.verdict.findings : [];
  const inUpdate = measuresOf(findings, 'update')[0];
  if (inUpdate !== undefined) return inUpdate.parameter;
  const firsts = layersOf(network).flatMap(({ parameters: [first] }, l) =>
    first === undefined ? [] : [nameOf({ layer: l + 1, role: first.role })],
  );
  const inStep = measuresOf(findings, 'train-step').map(({ parameter }) => parameter);
  // a training step goes through the layers from the last to the first
  return inStep.findLast((name) => firsts.includes(name)) ?? inStep[0] ?? null;
}

function measuresOf(findings: readonly Finding[], what: 'update' | 'train-step'): TensorMeasure[] {
  return findings.flatMap((f) => (f.kind === 'beyond-bound' && f.what === what ? [f.measure] : []));
}

/** All measurements of the trial. */
export function allMeasures({ gradients, updates }: Trial): TensorMeasure[] {
  const { loss, outputs, parameters, questions } = gradients;
  const further = questions.flatMap(({ measures }) => measures);
  return [loss, outputs, ...parameters, ...further, ...updates.updates, ...updates.trainSteps];
}
