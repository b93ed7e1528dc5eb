// One problem of the audit: a small network, seeded parameters (including biases) and a seeded
// batch. The seed is chosen so that no score is near a kink.
import { boundedGradients } from '../../src/bounds/gradients.ts';
import type { BoundedGradients } from '../../src/bounds/gradients.ts';
import type { Batch } from '../../src/network/batch.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { denseLayers, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { ActivationId, LossId } from '../../src/ops/registry.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { zeros } from '../../src/numeric/matrix.ts';
import { createRng } from '../../src/numeric/rng.ts';

export interface Problem {
  readonly network: NetworkSpec;
  readonly parameters: Parameters;
  readonly batch: Batch;
  readonly exact: BoundedGradients;
  readonly seed: number;
}

export interface Shape {
  readonly activation: ActivationId;
  readonly output: ActivationId;
  readonly loss: LossId;
  /** Hidden layers: 0, 1 or 2. */
  readonly hidden: number;
  readonly batchSize: number;
  /** Scales the inputs: large scores saturate the functions. */
  readonly inputsTimes?: number;
  readonly outputs?: number;
}

const INPUTS = 3;
const HIDDEN = [5, 4];
const OUTPUTS = 3;
const SEEDS = 20_000;
/** Finite differences in binary32 change a score by about a tenth. */
const NEAR_A_KINK = 0.1;
const KINKED: ReadonlySet<ActivationId> = new Set(['relu', 'leaky-relu', 'selu']);

/** The problem of the first seed with no score near 0, and with most gradient entries not 0. */
export function problemOf(shape: Shape): Problem {
  const { activation, output, loss, hidden, outputs = OUTPUTS } = shape;
  const widths = HIDDEN.slice(HIDDEN.length - hidden);
  const network: NetworkSpec = {
    inputs: INPUTS,
    layers: [...widths.map((units) => ({ units, activation })), { units: outputs, activation: output }],
    loss,
  };
  for (let seed = 1; seed <= SEEDS; seed++) {
    const parameters = startingParameters(network, seed);
    const batch = randomBatch(shape, seed);
    const exact = boundedGradients(network, parameters, batch);
    const clear = exact.layers.every(
      ({ z }, l) => !KINKED.has(network.layers[l].activation) || z.value.data.every((x) => Math.abs(x) > NEAR_A_KINK),
    );
    if (clear && exact.kinks.length === 0 && (shape.inputsTimes !== undefined || mostlyAlive(exact.gradients)))
      return { network, parameters, batch, exact, seed };
  }
  throw new RangeError(`no seed up to ${SEEDS} keeps all scores away from 0`);
}

/** Whether at least half of the entries of each tensor are not 0. */
function mostlyAlive(gradients: Parameters): boolean {
  return namedTensors(gradients).every(({ values }) => values.filter((g) => g !== 0).length >= values.length / 2);
}

function startingParameters(network: NetworkSpec, seed: number): Parameters {
  const parameters = initialParameters(network, 'glorot-uniform', seed);
  const rng = createRng(seed, 'audit biases');
  for (const { bias } of denseLayers(parameters)) for (let o = 0; o < bias.length; o++) bias[o] = 0.5 * rng.normal();
  return parameters;
}

function randomBatch({ batchSize, loss, inputsTimes = 1, outputs = OUTPUTS }: Shape, seed: number): Batch {
  const rng = createRng(seed, 'audit batch');
  const [inputs, targets] = [zeros('f32', batchSize, INPUTS), zeros('f32', batchSize, outputs)];
  for (let i = 0; i < inputs.data.length; i++) inputs.data[i] = inputsTimes * rng.normal();
  for (let b = 0; b < batchSize; b++) {
    if (loss === 'cross-entropy') targets.data[b * outputs + rng.below(outputs)] = 1;
    else for (let k = 0; k < outputs; k++) targets.data[b * outputs + k] = rng.uniform();
  }
  return { inputs, targets };
}
