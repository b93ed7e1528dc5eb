// Hand-written layers of published libraries as layers for checkLayer: their own forward and
// backward, with a new layer per pass.
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

function normals(n, seed) {
  let state = seed;
  const uniform = () => ((state = (state * 48271) % 2147483647) - 0.5) / 2147483647;
  return Array.from({ length: n }, () => Math.sqrt(-2 * Math.log(uniform())) * Math.cos(2 * Math.PI * uniform()));
}

const zeros = (n) => new Float64Array(n);

/** ConvNetJS: volumes with w and dw. */
function convnet(what, make, size, set = () => undefined, parameters = undefined, get = () => undefined) {
  const { Vol, ...all } = require('convnetjs');
  const [sx, sy, depth] = size;
  const pass = (x, p, dy) => {
    const layer = make(all, { in_sx: sx, in_sy: sy, in_depth: depth });
    if (p !== undefined) set(layer, p);
    const V = new Vol(sx, sy, depth, 0);
    V.w.set(x);
    const out = layer.forward(V, false);
    if (dy !== undefined) {
      out.dw.set(dy);
      layer.backward();
    }
    return { layer, V, out };
  };
  return {
    ...{ library: 'ConvNetJS', packageName: 'convnetjs', what, inputs: normals(sx * sy * depth, 7), parameters },
    forward: (x, p) => Array.from(pass(x, p).out.w),
    backward: (dy, x, p) => {
      const { layer, V } = pass(x, p, dy);
      return { inputs: Array.from(V.dw), parameters: get(layer) };
    },
  };
}

const filtersOf = (layer, key) => layer.filters.map((f) => Array.from(f[key]));
function setFilters(layer, { filters, biases }) {
  layer.filters.forEach((f, k) => {
    f.w.set(filters[k]);
    f.dw = zeros(f.w.length);
  });
  layer.biases.w.set(biases);
  layer.biases.dw = zeros(biases.length);
}
const getFilters = (layer) => ({ filters: filtersOf(layer, 'dw'), biases: Array.from(layer.biases.dw) });
const filters = (count, size) => ({
  filters: Array.from({ length: count }, (_, k) => normals(size, 11 + k)),
  biases: normals(count, 5),
});

const CONVNET = () => [
  convnet(
    'convolution 3x3, padding 1',
    (c, o) => new c.ConvLayer({ ...o, sx: 3, filters: 2, stride: 1, pad: 1 }),
    [4, 5, 2],
    setFilters,
    filters(2, 18),
    getFilters,
  ),
  convnet(
    'convolution 2x2, stride 2',
    (c, o) => new c.ConvLayer({ ...o, sx: 2, filters: 3, stride: 2, pad: 0 }),
    [4, 4, 1],
    setFilters,
    filters(3, 4),
    getFilters,
  ),
  convnet(
    'dense',
    (c, o) => new c.FullyConnLayer({ ...o, num_neurons: 3 }),
    [1, 1, 6],
    setFilters,
    filters(3, 6),
    getFilters,
  ),
  convnet('max pooling 2x2', (c, o) => new c.PoolLayer({ ...o, sx: 2, stride: 2 }), [4, 6, 2]),
  convnet(
    'max pooling 3x3, stride 1, padding 1',
    (c, o) => new c.PoolLayer({ ...o, sx: 3, stride: 1, pad: 1 }),
    [4, 4, 1],
  ),
  convnet('relu', (c, o) => new c.ReluLayer(o), [2, 3, 2]),
  convnet('sigmoid', (c, o) => new c.SigmoidLayer(o), [2, 3, 2]),
  convnet('tanh', (c, o) => new c.TanhLayer(o), [2, 3, 2]),
  convnet('maxout, groups of 2', (c, o) => new c.MaxoutLayer({ ...o, group_size: 2 }), [2, 3, 4]),
  convnet(
    'local response normalisation',
    (c, o) => new c.LocalResponseNormalizationLayer({ ...o, k: 1, n: 3, alpha: 0.5, beta: 0.75 }),
    [2, 2, 5],
  ),
];

