// A contender: the training loop that a user of TensorFlow.js writes by hand, with variables,
// optimizer.minimize in a tidy, and batches copied from an array of all inputs (faster on every
// backend than tf.gather from a tensor). Usage: tfjs-raw.ts node | wasm | cpu.
import type { Optimizer, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { Tf } from '../../src/engines/tfjs/open.ts';
import type { BackendId } from '../../src/engines/tfjs/backends.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import { crossEntropy } from './loss.ts';
import { serve, timed } from './protocol.ts';
import { readTask } from './task.ts';
import type { LoadedTask } from './task.ts';

process.env['TF_ENABLE_ONEDNN_OPTS'] ??= '1'; // TensorFlow's own default, which the engine tfjs turns off
const backend = process.argv[2] as BackendId;
let tf: Tf;
let loaded: LoadedTask;
let variables: Variable[] = [];
let optimizer: Optimizer | undefined;
/** (N, D), scaled. */
let inputs = new Float32Array(0);

/** The scores; the loss is computed from these. */
function scores(x: Tensor2D): Tensor2D {
  let a = x;
  for (let l = 0; l < variables.length; l += 2) {
    const z = tf.add<Tensor2D>(tf.matMul(a, variables[l]), variables[l + 1]);
    a = l + 2 < variables.length ? tf.relu(z) : z;
  }
  return a;
}

function step(positions: Uint32Array): void {
  const [rows, width, classes] = [positions.length, loaded.examples.width, loaded.batches.classes];
  const [x, t] = [new Float32Array(rows * width), new Float32Array(rows * classes)];
  positions.forEach((p, r) => {
    x.set(inputs.subarray(p * width, (p + 1) * width), r * width);
    t[r * classes + loaded.examples.labels[p]] = 1;
  });
  tf.tidy(() => {
    const [inputs, targets] = [tf.tensor2d(x, [rows, width]), tf.tensor2d(t, [rows, classes])];
    optimizer?.minimize(() => tf.losses.softmaxCrossEntropy(targets, scores(inputs)), false, variables);
  });
}

function makeModel({ task, parameters, examples: { values } }: LoadedTask): void {
  for (const old of variables) old.dispose();
  optimizer?.dispose();
  variables = namedTensors(parameters).map((p) => tf.variable(tf.tensor(new Float32Array(p.values), [...p.shape])));
  const { id, learningRate, beta1, beta2, epsilon } = task.optimizer;
  optimizer = id === 'adam' ? tf.train.adam(learningRate, beta1, beta2, epsilon) : tf.train.sgd(learningRate);
  inputs = new Float32Array(values.length);
  for (let i = 0; i < values.length; i++) inputs[i] = values[i] / 255;
}

await serve({
  async open(folder) {
    let versions = {};
    const seconds = await timed(async () => {
      const { openBackend } = await import('../../src/engines/tfjs/backend.ts');
      loaded = readTask(folder);
      const opened = await openBackend(backend, loaded.task.threads ?? undefined);
      ({ tf, versions } = opened);
      makeModel(loaded);
    });
    return { label: `tfjs ${backend}, own loop`, versions, seconds };
  },

  async train(from, steps) {
    const seconds = await timed(async () => {
      for (let s = from; s < from + steps; s++) step(loaded.batches.positions(s));
      await variables[0].data();
    });
    return { seconds, losses: [] };
  },

  async loss(from, steps) {
    let sum = 0;
    for (let s = from; s < from + steps; s++) {
      const batch = loaded.batches.batch(s);
      const { rows, cols, data } = batch.inputs;
      const p = tf.tidy(() => tf.softmax(scores(tf.tensor2d(data as Float32Array, [rows, cols]))));
      sum += crossEntropy({ rows, cols: p.shape[1], data: await p.data<'float32'>() }, batch);
      p.dispose();
    }
    return sum / steps;
  },
});
