// The fast engine: the same network as engines/vector, on hand-written WebAssembly kernels (assembly/), in binary32.
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
  /** Default: one or as many as there are cores, whichever is found to be faster. */
  readonly threads?: number;
  /** Whether the first layer takes only what is not 0 of its inputs. Default: where that is faster. */
  readonly sparse?: boolean;
  /** Multiply-adds that are rounded once, or as the processor has them. Default: where the runtime has them; false gives the same bits on every machine.
   * @throws CompileError where the runtime has not */
  readonly relaxed?: boolean;
}

/** Multiply-adds of a step from which on a second thread may be worth waking: that takes about 20 µs. */
const WORTH_THREADS = 2 ** 21;

/**
 * The network on WebAssembly kernels. On one machine and in one runtime it trains with the same bits whatever the number of threads, and how long
 * threads were measured to take; from machine to machine only without relaxed SIMD.
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
  const most = mostThreads() === 1 ? 1 : (options.threads ?? mostThreads());
  try {
    const room = await Room.open(network, optimizer, { most, sparse: options.sparse, relaxed: options.relaxed });
    return new WasmEngine(network, room, most, options.threads);
  } catch (error) {
    const hint = 'use --engine vector';
    if (error instanceof WebAssembly.CompileError) {
      throw new EngineUnavailableError('wasm: this runtime has no WebAssembly SIMD', hint);
    }
    if (error instanceof RangeError) throw new EngineUnavailableError(`wasm: no memory (${error.message})`, hint);
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
  /** Asked for. */
  readonly #threads: number | undefined;
  /** By rows of a batch. */
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

  /** Steps of one size, as many as there are places for, or as the choice of threads wants to measure. */
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
    if (inputs.cols !== D) throw new DataError(`inputs: (B, ${D}) expected, (${inputs.rows}, ${inputs.cols}) found`);
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
    await this.#room.close();
  }

  async #take(batch: Batch, order: number): Promise<number> {
    checkBatch(this.#network, batch);
    await this.#room.stage(batch.inputs.data, batch.targets.data);
    await this.#room.run(order, batch.inputs.rows, this.#fewest());
    return this.#room.losses(1)[0];
  }

  /** A single step is not shared unless that was asked for: waking takes too long. */
  #fewest(): number {
    return Math.min(this.#threads ?? 1, this.#most);
  }

  /** A number that was asked for is used; a step too small to share is not shared. */
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
