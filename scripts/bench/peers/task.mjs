// Reads a task folder for the adapters (N examples, D inputs, K classes, B examples per batch, S
// steps), and computes the loss of outputs.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';

/** The task needs something that the library does not support. */
export class Unable extends Error {}

/** @throws Error if a file has another size than task.json states */
export function readTask(folder) {
  const { network, optimizer, examples, batchSize, steps } = JSON.parse(
    readFileSync(join(folder, 'task.json'), 'utf8'),
  );
  const read = (file, count, bytesEach) => {
    const bytes = new Uint8Array(readFileSync(join(folder, file)));
    if (bytes.length === count * bytesEach) return bytes;
    throw new Error(`${file}: expected ${count * bytesEach} bytes, got ${bytes.length}`);
  };
  const units = network.layers.map((layer) => layer.units);
  const widths = [network.inputs, ...units];
  const size = units.reduce((sum, n, l) => sum + (widths[l] + 1) * n, 0);
  const flat = new Float32Array(read('parameters.f32', size, 4).buffer);
  let at = 0;
  const parameters = units.map((n, l) => {
    const W = flat.subarray(at, (at += widths[l] * n)); // (I, O)
    return { inputs: widths[l], units: n, W, b: flat.subarray(at, (at += n)) }; // (O)
  });
  return {
    ...{ inputs: network.inputs, classes: units.at(-1), hidden: units.slice(0, -1), parameters },
    activations: network.layers.map((layer) => layer.activation),
    ...{ loss: network.loss, optimizer, batchSize, steps },
    bytes: read('examples.u8', examples * network.inputs, 1), // (N, D)
    labels: read('labels.u8', examples, 1),
    order: new Uint32Array(read('order.u32', steps * batchSize, 4).buffer), // (S, B)
  };
}

const UNIT = Float32Array.from({ length: 256 }, (_, byte) => byte / 255);

/** Writes the inputs of one example into x, starting at `at`. */
export function inputsInto(x, task, position, at = 0) {
  const { bytes, inputs } = task;
  for (let d = 0, from = position * inputs; d < inputs; d++) x[at + d] = UNIT[bytes[from + d]];
}

/** One-hot targets, one array per class, shared by all examples of that class. */
export function targetsByClass({ classes }) {
  return Array.from({ length: classes }, (_, c) => Array.from({ length: classes }, (_, k) => (k === c ? 1 : 0)));
}

/** Passes if the library supports the task, at least nearly. @throws Unable */
export function requireTask(task, { optimizers, hidden = ['relu', 'tanh', 'sigmoid'] }) {
  const refuse = (what, choices) => {
    throw new Unable(`${what}: only ${choices.join(', ')} here`);
  };
  if (!optimizers.includes(task.optimizer.id)) refuse(`optimizer ${task.optimizer.id}`, optimizers);
  const activations = task.activations.slice(0, -1);
  if (activations.length === 0) refuse('no hidden layer', ['networks with one']);
  for (const id of activations) if (!hidden.includes(id)) refuse(`hidden activation ${id}`, hidden);
  if (new Set(activations).size > 1) refuse('several activations', ['one']);
  if (task.loss !== 'cross-entropy') refuse(`loss ${task.loss}`, ['cross-entropy']);
}

/**
 * -(1/B) Σ_b log p_b[label of b], where p_b are the outputs divided by their sum: softmax sums to
 * 1, sigmoids need not.
 */
export function meanLoss(task, rows, positions) {
  let sum = 0;
  rows.forEach((row, r) => {
    const total = row.reduce((s, a) => s + a, 0);
    sum -= Math.log(row[task.labels[positions[r]]] / total); // infinite if the share is 0
  });
  return sum / rows.length;
}
