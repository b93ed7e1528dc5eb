// The layout of the kernels' memory, and the records that describe it: the fields of
// assembly/plan.ts in the same order.
import { lastLayer, widthInto } from '../../network/spec.ts';
import type { NetworkSpec } from '../../network/spec.ts';
import type { OptimizerSpec } from '../../ops/optimizers/optimizer.ts';
import { slotsOf } from '../../ops/optimizers/registry.ts';
import { growMemory } from './kernels.ts';
import type { Instance } from './kernels.ts';
import { numberOf } from './known.ts';
import { PANEL, panelBytes } from './panels.ts';

/** Positions of one batch or of several; they have a region of their own. */
export const ORDER_CAPACITY = 65536;

/** Addresses in bytes. */
export interface LayerPlan {
  readonly inputs: number;
  readonly units: number;
  readonly W: number;
  readonly Wt: number;
  readonly dW: number;
  readonly slots: readonly number[];
  readonly b: number;
  readonly db: number;
  readonly bSlots: readonly number[];
  readonly z: number;
  readonly a: number;
  readonly dz: number;
}

export interface Layout {
  /** How many rows of a batch fit. */
  readonly capacity: number;
  readonly sync: number;
  readonly plan: number;
  readonly layers: readonly LayerPlan[];
  readonly stagedInputs: number;
  readonly stagedTargets: number;
  readonly bounds: number;
  readonly table: number;
  readonly order: number;
  readonly stepLosses: number;
  /** The memory from here on is free: room for a data set. */
  readonly end: number;
}

/** What changes between calls: words of the Plan record, by position. */
export const FIELD = {
  threads: 2,
  rows: 3,
  sparse: 11,
  beta1Power: 27,
  beta2Power: 28,
  data: 29,
  dataStarts: 30,
  dataEntries: 31,
  labels: 32,
  steps: 35,
} as const;

/**
 * Lays out fresh memory (all 0) and writes the records.
 * @throws UsageError if 4 GiB are not enough
 */
export function layOut(
  { kernels, memory }: Instance,
  network: NetworkSpec,
  optimizer: OptimizerSpec,
  capacity: number,
  mostThreads: number,
  spare: number,
): Layout {
  let end = kernels.heapBase.value;
  const room = (bytes: number): number => {
    const at = Math.ceil(end / 64) * 64;
    end = at + bytes;
    return at;
  };
  const slots = slotsOf(optimizer.id).length;
  const several = (bytes: number): number[] => Array.from({ length: slots }, () => room(bytes));
  const sync = room(kernels.syncBytes.value);
  const plan = room(kernels.planBytes.value);
  const records = room(kernels.layerBytes.value * network.layers.length);
  const layers = network.layers.map(({ units }, l): LayerPlan => {
    const inputs = widthInto(network, l);
    const [weights, bias, rows] = [panelBytes(inputs, units), panelBytes(1, units), panelBytes(capacity, units)];
    return {
      inputs,
      units,
      W: room(weights),
      Wt: l > 0 ? room(panelBytes(units, inputs)) : 0,
      dW: room(weights),
      slots: several(weights),
      b: room(bias),
      db: room(bias),
      bSlots: several(bias),
      z: room(rows),
      a: room(rows),
      dz: room(rows),
    };
  });
  const at = roomForBatches(room, network, capacity, mostThreads);
  growMemory(memory, end + spare);
  const words = new Uint32Array(memory.buffer);
  layers.forEach((layer, l) => {
    const activation = numberOf.activation(network.layers[l].activation);
    words.set(recordOf(layer, activation), (records + l * kernels.layerBytes.value) / 4);
  });
  const head = [records, layers.length, 1, 0, capacity, numberOf.loss(network.loss), at.x, at.t, at.losses];
  const inputs = [at.stagedInputs, at.stagedTargets, 0, at.entries, at.counts, at.buckets, at.cursors, at.bounds];
  words.set([...head, ...inputs, numberOf.optimizer(optimizer.id)], plan / 4);
  const { learningRate, momentum, decay, beta1, beta2, epsilon } = optimizer;
  const numbers = [learningRate, momentum, decay, 1 - decay, beta1, 1 - beta1, beta2, 1 - beta2, epsilon, beta1, beta2];
  new Float32Array(memory.buffer).set(numbers, plan / 4 + head.length + inputs.length + 1);
  words.set([0, 0, 0, 0, at.table, at.order, 0, at.stepLosses, at.scratch], plan / 4 + FIELD.data);
  return { capacity, sync, plan, layers, ...at, end };
}

/** Allocates what a batch, its examples and its order need. */
function roomForBatches(room: (bytes: number) => number, network: NetworkSpec, capacity: number, mostThreads: number) {
  const [I, K] = [network.inputs, lastLayer(network).units];
  const pairs = capacity * I * 8;
  return {
    x: room(panelBytes(capacity, I)),
    t: room(panelBytes(capacity, K)),
    losses: room(capacity * 8),
    stagedInputs: room(capacity * I * 4),
    stagedTargets: room(capacity * K * 4),
    entries: room(pairs),
    counts: room(capacity * 4),
    buckets: room(pairs),
    cursors: room(I * 4),
    bounds: room((mostThreads + 1) * 4),
    table: room(256 * 4),
    order: room(Math.max(ORDER_CAPACITY, capacity) * 4),
    stepLosses: room(ORDER_CAPACITY * 8),
    scratch: room(mostThreads * panelBytes(PANEL, PANEL)),
  };
}

/** The words of a Layer record. */
function recordOf(layer: LayerPlan, activation: number): number[] {
  const { inputs, units, W, Wt, dW, slots: s, b, db, bSlots: bs, z, a, dz } = layer;
  const slots = [s, bs].map((own) => [own[0] ?? 0, own[1] ?? 0]);
  return [inputs, units, activation, W, Wt, dW, ...slots[0], b, db, ...slots[1], z, a, dz];
}
