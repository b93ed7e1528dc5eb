// One of this project's engines as a contender. Usage:
// contender.ts vector | vector:f64 | wasm | autograd | tfjs:node | tfjs:wasm | tfjs:cpu.
import type { Engine, EngineId } from '../../src/engines/engine.ts';
import type { EngineOptions } from '../../src/engines/engine-options.ts';
import { batchesLoss } from './loss.ts';
import { serve, timed } from './protocol.ts';
import { readTask } from './task.ts';
import type { LoadedTask } from './task.ts';

const [id, kind] = (process.argv[2] ?? '').split(':') as [EngineId, string | undefined];
let engine: Engine | undefined;
let loaded: LoadedTask;

function opened(): Engine {
  if (engine === undefined) throw new Error('no task is open');
  return engine;
}

await serve({
  async open(folder) {
    const seconds = await timed(async () => {
      const { createEngine } = await import('../../src/engines/registry.ts');
      loaded = readTask(folder);
      const { network, optimizer, threads } = loaded.task;
      await engine?.dispose();
      const chosen = (id === 'tfjs' ? { backend: kind } : { dtype: kind }) as EngineOptions;
      const options: EngineOptions = { ...(kind !== undefined && chosen), ...(threads !== null && { threads }) };
      engine = await createEngine(id, network, optimizer, options);
      await engine.load(loaded.parameters);
    });
    const { label, versions } = opened();
    return { label, versions, seconds };
  },

  async train(from, steps) {
    const [engine, { batches }] = [opened(), loaded];
    let losses: readonly number[] = [];
    const seconds = await timed(async () => {
      if (engine.trainOn !== undefined) {
        losses = await engine.trainOn(batches, from, from + steps);
        return;
      }
      const each: number[] = [];
      for (let s = from; s < from + steps; s++) each.push(await engine.trainStep(batches.batch(s)));
      losses = each;
    });
    return { seconds, losses };
  },

  loss: async (from, steps) => batchesLoss(opened(), loaded.batches, from, steps),
});

await engine?.dispose(); // threads of an engine would keep the process alive
