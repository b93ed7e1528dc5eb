// A candidate as an engine: asks it through a port, by its own conventions. If it has no optimizer
// or no predict, backproof does that part and says so (`filledIn`). If it has no gradients, they
// are recovered from its training steps.
import { UsageError } from '../errors.ts';
import { checkBatch } from '../network/batch.ts';
import type { Batch } from '../network/batch.ts';
import { allFinite, checkFinite, checkShapes, copyParameters, zeroParameters } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import { checkNetwork, outputs } from '../network/spec.ts';
import type { NetworkSpec } from '../network/spec.ts';
import { stepsAreComparable, timesTheMeans } from './means.ts';
import type { Dtype } from '../numeric/dtype.ts';
import { Precision } from '../numeric/single-precision.ts';
import { zeros } from '../numeric/matrix.ts';
import type { Matrix } from '../numeric/matrix.ts';
import { atStep } from '../ops/optimizers/at-step.ts';
import { clipped } from '../ops/optimizers/clip.ts';
import type { OptimizerSpec } from '../ops/optimizers/optimizer.ts';
import type { TensorState } from '../ops/optimizers/page.ts';
import { optimizerPage } from '../ops/optimizers/registry.ts';
import type { Engine, LossAndGradients } from '../engines/engine.ts';
import { createVectorEngine } from '../engines/vector/vector.ts';
import { FILLED_IN } from './engine.ts';
import type { AnswerFlaw, CandidateEngine, FilledIn, Recovery } from './engine.ts';
import { fits } from './conventions/bias-in-weights.ts';
import { declaredOf } from './conventions/conventions.ts';
import type { Conventions } from './conventions/conventions.ts';
import { presentBatch, presentExamples, presentParameters, readLayers, readOutputs } from './present.ts';
import { Asking, distinct } from './asking.ts';
import { addTo, nothing, scale } from './sums.ts';
import { readParameters, recover, stepBy } from './stepping.ts';
import type { CandidatePort, Question } from './request.ts';

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
  checkAskable(network, conventions);
  return new ExternalEngine(port, network, optimizer, conventions, precision);
}

/** Biases are inside the weights of dense layers alone. */
function checkAskable(network: NetworkSpec, { biases }: Conventions): void {
  if (fits(biases, network)) return;
  throw new UsageError(
    `biases: '${biases}' is for networks of dense layers`,
    "use biases: 'flat', 'row', 'column' or 'none'",
  );
}

class ExternalEngine implements CandidateEngine {
  readonly id = 'external';
  readonly label: string;
  readonly backend = null;
  readonly versions: Readonly<Record<string, string>>;
  readonly conventions: Readonly<Record<string, string>>;
  readonly ownSteps: boolean;
  readonly recovery: Recovery | null;
  readonly lossAt?: (parameters: Parameters, batch: Batch) => Promise<number>;
  readonly #asking: Asking;
  readonly #network: NetworkSpec;
  readonly #optimizer: OptimizerSpec;
  readonly #conventions: Conventions;
  readonly #lacks: Set<FilledIn>;
  /** Whether a training step is one request. */
  readonly #steps: boolean;
  #parameters: Parameters;
  #step = 0;
  /** The candidate's own optimizer state. */
  #state: unknown = undefined;
  /** The states of the optimizer that fills in for it. */
  #states: TensorState[] = [];
  #flaws: readonly AnswerFlaw[] = [];
  /** The rate of steps that gradients are recovered from; null: what costs least. */
  #rate: number | null = null;

