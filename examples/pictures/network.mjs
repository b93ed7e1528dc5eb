// Convolution, max pooling, batch normalization and dropout by hand, each a layer with forward and
// backward. An example is a row of numbers: a picture row by row, the channels of a pixel together.
//
//   npx backproof gradcheck --candidate examples/pictures/network.mjs --batch-size 8 \
//     --layers max-pool:2,conv:2x3,batch-norm:0.9:relu,max-pool:2,flatten,dropout:0.3,dense:10
//
// B examples, K classes, C channels, F filters.

const LAYERS = { conv2d, 'max-pool': maxPool, 'batch-norm': batchNorm, dropout, flatten, dense };
const ACTIVATIONS = {
  linear: [(z) => z, () => 1],
  relu: [(z) => Math.max(0, z), (z) => (z > 0 ? 1 : 0)],
  tanh: [Math.tanh, (z) => 1 - Math.tanh(z) ** 2],
};

export default function ({ network, parameters, inputs, targets, masks = [] }) {
  if (network.loss !== 'cross-entropy') throw new Error(`no loss ${network.loss}`);
  const passes = network.layers.map((layer, l) => layerOf(layer, parameters[l], masks[l]));
  const scores = passes.reduce((x, pass) => pass.forward(x), inputs);
  const B = inputs.length;
  let loss = 0;
  let d = scores.map((z, b) => {
    const largest = Math.max(...z);
    const e = z.map((score) => Math.exp(score - largest));
    const total = e.reduce((sum, value) => sum + value, 0);
    return e.map((value, k) => {
      const t = targets[b][k];
      loss -= (t * (z[k] - largest - Math.log(total))) / B; // t log p
      return (value / total - t) / B;
    });
  });
  const gradients = [];
  for (const [l, pass] of [...passes.entries()].reverse()) d = pass.backward(d, (gradients[l] = {}));
  return { loss, gradients };
}

/** A layer with its activation; softmax belongs to the loss. */
function layerOf(layer, parameters, mask) {
  const { kind = 'dense', activation = 'linear' } = layer;
  const make = LAYERS[kind];
  const [f, derivative] = ACTIVATIONS[activation === 'softmax' ? 'linear' : activation] ?? [];
  if (make === undefined || f === undefined) throw new Error(`no layer ${kind} with ${activation}`);
  const inner = make(layer, parameters, mask);
  let z;
  return {
    forward(x) {
      z = inner.forward(x);
      return z.map((row) => row.map(f));
    },
    backward: (da, gradient) =>
      inner.backward(
        da.map((row, b) => row.map((d, i) => d * derivative(z[b][i]))),
        gradient,
      ),
  };
}

function dense(_layer, { weights, bias }) {
  let x;
  return {
    forward(given) {
      x = given;
      return x.map((row) => bias.map((start, o) => row.reduce((sum, value, i) => sum + value * weights[i][o], start)));
    },
    backward(dz, gradient) {
      gradient.weights = weights.map((row, i) => row.map((_, o) => dz.reduce((sum, d, b) => sum + x[b][i] * d[o], 0)));
      gradient.bias = bias.map((_, o) => dz.reduce((sum, d) => sum + d[o], 0));
      return dz.map((d) => weights.map((row) => row.reduce((sum, w, o) => sum + w * d[o], 0)));
    },
  };
}

