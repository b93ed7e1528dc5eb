// The only place where the audit calls a candidate. Asks for loss and gradients by its conventions,
// and converts the answer to means over the batch, weights (inputs, units), and squared differences
// averaged over the outputs.
import type { Candidate, CandidateAnswer } from '../../src/candidates/candidate.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import { readLayers } from '../../src/candidates/present.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { DataError } from '../../src/errors.ts';
import type { Batch } from '../../src/network/batch.ts';
import { copyParameters, denseLayers, namedTensors, zeroParameters } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import { outputs } from '../../src/network/spec.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { UNIT_ROUNDOFF } from '../../src/numeric/dtype.ts';
import { toRows } from '../../src/numeric/matrix.ts';

/** The answer of an audit adapter, which may hold more than a candidate's. */
export interface AuditAnswer extends CandidateAnswer {
  /**
   * All losses of the library by its own names, as means over the batch. Its gradient may be the
   * slope of any of them.
   */
  readonly losses?: Readonly<Record<string, number>>;
  /**
   * The learning rate, if the gradients are read from the change of the weights in one plain step.
   */
  readonly learningRate?: number;
}

export interface Answer {
  readonly loss: number;
  readonly gradients: Parameters;
  /** By the library's names and in its units. */
  readonly losses: Readonly<Record<string, number>>;
  /** The error from reading the gradients off rounded weights. */
  readonly readErrors: Parameters;
  /** The library's units divided by those of `gradients`. */
  readonly unit: number;
  /** In the units of `gradients`; null if they are not read from a step. */
  readonly learningRate: number | null;
}

type Read = ReturnType<typeof readLayers>;

export const OWN = 'its loss';

/** @throws DataError on an answer of another shape; also anything the candidate throws */
export async function ask(
  candidate: Candidate,
  conventions: Conventions,
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
): Promise<Answer> {
  const [inputs, targets, B] = [toRows(batch.inputs), toRows(batch.targets), batch.inputs.rows];
  const problem = (x: unknown, t: unknown): never =>
    ({ ...fresh(network, parameters), inputs: x, targets: t }) as never;
  const one = conventions.examples === 'one';
  const answers: AuditAnswer[] = [];
  for (const [b, row] of one ? inputs.entries() : [[0, inputs] as const]) {
    answers.push(await candidate(one ? problem(row, targets[b]) : problem(inputs, targets)));
  }
  const perExample = (sum: boolean): number => (one ? answers.length : sum ? B : 1);
  const unit = network.loss === 'mse' && conventions.squaredError !== 'mean' ? unitOf(conventions, network) : 1;
  const loss = sumOf(answers, ({ loss }) => loss) / perExample(conventions.loss === 'sum');
  const names = Object.keys(answers[0].losses ?? {});
  const named = names.map((name) => [name, sumOf(answers, (a) => a.losses?.[name] ?? NaN) / answers.length] as const);
  const gradients = zeroParameters(network, 'f64');
  const read = (g: unknown): Read => readLayers(network, g, conventions, 'gradients');
  const scale = 1 / (unit * perExample(conventions.gradients === 'sum'));
  for (const answer of answers) addTo(gradients, answer, scale, read);
  const learningRate = answers[0].learningRate;
  const share = conventions.gradients === 'sum' && !one ? B : 1;
  const step = learningRate === undefined ? null : learningRate * unit * share;
  return {
    loss: loss / unit,
    gradients,
    unit,
    losses: named.length === 0 ? { [OWN]: loss } : Object.fromEntries(named),
    readErrors: readErrors(parameters, gradients, step, UNIT_ROUNDOFF[conventions.dtype]),
    learningRate: step,
  };
}

/** A candidate as an engine that supports only loss and gradients. */
export function candidateEngine(candidate: Candidate, conventions: Conventions, network: NetworkSpec): Engine {
  let loaded = zeroParameters(network, 'f64');
  const none = (): Promise<never> => Promise.reject(new Error('an audited library has only loss and gradients'));
  return {
    id: 'external',
    dtype: conventions.dtype,
    label: 'library',
    backend: null,
    versions: {},
    load: async (parameters) => {
      loaded = copyParameters(parameters, 'f64');
    },
    lossAndGradients: (batch) => ask(candidate, conventions, network, loaded, batch),
    applyGradients: none,
    trainStep: none,
    predict: none,
    parameters: async () => copyParameters(loaded, 'f64'),
    dispose: async () => undefined,
  };
}

/** Copies, because a library may change its arguments. */
export function fresh(network: NetworkSpec, parameters: Parameters): { network: NetworkSpec; parameters: unknown[] } {
  return {
    network,
    parameters: denseLayers(parameters).map(({ weights, bias }) => ({ weights: toRows(weights), bias: [...bias] })),
  };
}

function unitOf({ squaredError }: Conventions, network: NetworkSpec): number {
  return squaredError === 'sum' ? outputs(network) : outputs(network) / 2;
}

function sumOf(answers: readonly AuditAnswer[], number: (answer: AuditAnswer) => number): number {
  return answers.reduce((sum, answer) => sum + number(answer), 0);
}

/** total += scale * gradients. @throws DataError on another shape */
function addTo(total: Parameters, { gradients }: CandidateAnswer, scale: number, read: (g: unknown) => Read): void {
  const { layers, flaws } = read(gradients);
  if (flaws.length > 0)
    throw new DataError(
      `the gradient of ${flaws[0].parameter} is ${flaws[0].kind === 'missing' ? 'missing' : 'of another shape'}`,
    );
  const own = namedTensors(layers);
  namedTensors(total).forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) values[i] += scale * own[t].values[i];
  });
}

/**
 * Storing w' = w - step * g rounds once, and the difference w - w' rounds again: twice u
 * (|w| + step |g|) / step.
 */
function readErrors(parameters: Parameters, gradients: Parameters, step: number | null, u: number): Parameters {
  const errors = copyParameters(parameters, 'f64');
  const g = namedTensors(gradients);
  namedTensors(errors).forEach(({ values }, t) => {
    for (let i = 0; i < values.length; i++) {
      values[i] = step === null ? 0 : (2 * u * (Math.abs(values[i]) + step * Math.abs(g[t].values[i]))) / step;
    }
  });
  return errors;
}
