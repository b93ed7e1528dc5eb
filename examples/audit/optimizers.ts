// Compares a library's optimizer with backproof's over a few steps with one batch. If they diverge,
// tries the known mistakes.
import type { CandidateUpdate } from '../../src/candidates/candidate.ts';
import type { Conventions } from '../../src/candidates/conventions/conventions.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { FAULTS, injectionOf, possibleFaults } from '../../src/faults/registry.ts';
import { namedFault } from '../../src/check/diagnosis/diagnose.ts';
import type { Batch } from '../../src/network/batch.ts';
import { fromDense, indexOf, namedTensors } from '../../src/network/parameters.ts';
import type { Parameters } from '../../src/network/parameters.ts';
import type { Dtype } from '../../src/numeric/dtype.ts';
import { matrixOf, toRows } from '../../src/numeric/matrix.ts';
import type { OptimizerSpec } from '../../src/ops/optimizers/optimizer.ts';
import { optimizerSpec } from '../../src/ops/optimizers/registry.ts';
import { fresh } from './candidate-engine.ts';
import type { OptimizerAudit } from './configuration.ts';
import { injectorOf } from './diagnose.ts';
import { problemOf } from './problem.ts';

export interface OptimizerResult {
  readonly id: string;
  readonly verdict: 'agrees' | 'wrong update';
  readonly steps: number;
  /** The first difference from the right parameters. */
  readonly first: {
    readonly step: number;
    readonly parameter: string;
    readonly index: readonly number[];
    readonly before: number;
    readonly found: number;
    readonly exact: number;
  } | null;
  readonly diagnosis: readonly string[];
}

const STEPS = 3;
/**
 * The allowed difference of parameters, relative to the largest entry of the tensor, as in case
 * files with trainings: each step may be off by a few units in the last place.
 */
const APART: Record<Dtype, number> = { f64: 1e-12, f32: 1e-4 };
const CHOSEN = { learningRate: 2 ** -4, momentum: 0.5, decay: 0.9, beta1: 0.9, beta2: 0.999, epsilon: 1e-6 };

type Train = (problem: object, optimizer: OptimizerSpec, steps: number) => readonly CandidateUpdate['parameters'][];

export async function auditOptimizer(
  train: Train,
  { dtype }: Conventions,
  { id, loss, output }: OptimizerAudit,
): Promise<OptimizerResult> {
  // with two outputs, half the sum of the squared errors is their mean, so no units need converting
  const shape = { activation: 'linear', output, loss, hidden: 0, batchSize: 1, outputs: 2 } as const;
  const { network, parameters, batch } = problemOf(shape);
  // backproof's adadelta has a learning rate; that of the libraries has none
  const optimizer = optimizerSpec(id, { ...CHOSEN, ...(id === 'adadelta' && { learningRate: 1 }) });
  const problem = { ...fresh(network, parameters), inputs: toRows(batch.inputs), targets: toRows(batch.targets) };
  const found = train(problem, optimizer, STEPS).map((layers) =>
    fromDense(
      layers.map(({ weights, bias }) => ({
        weights: matrixOf(weights, 'f64'),
        bias: Float64Array.from(bias as readonly number[]),
      })),
    ),
  );
  const injector = injectorOf(network, optimizer);
  const right = await trained(await injector.inject({}), parameters, batch);
  const first = firstApart(found, right, APART[dtype], parameters);
  const result = { id, steps: STEPS, first };
  if (first === null) return { ...result, verdict: 'agrees', diagnosis: [] };
  const diagnosis: string[] = [];
  for (const fault of possibleFaults(injector.setting)) {
    if (FAULTS[fault.id].stage !== 'update') continue;
    const inject = await trained(await injector.inject(injectionOf(fault, injector.setting)), parameters, batch);
    if (firstApart(found, inject, APART[dtype], parameters) !== null) continue;
    diagnosis.push(`${fault.id}: ${namedFault(fault).description}`);
  }
  return { ...result, verdict: 'wrong update', diagnosis };
}

/** The parameters after each step. */
async function trained(engine: Engine, start: Parameters, batch: Batch): Promise<Parameters[]> {
  await engine.load(start);
  const after: Parameters[] = [];
  for (let step = 0; step < STEPS; step++) {
    await engine.trainStep(batch);
    after.push(await engine.parameters());
  }
  await engine.dispose();
  return after;
}

function firstApart(
  found: readonly Parameters[],
  right: readonly Parameters[],
  apart: number,
  start: Parameters,
): OptimizerResult['first'] {
  for (const [step, parameters] of right.entries()) {
    const [f, s] = [namedTensors(found[step]), namedTensors(start)];
    for (const [t, { name, shape, values }] of namedTensors(parameters).entries()) {
      const off = Array.from(values, (w, i) => Math.abs(w - f[t].values[i]));
      const at = off.indexOf(Math.max(...off));
      if (off[at] <= apart * Math.max(...Array.from(values, Math.abs))) continue;
      const place = { parameter: name, index: indexOf(shape, at), before: s[t].values[at] };
      return { step: step + 1, ...place, found: f[t].values[at], exact: values[at] };
    }
  }
  return null;
}
