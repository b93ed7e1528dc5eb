// What toBackpropagate says of the example of docs/matchers.md with one mistake in it. Runs in the folder of the transcripts, where the
// example is a file.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { matchers } from '../../src/matchers/matchers.ts';
import type { Candidate } from '../../src/candidates/candidate.ts';
import type { NetworkSpec } from '../../src/network/spec.ts';

const NETWORK: NetworkSpec = {
  inputs: 3,
  layers: [
    { units: 4, activation: 'tanh' },
    { units: 2, activation: 'softmax' },
  ],
  loss: 'cross-entropy',
};

const right = readFileSync('my-network.ts', 'utf8');
const wrong = right.replace('bias: sums(dz1)', 'bias: dz1[0]');
if (wrong === right) throw new Error('my-network.ts has no "bias: sums(dz1)"');
const file = join(process.cwd(), 'my-wrong-network.ts');
writeFileSync(file, wrong);
const { myNetwork } = (await import(pathToFileURL(file).href)) as { myNetwork: Candidate };
console.log((await matchers.toBackpropagate(myNetwork, NETWORK)).message());
