// A contender of the benchmark as a child process, and a small task for it, with the answer of our
// own engine.
import { spawn } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { batchOf } from '../../src/data/batches.ts';
import type { Examples } from '../../src/data/dataset.ts';
import type { Scaling } from '../../src/data/scaling.ts';
import type { FaultInjection } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';
import { initialParameters } from '../../src/network/initializers.ts';
import { namedTensors } from '../../src/network/parameters.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';
import { createRng, permutation } from '../../src/numeric/rng.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { network } from '../fixtures.ts';

const BENCH = fileURLToPath(new URL('../../scripts/bench/', import.meta.url));
const VENV_PYTHON = join(BENCH, 'python/.venv/bin/python');

/** Why the contenders of a kind cannot be tried here, or null. */
export const MISSING = {
  peers: existsSync(join(BENCH, 'peers/node_modules')) ? null : 'npm ci in scripts/bench/peers was not run',
  python: existsSync(VENV_PYTHON) ? null : 'there is no scripts/bench/python/.venv',
} as const;
export type Kind = keyof typeof MISSING;

const COMMAND = {
  peers: [process.execPath, join(BENCH, 'peers/contender.mjs')],
  python: [VENV_PYTHON, join(BENCH, 'python/contender.py')],
} as const;

export type Answer = Readonly<Record<string, unknown>>;

export class Contender {
  readonly #child;
  readonly #answers: AsyncIterator<string>;
  stderr = '';
  readonly exitCode: Promise<number | null>;

  constructor(kind: Kind, name: string) {
    const [program, file] = COMMAND[kind];
    this.#child = spawn(program, [file, name]);
    this.#child.stdin.on('error', () => {}); // it ended: its exit code says so
    this.#child.stderr.setEncoding('utf8').on('data', (text: string) => (this.stderr += text));
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.exitCode = new Promise((resolve) => this.#child.on('close', resolve));
  }

  async ask(request: object | string): Promise<Answer> {
    this.#child.stdin.write(`${typeof request === 'string' ? request : JSON.stringify(request)}\n`);
    const next = await this.#answers.next();
    if (next.done === true) throw new Error(`it ended instead of answering: ${this.stderr}`);
    return JSON.parse(next.value) as Answer;
  }

  hangUp(): void {
    this.#child.stdin.end();
  }

  kill(): void {
    this.#child.kill('SIGKILL');
  }
}

const [D, K, N, B, EPOCHS] = [6, 3, 64, 16, 8];
export const EPOCH = N / B;
export const STEPS = EPOCHS * EPOCH;

/** A class is the largest of an example's first three inputs. */
function drawExamples(): Examples {
  const rng = createRng(1, 'contender examples');
  const values = Uint8Array.from({ length: N * D }, () => rng.below(256));
  const labels = Uint8Array.from({ length: N }, (_, n) => {
    const first = values.subarray(n * D, n * D + K);
    return first.indexOf(Math.max(...first));
  });
  return { count: N, width: D, values, labels };
}

export const SCALING: Scaling = { id: 'unit', mean: 0, deviation: 255 };
const EXAMPLES = drawExamples();
const ORDER = Uint32Array.from(
  Array.from({ length: EPOCHS }, (_, e) => [...permutation(createRng(1, `contender epoch ${e}`), N)]).flat(),
);

export const networkOf = (hidden: 'relu' | 'tanh'): NetworkSpec =>
  network(D, [5], hidden, K, 'softmax', 'cross-entropy');

export function writeTask(folder: string, spec: NetworkSpec, optimizer: OptimizerSpec): void {
  const parameters = namedTensors(initialParameters(spec, 'glorot-uniform', 1)).flatMap(({ values }) => [...values]);
  const task = { network: spec, optimizer, examples: N, batchSize: B, steps: STEPS, threads: 1, seed: 1 };
  writeFileSync(join(folder, 'task.json'), JSON.stringify(task));
  writeFileSync(join(folder, 'examples.u8'), EXAMPLES.values);
  writeFileSync(join(folder, 'labels.u8'), EXAMPLES.labels);
  writeFileSync(join(folder, 'parameters.f32'), Float32Array.from(parameters));
  writeFileSync(join(folder, 'order.u32'), ORDER);
}

/**
 * The losses before each of the first `steps` steps, and the mean loss over the first epoch's
 * batches after them.
 */
export async function ourLosses(
  spec: NetworkSpec,
  optimizer: OptimizerSpec,
  steps: number,
  injection?: FaultInjection,
): Promise<{ losses: number[]; after: number }> {
  const batch = (s: number) => batchOf(EXAMPLES, K, SCALING, ORDER.subarray(s * B, (s + 1) * B));
  const engine = await createEngine('vector', spec, optimizer, injection === undefined ? {} : { injection });
  await engine.load(initialParameters(spec, 'glorot-uniform', 1));
  const losses: number[] = [];
  for (let s = 0; s < steps; s++) losses.push(await engine.trainStep(batch(s)));
  let sum = 0;
  for (let s = 0; s < EPOCH; s++) sum += (await engine.lossAndGradients(batch(s))).loss;
  await engine.dispose();
  return { losses, after: sum / EPOCH };
}
