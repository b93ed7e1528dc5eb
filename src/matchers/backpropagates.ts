// expect(implementation).toBackpropagate(network): checks the loss, the gradients and (if there are
// any) the updates of an implementation against the exact ones.
import { boundedGradients } from '../bounds/gradients.ts';
import type { FaultInjector } from '../check/diagnosis/diagnose.ts';
import { gradientCheck } from '../check/gradient-check.ts';
import type { GradientCheck } from '../check/gradient-check.ts';
import { updateCheck } from '../check/update-check.ts';
import type { UpdateCheck } from '../check/update-check.ts';
import { overall } from '../check/verdict.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Pair } from '../check/pair.ts';
import type { Engine, FaultInjection } from '../engines/engine.ts';
import { createExternalEngine } from '../candidates/external.ts';
import { variantEngines, withBiasesOf } from '../candidates/conventions/variant-engines.ts';
import { createVectorEngine } from '../engines/vector/vector.ts';
import { withoutBiases } from '../engines/without-biases.ts';
import { checkNetwork } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../ops/optimizers/registry.ts';
import { answerTo } from '../report/answer/answer.ts';
import { checkedBy } from '../report/answer/checked.ts';
import type { Sides } from '../report/words/findings.ts';
import { implementationOf } from './implementation.ts';
import { problemOf } from './problem.ts';
import type { BackpropagationOptions } from './problem.ts';

export interface Outcome {
  readonly pass: boolean;
  /** Why it fails; or, if it passes, what to say if it was expected to fail. */
  readonly message: string;
}

/**
 * @throws BackproofError if there is nothing to check: it is not a function, it throws, or the
 *   options are invalid
 */
export async function backpropagates(
  received: unknown,
  spec: NetworkSpec,
  options: BackpropagationOptions = {},
): Promise<Outcome> {
  const { name, conventions, can, open } = implementationOf(received, options.conventions);
  checkNetwork(spec);
  const network = withBiasesOf(spec, conventions);
  const { optimizer: asked = 'sgd' } = options;
  const optimizer = typeof asked === 'string' ? optimizerSpec(asked) : optimizerSpec(asked.id, asked);
  const { parameters, batch, repeat } = problemOf(network, conventions, options);
  return withEngines(async (engine) => {
    const exact = (): Promise<Engine> => engine(async () => exactEngine(network, optimizer));
    const engines: Pair<Engine> = {
      candidate: await engine(async () => createExternalEngine(open(), network, optimizer, conventions)),
      reference: await exact(),
    };
    const injector: FaultInjector = {
      setting: { network, optimizer, scaling: { mean: 0, deviation: 1 } },
      inject: async (injection) => exactEngine(network, optimizer, injection),
    };
    const variants = variantEngines(conventions, spec, optimizer, async () => open(), can);
    const exactAnswer = boundedGradients(network, parameters, batch);
    const helpers = { exact: await exact(), exactAnswer, injector, variants };
    const gradients = await gradientCheck(network, parameters, batch, engines, helpers);
    const problem = { network, optimizer, start: parameters, training: options.steps };
    const updates =
      can.some((one) => one === 'applyGradients' || one === 'trainStep') && gradients.verdict.kind !== 'disagree'
        ? await updateCheck(problem, batch, engines, injector, () => true, exactAnswer)
        : null;
    return outcomeOf(
      network,
      gradients,
      updates,
      { candidate: { engine: 'external', label: name }, reference: null },
      repeat,
    );
  });
}

/** The hand-written network in binary64. */
function exactEngine(network: NetworkSpec, optimizer: OptimizerSpec, injection?: FaultInjection): Engine {
  const engine = createVectorEngine(network, optimizer, {
    dtype: 'f64',
    ...(injection !== undefined && { injection }),
  });
  return withoutBiases(network, engine);
}

function outcomeOf(
  network: NetworkSpec,
  gradients: GradientCheck,
  updates: UpdateCheck | null,
  sides: Sides,
  repeat: string,
): Outcome {
  const verdict = overall(updates === null ? [gradients.verdict] : [gradients.verdict, updates.verdict]);
  const { kind, headline, lines } = answerTo(checkedBy(sides, network, verdict, gradients, updates));
  const pass = kind === 'agree' || kind === 'identical';
  const before = pass ? [`${sides.candidate.label} was expected to be wrong, but it is right.`] : [];
  return { pass, message: [...before, `${headline}.`, ...lines, repeat].join('\n') };
}
