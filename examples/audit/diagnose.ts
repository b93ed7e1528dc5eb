// Finds the known mistakes that give exactly the library's numbers: in its gradients or, if they
// are read from a training step, in the whole step.
import { diagnoseGradients, diagnoseTrainStep } from '../../src/check/diagnosis/diagnose.ts';
import type { FaultInjector, NamedFault } from '../../src/check/diagnosis/diagnose.ts';
import type { Candidate } from '../../src/candidates/candidate.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import { createVectorEngine } from '../../src/engines/vector/vector.ts';
import { copyParameters, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { candidateEngine } from './candidate-engine.ts';
import type { Answer } from './candidate-engine.ts';
import type { Problem } from './problem.ts';

export function injectorOf(network: NetworkSpec, optimizer: OptimizerSpec): FaultInjector {
  return {
    setting: { network, optimizer, scaling: { mean: 0, deviation: 1 } },
    inject: async (injection) => createVectorEngine(network, optimizer, { dtype: 'f64', injection }),
  };
}

/** "sign at layer 1: ..." for each mistake that fits. */
export async function diagnose(
  candidate: Candidate,
  conventions: Conventions,
  { network, parameters, batch, exact }: Problem,
  answer: Answer,
): Promise<string[]> {
  const learningRate = answer.learningRate ?? 1;
  const injector = injectorOf(network, optimizerSpec('sgd', { learningRate }));
  const engine = candidateEngine(candidate, conventions, network);
  const result = { loss: answer.loss, gradients: answer.gradients };
  const { mistakes = [], pairs = [] } =
    (await diagnoseGradients(injector, engine, {
      questions: [{ name: 'given', parameters, batch, exact }],
      answers: [result],
      lossToo: false,
    })) ?? {};
  const stepped = (gradients: Parameters): Parameters => moved(parameters, gradients, -learningRate);
  const errors = copyParameters(exact.errors, 'f64');
  const inStep =
    answer.learningRate === null || mistakes.length + pairs.length > 0
      ? []
      : await diagnoseTrainStep(injector, parameters, batch, stepped(answer.gradients), {
          parameters: stepped(exact.gradients),
          errors: moved(moved(errors, errors, learningRate - 1), answer.readErrors, learningRate),
        });
  return [...[...mistakes, ...inStep].map(named), ...pairs.map(([one, two]) => `${named(one)}; and ${named(two)}`)];
}

function named({ fault, layer, description }: NamedFault): string {
  return layer === null ? `${fault}: ${description}` : `${fault} at layer ${layer}: ${description}`;
}

/** start + factor * direction */
function moved(start: Parameters, direction: Parameters, factor: number): Parameters {
  const out = copyParameters(start, 'f64');
  const d = namedTensors(direction);
  namedTensors(out).forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] += factor * d[t].values[i];
  });
  return out;
}
