// Why all outputs are sometimes 0: scores that are cut off at 0, with and without dividing them by their total.
import { batchOf } from '../../../src/data/batches.ts';
import type { Dataset } from '../../../src/data/dataset.ts';
import { fitScaling } from '../../../src/data/scaling.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { initialParameters } from '../../../src/network/initializers.ts';
import type { Batch } from '../../../src/network/batch.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import { denseLayers, namedTensors, zeroParameters } from '../../../src/network/parameters.ts';
import type { ActivationId } from '../../../src/ops/registry.ts';
import { look } from '../dead-units.ts';
import type { Answer, Experiment, Lab } from '../experiment.ts';
import { mean, mlp, norm, openEngine, sgd, trainOnce } from '../training.ts';
import { allZeroAnswer } from './all-zero-answer.ts';
import type { Course, Guard, Start } from './all-zero-answer.ts';

export const allZero: Experiment = { name: 'all-zero', question: 'Why are all the outputs sometimes 0?', run };

const NETWORK = mlp({ output: 'ratio' });
const STARTS: readonly Start[] = ['zeros', 'a tenth of Glorot', 'Glorot', 'He'];
const OUTPUTS = ['ratio', 'relu'] as const;

async function run(lab: Lab): Promise<Answer> {
  const dataset = lab.mnist(lab.quick ? 3000 : 20000, lab.quick ? 500 : 1000);
  const rates = lab.quick ? [0.2, 3] : [0.05, 0.2, 1, 3, 10];
  const seeds = Array.from({ length: lab.quick ? 1 : 2 }, (_, i) => lab.seed + i);
  const starts = lab.quick ? STARTS.filter((s) => s === 'zeros' || s === 'Glorot') : STARTS;
  const cures = curesFor();
  const parts = OUTPUTS.length * starts.length * rates.length * seeds.length + cures.length + 2;
  let done = 0;
  const tell = (): void => lab.progress(++done, parts);

  const grid: Record<string, number[][]> = {};
  for (const output of OUTPUTS) {
    grid[output] = [];
    for (const start of starts) {
      const row: number[] = [];
      for (const rate of rates) {
        const shares: number[] = [];
        for (const seed of seeds) {
          shares.push((await course(lab, dataset, { output, start, rate, seed, looks: 0 })).atEnd);
          tell();
        }
        row.push(mean(shares));
      }
      grid[output].push(row);
    }
  }
  const courses: Course[] = [];
  for (const cure of cures) {
    courses.push(await course(lab, dataset, { ...cure, seed: lab.seed, looks: lab.quick ? 6 : 24 }));
    tell();
  }
  return allZeroAnswer({
    ...{ trainImages: dataset.train.count, images: dataset.test.count, seeds: seeds.length, starts, rates, grid },
    ...{ courses, atStart: await atStart(lab, dataset), guard: await guard(lab, dataset) },
  });
}

interface Setting {
  readonly output: ActivationId;
  readonly start: Start;
  readonly rate: number;
  /** The initial value of the output biases. */
  readonly outputBias?: number;
}

/** The usual learning rate, a large one, and possible cures. */
function curesFor(): Setting[] {
  const start = 'Glorot';
  return [
    { output: 'ratio', start, rate: 0.2 },
    { output: 'ratio', start, rate: 3 },
    { output: 'ratio', start, rate: 0.2, outputBias: 1 },
    { output: 'relu', start, rate: 0.2 },
    { output: 'relu', start, rate: 3 },
    { output: 'relu', start, rate: 3, outputBias: 1 },
    { output: 'leaky-relu', start, rate: 3 },
    { output: 'softmax', start, rate: 0.2 },
    { output: 'softmax', start, rate: 3 },
  ];
}

