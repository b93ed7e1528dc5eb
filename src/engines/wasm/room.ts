// A network in the kernels' memory, and the threads that work on it. wasm.ts drives it.
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

/** How many rows fit at first. */
const FIRST_CAPACITY = 64;

export interface RoomOptions {
  /** The most threads allowed. */
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

  /** How many rows of a batch fit. */
  get capacity(): number {
    return this.#layout.capacity;
  }

  /** Copies the parameters in and resets the optimizer state. */
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

  /** Copies row-major matrices into panels. */
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

  /** Row-major copies of the contents of panels. */
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

  /** One matrix (rows, units) per layer, of the current batch. */
  readRows(of: 'z' | 'a' | 'dz', rows: number): Matrix[] {
    return this.#layout.layers.map((layer) => {
      const matrix = zeros('f32', rows, layer.units);
      fromPanels(matrix.data, this.#numbers(), layer[of] / 4, rows, layer.units, this.#layout.capacity);
      return matrix;
    });
  }

  /** Losses of the steps of the last run. */
  losses(steps: number): Float64Array {
    return new Float64Array(this.#instance.memory.buffer, this.#layout.stepLosses, steps);
  }

  /**
   * Copies a batch, making room if needed. Its share of non-zero inputs decides how the first layer
   * computes.
   */
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
   * Loads the data set of these batches into memory, once, and makes room for this many rows.
   * @returns null if training must go step by step: the examples are not bytes, have targets in
   *   place of classes, each input has a scale of its own, or they do not fit in memory
   */
  async dataSetOf(batches: Batches, rows: number): Promise<DataSet | null> {
    const { examples, scaling } = batches;
    const { capacity } = this.#layout;
    const { values, targets } = examples;
    if (!(values instanceof Uint8Array) || targets !== undefined || batches.plan?.outputs === 1) return null;
    if (scaling.columns !== undefined) return null; // one table of 256 scaled values serves all inputs
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

  /** Where the positions of the next steps are written: Plan.order. */
  positions(): Uint32Array {
    return new Uint32Array(this.#instance.memory.buffer, this.#layout.order);
  }

  /** Called before an order with ORDER.fromData: how many steps, of which data set. */
  announce(steps: number, set: DataSet): void {
    const words = this.#words();
    [words[FIELD.steps], words[FIELD.sparse]] = [steps, Number(set.sparse)];
  }

  /**
   * Makes T threads carry out an order for this many rows.
   * @param bounds the range of inputs that each thread owns
   * @throws Error if a thread fails
   */
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
      if (kernels.run(plan, sync, order) === 0) failure = 'a thread did not respond';
    } catch (error) {
      kernels.breakUp(sync); // otherwise the other threads would wait for this one
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

  /** Waits for the message of the failed thread, ends the team and throws. */
  async #giveUp(fallback: string): Promise<never> {
    await new Promise((resolve) => setTimeout(resolve, 50));
    const failure = this.#team?.failure() ?? fallback;
    await this.#endTeam();
    throw new Error(`wasm: ${failure}; load the parameters again`);
  }

  /** Only allowed when all other threads have ended. */
  #resetSync(): void {
    const { kernels, memory } = this.#instance;
    new Uint8Array(memory.buffer, this.#layout.sync, kernels.syncBytes.value).fill(0);
  }

  /** Ends the threads. A later call starts them again. */
  async close(): Promise<void> {
    this.#dataSet = null;
    await this.#endTeam();
  }

  /**
   * Allocates memory for batches of this many rows, with spare bytes after them. Parameters and
   * state move over, and the old memory is freed.
   */
  async #makeRoom(capacity: number, spare = 0): Promise<void> {
    const { most, relaxed } = this.#options;
    const instance = await instantiate(most > 1, relaxed);
    const layout = layOut(instance, this.#network, this.#optimizer, capacity, most, spare);
    move(this.#instance, this.#layout, instance, layout);
    await this.#endTeam();
    [this.#instance, this.#layout, this.#dataSet] = [instance, layout, null];
  }

  /** A new view on each call: views of replaced memory would be stale. */
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

/** Where the weights and the bias of a layer are stored, or their gradients. */
type Addresses = (layer: LayerPlan) => readonly [weights: number, bias: number];

/** Addresses and sizes in bytes of the optimizer's state. */
function stateOf({ inputs, units, slots, bSlots }: LayerPlan): [at: number, bytes: number][] {
  return [
    ...slots.map((at): [number, number] => [at, panelBytes(inputs, units)]),
    ...bSlots.map((at): [number, number] => [at, panelBytes(1, units)]),
  ];
}

/** Copies parameters and optimizer state from one memory to another. */
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
