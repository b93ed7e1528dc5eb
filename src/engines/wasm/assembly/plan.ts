// The data of the kernels: records in linear memory, written by ../plan.ts in the same order
// of fields.
//
// Letters: B examples, I inputs, O units. Every matrix is in panels of 32 columns: panel p of R
// rows starts at byte R·128·p.

/** Columns of a panel. */
export const PANEL: i32 = 32;

/**
 * The orders. FORWARD | BACKWARD is lossAndGradients; with UPDATE it is trainStep. QUIT ends
 * `serve`.
 */
export const QUIT = 0, FORWARD = 1, BACKWARD = 2, UPDATE = 4, FROM_DATA = 8;

/** One layer. An address is 0 if the layer has no such matrix. */
@unmanaged
export class Layer {
  inputs: i32;
  units: i32;
  activation: i32;
  W: usize; // (I, O)
  Wt: usize; // (O, I), the transpose; not for the first layer
  dW: usize; // (I, O)
  slot1: usize; // (I, O), the optimizer's state
  slot2: usize; // (I, O)
  b: usize; // (1, O)
  db: usize; // (1, O)
  bSlot1: usize; // (1, O)
  bSlot2: usize; // (1, O)
  z: usize; // (B, O)
  a: usize; // (B, O)
  dz: usize; // (B, O)
}

/** Size of a Layer in bytes. */
export const LAYER_BYTES: usize = offsetof<Layer>();

/** The network, the optimizer, the batch. */
@unmanaged
export class Plan {
  layers: usize; // of Layer
  depth: i32;
  threads: i32;
  rows: i32; // B of the current batch
  capacity: i32; // how many rows fit: R of z, a, dz, x and t
  lossKind: i32;
  x: usize; // (capacity, I) dense inputs
  t: usize; // (capacity, K) targets
  losses: usize; // f64, one per example
  stagedInputs: usize; // f32, row by row: a batch as it was given
  stagedTargets: usize;
  sparse: i32; // whether the inputs are in entries instead of x
  entries: usize; // for each example up to I pairs: row of W in bytes (u32), value (f32)
  counts: usize; // u32, how many pairs
  buckets: usize; // for each input up to capacity pairs: row of dz in bytes (u32), value (f32)
  cursors: usize; // u32, where each bucket ends
  bounds: usize; // u32, threads + 1: the inputs whose weights each thread owns
  optimizer: i32;
  learningRate: f32;
  momentum: f32;
  decay: f32;
  oneMinusDecay: f32;
  beta1: f32;
  oneMinusBeta1: f32;
  beta2: f32;
  oneMinusBeta2: f32;
  epsilon: f32;
  beta1Power: f32;
  beta2Power: f32;
  // the data set, for many steps at once
  data: usize; // bytes, or 0
  dataStarts: usize; // u32, where each example's entries start in dataEntries
  dataEntries: usize; // u32: input << 8 | byte
  labels: usize; // u8
  table: usize; // f32, the value of each byte
  order: usize; // u32, positions for one step after another
  steps: i32; // how many
  stepLosses: usize; // f64
  scratch: usize; // 32 rows of a panel for each thread
}

/** Layer l of the plan. */
// @ts-ignore: decorator
@inline
export function layerOf(plan: Plan, l: i32): Layer {
  return changetype<Layer>(plan.layers + <usize>l * LAYER_BYTES);
}

/** The scratch of thread t. */
// @ts-ignore: decorator
@inline
export function scratchOf(plan: Plan, t: i32): usize {
  return plan.scratch + <usize>t * (PANEL * 128);
}

/** How many panels this many columns need. */
// @ts-ignore: decorator
@inline
export function panels(columns: i32): i32 {
  return (columns + PANEL - 1) / PANEL;
}

/** Where the share of thread t of n things begins. */
// @ts-ignore: decorator
@inline
export function share(n: i32, t: i32, T: i32): i32 {
  return <i32>((<i64>n * t) / T);
}
