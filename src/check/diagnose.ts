// Which mistake explains a wrong gradient: it is compared with the gradients of the same network with one known mistake each.
import type { Engine } from '../engines/engine.ts';
import type { Batch } from '../network/batch.ts';
import { namedTensors } from '../network/parameters.ts';
import type { Parameters } from '../network/parameters.ts';
import type { NetworkSpec } from '../network/spec.ts';
import type { FloatArray } from '../numeric/dtype.ts';
import type { BackwardRules } from '../ops/backward-rules.ts';
import type { BoundedGradients } from './bounded-backprop.ts';
import { FAULTS, FAULT_IDS, faultLayers } from './faults.ts';
import type { FaultId } from './faults.ts';

/** One known mistake that gives the very gradient that was found. */
export interface Diagnosis {
  readonly fault: FaultId;
  /** 1-based. */
  readonly layer: number;
  readonly description: string;
  readonly remedy: string;
}

/** The same network in binary64 with some steps of its backward pass exchanged. */
export type MistakenFactory = (rules: Partial<BackwardRules>) => Promise<Engine>;

/**
 * All known mistakes that explain `wrong`, usually one or none. Several are given where they come to the same on this network and batch (1/B twice and
 * nothing else is to be told apart on a batch of one). Two mistakes at once are not explained by any one of them: the list is empty.
 */
export async function diagnose(
  network: NetworkSpec,
  parameters: Parameters,
  batch: Batch,
  wrong: Parameters,
  exact: BoundedGradients,
  mistaken: MistakenFactory,
): Promise<Diagnosis[]> {
  const found: Diagnosis[] = [];
  for (const fault of FAULT_IDS) {
    for (const layer of faultLayers(network, fault)) {
      const engine = await mistaken(FAULTS[fault].rules(layer));
      await engine.load(parameters);
      const { gradients } = await engine.lossAndGradients(batch);
      await engine.dispose();
      if (!explains(gradients, wrong, exact)) continue;
      const { description, remedy } = FAULTS[fault];
      found.push({ fault, layer: layer + 1, description, remedy });
    }
  }
  return found;
}

/**
 * Every tensor found is the mistaken one to within rounding. The bound of the right gradient, as a norm, is taken in proportion where the mistake
 * made a tensor larger: most mistakes scale or rearrange what was computed, and its rounding with it.
 */
function explains(mistaken: Parameters, found: Parameters, { gradients, errors }: BoundedGradients): boolean {
  const [f, g, e] = [namedTensors(found), namedTensors(gradients), namedTensors(errors)];
  return namedTensors(mistaken).every(({ values }, t) => {
    const allowed = norm(e[t].values) * Math.max(1, norm(values) / norm(g[t].values));
    return distance(values, f[t].values) <= allowed;
  });
}

function norm(values: FloatArray): number {
  let sum = 0;
  for (const x of values) sum += x * x;
  return Math.sqrt(sum);
}

function distance(a: FloatArray, b: FloatArray): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] - b[i]) ** 2;
  return Math.sqrt(sum);
}
