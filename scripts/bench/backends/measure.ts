// How far one backend of TensorFlow.js is from the exact gradient, and how fast it trains.
import { boundedGradients } from '../../../src/bounds/gradients.ts';
import { gradientComparisons, measure } from '../../../src/check/measure.ts';
import { both } from '../../../src/check/pair.ts';
import { createEngine } from '../../../src/engines/registry.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import { inArithmeticOf } from '../../../src/engines/tfjs/backends.ts';
import type { BackendId } from '../../../src/engines/tfjs/backends.ts';
import { zeroParameters } from '../../../src/network/parameters.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { distance, norm } from '../../../src/numeric/norms.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import { activationOf } from '../../../src/ops/registry.ts';
import { summarize } from '../statistics.ts';
import { FUNCTIONS, POINTS, SPEED, problems } from './tasks.ts';
import type { Problem } from './tasks.ts';

/** The gradients of one network. */
export interface Distance {
  readonly problem: string;
  /** ‖g - exact‖ / ‖exact‖ over all gradients. */
  readonly relative: number;
  /** The largest share of the bound that an entry uses. */
  readonly ofBound: number;
}

/** The worst error of an activation, in units of 2⁻²⁴: of the value, and absolute. */
export interface FunctionError {
  readonly id: string;
  readonly relative: number;
  readonly absolute: number;
}

export interface Measured {
  readonly backend: BackendId;
  readonly on: string;
  readonly distances: readonly Distance[];
  readonly functions: readonly FunctionError[];
  /** The median of the steps after the first. */
  readonly millisecondsPerStep: number;
  /** From the request for an engine to its first gradient, shaders and libraries included. */
  readonly firstGradient: number;
}

/** @throws EngineUnavailableError if it is not there */
export async function measureBackend(backend: BackendId): Promise<Measured> {
  const open = (network: NetworkSpec): Promise<Engine> =>
    createEngine('tfjs', network, optimizerSpec('sgd', { learningRate: 0.01 }), { backend });
  let [firstGradient, on] = [NaN, ''];
  const distances: Distance[] = [];
  for (const problem of problems()) {
    const began = performance.now();
    const engine = await open(problem.network);
    await engine.load(problem.start);
    const { gradients } = await engine.lossAndGradients(problem.batch);
    if (Number.isNaN(firstGradient)) firstGradient = performance.now() - began;
    distances.push(distanceOf(gradients, problem, backend));
    on = [...Object.entries(engine.versions).flat(), ...Object.values(engine.device ?? {})].join(' ');
    await engine.dispose();
  }
  const functions: FunctionError[] = [];
  for (const id of FUNCTIONS) functions.push(await functionError(id, open));
  return { backend, on, distances, functions, firstGradient, millisecondsPerStep: await speedOf(open) };
}

function distanceOf(gradients: Parameters, problem: Problem, backend: BackendId): Distance {
  const bounded = boundedGradients(inArithmeticOf(problem.network, backend), problem.start, problem.batch);
  const compared = gradientComparisons(both(gradients), bounded);
  const exact = compared.map((tensor) => tensor.exact);
  const found = compared.map(({ candidate }) => candidate);
  return {
    problem: problem.name,
    relative: distance(found, exact) / norm(...exact),
    ofBound: Math.max(...compared.map((tensor) => measure(tensor).usedOfBound)),
  };
}

/** Through a network of one unit whose weight is 1, so that its score is the number given. */
async function functionError(id: string, open: (network: NetworkSpec) => Promise<Engine>): Promise<FunctionError> {
  const layer = { units: 1, activation: id } as NetworkSpec['layers'][number];
  const network: NetworkSpec = { inputs: 1, layers: [layer], loss: 'mse' };
  const engine = await open(network);
  const identity = zeroParameters(network, 'f32');
  identity[0].values[0] = 1;
  await engine.load(identity);
  const { data } = await engine.predict({ rows: POINTS.length, cols: 1, data: POINTS });
  await engine.dispose();
  const right = new Float64Array(POINTS.length);
  const page = activationOf(layer.activation);
  if (page.kind !== 'elementwise') throw new Error(`${id} is no function of one number`);
  page.forward(right, Float64Array.from(POINTS));
  let [relative, absolute] = [0, 0];
  right.forEach((a, i) => {
    const off = Math.abs(data[i] - a) / 2 ** -24;
    absolute = Math.max(absolute, off);
    if (Math.abs(a) > 2 ** -126) relative = Math.max(relative, off / Math.abs(a));
  });
  return { id, relative, absolute };
}

async function speedOf(open: (network: NetworkSpec) => Promise<Engine>): Promise<number> {
  const { problem, warmUp, steps } = SPEED();
  const engine = await open(problem.network);
  await engine.load(problem.start);
  const taken: number[] = [];
  for (let step = 0; step < warmUp + steps; step++) {
    const start = performance.now();
    await engine.trainStep(problem.batch);
    if (step >= warmUp) taken.push(performance.now() - start);
  }
  await engine.dispose();
  return summarize(taken).median;
}
