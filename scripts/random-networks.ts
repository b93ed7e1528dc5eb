// Random networks that are right, on every backend of TensorFlow.js that needs no browser, or on
// one: the false-alarm part of `selftest` alone, so that a range of seeds can be run at a time.
//
//   node --import tsx scripts/random-networks.ts --networks 300 --seed 1 --backend webgl
import { parseArgs } from 'node:util';
import { createEngine } from '../src/engines/registry.ts';
import { arithmeticOf } from '../src/engines/tfjs/backends.ts';
import { endBrowsers } from '../src/engines/tfjs/browser/open-browsers.ts';
import { bitsOfBackend, startBackend } from '../src/engines/tfjs/tfjs.ts';
import type { BackendId } from '../src/engines/tfjs/backends.ts';
import type { Makers } from '../src/selftest/makers.ts';
import { together, tryNetworks } from '../src/selftest/false-alarms.ts';
import type { Part } from '../src/selftest/false-alarms.ts';

const { values } = parseArgs({
  options: {
    networks: { type: 'string', default: '300' },
    seed: { type: 'string', default: '1' },
    backend: { type: 'string' },
  },
});
const [count, seed] = [Number(values.networks), Number(values.seed)];
const backends: BackendId[] = [];
for (const id of values.backend === undefined ? (['node', 'wasm', 'cpu'] as const) : [values.backend as BackendId]) {
  try {
    backends.push(await startBackend(id));
  } catch (error) {
    if (values.backend !== undefined) throw error;
    console.log(`${id}: ${(error as Error).message}`);
  }
}
if (backends.length === 0) throw new Error('no backend of TensorFlow.js starts: no network was tried');
const makers: Makers = {
  own: (network, optimizer, options) => createEngine('vector', network, optimizer, options),
  onTrial: { label: 'vector f32', make: (network, optimizer) => createEngine('vector', network, optimizer) },
  graph: (network, optimizer) => createEngine('autograd', network, optimizer),
  others: await Promise.all(
    backends.map(async (backend) => ({
      label: `tfjs ${backend}`,
      arithmetic: arithmeticOf(backend, await bitsOfBackend(backend)),
      make: (...[network, optimizer]: Parameters<Makers['graph']>) =>
        createEngine('tfjs', network, optimizer, { backend }),
    })),
  ),
};
const parts: Part[] = [];
const AT_ONCE = 10;
for (let n = 0; n < count; n += AT_ONCE) {
  const part = await tryNetworks(makers, Math.min(AT_ONCE, count - n), seed + n);
  parts.push(part);
  for (const alarm of part.alarms) console.log(JSON.stringify(alarm));
}
const { alarms, usage, networks } = together(parts, seed);
console.table(usage);
await endBrowsers();
console.log(`${networks} networks from seed ${seed}: ${alarms.length} false alarms`);
process.exitCode = alarms.length > 0 ? 1 : 0;
