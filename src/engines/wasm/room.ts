// A network in the kernels' memory, and the threads that work on it: what wasm.ts drives.
import type { Batches } from '../../data/batches.ts';
import { UsageError } from '../../errors.ts';
import { denseLayers, zeroParameters } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { FloatArray } from '../../numeric/dtype.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { SPARSE_UP_TO, checkDataSet, dataSetBytes, evenly, loadDataSet } from './data-set.ts';
import type { DataSet } from './data-set.ts';
import { instantiate } from './kernels.ts';
import type { Instance } from './kernels.ts';
import { fromPanels, intoPanels, panelBytes } from './panels.ts';
import { FIELD, layOut } from './plan.ts';
import type { LayerPlan, Layout } from './plan.ts';
import { assemble } from './team.ts';
import type { Team } from './team.ts';

/** Rows that there is room for from the start. */
const FIRST_CAPACITY = 64;

export interface RoomOptions {
  /** Threads that there may be. */
  readonly most: number;
  readonly sparse: boolean | undefined;
  readonly relaxed: boolean | undefined;
}

export class Room {
  readonly #network: NetworkSpec;
  readonly #optimizer: OptimizerSpec;
  readonly #options: RoomOptions;
  #instance: Instance;
  #layout: Layout;
  #team: Team | null = null;
  #dataSet: { of: Batches['examples']; scaling: Batches['scaling']; set: DataSet } | null = null;

  private constructor(network: NetworkSpec, optimizer: OptimizerSpec, options: RoomOptions, instance: Instance) {
    [this.#network, this.#optimizer, this.#options, this.#instance] = [network, optimizer, options, instance];
    this.#layout = layOut(instance, network, optimizer, FIRST_CAPACITY, options.most, 0);
  }

  static async open(network: NetworkSpec, optimizer: OptimizerSpec, options: RoomOptions): Promise<Room> {
    return new Room(network, optimizer, options, await instantiate(options.most > 1, options.relaxed));
  }

  /** Rows of a batch that there is room for. */
  get capacity(): number {
    return this.#layout.capacity;
  }

  /** Takes over the parameters, with a fresh state of the optimizer. */
  load(parameters: Parameters): void {
    this.write(parameters, ({ W, b }) => [W, b]);
    const numbers = this.#numbers();
    for (const layer of this.#layout.layers) {
      for (const [at, bytes] of stateOf(layer)) numbers.fill(0, at / 4, (at + bytes) / 4);
    }
    const { beta1, beta2 } = this.#optimizer;
    numbers.set([beta1, beta2], this.#layout.plan / 4 + FIELD.beta1Power);
    this.#instance.kernels.transposeAll(this.#layout.plan);
  }

  /** Row-major matrices into panels. */
  write(source: Parameters, addresses: Addresses): void {
    const numbers = this.#numbers();
    const all = denseLayers(source);
    this.#layout.layers.forEach((layer, l) => {
      const [weights, bias] = addresses(layer);
      const dense = all[l];
      intoPanels(numbers, weights / 4, dense.weights.data, layer.inputs, layer.units);
      intoPanels(numbers, bias / 4, dense.bias, 1, layer.units);
    });
  }