  constructor(
    port: CandidatePort,
    network: NetworkSpec,
    optimizer: OptimizerSpec,
    conventions: Conventions,
    precision: Precision,
  ) {
    const { can } = port.description;
    this.#asking = new Asking(port, network, conventions, precision);
    this.label = this.#asking.label;
    this.versions = this.#asking.versions();
    this.conventions = declaredOf(conventions);
    this.#network = network;
    this.#optimizer = optimizer;
    this.#conventions = conventions;
    this.#steps = can.includes('trainStep') && stepsAreComparable(network, conventions);
    this.ownSteps = this.#steps && !can.includes('applyGradients');
    this.recovery = can.includes('gradients') ? null : { at: (rate) => (this.#rate = rate) };
    if (this.recovery === null) this.lossAt = (parameters, batch) => this.#loss(parameters, batch);
    this.#lacks = new Set((['applyGradients', 'predict'] as const).filter((part) => !can.includes(part)));
    if (this.ownSteps) this.#lacks.delete('applyGradients');
    this.#parameters = zeroParameters(network, conventions.dtype);
    if (!this.#steps && this.#parameters.some(({ trained }) => trained === false)) this.#lacks.add('averages');
    this.#forget();
  }

  get filledIn(): readonly FilledIn[] {
    return FILLED_IN.filter((part) => this.#lacks.has(part));
  }

  get dtype(): Dtype {
    return this.#asking.dtype;
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
    if (!allFinite(this.#parameters)) return nothing(this.#network, this.dtype);
    const flaws: AnswerFlaw[] = [];
    const { loss, gradients, rounding } = await (this.recovery === null
      ? this.#gradients(batch, flaws)
      : recover(this.#asking, this.#parameters, batch, this.#rate, flaws));
    this.#flaws = distinct(flaws);
    const times = timesTheMeans(this.#network, this.#conventions, batch.inputs.rows);
    scale(gradients, 1 / times.gradients);
    if (rounding === undefined)
      return { loss: (loss ?? NaN) / times.loss, gradients: copyParameters(gradients, this.dtype) };
    scale(rounding, 1 / times.gradients);
    return { loss: loss === null ? await this.#lossForIt(batch) : loss / times.loss, gradients, rounding };
  }

  async applyGradients(gradients: Parameters): Promise<void> {
    checkShapes(this.#network, gradients, 'gradients');
    this.#step++;
    if (this.#asking.port.description.can.includes('applyGradients') && allFinite(gradients))
      await this.#updateByIt(gradients);
    else this.#updateForIt(gradients);
  }

  async trainStep(batch: Batch): Promise<number> {
    if (this.#steps && allFinite(this.#parameters)) return this.#stepByIt(batch);
    const { loss, gradients } = await this.lossAndGradients(batch);
    const moved = await this.#averagesAfter(batch);
    await this.applyGradients(gradients);
    moved.forEach((tensor, t) => {
      if (tensor.trained === false) this.#parameters[t].values.set(tensor.values);
    });
    return loss;
  }

  async predict(inputs: Matrix): Promise<Matrix> {
    if (this.#lacks.has('predict')) return (await this.#standIn()).predict(inputs);
    const [network, conventions] = [this.#network, this.#conventions];
    const parameters = presentParameters(network, this.#parameters, conventions);
    const out = zeros(this.dtype, inputs.rows, outputs(network));
    const flaws: AnswerFlaw[] = [];
    let at = 0;
    for (const examples of presentExamples(inputs, conventions)) {
      const answer = await this.#asking.ask({ request: 'predict', parameters, inputs: examples }, flaws);
      const { rows, flaws: own } = readOutputs(network, answer['outputs'], inputs.rows, conventions);
      flaws.push(...own);
      this.#asking.observe(rows);
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
    await this.#asking.port.close();
  }

  /** The gradients that come with it are not read. */
  async #loss(given: Parameters, batch: Batch): Promise<number> {
    if (!allFinite(given)) return NaN;
    const [network, conventions] = [this.#network, this.#conventions];
    const parameters = presentParameters(network, copyParameters(given, this.dtype), conventions);
    let loss = 0;
    for (const examples of presentBatch(batch, conventions))
      loss += this.#asking.lossOf(await this.#asking.ask({ request: 'gradients', parameters, ...examples }, []), []);
    return loss / timesTheMeans(network, conventions, batch.inputs.rows).loss;
  }

  /** Sums over the requests of the batch. */
  async #gradients(batch: Batch, flaws: AnswerFlaw[]): Promise<LossAndGradients> {
    const [network, conventions] = [this.#network, this.#conventions];
    const parameters = presentParameters(network, this.#parameters, conventions);
    const gradients = zeroParameters(network, 'f64');
    let loss = 0;
    for (const examples of presentBatch(batch, conventions)) {
      const answer = await this.#asking.ask({ request: 'gradients', parameters, ...examples }, flaws);
      loss += this.#asking.lossOf(answer, flaws);
      const read = readLayers(network, answer['gradients'], conventions, 'gradients');
      this.#asking.observeLayers(read.layers);
      flaws.push(...read.flaws);
      addTo(gradients, read.layers);
    }
    return { loss, gradients };
  }

  async #updateByIt(gradients: Parameters): Promise<void> {
    const [network, conventions] = [this.#network, this.#conventions];
    const question: Question = {
      request: 'applyGradients',
      optimizer: atStep(this.#optimizer, this.#step - 1),
      step: this.#step,
      state: this.#state,
      parameters: presentParameters(network, this.#parameters, conventions),
      gradients: presentParameters(network, gradients, conventions),
    };
    const answer = await this.#asking.ask(question, []);
    this.#goOnWith(readParameters(this.#asking, answer, 'applyGradients', this.#parameters), answer['state']);
  }

  async #stepByIt(batch: Batch): Promise<number> {
    checkBatch(this.#network, batch);
    const [parameters, state] = [this.#parameters, this.#state];
    const [examples] = presentBatch(batch, this.#conventions);
    const flaws: AnswerFlaw[] = [];
    const optimizer = atStep(this.#optimizer, this.#step);
    const start = { parameters, optimizer, step: ++this.#step, state };
    const after = await stepBy(this.#asking, start, examples, flaws);
    this.#flaws = distinct(flaws);
    const loss = after.loss ?? (await this.#lossForIt(batch));
    this.#goOnWith(after.parameters, after.state);
    const { loss: times } = timesTheMeans(this.#network, this.#conventions, batch.inputs.rows);
    return after.loss === null ? loss : loss / times;
  }

  #goOnWith(parameters: Parameters, state: unknown): void {
    this.#parameters = copyParameters(parameters, this.dtype);
    this.#state = state;
  }

  #updateForIt(gradients: Parameters): void {
    const { update } = optimizerPage(this.#optimizer.id);
    const spec = atStep(this.#optimizer, this.#step - 1);
    const g = clipped(
      copyParameters(gradients, this.dtype).map(({ values }) => values),
      spec,
    );
    this.#parameters.forEach(({ values: w, trained }, t) => {
      if (trained !== false) update(w, g[t], this.#states[t], spec);
    });
  }

  /** The tensors that are not trained, after a step with this batch; empty where all are. */
  async #averagesAfter(batch: Batch): Promise<Parameters> {
    if (!this.#lacks.has('averages') || !allFinite(this.#parameters)) return [];
    const engine = await this.#standIn();
    await engine.trainStep(batch);
    return engine.parameters();
  }

  /** The loss at the current parameters, which the candidate does not return. */
  async #lossForIt(batch: Batch): Promise<number> {
    this.#lacks.add('loss');
    return (await (await this.#standIn()).lossAndGradients(batch)).loss;
  }

  async #standIn(): Promise<Engine> {
    const engine = createVectorEngine(this.#network, this.#optimizer, { dtype: this.dtype });
    await engine.load(this.#parameters);
    return engine;
  }

  #forget(): void {
    this.#step = 0;
    this.#state = undefined;
    const { init } = optimizerPage(this.#optimizer.id);
    this.#states = this.#parameters.map(({ values: w }) => init(w, this.#optimizer));
  }
}
