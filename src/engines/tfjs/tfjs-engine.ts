// The identical TensorFlow.js model behind the Engine interface, in Node and in a browser. Always
// binary32. Numbers are read asynchronously: a GPU cannot answer at once.
import type { Optimizer as TfOptimizer, Sequential, Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import { checkBatch } from '../../network/batch.ts';
import type { Batch } from '../../network/batch.ts';
import { checkFinite, checkShapes, shapesOf, zeroParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { TfjsVariant } from '../../network/case.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { asDtype } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Engine, LayerTrace, LossAndGradients } from '../engine.ts';
import type { OpenBackend, Tf } from './open.ts';
import { buildModel, disposeOptimizer, lossOfModel, serveAnotherList, toOutputs, withPenaltiesOf } from './model.ts';
import type { GivenPass } from './model.ts';
import { traceModel } from './trace.ts';
import { buildOptimizer } from './update.ts';

export class TfjsEngine implements Engine {
  readonly id = 'tfjs';
  readonly dtype = 'f32';
  readonly label: string;
  readonly backend: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly #open: OpenBackend;
  readonly #network: NetworkSpec;
  readonly #spec: OptimizerSpec;
  readonly #model: Sequential;
  /** W1, b1, W2, b2 ... */
  readonly #variables: readonly Variable[];
  /** Those that have gradients. */
  readonly #trained: readonly Variable[];
  readonly #given: GivenPass = { mode: 'train', masks: [] };
  readonly #variant: TfjsVariant | null;
  #optimizer: TfOptimizer;

  constructor(open: OpenBackend, network: NetworkSpec, spec: OptimizerSpec, variant: TfjsVariant | null) {
    const { tf, id, versions, bits } = open;
    this.label = `tfjs ${id}${bits === 16 ? ' in 16 bits' : ''}${variant === null ? '' : ` (${variant})`}`;
    this.backend = id;
    this.versions = versions;
    this.#open = open;
    this.#network = network;
    this.#spec = variant === 'default epsilon' ? { ...spec, epsilon: tf.backend().epsilon() } : spec;
    this.#variant = variant;
    this.#model = buildModel(tf, network, this.#given);
    this.#variables = this.#model.layers.flatMap(({ weights }) => weights.map((weight) => weight.read() as Variable));
    const shapes = shapesOf(network);
    this.#trained = this.#variables.filter((_, i) => shapes[i].trained !== false);
    this.#optimizer = buildOptimizer(tf, this.#spec);
  }

  async load(parameters: Parameters): Promise<void> {
    checkShapes(this.#network, parameters);
    checkFinite(parameters);
    const tf = await this.#tf();
    tf.tidy(() => {
      parameters.forEach(({ shape, values }, i) => {
        // a copy: the cpu backend keeps the array it is given
        this.#variables[i].assign(tf.tensor(new Float32Array(values), [...shape]));
      });
    });
    disposeOptimizer(this.#optimizer);
    this.#optimizer = buildOptimizer(tf, this.#spec);
    if (this.#variant === 'second variable list') {
      tf.tidy(() => serveAnotherList(tf, this.#optimizer, this.#variables));
    }
  }

  async lossAndGradients(batch: Batch): Promise<LossAndGradients> {
    checkBatch(this.#network, batch);
    const tf = await this.#tf();
    const { value, grads } = tf.tidy(() => {
      const [x, t] = [tensorOf(tf, batch.inputs), tensorOf(tf, batch.targets)];
      this.#enter(tf, batch);
      return this.#keepingOthers(tf, () => tf.variableGrads(() => this.#loss(tf, x, t), [...this.#trained]));
    });
    const gradients = zeroParameters(this.#network, 'f32');
    const [loss, ...read] = await readAll([value, ...this.#trained.map(({ name }) => grads[name])]);
    gradients.filter(({ trained }) => trained !== false).forEach(({ values }, i) => values.set(read[i]));
    return { loss: loss[0], gradients };
  }

  async applyGradients(gradients: Parameters): Promise<void> {
    checkShapes(this.#network, gradients, 'gradients');
    const tf = await this.#tf();
    tf.tidy(() => {
      const named = gradients.flatMap(({ shape, values, trained }, i) =>
        trained === false
          ? []
          : [{ name: this.#variables[i].name, tensor: tf.tensor(asDtype(values, 'f32'), [...shape]) }],
      );
      this.#optimizer.applyGradients(named);
    });
  }

  async trainStep(batch: Batch): Promise<number> {
    checkBatch(this.#network, batch);
    const tf = await this.#tf();
    const cost = tf.tidy(() => {
      const [x, t] = [tensorOf(tf, batch.inputs), tensorOf(tf, batch.targets)];
      this.#enter(tf, batch);
      return this.#optimizer.minimize(() => this.#loss(tf, x, t), true, [...this.#trained]) as Tensor;
    });
    const [[loss]] = await readAll([cost]);
    return loss;
  }

  async predict(inputs: Matrix): Promise<Matrix> {
    const tf = await this.#tf();
    const out = tf.tidy(() => {
      // what model.predict does for a single batch
      this.#given.mode = 'predict';
      const last = this.#model.apply(tensorOf(tf, inputs), { training: false }) as Tensor2D;
      return toOutputs(tf, this.#network, last);
    });
    const [rows, cols] = out.shape;
    const [data] = await readAll([out]);
    return { rows, cols, data };
  }

  async parameters(): Promise<Parameters> {
    await this.#tf();
    const out = zeroParameters(this.#network, 'f32');
    const read = await Promise.all(this.#variables.map((variable) => variable.data<'float32'>()));
    out.forEach(({ values }, i) => values.set(read[i]));
    return out;
  }

  async trace(batch: Batch): Promise<LayerTrace> {
    checkBatch(this.#network, batch);
    const tf = await this.#tf();
    const shown = tf.tidy(() => {
      const [x, t] = [tensorOf(tf, batch.inputs), tensorOf(tf, batch.targets)];
      this.#enter(tf, batch);
      return traceModel(tf, this.#network, this.#model, x, this.#given, (last) => this.#lossFrom(tf, last, t));
    });
    const read = await readAll(shown.map(({ tensor }) => tensor));
    return shown.map(({ name, tensor: { shape } }, i) => {
      return { name, values: { rows: shape[0], cols: shape[1], data: read[i] } };
    });
  }

  async dispose(): Promise<void> {
    await this.#tf();
    disposeOptimizer(this.#optimizer);
    this.#model.dispose();
  }

  /** What a call in training changes beside gradients (running means) is put back. */
  #keepingOthers<T>(tf: Tf, call: () => T): T {
    const others = this.#variables.filter((variable) => !this.#trained.includes(variable));
    const before = others.map((variable) => tf.clone(variable));
    const result = call();
    others.forEach((variable, i) => {
      variable.assign(before[i]);
    });
    return result;
  }

  /** Training, with the masks of this batch. */
  #enter(tf: Tf, { masks = [] }: Batch): void {
    this.#given.mode = 'train';
    this.#given.masks = masks.map((mask) => mask && tensorOf(tf, mask));
  }

  #loss(tf: Tf, x: Tensor2D, t: Tensor2D): ReturnType<typeof lossOfModel> {
    return this.#lossFrom(tf, this.#model.apply(x, { training: true }) as Tensor2D, t);
  }

  #lossFrom(tf: Tf, last: Tensor2D, t: Tensor2D): ReturnType<typeof lossOfModel> {
    const ofData = lossOfModel(tf, this.#network, last, t, this.#variant);
    return withPenaltiesOf(tf, this.#network, ofData, this.#variables, t.shape[0]);
  }

  /** TensorFlow.js with this engine's backend active. */
  async #tf(): Promise<Tf> {
    const { tf, tfjsName } = this.#open;
    if (tf.getBackend() !== tfjsName) await tf.setBackend(tfjsName);
    return tf;
  }
}

function tensorOf(tf: Tf, { rows, cols, data }: Matrix): Tensor2D {
  return tf.tensor2d(asDtype(data, 'f32') as Float32Array, [rows, cols]);
}

/** Their numbers, in arrays of the caller's own. The tensors are freed. */
async function readAll(tensors: readonly Tensor[]): Promise<Float32Array[]> {
  const read = await Promise.all(tensors.map((tensor) => tensor.data<'float32'>()));
  for (const tensor of tensors) tensor.dispose();
  return read.map((values) => new Float32Array(values));
}
