// Shared by the adapters: errors about missing features, classes of one-hot rows, gradients from
// the change of the weights.

/** @throws Error with one line that names the missing feature */
export function notOffered(what, library) {
  throw new Error(`${what} is not offered by ${library}`);
}

/** The library's name for an activation. */
export function lookUp(table, id, library) {
  return Object.hasOwn(table, id) ? table[id] : notOffered(`activation ${id}`, library);
}

/** Hidden activations, and what the last layer has. */
export function activationsOf({ layers }) {
  const all = layers.map(({ activation }) => activation);
  return { all, hidden: all.slice(0, -1), output: all.at(-1) };
}

/** The class of a one-hot row. */
export const classOf = (row) => row.indexOf(1);

export const meanOf = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

/**
 * The gradients of a plain step w' = w - learningRate * gradient. The learning rate is a power of
 * two, so that nothing but the rounding of w' itself is lost.
 */
export function fromChange(before, after, learningRate) {
  const slope = (from, to) => (from - to) / learningRate;
  return before.map(({ weights, bias }, l) => ({
    weights: weights.map((row, i) => row.map((w, o) => slope(w, after[l].weights[i][o]))),
    bias: bias.map((b, o) => slope(b, after[l].bias[o])),
  }));
}
