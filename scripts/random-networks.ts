// Random networks that are right, on every backend of TensorFlow.js that needs no browser, or on
// one: the false-alarm part of `selftest` alone, so that a range of seeds can be run at a time.
//
//   node --import tsx scripts/random-networks.ts --networks 300 --seed 1 --backend webgl
import { parseArgs } from 'node:util';
import { makersOf } from '../src/cli/selftest/makers.ts';
import { endBrowsers } from '../src/engines/tfjs/browser/open-browsers.ts';
import { startBackend } from '../src/engines/tfjs/tfjs.ts';
import type { BackendId } from '../src/engines/tfjs/backends.ts';
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
    console.log(`${id}: ${(error as Error).message}`);
  }
}
const makers = makersOf(backends);
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