/** toygrad: the port of ConvNetJS with tensors of its own. */
async function toygrad() {
  const { default: Tensor } = await import(
    new globalThis.URL('../node_modules/toygrad/dist/tensor.js', import.meta.url).href
  );
  const load = async (name) =>
    (await import(new globalThis.URL(`../node_modules/toygrad/dist/layers/${name}.js`, import.meta.url).href)).default;
  const layer = async (what, name, size, options, parameters) => {
    const Layer = await load(name);
    const [sx, sy, depth] = size;
    const pass = (x, p, dy) => {
      const one = new Layer(options, { osx: sx, osy: sy, osz: depth });
      if (p !== undefined) setFilters(one, p);
      const T = new Tensor(sx, sy, depth, 0);
      T.w.set(x);
      const out = one.forward(T, false);
      if (dy !== undefined) {
        out.dw = Float64Array.from(dy);
        one.backward();
      }
      return { one, T, out };
    };
    return {
      ...{ library: 'toygrad', packageName: 'toygrad', what, inputs: normals(sx * sy * depth, 7), parameters },
      forward: (x, p) => Array.from(pass(x, p).out.w),
      backward: (dy, x, p) => {
        const { one, T } = pass(x, p, dy);
        return { inputs: Array.from(T.dw), parameters: p === undefined ? undefined : getFilters(one) };
      },
    };
  };
  return Promise.all([
    layer('convolution 3x3, padding 1', 'conv', [4, 5, 2], { sx: 3, filters: 2, stride: 1, pad: 1 }, filters(2, 18)),
    layer('dense', 'dense', [1, 1, 6], { filters: 3 }, filters(3, 6)),
    layer('max pooling 2x2', 'pool', [4, 6, 2], { sx: 2, stride: 2 }),
    layer('relu', 'relu', [2, 3, 2], {}),
    layer('leaky relu', 'leakyrelu', [2, 3, 2], {}),
    layer('sigmoid', 'sigmoid', [2, 3, 2], {}),
    layer('tanh', 'tanh', [2, 3, 2], {}),
    layer('maxout', 'maxout', [2, 3, 4], { gsz: 2, sz: 2, groups: 2 }),
  ]);
}

/** brain.js: the operations that its RNN, LSTM and GRU are made of, on matrices with deltas. */
function brain() {
  const of = (name) => require(`brain.js/dist/recurrent/matrix/${name}`).default;
  const matrix = (rows, columns, weights = zeros(rows * columns)) => ({
    rows,
    columns,
    weights: Float64Array.from(weights),
    deltas: zeros(rows * columns),
  });
  const unary = (what, name) => ({
    ...{ library: 'brain.js', packageName: 'brain.js', what, inputs: normals(6, 7) },
    forward(x) {
      const product = matrix(2, 3);
      of(name)(product, matrix(2, 3, x));
      return Array.from(product.weights);
    },
    backward(dy, x) {
      const [left, product] = [matrix(2, 3, x), matrix(2, 3)];
      of(name)(product, left);
      product.deltas.set(dy);
      of(`${name}-b`)(product, left);
      return { inputs: Array.from(left.deltas) };
    },
  });
  const binary = (what, name, a, b, out) => ({
    ...{
      library: 'brain.js',
      packageName: 'brain.js',
      what,
      inputs: { a: normals(a[0] * a[1], 7), b: normals(b[0] * b[1], 9) },
    },
    forward(x) {
      const product = matrix(...out);
      of(name)(product, matrix(...a, x.a), matrix(...b, x.b));
      return Array.from(product.weights);
    },
    backward(dy, x) {
      const [left, right, product] = [matrix(...a, x.a), matrix(...b, x.b), matrix(...out)];
      of(name)(product, left, right);
      product.deltas.set(dy);
      of(`${name}-b`)(product, left, right);
      return { inputs: { a: Array.from(left.deltas), b: Array.from(right.deltas) } };
    },
  });
  const rows = (what, ids) => ({
    ...{ library: 'brain.js', packageName: 'brain.js', what, inputs: normals(12, 7) },
    forward: (x) =>
      ids.flatMap((id) => {
        const product = matrix(3, 1);
        of('row-pluck')(product, matrix(4, 3, x), id);
        return Array.from(product.weights);
      }),
    backward(dy, x) {
      const table = matrix(4, 3, x);
      ids.forEach((id, k) => {
        const product = matrix(3, 1);
        product.deltas.set(dy.slice(3 * k, 3 * k + 3));
        of('row-pluck-b')(product, table, id);
      });
      return { inputs: Array.from(table.deltas) };
    },
  });
  return [
    unary('relu', 'relu'),
    unary('sigmoid', 'sigmoid'),
    unary('tanh', 'tanh'),
    binary('product of matrices', 'multiply', [2, 3], [3, 2], [2, 2]),
    binary('product of entries', 'multiply-element', [2, 3], [2, 3], [2, 3]),
    binary('sum', 'add', [2, 3], [2, 3], [2, 3]),
    rows('rows of the input matrix, each once', [2, 0]),
    rows('rows of the input matrix, one twice', [2, 0, 2]),
  ];
}

export async function layers() {
  return [...CONVNET(), ...(await toygrad()), ...brain()];
}
