// The self-test of the exact gradients: compares them on random networks with slopes of the loss
// and with the scalar graph, and checks the order of the Taylor remainder.
import { checkOracle } from '../check/slopes/oracle-check.ts';
import type { Watch } from '../check/watch.ts';
import { withEngines } from '../check/with-engines.ts';
import type { Makers } from './makers.ts';
import { randomProblem } from './random-problem.ts';

export interface Oracles {
  readonly networks: number;
  readonly disagree: readonly number[]; // seeds
  /**
   * The largest relative difference (as a norm) of any network from central differences, and from
   * the scalar graph.
   */
  readonly slopesApart: number;
  readonly graphApart: number;
  /** The smallest order of the Taylor remainder: 2 for a right gradient, 1 for a wrong one. */
  readonly smallestOrder: number;
}

export async function oraclesOf(makers: Makers, count: number, firstSeed: number, watch: Watch): Promise<Oracles> {
  const disagree: number[] = [];
  let [slopesApart, graphApart, smallestOrder, networks] = [0, 0, 2, 0];
  for (; networks < count && !watch.signal.aborted; networks++) {
    const { seed, network, optimizer, start, batch } = randomProblem(firstSeed + networks, { largest: 12 });
    const check = await withEngines(async (open) => {
      const exact = await open(() => makers.own(network, optimizer, { dtype: 'f64' }));
      const graph = await open(() => makers.graph(network, optimizer));
      return checkOracle({ network, parameters: start, batch, exact, graph, seed, watch });
    });
    if (check === null) break;
    if (check.verdict.kind === 'disagree') disagree.push(seed);
    slopesApart = Math.max(slopesApart, check.slopesApart);
    graphApart = Math.max(graphApart, check.graphApart ?? 0);
    smallestOrder = Math.min(smallestOrder, check.taylorOrder ?? 2);
    watch.progress('oracles', networks + 1, count);
  }
  return { networks, disagree, slopesApart, graphApart, smallestOrder };
}
