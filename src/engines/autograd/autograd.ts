// The scalar graph behind the Engine interface. For small networks: every number is an object.
import { UsageError } from '../../errors.ts';
import { checkBatch } from '../../network/batch.ts';
import type { Batch } from '../../network/batch.ts';
import {
  assignParameters,
  checkFinite,
  checkShapes,
  copyParameters,
  tensorsOf,
  zeroParameters,
} from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { checkNetwork, countMultiplications, lastLayer, layersOf, outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { toRows, zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { activate } from '../../ops/backward-rules.ts';
import { atStep } from '../../ops/optimizers/at-step.ts';
import { clipped } from '../../ops/optimizers/clip.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { TensorState } from '../../ops/optimizers/page.ts';
import { optimizerPage } from '../../ops/optimizers/registry.ts';
import type { Engine, LayerTrace, LossAndGradients } from '../engine.ts';
import { batchLoss, predictOne } from './network.ts';
import type { LayerValues, Masks } from './network.ts';
import { Value } from './value.ts';

/** Weights times examples. Beyond this the graph takes gigabytes and minutes. */
const MOST_MULTIPLICATIONS = 2_000_000;

/**
 * The network as a graph of scalars, always in binary64.
 * @throws UsageError or DataError on an invalid network
 */
export function createAutogradEngine(network: NetworkSpec, optimizer: OptimizerSpec): Engine {
  checkNetwork(network);
  return new AutogradEngine(network, optimizer);
}

class AutogradEngine implements Engine {
  readonly id = 'autograd';
  readonly dtype = 'f64';
  readonly label = 'autograd f64';
  readonly backend = null;
  readonly versions = {};
  readonly #network: NetworkSpec;
  readonly #optimizer: OptimizerSpec;
  readonly #parameters: Parameters;
  #states: TensorState[] = [];
  /** Steps since the parameters were loaded. */
  #step = 0;

  constructor(network: NetworkSpec, optimizer: OptimizerSpec) {
    this.#network = network;
    this.#optimizer = optimizer;
    this.#parameters = zeroParameters(network, 'f64');
    this.#resetOptimizer();
  }

  async load(parameters: Parameters): Promise<void> {
    checkShapes(this.#network, parameters);
    checkFinite(parameters);
    assignParameters(this.#parameters, parameters);
    this.#resetOptimizer();
  }

  async lossAndGradients(batch: Batch): Promise<LossAndGradients> {
    checkBatch(this.#network, batch);
    this.#checkSize(batch);
    const layers = this.#values();
    const loss = batchLoss(this.#network, layers, toRows(batch.inputs), toRows(batch.targets), masksOf(batch));
    loss.backward();
    const gradients = this.#parameters.map((tensor) => {
      const leaves = layers[tensor.layer - 1][tensor.role];
      return { ...tensor, values: Float64Array.from(leaves, ({ grad }) => grad) };
    });
    return { loss: loss.data, gradients };
  }

  async applyGradients(gradients: Parameters): Promise<void> {
    checkShapes(this.#network, gradients, 'gradients');
    const gs = copyParameters(gradients, 'f64');
    const { update } = optimizerPage(this.#optimizer.id);
    const spec = atStep(this.#optimizer, this.#step++);
    const g = clipped(
      gs.map(({ values }) => values),
      spec,
    );
    this.#parameters.forEach(({ values: w, trained }, i) => {
      if (trained === false) return;
      update(w, g[i], this.#states[i], spec);
    });
  }

  async trainStep(batch: Batch): Promise<number> {
    const { loss, gradients } = await this.lossAndGradients(batch);
    await this.#follow(batch);
    await this.applyGradients(gradients);
    return loss;
  }

  async predict(inputs: Matrix): Promise<Matrix> {
    const layers = this.#values();
    const out = zeros('f64', inputs.rows, outputs(this.#network));
    toRows(inputs).forEach((row, r) => {
      const x = row.map((value) => new Value(value));
      const p = predictOne(this.#network, layers, x);
      p.forEach((value, k) => (out.data[r * out.cols + k] = value.data));
    });
    return out;
  }

  async parameters(): Promise<Parameters> {
    return copyParameters(this.#parameters, 'f64');
  }

  async trace(batch: Batch): Promise<LayerTrace> {
    checkBatch(this.#network, batch);
    this.#checkSize(batch);
    const B = batch.inputs.rows;
    const perLayer = (): Matrix[] => layersOf(this.#network).map(({ units }) => zeros('f64', B, units));
    const [z, a, dz] = [perLayer(), perLayer(), perLayer()];
    const heard: { l: number; b: number; scores: readonly Value[] }[] = [];
    const loss = batchLoss(
      this.#network,
      this.#values(),
      toRows(batch.inputs),
      toRows(batch.targets),
      masksOf(batch),
      (b) => (l, scores, activations) => {
        heard.push({ l, b, scores });
        setRow(z[l], b, scores, (v) => v.data);
        if (activations !== null) setRow(a[l], b, activations, (v) => v.data);
      },
    );
    loss.backward();
    for (const { l, b, scores } of heard) setRow(dz[l], b, scores, (v) => v.grad);
    a[a.length - 1] = this.#outputs(z[z.length - 1]);
    const value = zeros('f64', 1, 1);
    value.data[0] = loss.data;
    return [
      ...z.flatMap((values, l) => [
        { name: `z${l + 1}`, values },
        { name: `a${l + 1}`, values: a[l] },
      ]),
      { name: 'loss', values: value },
      ...dz.map((values, l) => ({ name: `dz${l + 1}`, values })).reverse(),
    ];
  }

  async dispose(): Promise<void> {}

  /** The tensors that are not trained after a step, from what enters their layers in it. */
  async #follow(batch: Batch): Promise<void> {
    const layers = layersOf(this.#network);
    if (layers.every(({ page }) => page.follow === undefined)) return;
    const entered = new Map((await this.trace(batch)).map(({ name, values }) => [name, values]));
    layers.forEach(({ page, spec, units }, l) => {
      if (page.follow === undefined) return;
      const [x, p] = [l === 0 ? batch.inputs : entered.get(`a${l}`), tensorsOf(this.#parameters, l)];
      if (x === undefined) return;
      const inputs = { ...x, data: new Float64Array(x.data) };
      page.follow(p, page.forward(zeros('f64', x.rows, units), inputs, p, spec), spec);
    });
  }

  /** The activation of the last layer. */
  #outputs(z: Matrix): Matrix {
    const a = zeros('f64', z.rows, z.cols);
    activate(lastLayer(this.#network).activation, a, z);
    return a;
  }

  #checkSize({ inputs }: Batch): void {
    const found = countMultiplications(this.#network) * inputs.rows;
    if (found <= MOST_MULTIPLICATIONS) return;
    throw new UsageError(
      `autograd makes an object of every number: expected at most ${MOST_MULTIPLICATIONS} multiplications per batch, got ${found}`,
      'use a smaller network or batch, or --engine vector',
    );
  }

  /** Fresh leaves of the graph, one for each parameter. */
  #values(): LayerValues[] {
    return this.#network.layers.map((_, l) => {
      const tensors = Object.entries(tensorsOf(this.#parameters, l));
      return Object.fromEntries(tensors.map(([role, { values }]) => [role, Array.from(values, (w) => new Value(w))]));
    });
  }

  #resetOptimizer(): void {
    const { init } = optimizerPage(this.#optimizer.id);
    this.#step = 0;
    this.#states = this.#parameters.map(({ values: w }) => init(w, this.#optimizer));
  }
}

function masksOf({ masks = [] }: Batch): Masks {
  return masks.map((mask) => mask && toRows(mask));
}

function setRow(m: Matrix, r: number, values: readonly Value[], of: (v: Value) => number): void {
  values.forEach((v, k) => (m.data[r * m.cols + k] = of(v)));
}
