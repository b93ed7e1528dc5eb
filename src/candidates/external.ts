// A candidate as an engine: asks it through a port, by its own conventions. If it has no optimizer
// or no predict, backproof does that part and says so (`filledIn`).
import { CandidateError, UsageError } from '../errors.ts';
import { safeText } from '../text.ts';
import { checkBatch } from '../network/batch.ts';
import type { Batch } from '../network/batch.ts';
import {
  allFinite,
  checkFinite,
  checkShapes,
  copyParameters,
  namedTensors,
  zeroParameters,
} from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { timesPerExample } from '../network/meaning.ts';
import { checkNetwork, layersOf, outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { Dtype } from '../numeric/dtype.ts';
import { Precision } from '../numeric/single-precision.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { atStep } from '../ops/optimizers/at-step.ts';
import { clipped } from '../ops/optimizers/clip.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { TensorState } from '../ops/optimizers/page.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';
import type { LossAndGradients } from '../engines/engine.ts';
import { createVectorEngine } from '../engines/vector/vector.ts';
import type { AnswerFlaw, CandidateEngine, FilledIn } from './engine.ts';
import { declaredOf } from './conventions/conventions.ts';
import type { Conventions } from './conventions/conventions.ts';
import { presentBatch, presentExamples, presentParameters, readLayers, readOutputs } from './present.ts';
import { numberOf } from './read.ts';
import { addTo, nothing, scale } from './sums.ts';
import { FORM, WANTED, described } from './words.ts';
import type { CandidatePort, Request } from './request.ts';

/**
 * An engine that asks a candidate. Disposing of it closes the port.
 * @param conventions those the candidate declares, or a variant to try
 * @param precision found from its answers; shared by all its engines, so that all are judged by the
 *   same one
 * @throws UsageError or DataError on an invalid network
 */
export function createExternalEngine(
  port: CandidatePort,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  conventions: Conventions,
  precision = new Precision(),
): CandidateEngine {
  checkNetwork(network);
  checkAskable(network);
  return new ExternalEngine(port, network, optimizer, conventions, precision);
}

/** The protocol has only layers with weights and bias. */
function checkAskable(network: NetworkSpec): void {
  layersOf(network).forEach(({ page, parameters }, l) => {
    if (parameters.map(({ role }) => role).join() !== 'weights,bias')
      throw new UsageError(
        `network.layers[${l}]: candidates support only layers with weights and bias, not ${page.id}`,
      );
  });
}

class ExternalEngine implements CandidateEngine {
  readonly id = 'external';
  readonly label: string;
  readonly backend = null;
  readonly versions: Readonly<Record<string, string>>;
  readonly filledIn: readonly FilledIn[];
  readonly conventions: Readonly<Record<string, string>>;
  readonly #port: CandidatePort;
  readonly #network: NetworkSpec;
  readonly #optimizer: OptimizerSpec;
  readonly #conventions: Conventions;
  readonly #precision: Precision;
  #parameters: Parameters;
  #step = 0;
  /** The candidate's own optimizer state. */
  #state: unknown = undefined;
  /** The states of the optimizer that fills in for it. */
  #states: TensorState[] = [];
  #flaws: readonly AnswerFlaw[] = [];

  constructor(
    port: CandidatePort,
    network: NetworkSpec,
    optimizer: OptimizerSpec,
    conventions: Conventions,
    precision: Precision,
  ) {
    const { name, can, versions } = port.description;
    this.#precision = precision;
    this.label = safeText(name) || 'the candidate';
    this.versions = safeVersions(versions);
    this.filledIn = (['applyGradients', 'predict'] as const).filter((part) => !can.includes(part));
    this.conventions = declaredOf(conventions);
    this.#port = port;
    this.#network = network;
    this.#optimizer = optimizer;
    this.#conventions = conventions;
    this.#parameters = zeroParameters(network, conventions.dtype);
    this.#forget();
  }

  /** As declared, or single precision if all its numbers so far are. */
  get dtype(): Dtype {
    return this.#precision.isSingle ? 'f32' : this.#conventions.dtype;
  }

  get dtypeFrom(): 'answers' | undefined {
    return this.dtype === this.#conventions.dtype ? undefined : 'answers';
  }

  async load(parameters: Parameters): Promise<void> {
    checkShapes(this.#network, parameters);
    checkFinite(parameters);
    this.#parameters = copyParameters(parameters, this.dtype);
    this.#forget();
  }

  async lossAndGradients(batch: Batch): Promise<LossAndGradients> {
    checkBatch(this.#network, batch);
    const [network, conventions] = [this.#network, this.#conventions];
    if (!allFinite(this.#parameters)) return nothing(network, this.dtype);
    const shared = {
      request: 'gradients',
      network,
      parameters: presentParameters(this.#parameters, conventions),
    } as const;
    const flaws: AnswerFlaw[] = [];
    const sum = zeroParameters(network, 'f64');
    let loss = 0;
    const requests = presentBatch(batch, conventions);
    for (const examples of requests) {
      const answer = await this.#ask({ ...shared, ...examples }, flaws);
      loss += this.#numberOf(answer['loss'], flaws);
      const read = readLayers(network, answer['gradients'], conventions, 'gradients');
      this.#observe(read.layers);
      flaws.push(...read.flaws);
      addTo(sum, read.layers);
    }
    this.#flaws = distinct(flaws);
    const B = batch.inputs.rows;
    const each = { mean: conventions.examples === 'one' ? B : 1, sum: B };
    const square = timesPerExample(conventions.squaredError, network);
    scale(sum, 1 / (each[conventions.gradients] * square));
    return { loss: loss / (each[conventions.loss] * square), gradients: copyParameters(sum, this.dtype) };
  }

  async applyGradients(gradients: Parameters): Promise<void> {
    checkShapes(this.#network, gradients, 'gradients');
    this.#step++;
    if (this.filledIn.includes('applyGradients') || !allFinite(gradients)) this.#updateForIt(gradients);
    else await this.#updateByIt(gradients);
  }

  async trainStep(batch: Batch): Promise<number> {
    const { loss, gradients } = await this.lossAndGradients(batch);
    await this.applyGradients(gradients);
    return loss;
  }

  async predict(inputs: Matrix): Promise<Matrix> {
    if (this.filledIn.includes('predict')) return this.#predictForIt(inputs);
    const [network, conventions] = [this.#network, this.#conventions];
    const parameters = presentParameters(this.#parameters, conventions);
    const out = zeros(this.dtype, inputs.rows, outputs(network));
    const flaws: AnswerFlaw[] = [];
    let at = 0;
    for (const examples of presentExamples(inputs, conventions)) {
      const answer = await this.#ask({ request: 'predict', network, parameters, inputs: examples }, flaws);
      const { rows, flaws: own } = readOutputs(network, answer['outputs'], inputs.rows, conventions);
      flaws.push(...own);
      this.#precision.observe(rows);
      out.data.set(rows, at);
      at += rows.length;
    }
    this.#flaws = distinct([...this.#flaws, ...flaws]);
    return out;
  }

  async parameters(): Promise<Parameters> {
    return copyParameters(this.#parameters, this.dtype);
  }

  flaws(): readonly AnswerFlaw[] {
    return this.#flaws;
  }

  async dispose(): Promise<void> {
    await this.#port.close();
  }

  async #ask(request: Request, flaws: AnswerFlaw[]): Promise<Record<string, unknown>> {
    const { answer, changed } = await this.#port.ask(request, this.#conventions.arrays);
    if (changed !== null) {
      const { argument, index, before, after } = changed;
      flaws.push({ kind: 'changed', parameter: argument, index, before, after });
    }
    const whole =
      request.request === 'predict' && (Array.isArray(answer) || ArrayBuffer.isView(answer))
        ? { outputs: answer }
        : answer;
    if (typeof whole === 'object' && whole !== null && !Array.isArray(whole)) return whole as Record<string, unknown>;
    throw new CandidateError(
      `${this.label} returned ${described(answer)} when asked for ${WANTED[request.request]}`,
      `expected ${FORM[request.request]}`,
    );
  }

  #numberOf(loss: unknown, flaws: AnswerFlaw[]): number {
    if (loss === undefined || loss === null) flaws.push({ kind: 'missing', parameter: 'loss', shape: [] });
    else if (typeof loss !== 'number' && Number.isNaN(numberOf(loss)) && loss !== 'NaN')
      flaws.push({ kind: 'shape', parameter: 'loss', expected: [], found: Array.isArray(loss) ? [loss.length] : null });
    return numberOf(loss);
  }

  async #updateByIt(gradients: Parameters): Promise<void> {
    const [network, conventions] = [this.#network, this.#conventions];
    const request: Request = {
      request: 'applyGradients',
      network,
      optimizer: atStep(this.#optimizer, this.#step - 1),
      step: this.#step,
      state: this.#state,
      parameters: presentParameters(this.#parameters, conventions),
      gradients: presentParameters(gradients, conventions),
    };
    const answer = await this.#ask(request, []);
    const { layers, flaws } = readLayers(network, answer['parameters'], conventions, 'parameters');
    const first = flaws.at(0);
    if (first !== undefined)
      throw new CandidateError(
        `${this.label}: applyGradients returned no usable ${first.parameter}`,
        `expected ${FORM.applyGradients}`,
      );
    this.#observe(layers);
    this.#parameters = copyParameters(layers, this.dtype);
    this.#state = answer['state'];
  }

  #observe(layers: Parameters): void {
    for (const { values } of namedTensors(layers)) this.#precision.observe(values);
  }

  #updateForIt(gradients: Parameters): void {
    const { update } = optimizerPage(this.#optimizer.id);
    const spec = atStep(this.#optimizer, this.#step - 1);
    const g = clipped(
      copyParameters(gradients, this.dtype).map(({ values }) => values),
      spec,
    );
    namedTensors(this.#parameters).forEach(({ values: w }, t) => {
      update(w, g[t], this.#states[t], spec);
    });
  }

  async #predictForIt(inputs: Matrix): Promise<Matrix> {
    const forward = createVectorEngine(this.#network, this.#optimizer, { dtype: this.dtype });
    await forward.load(this.#parameters);
    return forward.predict(inputs);
  }

  #forget(): void {
    this.#step = 0;
    this.#state = undefined;
    const { init } = optimizerPage(this.#optimizer.id);
    this.#states = namedTensors(this.#parameters).map(({ values: w }) => init(w, this.#optimizer));
  }
}

/** Versions kept: enough for two runtimes and a few libraries. */
const VERSIONS = 10;

function safeVersions(versions: Readonly<Record<string, string>>): Record<string, string> {
  const some = Object.entries(versions).slice(0, VERSIONS);
  return Object.fromEntries(some.map(([name, version]) => [safeText(name, 40), safeText(version, 40)]));
}

/**
 * The first of each kind and parameter: with examples one at a time, the same flaw comes once per
 * example.
 */
function distinct(flaws: readonly AnswerFlaw[]): AnswerFlaw[] {
  const seen = new Set<string>();
  return flaws.filter(({ kind, parameter }) => !seen.has(`${kind} ${parameter}`) && seen.add(`${kind} ${parameter}`));
}
