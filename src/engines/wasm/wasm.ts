// The fast engine: the same network as engines/vector, on hand-written WebAssembly kernels
// (assembly/), in binary32.
import type { Batches } from '../../data/batches.ts';
import { DataError, EngineUnavailableError, UsageError } from '../../errors.ts';
import { checkBatch } from '../../network/batch.ts';
import type { Batch } from '../../network/batch.ts';
import { checkFinite, checkShapes } from '../../network/parameters.ts';
import type { Parameters } from '../../network/parameters.ts';
import { checkNetwork, countParameters, outputs } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import { zeros } from '../../numeric/matrix.ts';
import type { Matrix } from '../../numeric/matrix.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import type { Engine, LayerTrace, LossAndGradients } from '../engine.ts';
import { always, chooseThreads } from './choice.ts';
import type { Choice } from './choice.ts';
import type { DataSet } from './data-set.ts';
import { ORDER } from './kernels.ts';
import { ORDER_CAPACITY } from './plan.ts';
import { Room } from './room.ts';
import { mostThreads } from './team.ts';

export interface WasmOptions {
  /** Default: one thread or one per core, whichever is measured to be faster. */
  readonly threads?: number;
  /**
   * Whether the first layer reads only the non-zero entries of its inputs. Default: where that
   * is faster.
   */
  readonly sparse?: boolean;
  /**
   * true: multiply-adds as the processor has them, rounded once where possible. Default: true where
   * the runtime has relaxed SIMD; false gives the same bits on every machine.
   * @throws CompileError if it is true and the runtime lacks relaxed SIMD
   */
  readonly relaxed?: boolean;
}

/**
 * Multiply-adds per step from which a second thread may be worth waking, which takes about 20 µs.
 */
const WORTH_THREADS = 2 ** 21;

/**
 * The network on WebAssembly kernels. On one machine and in one runtime, training gives the same
 * bits for any number of threads and any measured times; across machines only without relaxed SIMD.
 * @throws UsageError or DataError on an invalid network
 * @throws EngineUnavailableError if the runtime has no WebAssembly SIMD
 */
export async function createWasmEngine(
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  options: WasmOptions = {},
): Promise<Engine> {
  checkNetwork(network);
  const { threads = 1 } = options;
  if (!(Number.isSafeInteger(threads) && threads >= 1)) {
    throw new UsageError(`threads: expected a whole number of at least 1, got ${threads}`);
  }
  const most = mostThreads() === 1 ? 1 : (options.threads ?? mostThreads());
  try {
    const room = await Room.open(network, optimizer, { most, sparse: options.sparse, relaxed: options.relaxed });
    return new WasmEngine(network, room, most, options.threads);
  } catch (error) {
    const hint = 'use --engine vector';
    if (error instanceof WebAssembly.CompileError) {
      throw new EngineUnavailableError('wasm: this runtime has no WebAssembly SIMD', hint);
    }
    if (error instanceof RangeError)
      throw new EngineUnavailableError(`wasm: cannot allocate memory (${error.message})`, hint);
    throw error;
  }
}

class WasmEngine implements Engine {
  readonly id = 'wasm';
  readonly dtype = 'f32';
  readonly label = 'wasm f32';
  readonly backend = null;
  readonly versions = {};
  readonly #network: NetworkSpec;
  readonly #room: Room;
  readonly #most: number;
  /** The number that was asked for, if any. */
  readonly #threads: number | undefined;
  /** By the number of rows of a batch. */
  readonly #choices = new Map<number, Choice>();

