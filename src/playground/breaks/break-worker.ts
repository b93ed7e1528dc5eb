// The worker of "Break it": lists the known mistakes, trains with one and without, and checks.
import { evaluate } from '../../check/run/test-set.ts';
import type { TestSet } from '../../check/run/test-set.ts';
import { createVectorEngine } from '../../engines/vector/vector.ts';
import type { Engine, FaultInjection } from '../../engines/engine.ts';
import { FAULT_IDS, injectionOf, parseFault } from '../../faults/registry.ts';
import { withoutBiases } from '../../engines/without-biases.ts';
import { checkNetwork, knownOf } from '../work/network-check.ts';
import type { Problem } from '../work/problem.ts';
import { isKnown, listed, problemFor } from './known.ts';
import type { FromBreaker, Trained, Wish } from './messages.ts';

/** Mistakes listed at once: the first are seen at once. */
const AT_ONCE = 12;

addEventListener('message', ({ data }: MessageEvent<Wish>) => void grant(data));
list();

function say(message: FromBreaker): void {
  postMessage(message);
}

/** In portions, so that a wish need not wait for the end. */
function list(from = 0): void {
  const to = from + AT_ONCE;
  say({ kind: 'listed', some: FAULT_IDS.slice(from, to).map(listed), isLast: to >= FAULT_IDS.length });
  if (to < FAULT_IDS.length) setTimeout(() => list(to), 0);
}

async function grant({ id, fault: name }: Wish): Promise<void> {
  try {
    const [of = ''] = name.split('@');
    if (!isKnown(of)) throw new Error(`there is no mistake ${of}`);
    const { problem, dataset } = problemFor(of);
    const fault = parseFault(name, problem);
    const broken = (): FaultInjection => injectionOf(fault, problem);
    const report = await checkNetwork(problem, { open: async () => single(problem, broken()) }, knownOf(problem));
    say({ kind: 'checked', id, report: { ...report, settings: { ...problem.settings, fault: name } } });
    const test: TestSet = { examples: dataset.test, classes: dataset.classes, scaling: problem.scaling };
    const right = await train(problem, test);
    const wrong = await train(problem, test, broken());
    const trained: Trained = {
      right: right.losses,
      broken: wrong.losses,
      accuracy: { right: right.accuracy, broken: wrong.accuracy },
    };
    say({ kind: 'trained', id, trained });
  } catch (error) {
    say({ kind: 'failed', id, said: error instanceof Error ? error.message : String(error) });
  }
}

function single({ network, optimizer }: Problem, injection?: FaultInjection): Engine {
  const engine = createVectorEngine(network, optimizer, {
    dtype: 'f32',
    ...(injection !== undefined && { injection }),
  });
  return withoutBiases(network, engine);
}

async function train(
  problem: Problem,
  test: TestSet,
  injection?: FaultInjection,
): Promise<{ readonly losses: number[]; readonly accuracy: number }> {
  const { network, batches, start } = problem;
  const engine = single(problem, injection);
  await engine.load(start);
  const losses: number[] = [];
  for (let step = 0; step < batches.steps; step++) losses.push(await engine.trainStep(batches.batch(step)));
  const { accuracy } = await evaluate(network, engine, test);
  return { losses, accuracy: accuracy ?? 0 };
}
