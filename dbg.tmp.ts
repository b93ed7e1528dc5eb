import { Asker } from './src/check/probe/asker.ts';
import { UNWATCHED } from './src/check/watch.ts';
import { probeUpdates } from './src/check/probe/optimizer/updates.ts';
import { optimizerSpec } from './src/ops/optimizers/registry.ts';
import { network } from './test/fixtures.ts';
import { updating } from './test/check/probe/optimizer/updating.ts';
const NETWORK = network(2, [8], 'tanh', 2, 'softmax', 'cross-entropy');
for (const [i, f] of [(w: number, g: number) => w - 0.01 * Math.tanh(g), (w: number, g: number) => w - 0.01 * g * (1 + w * w)].entries()) {
  const c0 = process.cpuUsage();
  const told = await probeUpdates({ network: NETWORK, optimizer: optimizerSpec('momentum', { learningRate: 0.01 }), asker: new Asker(updating('f32', f), UNWATCHED), watch: {...UNWATCHED, now: () => 0} });
  console.log(i, process.cpuUsage(c0).user / 1000, told);
}
