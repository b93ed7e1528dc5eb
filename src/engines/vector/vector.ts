// The from-scratch engine: plain TypeScript on typed arrays. In f64 it is the oracle, with the same
// bits in every runtime. In f32 it agrees with TensorFlow.js's cpu backend to the last bit if both
// run in one runtime.
import { checkBatch } from '../../network/batch.ts';
import type { Batch } from '../../network/batch.ts';
import {
  assignParameters,
  checkFinite,
  checkShapes,
  copyParameters,
  inDtype,
  tensorsOf,
  zeroParameters,
} from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { checkNetwork, layersOf, outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { Dtype } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import { BACKWARD, activate } from '../../ops/backward-rules.ts';
import type { BackwardRules } from '../../ops/piece-fault.ts';
import { atStep, rateFactorOf } from '../../ops/optimizers/at-step.ts';
import type { RateFactor } from '../../ops/optimizers/at-step.ts';
import { clipped } from '../../ops/optimizers/clip.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { TensorState } from '../../ops/optimizers/page.ts';
import { optimizerPage } from '../../ops/optimizers/registry.ts';
import type { Engine, LayerTrace, LossAndGradients, FaultInjection } from '../engine.ts';
import { backward, createWorkspace, forward, loadBatch, loss } from './backprop.ts';
import type { Workspace } from './backprop.ts';

/** The precision it computes in, and optionally a mistake to inject. */
export interface VectorOptions {
  readonly dtype: Dtype;
  readonly injection?: FaultInjection;
}

/**
 * The hand-written network with its optimizer.
 * @throws UsageError or DataError on an invalid network
 */
export function createVectorEngine(network: NetworkSpec, optimizer: OptimizerSpec, options: VectorOptions): Engine {
  checkNetwork(network);
  return new VectorEngine(network, optimizer, options);
}

class VectorEngine implements Engine {
  readonly id = 'vector';
  readonly dtype: Dtype;
  readonly label: string;
  readonly backend = null;
  readonly versions = {};
  readonly #network: NetworkSpec;
  readonly #optimizer: OptimizerSpec;
  readonly #rules: BackwardRules;
  readonly #injection: FaultInjection;
  readonly #parameters: Parameters;
  readonly #gradients: Parameters;
  readonly #workspaces = new Map<number, Workspace>();
  /** Made for the first update: most questions need none. */
  #states: readonly TensorState[] | null = null;
  /** Steps since the parameters were loaded. */
  #step = 0;

  constructor(network: NetworkSpec, optimizer: OptimizerSpec, { dtype, injection = {} }: VectorOptions) {
    this.dtype = dtype;
    this.label = `vector ${dtype}`;
    this.#network = network;
    this.#optimizer = optimizer;
    this.#injection = injection;
    this.#rules = { ...BACKWARD, ...injection.backward };
    this.#parameters = zeroParameters(network, dtype);
    this.#gradients = zeroParameters(network, dtype);
  }

  async load(parameters: Parameters): Promise<void> {
    checkShapes(this.#network, parameters);
    checkFinite(parameters);
    assignParameters(this.#parameters, parameters);
    this.#states = null;
    this.#step = 0;
  }

  async lossAndGradients(batch: Batch): Promise<LossAndGradients> {
    checkBatch(this.#network, batch);
    const value = this.#lossAndGradients(batch);
    return { loss: value, gradients: copyParameters(this.#gradients, this.dtype) };
  }

  async lossAt(parameters: Parameters, batch: Batch, from: number): Promise<number> {
    checkShapes(this.#network, parameters);
    checkFinite(parameters.filter(({ layer }) => layer > from));
    checkBatch(this.#network, batch);
    const work = this.#workspace(batch.inputs.rows);
    if (from === 0) this.#loadBatch(work, batch);
    const own = inDtype(parameters, this.dtype);
    forward(this.#network, own, work, true, from, this.#rules);
    return loss(this.#network, own, work, this.#injection.penaltyValue);
  }

  async applyGradients(gradients: Parameters): Promise<void> {
    checkShapes(this.#network, gradients, 'gradients');
    assignParameters(this.#gradients, gradients);
    this.#update();
    this.#step++;
  }

  async trainStep(batch: Batch): Promise<number> {
    checkBatch(this.#network, batch);
    const { updatesEarly = [] } = this.#injection;
    const value = this.#lossAndGradients(batch, (l) => {
      if (updatesEarly.includes(l)) this.#updateEarly(l, batch.inputs.rows);
    });
    this.#update((l) => !updatesEarly.includes(l));
    this.#step++;
    this.#follow(this.#workspace(batch.inputs.rows));
    return value;
  }

  async predict(inputs: Matrix): Promise<Matrix> {
    const work = this.#workspace(inputs.rows);
    work.x.data.set(inputs.data);
    this.#injection.inputs?.(work.x);
    forward(this.#network, this.#parameters, work, false, 0, this.#rules);
    const out = zeros(this.dtype, inputs.rows, outputs(this.#network));
    out.data.set((work.a.at(-1) as Matrix).data);
    return out;
  }

  async parameters(): Promise<Parameters> {
    return copyParameters(this.#parameters, this.dtype);
  }

  async trace(batch: Batch): Promise<LayerTrace> {
    checkBatch(this.#network, batch);
    const value = this.#lossAndGradients(batch);
    const { z, a, dz } = this.#workspace(batch.inputs.rows);
    const last = z.length - 1;
    const copy = ({ rows, cols, data }: Matrix): Matrix => ({ rows, cols, data: data.slice() });
    const scores = z.map(copy);
    const dScores = dz.map(copy);
    // for a loss from scores, the last a of the training pass is what the loss keeps
    const outputs = zeros(this.dtype, batch.inputs.rows, z[last].cols);
    activate(layersOf(this.#network)[last].activation, outputs, z[last]);
    const lossMatrix = zeros(this.dtype, 1, 1);
    lossMatrix.data[0] = value;
    return [
      ...scores.flatMap((values, l) => [
        { name: `z${l + 1}`, values },
        { name: `a${l + 1}`, values: l === scores.length - 1 ? outputs : copy(a[l]) },
      ]),
      { name: 'loss', values: lossMatrix },
      ...dScores.map((values, l) => ({ name: `dz${l + 1}`, values })).reverse(),
    ];
  }

  async dispose(): Promise<void> {
    this.#workspaces.clear();
  }

  #lossAndGradients(batch: Batch, afterLayer?: (l: number) => void): number {
    const work = this.#workspace(batch.inputs.rows);
    this.#loadBatch(work, batch);
    forward(this.#network, this.#parameters, work, true, 0, this.#rules);
    const value = loss(this.#network, this.#parameters, work, this.#injection.penaltyValue);
    backward(this.#network, this.#parameters, this.#gradients, work, this.#rules, afterLayer);
    return value;
  }

  /** The tensors that are not trained, after a step. */
  #follow({ more }: Workspace): void {
    layersOf(this.#network).forEach(({ page, spec }, l) => {
      page.follow?.(tensorsOf(this.#parameters, l), more[l], this.#injection.follow?.(l, spec) ?? spec);
    });
  }

  #loadBatch(work: Workspace, batch: Batch): void {
    loadBatch(work, batch);
    this.#injection.inputs?.(work.x);
  }

  #update(ofLayer: (l: number) => boolean = () => true): void {
    const { init, update } = this.#injection.optimizer ?? optimizerPage(this.#optimizer.id);
    const states = (this.#states ??= this.#parameters.map(({ values: w }) => init(w, this.#optimizer)));
    const { clip = clipped, rateFactor = (t: number, factor: RateFactor) => factor(t) } = this.#injection;
    const right = rateFactorOf(this.#optimizer);
    const spec = atStep(this.#optimizer, this.#step, (t) => rateFactor(t, right));
    const gradients = clip(
      this.#gradients.map(({ values }) => values),
      spec,
    );
    this.#parameters.forEach(({ layer, trained, values: w }, i) => {
      if (!ofLayer(layer - 1) || trained === false) return;
      const state = states[this.#injection.stateOf?.(i) ?? i];
      const { afterUpdate } = this.#injection;
      const before = afterUpdate === undefined ? w : w.slice();
      update(w, gradients[i], state, spec);
      afterUpdate?.(i, before, w, spec);
    });
  }

  /**
   * The injected mistake itself: computes dx of layer l, which was right, again with the weights
   * after the update.
   */
  #updateEarly(l: number, B: number): void {
    this.#update((layer) => layer === l);
    const { a, z, da, dz, more } = this.#workspace(B);
    const { page, spec } = layersOf(this.#network)[l];
    const [dp, p] = [tensorsOf(this.#gradients, l), tensorsOf(this.#parameters, l)];
    page.backward(da[l - 1], dp, dz[l], { x: a[l - 1], z: z[l], more: more[l] }, p, spec);
  }

  #workspace(B: number): Workspace {
    let work = this.#workspaces.get(B);
    if (work === undefined) {
      work = createWorkspace(this.#network, this.dtype, B);
      this.#workspaces.set(B, work);
    }
    return work;
  }
}