  /** Row-major copies of what lies in panels. */
  read(addresses: Addresses): Parameters {
    const target = zeroParameters(this.#network, 'f32');
    const numbers = this.#numbers();
    const all = denseLayers(target);
    this.#layout.layers.forEach((layer, l) => {
      const [weights, bias] = addresses(layer);
      const dense = all[l];
      fromPanels(dense.weights.data, numbers, weights / 4, layer.inputs, layer.units);
      fromPanels(dense.bias, numbers, bias / 4, 1, layer.units);
    });
    return target;
  }

  /** One matrix (rows, units) a layer, of the batch at hand. */
  readRows(of: 'z' | 'a' | 'dz', rows: number): Matrix[] {
    return this.#layout.layers.map((layer) => {
      const matrix = zeros('f32', rows, layer.units);
      fromPanels(matrix.data, this.#numbers(), layer[of] / 4, rows, layer.units, this.#layout.capacity);
      return matrix;
    });
  }

  /** Losses of the steps that were run last. */
  losses(steps: number): Float64Array {
    return new Float64Array(this.#instance.memory.buffer, this.#layout.stepLosses, steps);
  }

  /** Copies a batch, making room for it, and decides by what is not 0 of it how the first layer goes about it. */
  async stage(inputs: FloatArray, targets: FloatArray | null): Promise<void> {
    const rows = inputs.length / this.#network.inputs;
    if (rows > this.#layout.capacity) await this.#makeRoom(rows);
    const { stagedInputs, stagedTargets } = this.#layout;
    const numbers = this.#numbers();
    numbers.set(inputs, stagedInputs / 4);
    if (targets !== null) numbers.set(targets, stagedTargets / 4);
    const nonZeros = this.#instance.kernels.countNonZeros(stagedInputs, inputs.length);
    this.#words()[FIELD.sparse] = Number(this.#options.sparse ?? nonZeros <= SPARSE_UP_TO * inputs.length);
  }

  /**
   * Has the data set of these batches in memory, once, and room for so many rows.
   * @returns null where it must go step by step: examples that are not bytes, or more than memory holds
   */
  async dataSetOf(batches: Batches, rows: number): Promise<DataSet | null> {
    const { examples, scaling } = batches;
    const { capacity } = this.#layout;
    if (!(examples.values instanceof Uint8Array)) return null;
    if (rows <= capacity && this.#dataSet?.of === examples && this.#dataSet.scaling === scaling) {
      return this.#dataSet.set;
    }
    checkDataSet(this.#network, batches);
    try {
      await this.#makeRoom(Math.max(rows, capacity), dataSetBytes(examples));
    } catch (error) {
      if (error instanceof UsageError) return null;
      throw error;
    }
    const set = loadDataSet(this.#instance, this.#layout, batches, this.#options.sparse);
    this.#dataSet = { of: examples, scaling, set };
    return set;
  }

  /** Places for the positions of the next steps: Plan.order. */
  positions(): Uint32Array {
    return new Uint32Array(this.#instance.memory.buffer, this.#layout.order);
  }

  /** Before an order with ORDER.fromData: how many steps, of which data set. */
  announce(steps: number, set: DataSet): void {
    const words = this.#words();
    [words[FIELD.steps], words[FIELD.sparse]] = [steps, Number(set.sparse)];
  }

  /** Has T threads do what is ordered for so many rows. @param bounds the inputs each owns @throws Error if a thread fails */
  async run(order: number, rows: number, T: number, bounds?: Uint32Array): Promise<void> {
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
      this.#team ??= await assemble(this.#instance, this.#layout, this.#options.most);
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

  /** Ends the threads; what is used after all starts them again. */
  async close(): Promise<void> {
    this.#dataSet = null;
    await this.#endTeam();
  }

  /** Memory for batches of so many rows, and spare bytes behind them; parameters and state move over, what was there is given back. */
  async #makeRoom(capacity: number, spare = 0): Promise<void> {
    const { most, relaxed } = this.#options;
    const instance = await instantiate(most > 1, relaxed);
    const layout = layOut(instance, this.#network, this.#optimizer, capacity, most, spare);
    move(this.#instance, this.#layout, instance, layout);
    await this.#endTeam();
    [this.#instance, this.#layout, this.#dataSet] = [instance, layout, null];
  }

  /** Views are made anew each time: memory that is made anew leaves the old ones behind. */
  #numbers(): Float32Array {
    return new Float32Array(this.#instance.memory.buffer);
  }

  /** The Plan record. */
  #words(): Uint32Array {
    return new Uint32Array(this.#instance.memory.buffer, this.#layout.plan);
  }

  async #endTeam(): Promise<void> {
    const team = this.#team;
    if (team === null) return;
    this.#team = null;
    await team.end();
    this.#resetSync();
  }
}

/** Where the weights and the bias of a layer are, or their gradients. */
type Addresses = (layer: LayerPlan) => readonly [weights: number, bias: number];

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