/** One training with `looks` evenly spread measurements, and one at the end. */
async function course(
  lab: Lab,
  dataset: Dataset,
  { seed, looks, ...setting }: Setting & { readonly seed: number; readonly looks: number },
): Promise<Course> {
  const { output, start, rate, outputBias = 0 } = setting;
  const network = mlp({ output });
  const probe = testBatch(dataset);
  const points: Course['points'][number][] = [];
  const seen: (readonly number[])[] = [];
  const record = async (step: number, engine: Engine): Promise<void> => {
    const { allZero: rows, deadHidden, deadOutputs } = await look(engine, probe);
    // Only relu sets all scores to 0; the other outputs give something for any scores.
    const none = output === 'ratio' || output === 'relu' ? rows : [];
    points.push({ step, allZero: none.length / probe.inputs.rows, deadHidden, deadOutputs });
    seen.push(none);
  };
  const steps = Math.ceil(dataset.train.count / 64);
  const before = [...new Set(Array.from({ length: looks }, (_, i) => Math.round((i * steps) / looks)))];
  const trained = await trainOnce(lab, {
    ...{ network, dataset, seed, optimizer: sgd(rate), initial: begin(start, seed, outputBias, output) },
    before: { steps: before, call: record },
    after: (engine) => record(steps, engine),
  });
  const worst = points.reduce((most, p, i) => (p.allZero > points[most].allZero ? i : most), 0);
  const last = new Set(seen.at(-1));
  return {
    ...{ ...setting, outputBias, points, accuracy: trained.evaluation?.accuracy ?? 0 },
    atMost: points[worst]?.allZero ?? NaN,
    atEnd: points.at(-1)?.allZero ?? NaN,
    stillAtEnd: (seen[worst] ?? []).filter((row) => last.has(row)).length / (seen[worst]?.length ?? 0),
  };
}

function begin(start: Start, seed: number, outputBias: number, output: ActivationId): Parameters {
  const network = mlp({ output });
  const parameters =
    start === 'zeros'
      ? zeroParameters(network, 'f32')
      : initialParameters(network, start === 'He' ? 'he-uniform' : 'glorot-uniform', seed);
  if (start === 'a tenth of Glorot') {
    for (const { values } of parameters) values.forEach((w, i) => (values[i] = w / 10));
  }
  denseLayers(parameters)[1].bias.fill(outputBias);
  return parameters;
}

function testBatch({ train, test, classes }: Dataset, positions?: readonly number[]): Batch {
  const all = positions ?? Array.from({ length: test.count }, (_, i) => i);
  return batchOf(test, classes, fitScaling('unit', train), all);
}

/** The share of all-zero images before training, over many seeds. */
async function atStart(lab: Lab, dataset: Dataset): Promise<{ seeds: number; mean: number; most: number }> {
  const probe = testBatch(dataset);
  const seeds = lab.quick ? 5 : 100;
  const engine = await openEngine(NETWORK, sgd(0));
  const shares: number[] = [];
  for (let i = 0; i < seeds && !lab.signal.aborted; i++) {
    await engine.load(begin('Glorot', lab.seed + i, 0, 'ratio'));
    shares.push((await look(engine, probe)).allZero.length / probe.inputs.rows);
  }
  await engine.dispose();
  return { seeds, mean: mean(shares), most: Math.max(...shares) };
}

/** Measures the guard on images with no score above 0: their outputs, their loss, and their gradient compared with that of as many
 * other images. */
async function guard(lab: Lab, dataset: Dataset): Promise<Guard> {
  const engine = await openEngine(NETWORK, sgd(0), 'vector');
  try {
    for (let seed = lab.seed; ; seed++) {
      await engine.load(begin('Glorot', seed, 0, 'ratio'));
      const { allZero: rows } = await look(engine, testBatch(dataset));
      if (rows.length === 0 && !lab.signal.aborted) continue;
      const { count } = dataset.test;
      const others = Array.from({ length: count }, (_, i) => i).filter((i) => !rows.includes(i));
      const batch = testBatch(dataset, rows);
      const outputs = (await engine.predict(batch.inputs)).data;
      const gradientNorm = async (positions: readonly number[]): Promise<number> => {
        const { gradients } = await engine.lossAndGradients(testBatch(dataset, positions));
        return norm(namedTensors(gradients).map(({ values }) => norm(values)));
      };
      return {
        ...{ seed, images: rows.length, smallestOutput: Math.min(...outputs), largestOutput: Math.max(...outputs) },
        loss: (await engine.lossAndGradients(batch)).loss,
        gradientNorm: await gradientNorm(rows),
        gradientNormOfOthers: await gradientNorm(others.slice(0, rows.length)),
      };
    }
  } finally {
    await engine.dispose();
  }
}
