// Asks a candidate whether it is steady, after a first question, as checks do.
import { Asker } from '../../../src/check/probe/asker.ts';
import { probeSteadiness } from '../../../src/check/probe/steadiness.ts';
import type { Told } from '../../../src/check/probe/told.ts';
import { UNWATCHED } from '../../../src/check/watch.ts';
import type { Engine } from '../../../src/engines/engine.ts';
import type { Parameters } from '../../../src/network/parameters.ts';
import type { NetworkSpec } from '../../../src/network/spec.ts';
import { randomBatch, startOf } from '../../fixtures.ts';
import { SPEC } from './mlp.ts';

export async function toldBy(
  engine: Engine,
  spec: NetworkSpec = SPEC,
  parameters: Parameters = startOf(spec),
): Promise<{ told: readonly Told[]; asked: number }> {
  const asker = new Asker(engine, UNWATCHED);
  const batch = randomBatch(spec, 8);
  await engine.load(parameters);
  await engine.lossAndGradients(batch);
  const told = await probeSteadiness({ network: spec, asker, watch: UNWATCHED, first: { parameters, batch } });
  return { told, asked: asker.asked };
}
