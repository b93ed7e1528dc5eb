// Tries known mistakes one after the other, and keeps those that explain what was found.
import type { Engine } from '../../engines/engine.ts';
import type { Setting, Stage } from '../../faults/fault.ts';
import { faultsEverywhere, faultById, injectionOf, possibleFaults } from '../../faults/registry.ts';
import type { FaultAt } from '../../faults/registry.ts';
import { gradientsOf } from '../questions/protocol.ts';
import { UNWATCHED, breather } from '../watch.ts';
import type { Watch } from '../watch.ts';
import { usedOfBound } from '../measure.ts';
import { bestOf } from './evidence.ts';
import type { Evidence, FaultInjector } from './evidence.ts';
import { namedFault } from './named.ts';
import type { NamedFault } from './named.ts';

/** With up to this many layers, every known mistake is tried in each of them. */
const TRIED_EVERYWHERE = 32;

/**
 * Whether to try a mistake at this layer of a deep network. A mistake on the way back shows in its
 * own layer or the one below, never above. Trying every mistake in every layer would take time
 * quadratic in the depth.
 */
function isNear({ id, layer }: FaultAt, setting: Setting, wrong: number | null): boolean {
  if (typeof layer !== 'number' || wrong === null || setting.network.layers.length <= TRIED_EVERYWHERE) return true;
  const onTheWayBack = Object.keys(faultById(id).injection(layer, setting)).every((part) => part === 'backward');
  return onTheWayBack ? layer === wrong || layer === wrong + 1 : layer >= wrong - 1 && layer <= wrong + 1;
}

/**
 * @param wrong the highest layer (from 0) with a wrong tensor; null: all are tried
 * @param misfit at most 1 where the mistake explains what was found
 * @param everywhere when a mistake is tried in all layers at once
 */
export async function explanations(
  { setting, inject }: FaultInjector,
  stages: readonly Stage[],
  wrong: number | null,
  misfit: (engine: Engine, stage: Stage) => Promise<number>,
  watch = UNWATCHED,
  everywhere: 'if none is found' | 'too' = 'if none is found',
): Promise<NamedFault[]> {
  const found: { fault: FaultAt; apart: number }[] = [];
  const tried = [possibleFaults(setting), faultsEverywhere(setting)].map((faults) =>
    faults.filter((fault) => stages.includes(faultById(fault.id).stage) && isNear(fault, setting, wrong)),
  );
  const total = tried.reduce((sum, faults) => sum + faults.length, 0);
  const breathe = breather(watch);
  let done = 0;
  for (const faults of tried) {
    // one mistake in one place is likelier than the same mistake in every layer
    if (found.length > 0 && everywhere !== 'too') break;
    for (const fault of faults) {
      watch.progress('mistakes', done++, total);
      await breathe();
      const engine = await inject(injectionOf(fault, setting));
      const apart = await misfit(engine, faultById(fault.id).stage);
      if (apart <= 1) found.push({ fault, apart });
      await engine.dispose();
    }
  }
  return bestOf(found).map(({ fault }) => namedFault(fault));
}

/** Mistakes that give the losses `found`, where the gradients are right. */
export function diagnoseLoss(injector: FaultInjector, evidence: Evidence, watch: Watch): Promise<NamedFault[]> {
  return explanations(injector, ['loss'], null, (engine) => lossMisfit(engine, evidence), watch);
}

/** The largest distance of a loss, in bounds, which are doubled: a mistake may add a rounding. */
async function lossMisfit(engine: Engine, { asked, found }: Evidence): Promise<number> {
  let [largest, n] = [0, 0];
  for await (const { loss } of gradientsOf(engine, asked)) {
    const { error } = asked[n].exact.loss;
    largest = Math.max(largest, usedOfBound(found[n++].loss, loss, 2 * error));
    if (!(largest <= 1)) return Infinity;
  }
  return largest;
}
