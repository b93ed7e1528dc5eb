// Checks a candidate in this thread, the way the program checks one in a thread or process of
// its own.
import { denseLayers } from '../../src/network/parameters.ts';
import type { FaultInjector } from '../../src/check/diagnosis/diagnose.ts';
import { gradientCheck } from '../../src/check/gradient-check.ts';
import type { GradientCheck } from '../../src/check/gradient-check.ts';
import { updateCheck } from '../../src/check/update-check.ts';
import { localPort } from '../../src/candidates/process/local.ts';
import { conventionsOf } from '../../src/candidates/conventions/conventions.ts';
import type { CandidateEngine } from '../../src/candidates/engine.ts';
import { createExternalEngine } from '../../src/candidates/external.ts';
import { createEngine } from '../../src/engines/registry.ts';
import type { CandidatePort } from '../../src/candidates/request.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { variantEngines, withBiasesOf } from '../../src/candidates/conventions/variant-engines.ts';
import { randomBatch, startOf } from '../fixtures.ts';

export const SGD = optimizerSpec('sgd', { learningRate: 0.05 });

export function engineOf(imported: unknown, network: NetworkSpec, optimizer = SGD): CandidateEngine {
  const port = localPort(imported, 'own.ts');
  return createExternalEngine(port, network, optimizer, conventionsOf(port.description.conventions, 'own.ts'));
}

interface Trial {
  readonly seed?: number;
  readonly B?: number;
  readonly optimizer?: OptimizerSpec;
}

export function onTrial(imported: unknown, spec: NetworkSpec, trial: Trial = {}) {
  return portOnTrial(async () => localPort(imported, 'own.ts'), spec, trial);
}

/** The same check through a port, for a candidate in any thread or process. */
export async function portOnTrial(
  openPort: () => Promise<CandidatePort>,
  spec: NetworkSpec,
  { seed = 1, B = 4, optimizer = SGD }: Trial = {},
) {
  const port = await openPort();
  const conventions = conventionsOf(port.description.conventions, 'own.ts');
  const network = withBiasesOf(spec, conventions);
  const setting = { network, optimizer, scaling: { mean: 0, deviation: 1 } };
  const injector: FaultInjector = {
    setting,
    inject: (injection) => createEngine('vector', network, optimizer, { dtype: 'f64', injection }),
  };
  const start = startOf(network, seed);
  if (network.biases === false) for (const { bias } of denseLayers(start)) bias.fill(0);
  const batch = randomBatch(network, B, seed);
  const candidate = createExternalEngine(port, network, optimizer, conventions);
  const reference = await createEngine('vector', network, optimizer);
  const oracle = await createEngine('vector', network, optimizer, { dtype: 'f64' });
  const graph = await createEngine('autograd', network, optimizer);
  const { can } = port.description;
  const variants = variantEngines(conventions, network, optimizer, openPort, can);
  const helpers = { exact: oracle, graph, injector, variants };
  const gradients: GradientCheck = await gradientCheck(network, start, batch, { candidate, reference }, helpers);
  const updates = await updateCheck({ network, optimizer, start }, batch, { candidate, reference }, injector);
  await candidate.dispose();
  return { gradients, updates, candidate };
}