/** weights (height, width, channels, filters), stride 1, padding valid */
function conv2d({ inputShape: [H, W, C], stride = 1, padding = 'valid' }, { weights, bias }) {
  if (stride !== 1 || padding !== 'valid') throw new Error('only stride 1, padding valid');
  const [kh, kw] = [weights.length, weights[0].length];
  const [h, w, F] = [H - kh + 1, W - kw + 1, bias.length];
  /** Calls f for every product: of z at o, x at i, and a weight. */
  const each = (f) => {
    for (let r = 0; r < h; r++)
      for (let c = 0; c < w; c++)
        for (let u = 0; u < kh; u++)
          for (let v = 0; v < kw; v++)
            for (let k = 0; k < C; k++)
              for (let n = 0; n < F; n++) f((r * w + c) * F + n, ((r + u) * W + c + v) * C + k, u, v, k, n);
  };
  let x;
  return {
    forward(given) {
      x = given;
      return x.map((row) => {
        const z = Array.from({ length: h * w * F }, (_, o) => bias[o % F]);
        each((o, i, u, v, k, n) => (z[o] += row[i] * weights[u][v][k][n]));
        return z;
      });
    },
    backward(dz, gradient) {
      const zeros = (like) => (Array.isArray(like) ? like.map(zeros) : 0);
      const dw = (gradient.weights = zeros(weights));
      gradient.bias = bias.map((_, n) =>
        dz.reduce((sum, d) => sum + d.reduce((s, e, o) => s + (o % F === n ? e : 0), 0), 0),
      );
      return dz.map((d, b) => {
        const dx = new Array(H * W * C).fill(0);
        each((o, i, u, v, k, n) => {
          dw[u][v][k][n] += x[b][i] * d[o];
          dx[i] += weights[u][v][k][n] * d[o];
        });
        return dx;
      });
    },
  };
}

/** The largest of each square; what is left over at the edges is left out. */
function maxPool({ inputShape: [H, W, C], size, stride = size, padding = 'valid' }) {
  if (!Number.isInteger(size) || stride !== size || padding !== 'valid') throw new Error('only squares side by side');
  const [h, w] = [Math.floor(H / size), Math.floor(W / size)];
  let from;
  return {
    forward(x) {
      from = x.map((row) =>
        Array.from({ length: h * w * C }, (_, o) => {
          const [r, c, k] = [Math.floor(o / C / w), Math.floor(o / C) % w, o % C];
          let best = -1;
          for (let u = 0; u < size; u++)
            for (let v = 0; v < size; v++) {
              const i = ((r * size + u) * W + c * size + v) * C + k;
              if (best < 0 || row[i] > row[best]) best = i;
            }
          return best;
        }),
      );
      return x.map((row, b) => from[b].map((i) => row[i]));
    },
    backward: (dz) =>
      dz.map((d, b) => {
        const dx = new Array(H * W * C).fill(0);
        d.forEach((value, o) => (dx[from[b][o]] += value));
        return dx;
      }),
  };
}

/** Over the batch and, in a picture, over its pixels: one mean and variance a channel. */
function batchNorm({ epsilon }, { gamma, beta }) {
  const n = gamma.length;
  let [normalized, roots, count] = [[], [], 0];
  return {
    forward(x) {
      count = (x.length * x[0].length) / n;
      const over = (f) =>
        gamma.map(
          (_, k) => x.reduce((s, row) => s + row.reduce((t, v, i) => (i % n === k ? t + f(v, k) : t), 0), 0) / count,
        );
      const mean = over((v) => v);
      roots = over((v, k) => (v - mean[k]) ** 2).map((variance) => Math.sqrt(variance + epsilon));
      normalized = x.map((row) => row.map((v, i) => (v - mean[i % n]) / roots[i % n]));
      return normalized.map((row) => row.map((v, i) => gamma[i % n] * v + beta[i % n]));
    },
    backward(dz, gradient) {
      const sums = (f) =>
        gamma.map((_, k) =>
          dz.reduce((s, row, b) => s + row.reduce((t, d, i) => (i % n === k ? t + f(d, b, i) : t), 0), 0),
        );
      gradient.beta = sums((d) => d);
      gradient.gamma = sums((d, b, i) => d * normalized[b][i]);
      const { beta: dBeta, gamma: dGamma } = gradient;
      return dz.map((row, b) =>
        row.map((d, i) => {
          const k = i % n;
          return (gamma[k] / roots[k]) * (d - (dBeta[k] + normalized[b][i] * dGamma[k]) / count);
        }),
      );
    },
  };
}

/** The mask is given: 0 or 1 / (1 - rate). */
function dropout(_layer, _parameters, mask) {
  const times = (x) => (mask ? x.map((row, b) => row.map((v, i) => v * mask[b][i])) : x);
  return { forward: times, backward: times };
}

function flatten() {
  return { forward: (x) => x, backward: (d) => d };
}