  constructor(network: NetworkSpec, room: Room, most: number, threads: number | undefined) {
    [this.#network, this.#room, this.#most, this.#threads] = [network, room, most, threads];
  }

  async load(parameters: Parameters): Promise<void> {
    checkShapes(this.#network, parameters);
    checkFinite(parameters);
    this.#room.load(parameters);
  }

  async lossAndGradients(batch: Batch): Promise<LossAndGradients> {
    const loss = await this.#take(batch, ORDER.forward | ORDER.backward);
    return { loss, gradients: this.#room.read(({ dW, db }) => [dW, db]) };
  }

  async applyGradients(gradients: Parameters): Promise<void> {
    checkShapes(this.#network, gradients, 'gradients');
    this.#room.write(gradients, ({ dW, db }) => [dW, db]);
    await this.#room.run(ORDER.update, 0, this.#fewest());
  }

  async trainStep(batch: Batch): Promise<number> {
    return this.#take(batch, ORDER.forward | ORDER.backward | ORDER.update);
  }

  async trainOn(batches: Batches, from: number, to: number): Promise<readonly number[]> {
    const losses: number[] = [];
    for (let step = from; step < to; step = from + losses.length) {
      const rows = batches.positions(step).length;
      const set = await this.#room.dataSetOf(batches, rows);
      if (set === null) losses.push(await this.trainStep(batches.batch(step)));
      else losses.push(...(await this.#trainOn(set, batches, step, to, rows)));
    }
    return losses;
  }

  /**
   * Trains steps of one batch size: as many as positions fit, or as the choice of threads wants to
   * measure.
   */
  async #trainOn(set: DataSet, batches: Batches, from: number, to: number, rows: number): Promise<Float64Array> {
    const choice = this.#choiceFor(rows);
    const places = this.#room.positions();
    const most = Math.min(to - from, choice.steps(rows), Math.max(1, Math.floor(ORDER_CAPACITY / rows)));
    let steps = 0;
    for (; steps < most; steps++) {
      const next = batches.positions(from + steps);
      if (next.length !== rows) break;
      places.set(next, steps * rows);
    }
    this.#room.announce(steps, set);
    const threads = choice.threads();
    const began = performance.now();
    const order = ORDER.forward | ORDER.backward | ORDER.update | ORDER.fromData;
    await this.#room.run(order, rows, threads, set.bounds(threads));
    choice.took(threads, steps * rows, performance.now() - began);
    return this.#room.losses(steps);
  }

  async predict(inputs: Matrix): Promise<Matrix> {
    const [D, K] = [this.#network.inputs, outputs(this.#network)];
    if (inputs.cols !== D) throw new DataError(`inputs: expected (B, ${D}), got (${inputs.rows}, ${inputs.cols})`);
    const out = zeros('f32', inputs.rows, K);
    const { capacity } = this.#room;
    for (let from = 0; from < inputs.rows; from += capacity) {
      const rows = Math.min(capacity, inputs.rows - from);
      await this.#room.stage(inputs.data.subarray(from * D, (from + rows) * D), null);
      await this.#room.run(ORDER.forward, rows, this.#fewest());
      out.data.set((this.#room.readRows('a', rows).at(-1) as Matrix).data, from * K);
    }
    return out;
  }

  async parameters(): Promise<Parameters> {
    return this.#room.read(({ W, b }) => [W, b]);
  }

  async trace(batch: Batch): Promise<LayerTrace> {
    const loss = await this.#take(batch, ORDER.forward | ORDER.backward);
    const B = batch.inputs.rows;
    const [z, a, dz] = [this.#room.readRows('z', B), this.#room.readRows('a', B), this.#room.readRows('dz', B)];
    a[a.length - 1] = await this.predict(batch.inputs); // for cross-entropy, the training pass stops at the scores
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
    await this.#room.close();
  }

  async #take(batch: Batch, order: number): Promise<number> {
    checkBatch(this.#network, batch);
    await this.#room.stage(batch.inputs.data, batch.targets.data);
    await this.#room.run(order, batch.inputs.rows, this.#fewest());
    return this.#room.losses(1)[0];
  }

  /** A single step uses several threads only if asked for: waking them takes too long. */
  #fewest(): number {
    return Math.min(this.#threads ?? 1, this.#most);
  }

  /**
   * An explicit number of threads is used as given. A step too small to share runs on one thread.
   */
  #choiceFor(rows: number): Choice {
    let choice = this.#choices.get(rows);
    if (choice === undefined) {
      const shared = this.#threads === undefined && 3 * rows * countParameters(this.#network) >= WORTH_THREADS;
      choice = shared ? chooseThreads(this.#most) : always(this.#fewest());
      this.#choices.set(rows, choice);
    }
    return choice;
  }
}
