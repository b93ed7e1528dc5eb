// A gradient check by central differences. Usage: differences.mjs FOLDER. Prints a line of JSON:
// see answer.ts.
import { createEngine } from '../../../src/engines/registry.ts';
import { optimizerSpec } from '../../../src/ops/optimizers/registry.ts';
import type { Answer } from './answer.ts';
import { agreeAt } from './central.ts';
import { readProblem } from './problem.ts';

async function check(folder: string): Promise<Answer> {
  const problem = readProblem(folder);
  const { network, batch, parameters, sample } = problem;
  const engine = await createEngine('vector', network, optimizerSpec('sgd', {}), { dtype: 'f64' });
  await engine.load(parameters);
  const { gradients } = await engine.lossAndGradients(batch);
  const backward = gradients.map(({ values }) => values as Float64Array);
  const of = backward.reduce((sum, { length }) => sum + length, 0);
  const checked = Math.min(of, sample ?? of);
  const spread = Array.from({ length: checked }, (_, i) => Math.floor(((i + 0.5) * of) / checked));
  // The first ones are slower, because they are compiled meanwhile: not to be extrapolated.
  const started = performance.now();
  const warm = checked < of && agreeAt(problem, backward, spread.slice(0, 1));
  const begun = performance.now();
  const agree = agreeAt(problem, backward, spread) && (warm || checked === of);
  const ended = performance.now();
  const seconds = (ended - begun) / 1000;
  return { agree, checked, of, spent: (ended - started) / 1000, whole: (seconds * of) / checked, versions: {} };
}

console.log(JSON.stringify(await check(process.argv[2])));
