// expect(f).toHaveGradient({ at, gradient }) and expect(layer).toBackpropagate({ inputs, parameters
// }): any function or layer, against slopes of its values.
import { checkGradient } from '../check/function/check-gradient.ts';
import type { FunctionAnswer, GradientProblem } from '../check/function/check-gradient.ts';
import { checkLayer } from '../check/function/check-layer.ts';
import type { LayerProblem } from '../check/function/check-layer.ts';
import type { Layer } from '../check/function/layer.ts';
import { CandidateError } from '../errors.ts';
import { checkLines, checkSentence } from '../report/words/function-check.ts';
import type { AnyCheck } from '../report/words/function-check.ts';
import type { Outcome } from './backpropagates.ts';

/** @throws BackproofError if there is nothing to check */
export async function hasGradient(received: unknown, problem: GradientProblem): Promise<Outcome> {
  if (typeof received !== 'function')
    throw new CandidateError(
      `expect() was given ${received === null ? 'null' : typeof received}, not a function`,
      'expected a function of the parameters that returns its value',
    );
  const f = received as (parameters: unknown) => FunctionAnswer | Promise<FunctionAnswer>;
  return outcomeOf(await checkGradient(f, problem), received.name === '' ? 'the function' : received.name);
}

/** Whether expect() was given a layer, and not a network. */
export function isLayer(received: unknown, problem: object): received is Layer {
  if (typeof received !== 'object' || received === null || 'layers' in problem) return false;
  return ['forward', 'backward'].every((name) => typeof (received as Record<string, unknown>)[name] === 'function');
}

/** @throws BackproofError if there is nothing to check */
export async function layerBackpropagates(layer: Layer, problem: LayerProblem): Promise<Outcome> {
  return outcomeOf(await checkLayer(layer, problem), 'the layer');
}

function outcomeOf(check: AnyCheck, name: string): Outcome {
  const pass = check.verdict === 'agree';
  const before = pass ? [`${name} was expected to be wrong, but it is right.`] : [];
  const lines = [`${checkSentence(check, name)}.`, ...checkLines(check), `Repeat with { seed: ${check.seed} }.`];
  return { pass, message: [...before, ...lines].join('\n') };
}
