// The fast engine: the same network as engines/vector, on hand-written WebAssembly kernels (assembly/), in binary32.
import type { Batches } from '../../data/batches.ts';
import { EngineUnavailableError, UsageError } from '../../errors.ts';
import { checkBatch } from '../../network/batch.ts';
import type { Batch } from '../../network/batch.ts';
import { checkFinite, checkShapes, zeroParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { checkNetwork, outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { OptimizerSpec } from '../../optimizers/optimizer.ts';
import type { Engine, LayerTrace, LossAndGradients } from '../engine.ts';
import { always, chooseThreads } from './choice.ts';
import type { Choice } from './choice.ts';
import { SPARSE_UP_TO, checkDataSet, dataSetBytes, evenly, loadDataSet } from './data-set.ts';
import type { DataSet } from './data-set.ts';
import { ORDER, instantiate } from './kernels.ts';
import type { Instance } from './kernels.ts';
import { fromPanels, intoPanels, panelBytes } from './panels.ts';
import { FIELD, ORDER_CAPACITY, layOut } from './plan.ts';
import type { LayerPlan, Layout } from './plan.ts';
import { assemble, mostThreads } from './team.ts';
import type { Team } from './team.ts';

export interface WasmOptions {
  /** Default: one or as many as there are cores, whichever is found to be faster. */
  readonly threads?: number;
  /** Whether the first layer takes only what is not 0 of its inputs. Default: where that is faster. */
  readonly sparse?: boolean;
  /** Multiply-adds that are rounded once. Default: where the runtime has them. @throws CompileError where it has not */
  readonly relaxed?: boolean;
}

/** Rows that there is room for from the start. */
const FIRST_CAPACITY = 64;

/** Multiply-adds of a step from which on a second thread may be worth waking: that takes about 20 µs. */
const WORTH_THREADS = 2 ** 21;

/**
 * The network on WebAssembly kernels. It trains with the same bits whatever the number of threads.
 * @throws UsageError or DataError on a network that has no meaning; EngineUnavailableError where the runtime has no WebAssembly SIMD
 */
export async function createWasmEngine(
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  options: WasmOptions = {},
): Promise<Engine> {
  checkNetwork(network);
  const { threads = 1 } = options;
  if (!(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new UsageError(`threads: a whole number of at least 1 expected, ${threads} found`);
  }
  const engine = new WasmEngine(network, optimizer, options);
  try {
    await engine.makeRoom(FIRST_CAPACITY);
  } catch (error) {
    const hint = 'use --engine vector';
    if (error instanceof WebAssembly.CompileError) {
      throw new EngineUnavailableError('wasm: this runtime has no WebAssembly SIMD', hint);
    }
    if (error instanceof RangeError) throw new EngineUnavailableError(`wasm: no memory (${error.message})`, hint);
    throw error;
  }
  return engine;
}

class WasmEngine implements Engine {
  readonly id = 'wasm';
  readonly dtype = 'f32';
  readonly label = 'wasm f32';
  readonly backend = null;
  readonly versions = {};
  readonly #network: NetworkSpec;
  readonly #optimizer: OptimizerSpec;
  readonly #options: WasmOptions;
  readonly #most: number;
  readonly #multiplyAdds: number;
  #instance!: Instance;
  #layout!: Layout;
  #team: Team | null = null;
  /** By rows of a batch. */
  readonly #choices = new Map<number, Choice>();
  #dataSet: { of: Batches['examples']; scaling: Batches['scaling']; set: DataSet } | null = null;

  constructor(network: NetworkSpec, optimizer: OptimizerSpec, options: WasmOptions) {
    [this.#network, this.#optimizer, this.#options] = [network, optimizer, options];
    this.#most = mostThreads() === 1 ? 1 : (options.threads ?? mostThreads());
    const widths = [network.inputs, ...network.layers.map(({ units }) => units)];
    this.#multiplyAdds = widths.slice(1).reduce((sum, units, l) => sum + 3 * units * widths[l], 0);
  }

  /** Memory for batches of so many rows, and spare bytes behind them; the parameters and the optimizer's state move over, what was there is given back. */
  async makeRoom(capacity: number, spare = 0): Promise<void> {
    const instance = await instantiate(this.#most > 1, this.#options.relaxed);
    const layout = layOut(instance, this.#network, this.#optimizer, capacity, this.#most, spare);
    if (this.#layout !== undefined) move(this.#instance, this.#layout, instance, layout);
    await this.#endTeam();
    [this.#instance, this.#layout, this.#dataSet] = [instance, layout, null];
  }

  async load(parameters: Parameters): Promise<void> {
    checkShapes(this.#network, parameters);
    checkFinite(parameters);
    const numbers = this.#numbers();
    this.#layout.layers.forEach((layer, l) => {
      const { weights, bias } = parameters[l];
      intoPanels(numbers, layer.W / 4, weights.data, layer.inputs, layer.units);
      intoPanels(numbers, layer.b / 4, bias, 1, layer.units);
      for (const [at, bytes] of stateOf(layer)) numbers.fill(0, at / 4, (at + bytes) / 4);
    });
    const { beta1, beta2 } = this.#optimizer;
    numbers.set([beta1, beta2], this.#layout.plan / 4 + FIELD.beta1Power);
    this.#instance.kernels.transposeAll(this.#layout.plan);
  }

  async lossAndGradients(batch: Batch): Promise<LossAndGradients> {
    const loss = await this.#take(batch, ORDER.forward | ORDER.backward);
    const gradients = zeroParameters(this.#network, 'f32');
    this.#read(gradients, ({ dW, db }) => [dW, db]);
    return { loss, gradients };
  }

  async applyGradients(gradients: Parameters): Promise<void> {
    checkShapes(this.#network, gradients, 'gradients');
    const numbers = this.#numbers();
    this.#layout.layers.forEach((layer, l) => {
      intoPanels(numbers, layer.dW / 4, gradients[l].weights.data, layer.inputs, layer.units);
      intoPanels(numbers, layer.db / 4, gradients[l].bias, 1, layer.units);
    });
    await this.#run(ORDER.update, 0);
  }

  async trainStep(batch: Batch): Promise<number> {
    return this.#take(batch, ORDER.forward | ORDER.backward | ORDER.update);
  }

  async trainOn(batches: Batches, from: number, to: number): Promise<readonly number[]> {
    const losses: number[] = [];
    for (let step = from; step < to;) {
      const rows = batches.positions(step).length;
      const set = await this.#dataSetOf(batches, rows);
      if (set === null) {
        losses.push(await this.trainStep(batches.batch(step++)));
        continue;
      }
      const { order: at, stepLosses } = this.#layout;
      const positions = new Uint32Array(this.#instance.memory.buffer, at);
      let steps = 0;
      const choice = this.#choiceFor(rows);
      const end = Math.min(to, step + choice.steps(rows));
      for (; step + steps < end && (steps === 0 || (steps + 1) * rows <= ORDER_CAPACITY); steps++) {
        const next = batches.positions(step + steps);
        if (next.length !== rows) break;
        positions.set(next, steps * rows);
      }
      this.#words()[FIELD.sparse] = Number(set.sparse);
      this.#words()[FIELD.steps] = steps;
      const threads = choice.threads();
      const began = performance.now();
      const order = ORDER.forward | ORDER.backward | ORDER.update | ORDER.fromData;
      await this.#run(order, rows, threads, set.bounds(threads));
      choice.took(threads, steps * rows, performance.now() - began);
      losses.push(...new Float64Array(this.#instance.memory.buffer, stepLosses, steps));
      step += steps;
    }
    return losses;
  }

  async predict(inputs: Matrix): Promise<Matrix> {
    const [D, K] = [this.#network.inputs, outputs(this.#network)];
    const out = zeros('f32', inputs.rows, K);
    const { capacity } = this.#layout;
    for (let from = 0; from < inputs.rows; from += capacity) {
      const rows = Math.min(capacity, inputs.rows - from);
      this.#stage(inputs.data.subarray(from * D, (from + rows) * D), new Float32Array(0));
      await this.#run(ORDER.forward, rows);
      const part = out.data.subarray(from * K, (from + rows) * K);
      fromPanels(part, this.#numbers(), (this.#layout.layers.at(-1) as LayerPlan).a / 4, rows, K, capacity);
    }
    return out;
  }

  async parameters(): Promise<Parameters> {
    const parameters = zeroParameters(this.#network, 'f32');
    this.#read(parameters, ({ W, b }) => [W, b]);
    return parameters;
  }

  async trace(batch: Batch): Promise<LayerTrace> {
    const loss = await this.#take(batch, ORDER.forward | ORDER.backward);
    const B = batch.inputs.rows;
    const matrices = (of: 'z' | 'a' | 'dz'): Matrix[] =>
      this.#layout.layers.map((layer) => {
        const matrix = zeros('f32', B, layer.units);
        fromPanels(matrix.data, this.#numbers(), layer[of] / 4, B, layer.units, this.#layout.capacity);
        return matrix;
      });
    const [z, a, dz] = [matrices('z'), matrices('a'), matrices('dz')];
    a[a.length - 1] = await this.predict(batch.inputs); // cross-entropy starts from the scores
    const lossMatrix = { rows: 1, cols: 1, data: Float64Array.of(loss) };
    return [
      ...z.flatMap((values, l) => [
        { name: `z${l + 1}`, values },
        { name: `a${l + 1}`, values: a[l] },
      ]),
      { name: 'loss', values: lossMatrix },
      ...dz.map((values, l) => ({ name: `dz${l + 1}`, values })).reverse(),
    ];
  }

  async dispose(): Promise<void> {
    await this.#endTeam();
    this.#dataSet = null;
  }

  /** Views are made anew each time: memory that grows leaves the old ones behind. */
  #numbers(): Float32Array {
    return new Float32Array(this.#instance.memory.buffer);
  }

  /** The Plan record. */
  #words(): Uint32Array {
    return new Uint32Array(this.#instance.memory.buffer, this.#layout.plan);
  }

  async #take(batch: Batch, order: number): Promise<number> {
    checkBatch(this.#network, batch);
    const { rows } = batch.inputs;
    if (rows > this.#layout.capacity) await this.makeRoom(rows);
    this.#stage(batch.inputs.data, batch.targets.data);
    await this.#run(order, rows);
    return new Float64Array(this.#instance.memory.buffer, this.#layout.stepLosses, 1)[0];
  }

  /** Copies a batch, and decides by what is not 0 of it how the first layer goes about it. */
  #stage(inputs: FloatArray, targets: FloatArray): void {
    const { stagedInputs, stagedTargets } = this.#layout;
    const numbers = this.#numbers();
    numbers.set(inputs, stagedInputs / 4);
    numbers.set(targets, stagedTargets / 4);
    const nonZeros = this.#instance.kernels.countNonZeros(stagedInputs, inputs.length);
    this.#words()[FIELD.sparse] = Number(this.#options.sparse ?? nonZeros <= SPARSE_UP_TO * inputs.length);
  }

  async #run(
    order: number,
    rows: number,
    T = Math.min(this.#options.threads ?? 1, this.#most),
    bounds?: Uint32Array,
  ): Promise<void> {
    if (T > 1) await this.#assemble();
    const words = this.#words();
    [words[FIELD.rows], words[FIELD.threads]] = [rows, T];
    const owned = bounds ?? evenly(new Uint8Array(this.#network.inputs).fill(1), T);
    new Uint32Array(this.#instance.memory.buffer, this.#layout.bounds).set(owned);
    const { kernels } = this.#instance;
    const { plan, sync } = this.#layout;
    let failure: string | null = null;
    try {
      if (kernels.run(plan, sync, order) === 0) failure = 'a thread did not answer';
    } catch (error) {
      kernels.breakUp(sync); // the others wait for this one
      failure = String(error);
    }
    if (failure !== null) await this.#giveUp(failure);
  }

  async #assemble(): Promise<void> {
    try {
      this.#team ??= await assemble(this.#instance, this.#layout, this.#most);
    } catch (error) {
      this.#resetSync();
      throw error;
    }
  }

  /** The words of a thread that failed come by message. */
  async #giveUp(otherwise: string): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const failure = this.#team?.failure() ?? otherwise;
    await this.#endTeam();
    throw new Error(`wasm: ${failure}; the parameters must be loaded again`);
  }

  /** When all other threads are gone. */
  #resetSync(): void {
    const { kernels, memory } = this.#instance;
    new Uint8Array(memory.buffer, this.#layout.sync, kernels.syncBytes.value).fill(0);
  }

  /** A number that was asked for is used; a step too small to share is not shared. */
  #choiceFor(rows: number): Choice {
    let choice = this.#choices.get(rows);
    if (choice === undefined) {
      const { threads } = this.#options;
      const fixed = threads === undefined && rows * this.#multiplyAdds < WORTH_THREADS ? 1 : threads;
      choice = fixed === undefined ? chooseThreads(this.#most) : always(Math.min(fixed, this.#most));
      this.#choices.set(rows, choice);
    }
    return choice;
  }

  /** @returns null where it must go step by step: examples that are not bytes, or more than memory holds */
  async #dataSetOf(batches: Batches, rows: number): Promise<DataSet | null> {
    const { examples, scaling } = batches;
    const { capacity } = this.#layout;
    if (!(examples.values instanceof Uint8Array)) return null;
    if (rows <= capacity && this.#dataSet?.of === examples && this.#dataSet.scaling === scaling)
      return this.#dataSet.set;
    checkDataSet(this.#network, batches);
    try {
      await this.makeRoom(Math.max(rows, capacity), dataSetBytes(examples));
    } catch (error) {
      if (error instanceof UsageError) return null;
      throw error;
    }
    const set = loadDataSet(this.#instance, this.#layout, batches, this.#options.sparse);
    this.#dataSet = { of: examples, scaling, set };
    return set;
  }

  /** Row-major copies of what lies in panels. */
  #read(target: Parameters, addresses: (layer: LayerPlan) => readonly [weights: number, bias: number]): void {
    const numbers = this.#numbers();
    this.#layout.layers.forEach((layer, l) => {
      const [weights, bias] = addresses(layer);
      fromPanels(target[l].weights.data, numbers, weights / 4, layer.inputs, layer.units);
      fromPanels(target[l].bias, numbers, bias / 4, 1, layer.units);
    });
  }

  async #endTeam(): Promise<void> {
    const team = this.#team;
    if (team === null) return;
    this.#team = null;
    await team.end();
    this.#resetSync();
  }
}

/** Addresses and bytes of the optimizer's state. */
function stateOf({ inputs, units, slots, bSlots }: LayerPlan): [at: number, bytes: number][] {
  return [
    ...slots.map((at): [number, number] => [at, panelBytes(inputs, units)]),
    ...bSlots.map((at): [number, number] => [at, panelBytes(1, units)]),
  ];
}

/** Parameters and state of the optimizer from one memory to another. */
function move(from: Instance, old: Layout, to: Instance, layout: Layout): void {
  const source = new Uint8Array(from.memory.buffer);
  const target = new Uint8Array(to.memory.buffer);
  layout.layers.forEach((layer, l) => {
    const { inputs, units } = layer;
    const copied = (at: LayerPlan): [number, number][] => [
      [at.W, panelBytes(inputs, units)],
      [at.b, panelBytes(1, units)],
      ...stateOf(at),
    ];
    const before = copied(old.layers[l]);
    copied(layer).forEach(([at, bytes], n) => target.set(source.subarray(before[n][0], before[n][0] + bytes), at));
  });
  const powers = old.plan + FIELD.beta1Power * 4;
  target.set(source.subarray(powers, powers + 8), layout.plan + FIELD.beta1Power * 4);
  to.kernels.transposeAll(layout.plan);
}
