// A contender that is fast and wrong: the hand-written network with a known mistake,
// wrong-contender.ts MISTAKE [NOTE].
import { batchesLoss } from '../../scripts/bench/loss.ts';
import { serve, timed } from '../../scripts/bench/protocol.ts';
import { readTask } from '../../scripts/bench/task.ts';
import type { LoadedTask } from '../../scripts/bench/task.ts';
import { injectionOf, parseFault } from '../../src/faults/registry.ts';
import type { Engine } from '../../src/engines/engine.ts';
import { createEngine } from '../../src/engines/registry.ts';

const [, , injection = '', note] = process.argv;
let engine: Engine;
let loaded: LoadedTask;

await serve({
  async open(folder) {
    loaded = readTask(folder);
    const { network, optimizer } = loaded.task;
    const setting = { network, optimizer, scaling: loaded.batches.scaling };
    const options = injection === 'none' ? {} : { injection: injectionOf(parseFault(injection, setting), setting) };
    engine = await createEngine('vector', network, optimizer, options);
    await engine.load(loaded.parameters);
    return { label: `vector with ${injection}`, versions: {}, seconds: 0.001, ...(note !== undefined && { note }) };
  },
  async train(from, steps) {
    const seconds = await timed(async () => {
      for (let s = from; s < from + steps; s++) await engine.trainStep(loaded.batches.batch(s));
    });
    return { seconds, losses: [] };
  },
  loss: (from, steps) => batchesLoss(engine, loaded.batches, from, steps),
});
