// Random whole trainings that are right: networks, optimizers, schedules, clipping and penalties of
// selftest/random-problem.ts on random data of a few dozen examples. Every verdict must be that the
// engines agree, or that numbers leave the range of binary32.
//
//   node --import tsx scripts/random-trainings.ts --trainings 40 --seed 1 [--backend cpu]
import { parseArgs } from 'node:util';
import { compare } from '../src/check/compare.ts';
import type { CompareResult } from '../src/check/compare.ts';
import { createBatches } from '../src/data/batches.ts';
import type { Examples } from '../src/data/dataset.ts';
import { fitScaling } from '../src/data/scaling.ts';
import type { EngineFactory, EngineId } from '../src/engines/engine.ts';
import { createEngine } from '../src/engines/registry.ts';
import type { EngineOptions } from '../src/engines/engine-options.ts';
import type { BackendId } from '../src/engines/tfjs/backends.ts';
import { draws } from '../src/network/masks.ts';
import { describeNetwork, outputs } from '../src/network/spec.ts';
import { createRng } from '../src/numeric/rng.ts';
import { randomBatch, randomProblem } from '../src/selftest/random-problem.ts';

const SIZES = { largest: 24, deepest: 4, mostWork: 2e5 };
const [TRAINED, TESTED, EPOCHS] = [48, 16, 2];

const { values } = parseArgs({
  options: {
    trainings: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    backend: { type: 'string' },
  },
});
const [count, first] = [Number(values.trainings), Number(values.seed)];
const ALL: readonly BackendId[] = ['cpu', 'wasm', 'node'];
const backends = ALL.filter((id) => values.backend === undefined || id === values.backend);

const rows: object[] = [];
const kinds: Record<string, number> = {};
let alarms = 0;
for (let seed = first; seed < first + count; seed++) {
  const backend = backends[seed % backends.length];
  const { network, optimizer } = randomProblem(seed, SIZES);
  const result = await train(seed, backend);
  const { verdict, freeRun } = result;
  kinds[verdict.kind] = (kinds[verdict.kind] ?? 0) + 1;
  const { schedule = '', clipNorm, clipValue, weightDecay } = optimizer;
  const cut = clipNorm !== undefined ? 'norm' : clipValue !== undefined ? 'value' : '';
  const penalties = (network.penalties ?? []).map(({ kind }) => kind).join(' ');
  const pieces = { loss: network.loss, optimizer: optimizer.id, schedule, cut, decay: weightDecay ?? '', penalties };
  const parted = freeRun.parted === null ? '' : `${freeRun.parted.cause} ${freeRun.parted.partedAt}`;
  rows.push({ seed, backend, ...pieces, verdict: verdict.kind, parted });
  if (verdict.kind === 'agree' || verdict.kind === 'identical') continue;
  if (verdict.kind === 'disagree') alarms++;
  console.log(`seed ${seed} on ${backend}: ${describeNetwork(network)}, ${network.loss}, ${optimizer.id}`);
  console.log(`  ${JSON.stringify(verdict).slice(0, 600)}`);
}
console.table(rows);
console.log(`${count} trainings from seed ${first}: ${JSON.stringify(kinds)}, ${alarms} false alarms`);
process.exitCode = alarms > 0 ? 1 : 0;

function train(seed: number, backend: (typeof backends)[number]): Promise<CompareResult> {
  const { network, optimizer, start } = randomProblem(seed, SIZES);
  const rng = createRng(seed, 'trainings');
  const [train, test] = [TRAINED, TESTED].map((n): Examples => {
    const { inputs, targets } = randomBatch(network, n, rng, 1);
    const [x, t] = [inputs.data as Float32Array, targets.data as Float32Array];
    const labels = new Uint8Array(0);
    return { count: n, width: inputs.cols, values: x, labels, targets: { width: targets.cols, values: t } };
  });
  const scaling = fitScaling('none', train);
  const plan = { batchSize: 2 + rng.below(15), epochs: EPOCHS, seed };
  const make = (id: EngineId, options: EngineOptions): EngineFactory => {
    return () => createEngine(id, network, optimizer, options);
  };
  return compare({
    network,
    optimizer,
    initial: start,
    batches: createBatches(train, outputs(network), scaling, { ...plan, ...(draws(network) && { network }) }),
    test: { examples: test, classes: outputs(network), scaling },
    candidate: make('vector', {}),
    reference: make('tfjs', { backend }),
    exact: make('vector', { dtype: 'f64' }),
  });
}
